/* SPDX-License-Identifier: Apache-2.0 */
/*
 * portal_rules - what holds for a mapped portal and for a program that has one, case by case.
 *
 *     portal_rules CASE QUEUE WQ
 *
 * QUEUE is the node of a shared queue, WQ the queue among the devices of its bus in sysfs.
 *
 * Prints "CASE ok". Exit: 1 a rule does not hold, 2 no such case.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdatomic.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <ucontext.h>
#include <x86intrin.h>

#include "portal.h"

static const char *queue;
static const char *wq;

#define EXPECT(condition)                                    \
  do {                                                       \
    if (!(condition)) {                                      \
      die("line %d: not so: %s", __LINE__, #condition);      \
    }                                                        \
  } while (0)

/* ---- helpers ---- */

static char *map_and_close(void) {
  int file;
  char *portal = map_portal(queue, MAP_POPULATE, &file);
  close(file);
  return portal;
}

static struct dsafs_descriptor noop(struct dsafs_record *record) {
  record->status = 0;
  return describe(DSAFS_NOOP, record);
}

/* The portal takes a no-op, and the device completes it. */
static void expect_works(char *portal) {
  static struct dsafs_record record;
  struct dsafs_descriptor descriptor = noop(&record);
  double limit = now() + TIMEOUT_SECONDS;
  while (enqcmd(portal, &descriptor)) {
    EXPECT(now() < limit);
  }
  wait_for(&record);
  EXPECT(record.status == DSAFS_SUCCESS);
}

static long number_in(const char *directory, const char *name) {
  char path[4096], text[64] = "";
  snprintf(path, sizeof path, "%s/%s", directory, name);
  int file = open(path, O_RDONLY);
  if (file < 0 || read(file, text, sizeof text - 1) <= 0) {
    die("%s: %s", path, errno_name(errno));
  }
  close(file);
  return atol(text);
}

static long clients(void) { return number_in(wq, "clients"); }

/* Closing is told to the filesystem after close(2) has returned. */
static void expect_clients(long expected) {
  double limit = now() + TIMEOUT_SECONDS;
  while (clients() != expected) {
    EXPECT(now() < limit);
    sched_yield();
  }
}

/* What the last signal said. */
static struct {
  volatile sig_atomic_t count;
  int number;
  int code;
  void *address;
  char *stack;
} seen;

static sigjmp_buf back;

static void leave(int number, siginfo_t *info, void *context) {
  char here;
  (void)context;
  seen.count++;
  seen.number = number;
  seen.code = info->si_code;
  seen.address = info->si_addr;
  seen.stack = &here;
  siglongjmp(back, 1);
}

static void handle(int number, int flags) {
  struct sigaction action = {.sa_sigaction = leave, .sa_flags = SA_SIGINFO | flags};
  EXPECT(sigaction(number, &action, NULL) == 0);
}

/* Runs a statement that must raise a signal of this code, at this address. */
#define EXPECT_SIGNAL(signal_number, signal_code, signal_address, statement)             \
  do {                                                                                   \
    int before = seen.count;                                                             \
    if (sigsetjmp(back, 1) == 0) {                                                       \
      statement;                                                                         \
    }                                                                                    \
    EXPECT(seen.count == before + 1);                                                    \
    if (seen.number != (signal_number) || seen.code != (signal_code) ||                  \
        seen.address != (void *)(signal_address)) {                                      \
      die("line %d: signal %d code %d address %p", __LINE__, seen.number, seen.code,     \
          seen.address);                                                                 \
    }                                                                                    \
  } while (0)

/* How a child ends that runs a function. */
static int status_of_child(void (*run)(char *), char *portal) {
  pid_t child = fork();
  EXPECT(child >= 0);
  if (child == 0) {
    run(portal);
    _exit(0);
  }
  int status;
  EXPECT(waitpid(child, &status, 0) == child);
  return status;
}

static bool died_of(int status, int signal) { return WIFSIGNALED(status) && WTERMSIG(status) == signal; }

static volatile int *volatile nowhere = (int *)16;

static void crash(char *unused) {
  (void)unused;
  *nowhere = 1;
}

static void raise_segv(char *unused) {
  (void)unused;
  raise(SIGSEGV);
}

static void submit_once(char *portal) {
  static struct dsafs_descriptor descriptor;
  enqcmd(portal, &descriptor);
}

static void post_once(char *portal) {
  static struct dsafs_descriptor descriptor;
  movdir64b(portal, &descriptor);
}

/* ---- the node ---- */

static void stat_shows_a_character_device(void) {
  char path[4096], link[4096], text[64];
  const char *name = strrchr(wq, '/') + 1;
  snprintf(path, sizeof path, "%.*sdsa!%s/dev", (int)(name - wq), wq, name);
  FILE *file = fopen(path, "r");
  EXPECT(file && fgets(text, sizeof text, file));
  fclose(file);
  unsigned major, minor;
  EXPECT(sscanf(text, "%u:%u", &major, &minor) == 2);

  struct stat status;
  EXPECT(stat(queue, &status) == 0 && S_ISCHR(status.st_mode));
  EXPECT(status.st_rdev == makedev(major, minor) && (status.st_mode & 07777) == 0600);
  EXPECT(lstat(queue, &status) == 0 && S_ISCHR(status.st_mode));
  EXPECT(fstatat(AT_FDCWD, queue, &status, 0) == 0 && S_ISCHR(status.st_mode));
  struct stat64 status64;
  EXPECT(stat64(queue, &status64) == 0 && status64.st_rdev == makedev(major, minor));
  struct statx more;
  EXPECT(statx(AT_FDCWD, queue, 0, STATX_BASIC_STATS, &more) == 0 && S_ISCHR(more.stx_mode));
  EXPECT(more.stx_rdev_major == major && more.stx_rdev_minor == minor);

  int node = open(queue, O_RDWR);
  EXPECT(fstat(node, &status) == 0 && S_ISCHR(status.st_mode) && status.st_rdev == makedev(major, minor));
  EXPECT(fstatat(node, "", &status, AT_EMPTY_PATH) == 0 && S_ISCHR(status.st_mode));
  close(node);

  char own[] = "/tmp/portal_rules.XXXXXX";
  EXPECT(mkdtemp(own) != NULL);
  snprintf(link, sizeof link, "%s/link", own);
  EXPECT(symlink(queue, link) == 0);
  EXPECT(stat(link, &status) == 0 && S_ISCHR(status.st_mode));
  EXPECT(lstat(link, &status) == 0 && S_ISLNK(status.st_mode));
  unlink(link);
  rmdir(own);

  EXPECT(stat("/proc/self/maps", &status) == 0 && S_ISREG(status.st_mode));
  EXPECT(stat("/nowhere", &status) == -1 && errno == ENOENT);
}

static void mmap_refuses_as_the_driver_does(void) {
  int file = open(queue, O_RDWR);
  EXPECT(mmap(NULL, 4097, PROT_WRITE, MAP_SHARED, file, 0) == MAP_FAILED && errno == EINVAL);
  EXPECT(mmap(NULL, 0, PROT_WRITE, MAP_SHARED, file, 0) == MAP_FAILED && errno == EINVAL);
  EXPECT(mmap(NULL, 4096, PROT_WRITE, MAP_SHARED, file, 100) == MAP_FAILED && errno == EINVAL);
  EXPECT(mmap(NULL, 4096, PROT_WRITE, 0, file, 0) == MAP_FAILED && errno == EINVAL);
  EXPECT(mmap((void *)100, 4096, PROT_WRITE, MAP_SHARED | MAP_FIXED, file, 0) == MAP_FAILED &&
         errno == EINVAL);
  char *short_one = mmap(NULL, 64, PROT_WRITE, MAP_SHARED, file, 0x10000);
  EXPECT(short_one != MAP_FAILED);
  expect_works(short_one + 4032);
  close(file);
  file = open(queue, O_RDONLY);
  EXPECT(mmap(NULL, 4096, PROT_WRITE, MAP_SHARED, file, 0) == MAP_FAILED && errno == EACCES);
  EXPECT(munmap(short_one, 64) == 0);
  close(file);
  expect_clients(0);
}

static void other_files_map_as_ever(void) {
  int file = open("/proc/self/exe", O_RDONLY);
  char *start = mmap(NULL, 4096, PROT_READ, MAP_PRIVATE, file, 0);
  EXPECT(start != MAP_FAILED && memcmp(start, "\177ELF", 4) == 0);
  close(file);
  EXPECT(mmap(NULL, 4096, PROT_READ, MAP_PRIVATE, 4711, 0) == MAP_FAILED && errno == EBADF);
  char *memory = map_pages(4);
  memory[0] = 1;
  EXPECT(mprotect(memory, PAGE, PROT_READ) == 0 && memory[0] == 1);
  memory = mremap(memory + PAGE, 3 * PAGE, 8 * PAGE, MREMAP_MAYMOVE);
  EXPECT(memory != MAP_FAILED);
  memory[7 * PAGE] = 1;
  EXPECT(munmap(memory, 8 * PAGE) == 0);
  EXPECT(munmap(memory + 1, 8 * PAGE) == -1 && errno == EINVAL);
}

/* ---- life of a mapping ---- */

static void mapping_outlives_the_descriptor(void) {
  int file;
  char *portal = map_portal(queue, 0, &file);
  EXPECT(clients() == 1);
  int copy = dup(file);
  close(file);
  expect_works(portal);
  close(copy);
  EXPECT(clients() == 1);
  expect_works(portal);
  EXPECT(munmap(portal, PAGE) == 0);
  expect_clients(0);
}

static void file_can_be_mapped_many_times(void) {
  enum { COUNT = 100 };
  char *portals[COUNT];
  int file = open(queue, O_RDWR);
  for (int i = 0; i < COUNT; i++) {
    portals[i] = mmap(NULL, PAGE, PROT_WRITE, MAP_SHARED, file, 0);
    EXPECT(portals[i] != MAP_FAILED);
  }
  close(file);
  EXPECT(clients() == 1);
  for (int i = 0; i < COUNT; i++) {
    expect_works(portals[i]);
    EXPECT(munmap(portals[i], PAGE) == 0);
    if (i + 1 < COUNT) {
      expect_works(portals[COUNT - 1]);
    }
  }
  expect_clients(0);
}

static void closing_everything_leaves_the_mapping(void) {
  char *portal = map_and_close();
  for (int file = 3; file < 10000; file++) {
    close(file);
  }
  expect_works(portal);
  closefrom(3);
  expect_works(portal);
  EXPECT(close_range(3, ~0u, 0) == 0);
  expect_works(portal);
}

static void unmapped_page_faults(void) {
  char *portal = map_and_close();
  expect_works(portal);
  handle(SIGSEGV, 0);
  EXPECT(munmap(portal, PAGE) == 0);
  EXPECT_SIGNAL(SIGSEGV, SEGV_MAPERR, portal + 64, submit_once(portal + 64));
  EXPECT_SIGNAL(SIGSEGV, SEGV_MAPERR, portal + 64, post_once(portal + 64));
}

static void page_can_be_covered_moved_and_protected(void) {
  char *portal = map_and_close();
  char *elsewhere = map_pages(3);
  handle(SIGSEGV, 0);

  char *moved = mremap(portal, PAGE, PAGE, MREMAP_MAYMOVE | MREMAP_FIXED, elsewhere + PAGE);
  EXPECT(moved == elsewhere + PAGE);
  expect_works(moved);
  EXPECT_SIGNAL(SIGSEGV, SEGV_MAPERR, portal, submit_once(portal));
  EXPECT(mremap(moved, PAGE, 2 * PAGE, MREMAP_MAYMOVE) == MAP_FAILED && errno == EFAULT);

  EXPECT(mprotect(elsewhere, 3 * PAGE, PROT_READ) == 0);
  EXPECT_SIGNAL(SIGSEGV, SEGV_ACCERR, moved, submit_once(moved));
  EXPECT_SIGNAL(SIGSEGV, SEGV_ACCERR, elsewhere + 2 * PAGE, elsewhere[2 * PAGE] = 1);
  EXPECT(*(volatile uint32_t *)moved == 0xffffffff && elsewhere[0] == 0);
  EXPECT(mprotect(elsewhere, 3 * PAGE, PROT_READ | PROT_WRITE) == 0);
  expect_works(moved);
  elsewhere[0] = elsewhere[2 * PAGE] = 1;

  char *covered = mmap(moved, PAGE, PROT_READ | PROT_WRITE,
                       MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
  EXPECT(covered == moved);
  covered[0] = 5;
  EXPECT(covered[0] == 5);
  expect_clients(0);
}

static void protection_is_the_programs(void) {
  int file = open(queue, O_RDWR);
  char *portal = mmap(NULL, PAGE, PROT_READ, MAP_SHARED, file, 0);
  EXPECT(portal != MAP_FAILED);
  handle(SIGSEGV, 0);
  EXPECT_SIGNAL(SIGSEGV, SEGV_ACCERR, portal, submit_once(portal));
  EXPECT_SIGNAL(SIGSEGV, SEGV_ACCERR, portal, post_once(portal));
  EXPECT_SIGNAL(SIGSEGV, SEGV_ACCERR, portal + 8, *(volatile int *)(portal + 8) = 1);
  EXPECT(mprotect(portal, PAGE, PROT_WRITE) == 0);
  expect_works(portal);
  EXPECT(mprotect(portal, PAGE, PROT_NONE) == 0);
  EXPECT_SIGNAL(SIGSEGV, SEGV_ACCERR, portal + 8, (void)*(volatile int *)(portal + 8));
  int reading = open(queue, O_RDONLY);
  char *read_only = mmap(NULL, PAGE, PROT_READ, MAP_SHARED, reading, 0);
  EXPECT(read_only != MAP_FAILED);
  EXPECT(mprotect(read_only, PAGE, PROT_WRITE) == -1 && errno == EACCES);
}

static void private_mapping_reaches_nobody(void) {
  struct dsafs_record record;
  struct dsafs_descriptor descriptor = noop(&record);
  int file = open(queue, O_RDWR);
  char *portal = mmap(NULL, PAGE, PROT_WRITE, MAP_PRIVATE, file, 0);
  EXPECT(portal != MAP_FAILED);
  EXPECT(enqcmd(portal, &descriptor));
  movdir64b(portal, &descriptor);
  EXPECT(enqcmd(portal, &descriptor) && record.status == 0);
}

/* ---- fork ---- */

static void child_of_fork_faults(void) {
  char *portal = map_and_close();
  EXPECT(died_of(status_of_child(submit_once, portal), SIGSEGV));
  EXPECT(died_of(status_of_child(post_once, portal), SIGSEGV));
  expect_works(portal);
}

static void map_own(char *unused) {
  (void)unused;
  expect_works(map_and_close());
}

static void child_of_fork_has_none_of_it(void) {
  char *portal = map_and_close();
  int ready[2];
  EXPECT(pipe(ready) == 0);
  pid_t child = fork();
  if (child == 0) {
    char byte;
    close(ready[1]);
    (void)!read(ready[0], &byte, 1);
    _exit(0);
  }
  EXPECT(munmap(portal, PAGE) == 0);
  expect_clients(0); /* though the child lives */
  close(ready[1]);
  EXPECT(waitpid(child, NULL, 0) == child);
  portal = map_and_close();
  EXPECT(status_of_child(map_own, NULL) == 0);
  expect_works(portal);
  EXPECT(system("exit 7") == 7 << 8); /* what runs another program works */
  expect_works(portal);
}

/* ---- the instructions ---- */

static void source_that_is_not_there_faults(void) {
  char *portal = map_and_close();
  char *pages = map_pages(2);
  munmap(pages + PAGE, PAGE);
  handle(SIGSEGV, 0);
  EXPECT_SIGNAL(SIGSEGV, SEGV_MAPERR, pages + PAGE, enqcmd(portal, pages + PAGE - 32));
  EXPECT_SIGNAL(SIGSEGV, SEGV_MAPERR, pages + PAGE, movdir64b(portal, pages + PAGE - 32));
  EXPECT_SIGNAL(SIGSEGV, SEGV_MAPERR, NULL, enqcmd(portal, NULL));
  mprotect(pages, PAGE, PROT_NONE);
  EXPECT_SIGNAL(SIGSEGV, SEGV_ACCERR, pages + 8, movdir64b(portal, pages + 8));
  EXPECT_SIGNAL(SIGSEGV, SI_KERNEL, NULL, enqcmd(portal, (void *)0x8000000000000000));
  expect_works(portal);
}

static void protection_faults_are_general(void) {
  char *portal = map_and_close();
  struct dsafs_descriptor descriptor = {.pasid_priv = 1u << 20};
  handle(SIGSEGV, 0);
  EXPECT_SIGNAL(SIGSEGV, SI_KERNEL, NULL, enqcmd(portal + 32, &descriptor));
  EXPECT_SIGNAL(SIGSEGV, SI_KERNEL, NULL, movdir64b(portal + 1, &descriptor));
  EXPECT_SIGNAL(SIGSEGV, SI_KERNEL, NULL, enqcmd(portal, &descriptor));
  EXPECT_SIGNAL(SIGSEGV, SI_KERNEL, NULL,
                __asm__ volatile(".byte 0xf3, 0x0f, 0x38, 0xf8, 0x02" ::"a"(portal), "d"(&descriptor)
                                 : "memory"));
}

#define ARITHMETIC 0x8d5u

/* The arithmetic flags after an instruction that began with these. */
#define FLAGS_AFTER(instruction, portal, source, before)                                  \
  ({                                                                                      \
    uint64_t flags_ = (before) | 0x202;                                                   \
    __asm__ volatile("lea -128(%%rsp), %%rsp\n\tpush %0\n\tpopf\n\t" instruction          \
                     "\n\tpushf\n\tpop %0\n\tlea 128(%%rsp), %%rsp"                       \
                     : "+r"(flags_)                                                       \
                     : "a"(portal), "d"(source)                                           \
                     : "cc", "memory");                                                   \
    flags_ & ARITHMETIC;                                                                  \
  })

static void flags_are_as_specified(void) {
  char *portal = map_and_close();
  struct dsafs_descriptor descriptor = {0};
  EXPECT(FLAGS_AFTER(".byte 0xf2, 0x0f, 0x38, 0xf8, 0x02", portal, &descriptor, ARITHMETIC) == 0);
  EXPECT(FLAGS_AFTER(".byte 0x66, 0x0f, 0x38, 0xf8, 0x02", portal, &descriptor, ARITHMETIC) ==
         ARITHMETIC);
  EXPECT(FLAGS_AFTER(".byte 0x66, 0x0f, 0x38, 0xf8, 0x02", portal, &descriptor, 0) == 0);
  struct dsafs_descriptor memory = {.size = 5};
  EXPECT(FLAGS_AFTER(".byte 0xf2, 0x0f, 0x38, 0xf8, 0x02", &memory, &descriptor, 0x891) == 0x40);
  errno = 4711;
  expect_works(portal);
  EXPECT(errno == 4711);
}

static void memory_takes_what_it_does(void) {
  map_and_close();
  struct dsafs_descriptor from = {.size = 1, .specific = {[23] = 9}};
  struct dsafs_descriptor to = {.size = 2};
  EXPECT(enqcmd(&to, &from) && to.size == 2);
  movdir64b(&to, &from);
  EXPECT(memcmp(&to, &from, 64) == 0);
  char *gone = map_pages(1);
  mprotect(gone, PAGE, PROT_READ);
  handle(SIGSEGV, 0);
  EXPECT_SIGNAL(SIGSEGV, SEGV_ACCERR, gone + 64, enqcmd(gone + 64, &from));
  EXPECT_SIGNAL(SIGSEGV, SEGV_ACCERR, gone + 64, movdir64b(gone + 64, &from));
  munmap(gone, PAGE);
  EXPECT_SIGNAL(SIGSEGV, SEGV_MAPERR, gone + 64, enqcmd(gone + 64, &from));
}

static void plain_stores_are_ignored(void) {
  char *portal = map_and_close();
  struct dsafs_descriptor wrong = {.opcode_flags = 0xffu << 24};
  *(volatile uint8_t *)portal = 1;
  *(volatile uint16_t *)(portal + 2) = 1;
  *(volatile uint32_t *)(portal + 4) = (uint32_t)getpid();
  *(volatile uint64_t *)(portal + 8) = 1;
  memcpy(portal, &wrong, sizeof wrong);
  memset(portal, getpid(), 64);
  memset(portal, getpid(), PAGE);
  _mm_stream_si32((int *)portal, 1);
  _mm_stream_si128((__m128i *)(void *)portal, _mm_setzero_si128());
  __asm__ volatile("movups %%xmm0, (%0)\n\tmovdqa %%xmm8, 16(%0)" ::"r"(portal) : "memory");
  if (__builtin_cpu_supports("avx2")) {
    __asm__ volatile("vmovdqu %%ymm0, (%0)\n\tvmovntdq %%ymm9, 32(%0)" ::"r"(portal) : "memory");
  }
  if (__builtin_cpu_supports("avx512f")) {
    __asm__ volatile("vmovdqu64 %%zmm0, 64(%0)\n\tvmovaps %%zmm17, (%0)" ::"r"(portal) : "memory");
  }
  void *to = portal;
  size_t count = 512;
  __asm__ volatile("rep stosq" : "+D"(to), "+c"(count) : "a"(0) : "memory");
  EXPECT(to == portal + PAGE && count == 0);
  EXPECT(*(volatile uint8_t *)portal == 0xff && *(volatile int16_t *)portal == -1);
  EXPECT(*(volatile uint32_t *)(portal + 60) == UINT32_MAX);
  EXPECT(*(volatile uint64_t *)(portal + 4088) == UINT64_MAX);
  expect_works(portal);
}

static void unknown_access_is_the_programs(void) {
  char *portal = map_and_close();
  handle(SIGSEGV, 0);
  EXPECT_SIGNAL(SIGSEGV, SEGV_ACCERR, portal,
                __asm__ volatile("lock addl $1, (%0)" ::"r"(portal) : "memory", "cc"));
  expect_works(portal);
}

static bool umwait(uint32_t control, uint64_t deadline) {
  bool limited;
  __asm__ volatile(".byte 0xf2, 0x0f, 0xae, 0xf1\n\tsetc %0" /* UMWAIT ECX */
                   : "=r"(limited)
                   : "c"(control), "a"((uint32_t)deadline), "d"((uint32_t)(deadline >> 32))
                   : "cc", "memory");
  return limited;
}

static bool tpause(uint32_t control, uint64_t deadline) {
  bool limited;
  __asm__ volatile(".byte 0x66, 0x0f, 0xae, 0xf1\n\tsetc %0"
                   : "=r"(limited)
                   : "c"(control), "a"((uint32_t)deadline), "d"((uint32_t)(deadline >> 32))
                   : "cc", "memory");
  return limited;
}

static void umonitor(void *line) {
  __asm__ volatile(".byte 0xf3, 0x0f, 0xae, 0xf1" ::"c"(line) : "memory");
}

static void waiting_ends(void) {
  char *portal = map_and_close();
  struct dsafs_record record;
  EXPECT(!tpause(0, 0));
  uint64_t start = __rdtsc();
  EXPECT(!tpause(1, start + 50000) && __rdtsc() >= start + 50000);
  EXPECT(!umwait(0, UINT64_MAX)); /* no monitor */
  umonitor(&record);
  EXPECT(!umwait(0, 0));
  struct dsafs_descriptor descriptor = noop(&record);
  while (enqcmd(portal, &descriptor)) {
  }
  while (record.status == 0) {
    umonitor(&record);
    if (record.status == 0) {
      umwait(1, UINT64_MAX);
    }
  }
  /* Nothing comes: what ends it is the time that the system allows. */
  umonitor(&record);
  bool limited = umwait(0, UINT64_MAX);
  EXPECT(limited);
  handle(SIGSEGV, 0);
  EXPECT_SIGNAL(SIGSEGV, SEGV_MAPERR, (void *)64, umonitor((void *)100));
  EXPECT_SIGNAL(SIGSEGV, SI_KERNEL, NULL, tpause(2, 0));
}

/* ---- the program's signals ---- */

static void own_crashes_are_seen(void) {
  handle(SIGSEGV, 0);
  char *portal = map_and_close();
  for (int i = 0; i < 3; i++) {
    EXPECT_SIGNAL(SIGSEGV, SEGV_MAPERR, (void *)16, crash(NULL));
    expect_works(portal);
  }
  handle(SIGILL, 0);
  static void *at;
  EXPECT_SIGNAL(SIGILL, ILL_ILLOPN, at,
                __asm__ volatile("lea 1f(%%rip), %%rax\n\tmov %%rax, %0\n1:\tud2" : "=m"(at)::"rax"));
  expect_works(portal);
}

static void crash_without_a_handler_kills(void) {
  map_and_close();
  EXPECT(died_of(status_of_child(crash, NULL), SIGSEGV));
  signal(SIGSEGV, SIG_IGN);
  EXPECT(died_of(status_of_child(crash, NULL), SIGSEGV));
  EXPECT(raise(SIGSEGV) == 0); /* ignored */
  signal(SIGSEGV, SIG_DFL);
  EXPECT(died_of(status_of_child(raise_segv, NULL), SIGSEGV));
}

static void handlers_and_masks_read_back(void) {
  struct sigaction action = {.sa_sigaction = leave, .sa_flags = SA_SIGINFO | SA_RESTART};
  struct sigaction old;
  sigaddset(&action.sa_mask, SIGUSR1);
  sigaddset(&action.sa_mask, SIGILL);
  EXPECT(sigaction(SIGSEGV, &action, NULL) == 0);
  map_and_close();
  EXPECT(sigaction(SIGSEGV, NULL, &old) == 0);
  EXPECT(old.sa_sigaction == leave && (old.sa_flags & (SA_SIGINFO | SA_RESTART | SA_NODEFER | SA_ONSTACK)) ==
                                          (SA_SIGINFO | SA_RESTART));
  EXPECT(sigismember(&old.sa_mask, SIGUSR1) && sigismember(&old.sa_mask, SIGILL) &&
         !sigismember(&old.sa_mask, SIGUSR2));
  EXPECT(sigaction(SIGILL, NULL, &old) == 0 && old.sa_handler == SIG_DFL);
  EXPECT(signal(SIGSEGV, SIG_DFL) == (void (*)(int))(void *)leave);
  EXPECT(signal(SIGSEGV, SIG_IGN) == SIG_DFL);
  EXPECT(signal(SIGUSR1, SIG_IGN) == SIG_DFL && signal(SIGUSR1, SIG_DFL) == SIG_IGN);
  action.sa_sigaction = leave;
  sigfillset(&action.sa_mask);
  EXPECT(sigaction(SIGUSR2, &action, NULL) == 0 && sigaction(SIGUSR2, NULL, &old) == 0);
  EXPECT(sigismember(&old.sa_mask, SIGSEGV) && sigismember(&old.sa_mask, SIGUSR1));
  EXPECT(sigaction(SIGKILL, &action, NULL) == -1 && errno == EINVAL);
  EXPECT(sigaction(65, NULL, &old) == -1 && errno == EINVAL);

  sigset_t all, before, now_blocked;
  sigfillset(&all);
  EXPECT(pthread_sigmask(SIG_SETMASK, &all, &before) == 0 && !sigismember(&before, SIGSEGV));
  EXPECT(sigprocmask(SIG_BLOCK, NULL, &now_blocked) == 0 && sigismember(&now_blocked, SIGSEGV) &&
         sigismember(&now_blocked, SIGUSR1) && !sigismember(&now_blocked, 32));
  EXPECT(sigprocmask(SIG_SETMASK, &before, NULL) == 0);
  EXPECT(sigprocmask(SIG_BLOCK, NULL, &now_blocked) == 0 && !sigismember(&now_blocked, SIGSEGV));
  EXPECT(pthread_sigmask(77, &all, NULL) == EINVAL);
}

static char *usr1_portal;

static void submit_in_handler(int number) {
  (void)number;
  expect_works(usr1_portal);
}

/* A signal that an instruction causes kills if it is blocked: not where it would have been none. */
static void blocked_signals_do_not_hinder(void) {
  sigset_t all;
  sigfillset(&all);
  EXPECT(sigprocmask(SIG_SETMASK, &all, NULL) == 0);
  usr1_portal = map_and_close();
  expect_works(usr1_portal);
  struct sigaction action = {.sa_handler = submit_in_handler};
  sigfillset(&action.sa_mask);
  EXPECT(sigaction(SIGUSR1, &action, NULL) == 0);
  sigemptyset(&all);
  EXPECT(sigprocmask(SIG_SETMASK, &all, NULL) == 0);
  raise(SIGUSR1);
}

static void skip_store(int number, siginfo_t *info, void *context) {
  (void)info;
  seen.number = number;
  seen.count++;
  sigset_t set;
  sigprocmask(SIG_BLOCK, NULL, &set);
  EXPECT(sigismember(&set, SIGSEGV) && sigismember(&set, SIGUSR2) && !sigismember(&set, SIGUSR1));
  ((ucontext_t *)context)->uc_mcontext.gregs[REG_RIP] += 11; /* the store below */
}

static void handler_may_return(void) {
  struct sigaction action = {.sa_sigaction = skip_store, .sa_flags = SA_SIGINFO};
  sigaddset(&action.sa_mask, SIGUSR2);
  char *portal = map_and_close();
  EXPECT(sigaction(SIGSEGV, &action, NULL) == 0);
  for (int i = 0; i < 3; i++) {
    __asm__ volatile(".byte 0xc7, 0x04, 0x25, 0x10, 0, 0, 0, 1, 0, 0, 0" ::: "memory");
    EXPECT(seen.count == i + 1);
    expect_works(portal);
  }
  sigset_t set;
  sigprocmask(SIG_BLOCK, NULL, &set);
  EXPECT(!sigismember(&set, SIGSEGV) && !sigismember(&set, SIGUSR2));
}

static void handler_runs_on_its_stack(void) {
  static char stack[65536];
  stack_t alternate = {.ss_sp = stack, .ss_size = sizeof stack};
  EXPECT(sigaltstack(&alternate, NULL) == 0);
  char *portal = map_and_close();
  handle(SIGSEGV, SA_ONSTACK);
  EXPECT_SIGNAL(SIGSEGV, SEGV_MAPERR, (void *)16, crash(NULL));
  EXPECT(seen.stack > stack && seen.stack < stack + sizeof stack);
  expect_works(portal);
  handle(SIGSEGV, 0);
  EXPECT_SIGNAL(SIGSEGV, SEGV_MAPERR, (void *)16, crash(NULL));
  EXPECT(seen.stack < stack || seen.stack > stack + sizeof stack);
  expect_works(portal);
}

static void crash_twice(char *portal) {
  handle(SIGSEGV, (int)SA_RESETHAND);
  EXPECT_SIGNAL(SIGSEGV, SEGV_MAPERR, (void *)16, crash(NULL));
  struct sigaction old;
  EXPECT(sigaction(SIGSEGV, NULL, &old) == 0 && old.sa_handler == SIG_DFL);
  expect_works(portal ? portal : map_and_close());
  crash(NULL);
}

static void handler_can_be_for_once(void) {
  map_and_close();
  EXPECT(died_of(status_of_child(crash_twice, NULL), SIGSEGV));
}

static void crash_in_handler(int number) {
  (void)number;
  crash(NULL);
}

static void crash_with_crashing_handler(char *unused) {
  signal(SIGSEGV, crash_in_handler);
  crash(unused);
}

static void crash_in_a_handler_kills(void) {
  map_and_close();
  EXPECT(died_of(status_of_child(crash_with_crashing_handler, NULL), SIGSEGV));
}

/* ---- threads ---- */

enum { THREADS = 8, ROUNDS = 300 };

static void *map_submit_unmap(void *unused) {
  (void)unused;
  for (int i = 0; i < ROUNDS; i++) {
    struct dsafs_record record;
    struct dsafs_descriptor descriptor = noop(&record);
    char *portal = map_and_close();
    while (enqcmd(portal + i % 64 * 64, &descriptor)) {
    }
    wait_for(&record);
    EXPECT(record.status == DSAFS_SUCCESS && munmap(portal, PAGE) == 0);
  }
  return NULL;
}

static pthread_barrier_t together;

static void *allow_and_submit(void *portal) {
  struct dsafs_record record;
  struct dsafs_descriptor descriptor = noop(&record);
  pthread_barrier_wait(&together);
  EXPECT(mprotect(portal, PAGE, PROT_READ | PROT_WRITE) == 0);
  while (enqcmd(portal, &descriptor)) {
  }
  wait_for(&record);
  EXPECT(record.status == DSAFS_SUCCESS);
  return NULL;
}

/* Memory that is shared with the daemon has such a name. */
static int shared_pieces(void) {
  char line[4096];
  int count = 0;
  FILE *maps = fopen("/proc/self/maps", "re");
  EXPECT(maps);
  while (fgets(line, sizeof line, maps)) {
    count += strstr(line, "/memfd:") != NULL;
  }
  fclose(maps);
  return count;
}

static void threads_protect_at_once(void) {
  pthread_t threads[THREADS];
  int file = open(queue, O_RDWR);
  EXPECT(file >= 0 && pthread_barrier_init(&together, NULL, THREADS) == 0);
  for (int round = 0; round < 100; round++) {
    char *portal = mmap(NULL, PAGE, PROT_READ, MAP_SHARED, file, 0);
    EXPECT(portal != MAP_FAILED && shared_pieces() == 0);
    for (int i = 0; i < THREADS; i++) {
      EXPECT(pthread_create(&threads[i], NULL, allow_and_submit, portal) == 0);
    }
    for (int i = 0; i < THREADS; i++) {
      pthread_join(threads[i], NULL);
    }
    EXPECT(shared_pieces() <= 1 && munmap(portal, PAGE) == 0);
  }
  EXPECT(shared_pieces() == 0);
  close(file);
  expect_clients(0);
}

static void threads_map_and_unmap_at_once(void) {
  pthread_t threads[THREADS];
  for (int i = 0; i < THREADS; i++) {
    EXPECT(pthread_create(&threads[i], NULL, map_submit_unmap, NULL) == 0);
  }
  for (int i = 0; i < THREADS; i++) {
    pthread_join(threads[i], NULL);
  }
  expect_clients(0);
}

static atomic_bool stop;

static void count_signal(int number) {
  (void)number;
  seen.count++;
}

static void *submit_until_stopped(void *portal) {
  struct dsafs_record record;
  while (!stop) {
    struct dsafs_descriptor descriptor = noop(&record);
    while (enqcmd(portal, &descriptor)) {
    }
    wait_for(&record);
  }
  return NULL;
}

static void other_signals_come_through(void) {
  char *portal = map_and_close();
  signal(SIGUSR1, count_signal);
  pthread_t thread;
  EXPECT(pthread_create(&thread, NULL, submit_until_stopped, portal) == 0);
  for (int i = 0; i < 1000; i++) {
    pthread_kill(thread, SIGUSR1);
    sched_yield();
  }
  stop = true;
  pthread_join(thread, NULL);
  EXPECT(seen.count > 0);
  expect_works(portal);
}

static char *jumped_portal;

static void jump(int number) {
  (void)number;
  seen.count++;
  siglongjmp(back, 1);
}

/* A jump out of a handler that came while a store was on its way leaves nothing behind. */
static void handlers_may_jump(void) {
  jumped_portal = map_and_close();
  struct itimerval often = {{0, 200}, {0, 200}};
  static struct dsafs_descriptor descriptor = {.opcode_flags = DSAFS_NOOP << 24};
  double limit = now() + 1;
  signal(SIGALRM, jump);
  sigsetjmp(back, 1);
  setitimer(ITIMER_REAL, &often, NULL);
  while (now() < limit) {
    enqcmd(jumped_portal, &descriptor);
  }
  often = (struct itimerval){{0, 0}, {0, 0}};
  setitimer(ITIMER_REAL, &often, NULL);
  EXPECT(seen.count > 10);
  expect_works(jumped_portal);
  EXPECT(munmap(jumped_portal, PAGE) == 0);
  expect_clients(0);
}

/* ---- a queue that goes away ---- */

static void disabled_queue_asks_for_a_retry(void) {
  char *portal = map_and_close();
  struct dsafs_descriptor descriptor = {0};
  expect_works(portal);
  EXPECT(system("eval \"$DISABLE\"") == 0);
  EXPECT(enqcmd(portal, &descriptor));
  movdir64b(portal, &descriptor);
  EXPECT(enqcmd(portal, &descriptor));
}

#define CASE(name) {#name, name}

static const struct {
  const char *name;
  void (*run)(void);
} cases[] = {
    CASE(stat_shows_a_character_device),
    CASE(mmap_refuses_as_the_driver_does),
    CASE(other_files_map_as_ever),
    CASE(mapping_outlives_the_descriptor),
    CASE(file_can_be_mapped_many_times),
    CASE(closing_everything_leaves_the_mapping),
    CASE(unmapped_page_faults),
    CASE(page_can_be_covered_moved_and_protected),
    CASE(protection_is_the_programs),
    CASE(private_mapping_reaches_nobody),
    CASE(child_of_fork_faults),
    CASE(child_of_fork_has_none_of_it),
    CASE(source_that_is_not_there_faults),
    CASE(protection_faults_are_general),
    CASE(flags_are_as_specified),
    CASE(memory_takes_what_it_does),
    CASE(plain_stores_are_ignored),
    CASE(unknown_access_is_the_programs),
    CASE(waiting_ends),
    CASE(own_crashes_are_seen),
    CASE(crash_without_a_handler_kills),
    CASE(handlers_and_masks_read_back),
    CASE(blocked_signals_do_not_hinder),
    CASE(handler_may_return),
    CASE(handler_runs_on_its_stack),
    CASE(handler_can_be_for_once),
    CASE(crash_in_a_handler_kills),
    CASE(threads_protect_at_once),
    CASE(threads_map_and_unmap_at_once),
    CASE(other_signals_come_through),
    CASE(handlers_may_jump),
    CASE(disabled_queue_asks_for_a_retry),
};

int main(int argc, char **argv) {
  if (argc != 4) {
    return 2;
  }
  queue = argv[2];
  wq = argv[3];
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    if (strcmp(argv[1], cases[i].name) == 0) {
      cases[i].run();
      printf("%s ok\n", argv[1]);
      return 0;
    }
  }
  return 2;
}
