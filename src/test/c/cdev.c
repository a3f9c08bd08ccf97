/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cdev - the rules of a queue's node in the profile mainline, a line of answers for each case.
 *
 *     cdev MOUNT/dev/dsa/wq0.0 CASE
 *
 * An answer is a count, "ok", or the errno's name. Cases: writes, foreign (a forked child), rawio
 * (without CAP_SYS_RAWIO), maps, twice, hold (open until the input ends), record (a no-op whose
 * record's page is not present), stale (writes once the input ends).
 */
#define _GNU_SOURCE
#include <linux/capability.h>
#include <poll.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include "queue.h"

static const char *path;
static struct dsafs_record *records;

static const char *answer(long result) {
  static char text[8][32];
  static int next;
  char *into = text[next++ % 8];
  if (result < 0) {
    return errno_name(errno);
  }
  snprintf(into, sizeof text[0], "%ld", result);
  return into;
}

static int opened(void) {
  int file = open(path, O_RDWR);
  if (file < 0) {
    die("open: %s", errno_name(errno));
  }
  return file;
}

static struct dsafs_descriptor noop(struct dsafs_record *record) {
  record->status = 0;
  return (struct dsafs_descriptor){
      .opcode_flags = DSAFS_FLAG_RECORD_VALID | DSAFS_FLAG_RECORD_REQUEST,
      .record = (uintptr_t)record};
}

static const char *map(int file, uint64_t length, uint64_t offset) {
  struct dsafs_portal_map request = {
      .length = length, .prot = PROT_WRITE, .flags = MAP_SHARED, .offset = offset};
  return ioctl(file, DSAFS_IOC_PORTAL_MAP, &request) == 0 ? "ok" : errno_name(errno);
}

static void writes(void) {
  int file = opened();
  struct dsafs_descriptor two[3] = {noop(&records[0]), noop(&records[1])};
  printf("one %s", answer(write(file, two, 64)));
  wait_for(&records[0]);
  printf(" status %d", records[0].status);
  printf(", 63 %s, 0 %s", answer(write(file, two, 63)), answer(write(file, two, 0)));
  two[0] = noop(&records[0]);
  printf(", 130 %s", answer(write(file, two, 130)));
  wait_for(&records[0]);
  wait_for(&records[1]);
  two[0] = noop(&records[0]);
  two[1] = noop(&records[1]);
  two[1].record += 16;
  printf(", second misaligned %s", answer(write(file, two, 128)));
  printf(", misaligned %s", answer(write(file, two + 1, 64)));
  two[2] = noop(&records[2]);
  two[2].opcode_flags |= (uint32_t)DSAFS_BATCH << 24;
  printf(", batch %s", answer(write(file, two + 2, 64)));
  void *away = map_pages(1);
  munmap(away, PAGE);
  printf(", unreadable %s\n", answer(write(file, away, 64)));
}

static void foreign(void) {
  int file = opened(), status;
  fflush(stdout);
  pid_t child = fork();
  if (child == 0) {
    struct dsafs_descriptor one = noop(&records[0]);
    struct pollfd poller = {.fd = file, .events = POLLIN | POLLNVAL};
    printf("write %s, 63 %s, map %s", answer(write(file, &one, 64)), answer(write(file, &one, 63)),
           map(file, PAGE, 0));
    poll(&poller, 1, 0);
    printf(", poll %s\n", poller.revents == POLLNVAL ? "POLLNVAL" : "valid");
    exit(0);
  }
  waitpid(child, &status, 0);
}

static void rawio(void) {
  struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
  struct __user_cap_data_struct data[2];
  int file = opened();
  printf("with %s", map(file, PAGE, 0));
  if (syscall(SYS_capget, &header, data) != 0) {
    die("capget: %s", errno_name(errno));
  }
  data[0].effective &= ~(1u << CAP_SYS_RAWIO);
  if (syscall(SYS_capset, &header, data) != 0) {
    die("capset: %s", errno_name(errno));
  }
  struct dsafs_descriptor one = noop(&records[0]);
  printf(", without %s, write %s\n", map(file, PAGE, 0), answer(write(file, &one, 64)));
  wait_for(&records[0]);
}

static void maps(void) {
  int file = opened();
  printf("8192 %s", map(file, 2 * PAGE, 0));
  printf(", at 4096 %s", map(file, PAGE, PAGE));
  printf(", read %s", answer(read(file, records, 64)));
  printf(", seek %s", answer(lseek(file, 0, SEEK_SET)));
  printf(", ioctl %s\n", answer(ioctl(file, 0x1234, 0)));
}

static void twice(void) {
  int first = opened(), second = open(path, O_RDWR);
  printf("second %s", second < 0 ? errno_name(errno) : "ok");
  close(first);
  first = open(path, O_RDWR);
  printf(", after close %s\n", first < 0 ? errno_name(errno) : "ok");
}

static void hold(void) {
  opened();
  printf("%d\n", (int)getpid());
  fflush(stdout);
  while (getchar() != EOF) {
  }
}

/* The record's page is not there, but could be: the device may not ask for it. */
static void record(void) {
  int file = opened();
  struct dsafs_record *away = map_pages(1);
  struct dsafs_descriptor one = noop(&away[0]);
  if (madvise(away, PAGE, MADV_DONTNEED) != 0) {
    die("madvise: %s", errno_name(errno));
  }
  printf("write %s", answer(write(file, &one, 64)));
  fflush(stdout);
  /* Looking at it would bring the page in, so wait until somebody else has. */
  unsigned char present = 0;
  double limit = now() + TIMEOUT_SECONDS;
  while (!(present & 1)) {
    if (mincore(away, PAGE, &present) != 0 || now() > limit) {
      die("no record came");
    }
    sched_yield();
  }
  wait_for(&away[0]);
  printf(" status %d\n", away[0].status);
  fflush(stdout);
  while (getchar() != EOF) {
  }
}

static void stale(void) {
  int file = opened();
  struct dsafs_descriptor one = noop(&records[0]);
  puts("open");
  fflush(stdout);
  while (getchar() != EOF) {
  }
  printf("write %s\n", answer(write(file, &one, 64)));
}

int main(int argc, char **argv) {
  static const struct {
    const char *name;
    void (*run)(void);
  } cases[] = {{"writes", writes}, {"foreign", foreign}, {"rawio", rawio}, {"maps", maps},
               {"twice", twice},   {"hold", hold},       {"record", record}, {"stale", stale}};
  if (argc != 3) {
    die("usage: cdev QUEUE CASE");
  }
  path = argv[1];
  records = map_pages(1);
  memset(records, 0, PAGE);
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    if (strcmp(argv[2], cases[i].name) == 0) {
      cases[i].run();
      return 0;
    }
  }
  die("no case '%s'", argv[2]);
}
