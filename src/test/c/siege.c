/* SPDX-License-Identifier: Apache-2.0 */
/*
 * siege - what no program should do to a queue, while another one works on with it.
 *
 *     siege kill DEDICATED SHARED COUNT
 *     siege random SHARED PROCESSES SECONDS SEED
 *     siege move QUEUE COUNT
 *     siege busy QUEUE
 *
 * kill: COUNT times a process puts a thousand descriptors and more in flight on one of the queues
 * and is killed in the midst of it. random: PROCESSES at once submit descriptors of random bytes,
 * with addresses that mean something, and die at random, others taking their place. In both this
 * process has its own memory moved meanwhile, and checks it, and pages that nobody should touch. Half of
 * the random ones are right but for one bit, or right; they come by write(2), ioctl and ring.
 * move: only such honest moves, by write(2); busy: large ones that nobody looks at, until it is killed.
 * All work with DSA and IAA queues but kill, which needs batches.
 * The last line is "survived" with counts, of random descriptors too, or "moved" with one; exit code 1 if anything was not as it should be.
 */
#define _GNU_SOURCE
#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>

#include "../../main/c/dsafs_ring.h"
#include "queue.h"
#include "random.h"

#define CANARY_PAGES 64u
#define MEMBERS 256u
#define BATCHES 4u
#define MOVE_BYTES (16u * PAGE)
#define LARGE_BYTES (8u << 20)

static uint64_t random_state;

/* ---- this process: pages that stay as they are, and honest moves ---- */

static uint64_t *canary;
static struct queue honest;
static uint8_t *source, *destination;
static struct dsafs_record *record;
static unsigned long moved;

static void make_canary(void) {
  canary = map_pages(CANARY_PAGES);
  for (size_t i = 0; i < CANARY_PAGES * PAGE / 8; i++) {
    canary[i] = i * 0x9e3779b97f4a7c15ull;
  }
}

static void check_canary(void) {
  for (size_t i = 0; i < CANARY_PAGES * PAGE / 8; i++) {
    if (canary[i] != i * 0x9e3779b97f4a7c15ull) {
      die("word %zu of another process's memory was changed", i);
    }
  }
}

static void begin_honest_work(const char *queue, enum way way) {
  honest = open_queue(queue, way);
  source = map_pages(4);
  destination = map_pages(4);
  record = map_pages(1);
}

static void move_and_check(void) {
  uint64_t first = next_random(&random_state);
  size_t length = 1 + first % (4 * PAGE);
  memset(source, (int)(first >> 32), length);
  memset(destination, ~(int)(first >> 32), 4 * PAGE);
  memset((void *)record, 0, sizeof *record);
  struct dsafs_descriptor descriptor = describe(DSAFS_MOVE, record);
  descriptor.source = (uintptr_t)source;
  descriptor.destination = (uintptr_t)destination;
  descriptor.size = (uint32_t)length;
  submit(&honest, &descriptor);
  wait_for(record);
  if (record->status == (DSAFS_PAGE_FAULT | DSAFS_STATUS_WRITE)) {
    return; /* a fork in between has marked the pages to be copied */
  }
  if (record->status != DSAFS_SUCCESS || memcmp(source, destination, length) != 0 ||
      (length < 4 * PAGE && destination[length] != (uint8_t) ~(first >> 32))) {
    die("an honest move of %zu bytes went wrong, status 0x%02x", length, record->status);
  }
  moved++;
}

static void move_many(const char *path, unsigned count) {
  begin_honest_work(path, BY_WRITE);
  for (unsigned i = 0; i < count; i++) {
    move_and_check();
  }
  printf("moved %lu\n", moved);
}

/* Large moves one after the other, whatever comes of them, so that one is always under way. */
static _Noreturn void keep_moving(const char *path) {
  static struct dsafs_record *records;
  struct queue queue = open_queue(path, BY_WRITE);
  uint8_t *from = map_pages(LARGE_BYTES / PAGE), *to = map_pages(LARGE_BYTES / PAGE);
  memset(from, 1, LARGE_BYTES);
  memset(to, 2, LARGE_BYTES);
  records = map_pages(1);
  memset((void *)records, 0, PAGE);
  struct dsafs_descriptor descriptor = describe(DSAFS_MOVE, records);
  descriptor.source = (uintptr_t)from;
  descriptor.destination = (uintptr_t)to;
  descriptor.size = LARGE_BYTES;
  for (;;) {
    (void)try_submit(&queue, &descriptor);
    usleep(1000);
  }
}

/* Without this one's files: they would count as open. */
static pid_t fork_one(void) {
  pid_t child = fork_child();
  if (child == 0) {
    close(honest.file);
  }
  return child;
}

/* ---- killed in the midst of it ---- */

static _Noreturn void be_busy(const char *path, enum way way, int told) {
  struct queue queue = open_queue(path, way);
  uint8_t *from = map_pages(MOVE_BYTES / PAGE), *to = map_pages(MOVE_BYTES / PAGE);
  memset(from, 1, MOVE_BYTES);
  memset(to, 2, MOVE_BYTES);
  struct dsafs_descriptor *list = map_pages(MEMBERS * sizeof *list / PAGE);
  struct dsafs_record *records = map_pages(1);
  memset((void *)records, 0, PAGE);
  for (unsigned i = 0; i < MEMBERS; i++) {
    list[i] = describe(DSAFS_MOVE, NULL);
    list[i].opcode_flags &= 0xff000000;
    list[i].source = (uintptr_t)from;
    list[i].destination = (uintptr_t)to;
    list[i].size = MOVE_BYTES;
  }
  for (unsigned i = 0; i < BATCHES; i++) {
    struct dsafs_descriptor batch = describe(DSAFS_BATCH, &records[i]);
    batch.source = (uintptr_t)list;
    batch.size = MEMBERS;
    submit(&queue, &batch);
  }
  /* And the rest of the queue with moves that wait behind them. */
  queue.way = way == BY_ENQCMD ? BY_ENQCMD : BY_WRITE;
  for (unsigned i = 0; i < 8; i++) {
    struct dsafs_descriptor move = list[i];
    if (try_submit(&queue, &move) != 1) {
      break;
    }
  }
  if (write(told, "!", 1) != 1) {
    _exit(1);
  }
  for (;;) {
    pause();
  }
}

static void kill_many(const char *dedicated, const char *shared, unsigned count) {
  begin_honest_work(shared, BY_ENQCMD);
  for (unsigned i = 0; i < count; i++) {
    int told[2];
    char byte;
    if (pipe(told) != 0) {
      die("pipe: %s", errno_name(errno));
    }
    pid_t child = fork_one();
    if (child == 0) {
      bool to_dedicated = i % 2 == 0;
      be_busy(to_dedicated ? dedicated : shared, to_dedicated ? BY_MOVDIR64B : BY_ENQCMD, told[1]);
    }
    close(told[1]);
    if (read(told[0], &byte, 1) != 1) {
      die("process %u did not get its work in", i);
    }
    if (i % 4 >= 2) {
      move_and_check(); /* the others are killed at once */
    }
    close(told[0]);
    kill(child, SIGKILL);
    waitpid(child, NULL, 0);
    move_and_check();
    check_canary();
  }
  printf("survived %u kills, %lu moves\n", count, moved);
}

/* ---- random ---- */

#define OWN_PAGES 16u

/* Counts those of all processes, far from what one of them can hit by mistake. */
#define INPUTS_AT ((void *)0x10000000000ul)
#define GUARD_PAGES 256u

static unsigned long *inputs;

/* Pages with nothing on either side: what goes beyond them stops there. */
static uint8_t *map_guarded(size_t pages) {
  uint8_t *at = map_pages(pages + 2 * GUARD_PAGES);
  mprotect(at, GUARD_PAGES * PAGE, PROT_NONE);
  mprotect(at + (GUARD_PAGES + pages) * PAGE, GUARD_PAGES * PAGE, PROT_NONE);
  return at + GUARD_PAGES * PAGE;
}

static uint64_t some_address(uint8_t *own) {
  uint64_t offset = next_random(&random_state) % (OWN_PAGES * PAGE);
  switch (next_random(&random_state) % 8) {
    case 0:
      return next_random(&random_state);
    case 1:
      return (uintptr_t)canary + offset; /* of the other process, and of this one's copy */
    case 2:
      return 0;
    case 3:
      return (uint64_t)-offset;
    case 4:
      return (uintptr_t)own + offset;
    default:
      return ((uintptr_t)own + offset) & -64ull;
  }
}

static void make_random(uint64_t *words, uint64_t choice, uint8_t *own, bool to_iax) {
  for (unsigned i = 0; i < 8; i++) {
    words[i] = next_random(&random_state);
  }
  words[0] = words[0] << 32;
  if (choice & 1) { /* an opcode that exists, mostly, and likely flags */
    words[0] = (choice >> 8 & (to_iax ? 0x57 : 0x1f)) << 56 | (choice >> 16 & 0x8f) << 32;
  }
  for (unsigned i = 1; i < 4; i++) {
    words[i] = some_address(own);
  }
  words[4] = choice & 2 ? choice >> 32 & 0xffff : choice >> 32;
  if (choice & 4) {
    memset(&words[5], 0, 24);
  }
  if (choice & 8) {
    words[5] = some_address(own);
  }
}

/* An operation that the device performs, but for one bit of it, most times. */
static void make_nearly_valid(uint64_t *words, uint64_t choice, uint8_t *own, bool to_iax) {
  static const uint8_t dsa[] = {DSAFS_NOOP, DSAFS_BATCH,   DSAFS_DRAIN,    DSAFS_MOVE, DSAFS_FILL, DSAFS_COMPARE,
                                DSAFS_COMPVAL, DSAFS_DUALCAST, DSAFS_CRC,  DSAFS_COPY_CRC, DSAFS_CFLUSH};
  static const uint8_t iax[] = {0x00, 0x02, 0x03, 0x42, 0x43};
  struct dsafs_descriptor descriptor =
      describe(to_iax ? iax[(choice >> 8) % sizeof iax] : dsa[(choice >> 8) % sizeof dsa],
               (struct dsafs_record *)(void *)(own + (choice >> 16) % 64 * 64));
  descriptor.source = (uintptr_t)own + PAGE;
  descriptor.destination = (uintptr_t)own + 4 * PAGE;
  descriptor.size = choice >> 24 & 0xfff;
  memcpy(words, &descriptor, sizeof descriptor);
  if (choice >> 36 & 7) {
    unsigned bit = (unsigned)(choice >> 40) % 480 + 32; /* not the PASID's, which ENQCMD refuses */
    words[bit / 64] ^= 1ull << bit % 64;
  }
}

static _Noreturn void be_random(const char *path) {
  bool to_iax = strstr(path, "/iax/") != NULL;
  static const enum way ways[] = {BY_ENQCMD, BY_WRITE, BY_MOVDIR64B};
  struct queue queue = open_queue(path, BY_ENQCMD);
  struct dsafs_ring *ring = dsafs_ring_open(queue.file, queue.portal); /* there may be too many */
  uint8_t *own = map_guarded(OWN_PAGES);
  memset(own, 0, OWN_PAGES / 2 * PAGE);
  for (unsigned i = 0; i < 8; i++) {
    mprotect(own + (4 + next_random(&random_state) % (OWN_PAGES - 4)) * PAGE, PAGE,
             (int)(next_random(&random_state) % 4));
  }
  for (;;) {
    uint64_t words[8];
    uint64_t choice = next_random(&random_state);
    if (choice >> 59 & 1) {
      make_nearly_valid(words, choice, own, to_iax);
    } else {
      make_random(words, choice, own, to_iax);
    }
    unsigned way = (choice >> 4) % 5;
    if (way < 3) {
      queue.way = ways[way];
      (void)try_submit(&queue, words); /* any answer will do */
    } else if (ring) {
      (void)(way == 3 ? dsafs_ring_enqcmd(ring, 0, words) : dsafs_ring_movdir64b(ring, 0, words));
    }
    __atomic_fetch_add(inputs, 1, __ATOMIC_RELAXED);
    if (next_random(&random_state) % 512 == 0) {
      kill(getpid(), SIGKILL);
    }
  }
}

static void let_loose(const char *path, unsigned processes, unsigned seconds, uint64_t seed) {
  inputs = mmap(INPUTS_AT, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  if (inputs == MAP_FAILED) {
    die("mmap: %s", errno_name(errno));
  }
  begin_honest_work(path, BY_ENQCMD);
  unsigned running = 0, born = 0;
  double end = now() + seconds;
  while (now() < end) {
    while (running < processes) {
      if (fork_one() == 0) {
        random_state = seed + ++born * 0x9e3779b97f4a7c15ull;
        be_random(path);
      }
      born++;
      running++;
    }
    while (waitpid(-1, NULL, WNOHANG) > 0) {
      running--;
    }
    move_and_check();
    check_canary();
  }
  signal(SIGTERM, SIG_IGN);
  kill(0, SIGTERM);
  while (waitpid(-1, NULL, 0) > 0) {
  }
  move_and_check();
  check_canary();
  printf("survived %u processes, %lu moves, %lu descriptors\n", born, moved, *inputs);
}

static unsigned number(const char *text) { return (unsigned)strtoul(text, NULL, 10); }

int main(int argc, char **argv) {
  struct rlimit none = {0, 0};
  setrlimit(RLIMIT_CORE, &none);
  random_state = 88172645463325252ull;
  make_canary();
  if (argc == 5 && strcmp(argv[1], "kill") == 0) {
    kill_many(argv[2], argv[3], number(argv[4]));
  } else if (argc == 4 && strcmp(argv[1], "move") == 0) {
    move_many(argv[2], number(argv[3]));
  } else if (argc == 3 && strcmp(argv[1], "busy") == 0) {
    keep_moving(argv[2]);
  } else if (argc == 6 && strcmp(argv[1], "random") == 0) {
    setpgid(0, 0);
    let_loose(argv[2], number(argv[3]), number(argv[4]), number(argv[5]));
  } else {
    die("usage: siege kill DEDICATED SHARED COUNT | random SHARED PROCESSES SECONDS SEED"
        " | move QUEUE COUNT | busy QUEUE");
  }
  return 0;
}
