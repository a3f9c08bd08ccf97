/* SPDX-License-Identifier: Apache-2.0 */
/*
 * portal_client - submits moves through a mapped portal, by ENQCMD or MOVDIR64B in every form in which
 * a compiler could write them, and checks every byte.
 *
 *     portal_client QUEUE enqcmd|movdir64b THREADS COUNT   COUNT moves per thread
 *     portal_client QUEUE enqcmd|movdir64b time COUNT      nanoseconds per submission of a no-op
 *
 * To a dedicated queue it has at most 16 descriptors on their way.
 */
#define _GNU_SOURCE
#include <pthread.h>
#include <stdatomic.h>

#include "portal.h"

#define DEPTH 4 /* descriptors on their way, per thread */
#define MOVE_BYTES 256u
#define LARGEST_SHIFT 3840u

static bool deferrable;
static char *portal;
static int per_thread;
static atomic_ulong retries;

/* ---- the forms ---- */

/* True: to be retried. */
typedef bool form(char *slot, const struct dsafs_descriptor *descriptor);

/*
 * One function for each form. `prepare` may use RAX (slot), RDX (descriptor), RCX, RSI, R8 to R15 and
 * must keep the flags of the instruction in `undo`.
 */
#define FORM(name, prepare, operands, undo)                                                     \
  static bool name(char *slot, const struct dsafs_descriptor *descriptor) {                     \
    bool retry = false;                                                                         \
    if (deferrable) {                                                                           \
      __asm__ volatile("sfence\n\t" prepare "\n\tenqcmd " operands "\n\tsetz %b0\n\t" undo      \
                       : "=&D"(retry), "+a"(slot), "+d"(descriptor)                             \
                       :                                                                        \
                       : "rcx", "rsi", "r8", "r9", "r10", "r11", "r12", "r13", "r14", "r15",    \
                         "cc", "memory");                                                       \
    } else {                                                                                    \
      __asm__ volatile("sfence\n\t" prepare "\n\tmovdir64b " operands "\n\t" undo               \
                       : "+a"(slot), "+d"(descriptor)                                           \
                       :                                                                        \
                       : "rdi", "rcx", "rsi", "r8", "r9", "r10", "r11", "r12", "r13", "r14",    \
                         "r15", "cc", "memory");                                                \
    }                                                                                           \
    return retry;                                                                               \
  }

#define TO_R(number) "mov %%rax, %%r" #number "\n\t"
#define FROM_R(number) "mov %%rdx, %%r" #number "\n\t"

static bool as_clients_do(char *slot, const struct dsafs_descriptor *descriptor) {
  if (deferrable) {
    return enqcmd(slot, descriptor);
  }
  movdir64b(slot, descriptor);
  return false;
}

FORM(r8_r9, TO_R(8) FROM_R(9), "(%%r9), %%r8", "")
FORM(r10_r11, TO_R(10) FROM_R(11), "(%%r11), %%r10", "")
FORM(r14_r15, TO_R(14) FROM_R(15), "(%%r15), %%r14", "")
FORM(base_r12, TO_R(13) FROM_R(12), "(%%r12), %%r13", "")
FORM(base_r13, TO_R(12) FROM_R(13), "(%%r13), %%r12", "")
FORM(base_rbp, "xchg %%rbp, %%rdx", "(%%rbp), %%rax", "xchg %%rbp, %%rdx")
FORM(to_rbp, "xchg %%rbp, %%rax", "(%%rdx), %%rbp", "xchg %%rbp, %%rax")
FORM(displacement8, "sub $0x40, %%rdx", "0x40(%%rdx), %%rax", "")
FORM(displacement8_negative, "add $0x80, %%rdx", "-0x80(%%rdx), %%rax", "")
FORM(displacement32, "sub $0x12345678, %%rdx", "0x12345678(%%rdx), %%rax", "")
FORM(displacement32_negative, "add $0x12345678, %%rdx", "-0x12345678(%%rdx), %%rax", "")
FORM(index_scaled, "mov %%rdx, %%rsi\n\tsub $0x80, %%rsi\n\tmov $8, %%ecx", "0x40(%%rsi,%%rcx,8), %%rax", "")
FORM(index_r10, "mov %%rdx, %%r9\n\tsub $0x2000, %%r9\n\tmov $0x400, %%r10d",
     "0x1000(%%r9,%%r10,4), %%rax", "")
FORM(index_negative, "mov %%rdx, %%r9\n\tadd $128, %%r9\n\tmov $-64, %%rcx", "(%%r9,%%rcx,2), %%rax", "")
FORM(index_without_base, "mov %%rdx, %%rcx\n\tsub $0x100, %%rcx", "0x100(,%%rcx,1), %%rax", "")
FORM(index_r12, "mov %%rdx, %%r12\n\txor %%r13d, %%r13d", "(%%r13,%%r12,1), %%rax", "")
/* The stack below RSP belongs to signal handlers, so it is moved out of the way. */
FORM(base_rsp,
     "lea -1024(%%rsp), %%rsp\n\tmovups (%%rdx), %%xmm0\n\tmovups %%xmm0, 16(%%rsp)\n\t"
     "movups 16(%%rdx), %%xmm0\n\tmovups %%xmm0, 32(%%rsp)\n\t"
     "movups 32(%%rdx), %%xmm0\n\tmovups %%xmm0, 48(%%rsp)\n\t"
     "movups 48(%%rdx), %%xmm0\n\tmovups %%xmm0, 64(%%rsp)",
     "16(%%rsp), %%rax", "lea 1024(%%rsp), %%rsp")
FORM(by_fs, "sub %%fs:0, %%rdx", "%%fs:(%%rdx), %%rax", "")
FORM(by_gs, "", "%%gs:(%%rdx), %%rax", "") /* whose base is 0 */
FORM(addresses_of_32_bits,
     "mov $0xffffffff00000000, %%rcx\n\tor %%rcx, %%rax\n\tor %%rcx, %%rdx", "(%%edx), %%eax", "")
FORM(index_of_32_bits, "mov %%edx, %%esi\n\tsub $0x80, %%esi\n\tmov $16, %%ecx",
     "(%%esi,%%ecx,8), %%eax", "")

/* The assembler would not write these. */
static bool with_useless_prefixes(char *slot, const struct dsafs_descriptor *descriptor) {
  bool retry = false;
  if (deferrable) {
    __asm__ volatile("sfence\n\t.byte 0x2e, 0x66, 0xf3, 0xf2, 0x36, 0x48, 0x0f, 0x38, 0xf8, 0x02\n\tsetz %0"
                     : "=r"(retry)
                     : "a"(slot), "d"(descriptor)
                     : "cc", "memory");
  } else {
    __asm__ volatile("sfence\n\t.byte 0x44, 0x66, 0x3e, 0x66, 0x2e, 0x48, 0x0f, 0x38, 0xf8, 0x02"
                     :
                     : "a"(slot), "d"(descriptor)
                     : "memory");
  }
  return retry;
}

static struct dsafs_descriptor beside __asm__("beside") __attribute__((used));
static pthread_mutex_t beside_lock = PTHREAD_MUTEX_INITIALIZER;

FORM(at_rip_locked, "", "beside(%%rip), %%rax", "")

static bool relative_to_rip(char *slot, const struct dsafs_descriptor *descriptor) {
  pthread_mutex_lock(&beside_lock);
  beside = *descriptor;
  bool retry = at_rip_locked(slot, descriptor);
  pthread_mutex_unlock(&beside_lock);
  return retry;
}

static form *const forms[] = {
    as_clients_do,    r8_r9,          r10_r11,        r14_r15,
    base_r12,         base_r13,       base_rbp,       to_rbp,
    displacement8,    displacement32, index_scaled,   index_r10,
    index_negative,   index_r12,      base_rsp,       by_fs,
    by_gs,            relative_to_rip, displacement8_negative, displacement32_negative,
    index_without_base, addresses_of_32_bits, index_of_32_bits, with_useless_prefixes,
};

#define FORMS (sizeof forms / sizeof *forms)

/* ---- the work ---- */

/* One descriptor and its memory, below 4 GiB for the forms with short addresses. */
struct job {
  struct dsafs_descriptor descriptor;
  struct dsafs_record record;
  uint8_t source[MOVE_BYTES + LARGEST_SHIFT];
  uint8_t destination[MOVE_BYTES + 64];
  unsigned shift;
};

static void submit_job(struct job *job, int number) {
  job->shift = (unsigned)number * 37 % LARGEST_SHIFT;
  job->record.status = 0;
  memset(job->destination, 0xee, sizeof job->destination);
  memcpy(job->source + job->shift, &number, sizeof number);
  job->descriptor = describe(DSAFS_MOVE, &job->record);
  job->descriptor.source = (uintptr_t)(job->source + job->shift);
  job->descriptor.destination = (uintptr_t)job->destination;
  job->descriptor.size = MOVE_BYTES;
  char *slot = portal + number % 64 * 64;
  form *submit_by = forms[(unsigned)number % FORMS];
  double limit = now() + TIMEOUT_SECONDS;
  while (submit_by(slot, &job->descriptor)) {
    retries++;
    if (now() > limit) {
      die("the queue is full for %d seconds", TIMEOUT_SECONDS);
    }
    sched_yield();
  }
}

static void check_job(struct job *job, int number) {
  wait_for(&job->record);
  if (job->record.status != DSAFS_SUCCESS) {
    die("form %u: status 0x%02x", (unsigned)number % (unsigned)FORMS, job->record.status);
  }
  if (memcmp(job->destination, job->source + job->shift, MOVE_BYTES) != 0 ||
      job->destination[MOVE_BYTES] != 0xee) {
    die("form %u: moved wrongly", (unsigned)number % (unsigned)FORMS);
  }
}

static void *low_pages(size_t bytes) {
  void *at = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_32BIT, -1, 0);
  if (at == MAP_FAILED) {
    die("mmap: %s", errno_name(errno));
  }
  return at;
}

static void *work(void *seed) {
  struct job *jobs = low_pages(DEPTH * sizeof *jobs);
  unsigned state = (unsigned)(uintptr_t)seed + 1;
  for (int i = 0; i < DEPTH; i++) {
    for (size_t at = 0; at < sizeof jobs[i].source; at++) {
      jobs[i].source[at] = (uint8_t)rand_r(&state);
    }
  }
  for (int i = 0; i < per_thread + DEPTH; i++) {
    if (i >= DEPTH) {
      check_job(&jobs[i % DEPTH], i - DEPTH);
    }
    if (i < per_thread) {
      submit_job(&jobs[i % DEPTH], i);
    }
  }
  return NULL;
}

static void measure(int count) {
  struct dsafs_descriptor noop = {.opcode_flags = DSAFS_NOOP << 24};
  static struct dsafs_descriptor memory;
  double start = now();
  for (int i = 0; i < count; i++) {
    while (as_clients_do(portal, &noop)) {
      retries++;
    }
  }
  double submitted = now();
  for (int i = 0; i < count; i++) {
    as_clients_do((char *)&memory, &noop);
  }
  printf("%.0f ns each, %lu retries; to memory %.0f ns each\n", (submitted - start) / count * 1e9,
         retries, (now() - submitted) / count * 1e9);
}

int main(int argc, char **argv) {
  if (argc != 5) {
    return 2;
  }
  deferrable = way_named(argv[2]) == BY_ENQCMD;
  int file;
  portal = map_portal(argv[1], MAP_POPULATE | MAP_32BIT, &file);
  per_thread = atoi(argv[4]);
  if (strcmp(argv[3], "time") == 0) {
    measure(per_thread);
    return 0;
  }
  int threads = atoi(argv[3]);
  pthread_t ids[64];
  for (int i = 0; i < threads && i < 64; i++) {
    if (pthread_create(&ids[i], NULL, work, (void *)(uintptr_t)i) != 0) {
      die("no thread");
    }
  }
  for (int i = 0; i < threads && i < 64; i++) {
    pthread_join(ids[i], NULL);
  }
  printf("moved %d by %zu forms\n", threads * per_thread, FORMS);
  return 0;
}
