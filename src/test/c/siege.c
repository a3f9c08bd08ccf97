/* SPDX-License-Identifier: Apache-2.0 */
/*
 * siege - what no program should do to a queue, while another one works on with it.
 *
 *     siege kill DEDICATED SHARED COUNT
 *     siege random SHARED PROCESSES SECONDS SEED
 *
 * kill: COUNT times a process puts a thousand descriptors and more in flight on one of the queues
 * and is killed in the midst of it. random: PROCESSES at once submit descriptors of random bytes,
 * with addresses that mean something, and die at random, others taking their place. In both this
 * process has its own memory moved meanwhile, and checks it, and pages that nobody should touch.
 * The last line is "survived" with counts; exit code 1 if anything was not as it should be.
 */
#define _GNU_SOURCE
#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>

#include "queue.h"
#include "random.h"

#define CANARY_PAGES 64u
#define MEMBERS 256u
#define BATCHES 4u
#define MOVE_BYTES (16u * PAGE)

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

static void begin_honest_work(const char *queue) {
  honest = open_queue(queue, BY_ENQCMD);
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
  begin_honest_work(shared);
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

static _Noreturn void be_random(const char *path) {
  static const enum way ways[] = {BY_ENQCMD, BY_WRITE, BY_MOVDIR64B};
  struct queue queue = open_queue(path, BY_ENQCMD);
  uint8_t *own = map_pages(OWN_PAGES);
  memset(own, 0, OWN_PAGES / 2 * PAGE);
  for (unsigned i = 0; i < 8; i++) {
    mprotect(own + next_random(&random_state) % OWN_PAGES * PAGE, PAGE, (int)(next_random(&random_state) % 4));
  }
  for (;;) {
    uint64_t words[8];
    for (unsigned i = 0; i < 8; i++) {
      words[i] = next_random(&random_state);
    }
    uint64_t choice = next_random(&random_state);
    words[0] = words[0] << 32;
    if (choice & 1) { /* an opcode that exists, mostly, and likely flags */
      words[0] = (choice >> 8 & 0x1f) << 56 | (choice >> 16 & 0x8f) << 32;
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
    queue.way = ways[(choice >> 4) % 3];
    (void)try_submit(&queue, words); /* any answer will do */
    if ((choice >> 40) % 512 == 0) {
      kill(getpid(), SIGKILL);
    }
  }
}

static void let_loose(const char *path, unsigned processes, unsigned seconds, uint64_t seed) {
  begin_honest_work(path);
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
  printf("survived %u processes, %lu moves\n", born, moved);
}

static unsigned number(const char *text) { return (unsigned)strtoul(text, NULL, 10); }

int main(int argc, char **argv) {
  struct rlimit none = {0, 0};
  setrlimit(RLIMIT_CORE, &none);
  random_state = 88172645463325252ull;
  make_canary();
  if (argc == 5 && strcmp(argv[1], "kill") == 0) {
    kill_many(argv[2], argv[3], number(argv[4]));
  } else if (argc == 6 && strcmp(argv[1], "random") == 0) {
    setpgid(0, 0);
    let_loose(argv[2], number(argv[3]), number(argv[4]), number(argv[5]));
  } else {
    die("usage: siege kill DEDICATED SHARED COUNT | random SHARED PROCESSES SECONDS SEED");
  }
  return 0;
}
