/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fuse_client - times single operations on two mounts, and copies by the device against memcpy.
 *
 *     cc -O2 -o fuse_client fuse_client.c
 *     ./fuse_client calls  NULL_ATTRIBUTE NULL_QUEUE DSA_ATTRIBUTE DSA_QUEUE
 *     ./fuse_client copies DSA_QUEUE
 *
 * Rounds visit all cells of the table in random order, so that the two mounts are measured within
 * seconds of each other; the table gives medians. Differences below 15 % mean nothing on a small
 * machine: which core the kernel wakes the server on decides more.
 */
#include "bench.h"

#define MAX_THREADS 2

/* ---- calls ---- */

enum call { CALL_ATTRIBUTE, CALL_PREAD, CALL_WRITE, CALL_ENQCMD, CALL_COUNT };

static const char *const call_names[] = {"open+read+close attribute", "pread of an open attribute",
                                         "write(2), 64 bytes", "ENQCMD ioctl"};

struct side {
  const char *attribute, *queue;
  int attribute_file, queue_file;
  uint64_t portal;
};

struct caller {
  pthread_t thread;
  const struct side *side;
  enum call call;
  int times;
  pthread_barrier_t *start;
};

/* A no-op that asks for no record: nothing has to be reset or waited for between two of them. */
static void call_once(const struct side *side, enum call call) {
  static const struct dsafs_descriptor noop;
  char text[64];
  switch (call) {
    case CALL_ATTRIBUTE: {
      int file = open(side->attribute, O_RDONLY);
      if (file < 0 || read(file, text, sizeof text) <= 0) {
        die(side->attribute);
      }
      close(file);
      break;
    }
    case CALL_PREAD:
      if (pread(side->attribute_file, text, sizeof text, 0) <= 0) {
        die(side->attribute);
      }
      break;
    case CALL_WRITE:
      /* A shared queue that is full says so; the call was made all the same. */
      if (write(side->queue_file, &noop, sizeof noop) != sizeof noop && errno != EAGAIN) {
        die(side->queue);
      }
      break;
    default: {
      struct dsafs_submit request = {.handle = side->portal};
      if (ioctl(side->queue_file, DSAFS_IOC_ENQCMD, &request) < 0) {
        die(side->queue);
      }
    }
  }
}

static void *call_often(void *argument) {
  const struct caller *caller = argument;
  if (caller->start) {
    pthread_barrier_wait(caller->start);
  }
  for (int i = 0; i < caller->times; i++) {
    call_once(caller->side, caller->call);
  }
  return NULL;
}

/* Calls a second, with so many threads calling at once. */
static double rate(const struct side *side, enum call call, int threads, int times) {
  struct caller callers[MAX_THREADS];
  pthread_barrier_t start;
  pthread_barrier_init(&start, NULL, (unsigned)threads + 1);
  for (int i = 0; i < threads; i++) {
    callers[i] = (struct caller){
        .side = side, .call = call, .times = times / threads, .start = &start};
    if (pthread_create(&callers[i].thread, NULL, call_often, &callers[i]) != 0) {
      die("pthread_create");
    }
  }
  pthread_barrier_wait(&start);
  double begin = now();
  for (int i = 0; i < threads; i++) {
    pthread_join(callers[i].thread, NULL);
  }
  pthread_barrier_destroy(&start);
  return times / threads * threads / (now() - begin);
}

static void run_calls(char **paths) {
  struct side sides[2] = {{.attribute = paths[0], .queue = paths[1]},
                          {.attribute = paths[2], .queue = paths[3]}};
  static double results[2][CALL_COUNT][MAX_THREADS][MAX_ROUNDS];
  int cells = 2 * CALL_COUNT * MAX_THREADS;
  int order[2 * CALL_COUNT * MAX_THREADS];
  for (int s = 0; s < 2; s++) {
    sides[s].attribute_file = open(sides[s].attribute, O_RDONLY);
    if (sides[s].attribute_file < 0) {
      die(sides[s].attribute);
    }
    sides[s].queue_file = open_device(sides[s].queue, &sides[s].portal, s == 1);
    for (int call = 0; call < CALL_COUNT; call++) {
      struct caller warm = {.side = &sides[s], .call = call, .times = warm_up};
      call_often(&warm);
    }
  }
  for (int i = 0; i < cells; i++) {
    order[i] = i;
  }
  for (int round = 0; round < rounds; round++) {
    shuffle(order, cells);
    for (int i = 0; i < cells; i++) {
      int s = order[i] % 2, call = order[i] / 2 % CALL_COUNT, threads = order[i] / 2 / CALL_COUNT;
      results[s][call][threads][round] = rate(&sides[s], call, threads + 1, calls);
    }
  }
  printf("%-27s %7s %15s %15s %6s\n", "operations a second", "clients", "C libfuse2", "dsafs", "ratio");
  for (int call = 0; call < CALL_COUNT; call++) {
    for (int threads = 0; threads < MAX_THREADS; threads++) {
      double base = median(results[0][call][threads], rounds);
      double ours = median(results[1][call][threads], rounds);
      printf("%-27s %7d %15.0f %15.0f %6.2f\n", call_names[call], threads + 1, base, ours, ours / base);
    }
  }
}

/* ---- copies ---- */

enum way { BY_MEMCPY, BY_SYNC, BY_ASYNC, BY_WRITE, WAY_COUNT };

struct copier {
  int file;
  uint64_t portal;
  uint8_t *source, *destination; /* depth buffers each */
  struct dsafs_record *records;
};

static struct dsafs_descriptor describe_copy(const struct copier *copier, unsigned slot, size_t size) {
  copier->records[slot].status = 0;
  return (struct dsafs_descriptor){
      .opcode_flags =
          (uint32_t)DSAFS_MOVE << 24 | DSAFS_FLAG_RECORD_VALID | DSAFS_FLAG_RECORD_REQUEST,
      .record = (uintptr_t)&copier->records[slot],
      .source = (uintptr_t)copier->source + slot * size,
      .destination = (uintptr_t)copier->destination + slot * size,
      .size = (uint32_t)size};
}

static void submit_copy(const struct copier *copier, unsigned slot, size_t size) {
  struct dsafs_descriptor move = describe_copy(copier, slot, size);
  while (enqcmd(copier->file, copier->portal, &move) != 0) {
    sched_yield();
  }
}

/* All slots by one write(2), or as many as it takes while the queue is full. */
static void submit_copies(const struct copier *copier, size_t size) {
  struct dsafs_descriptor moves[MAX_DEPTH];
  for (unsigned slot = 0; slot < depth; slot++) {
    moves[slot] = describe_copy(copier, slot, size);
  }
  for (unsigned done = 0; done < depth;) {
    ssize_t taken = write(copier->file, moves + done, (depth - done) * sizeof *moves);
    if (taken >= 0) {
      done += (unsigned)taken / sizeof *moves;
    } else if (errno == EAGAIN) {
      sched_yield();
    } else {
      die("write");
    }
  }
}

static void wait_copy(const struct copier *copier, unsigned slot) {
  struct dsafs_record *record = &copier->records[slot];
  await(record);
  if (record->status != DSAFS_SUCCESS) {
    fprintf(stderr, "fuse_client: a copy ended with status 0x%02x\n", record->status);
    exit(1);
  }
}

/* Copies so many times over the same set of buffers, whatever the way; gigabytes a second. */
static double throughput(const struct copier *copier, enum way way, size_t size, unsigned times) {
  double begin = now();
  for (unsigned i = 0; i < times; i++) {
    unsigned slot = i % depth;
    switch (way) {
      case BY_MEMCPY:
        memcpy(copier->destination + slot * size, copier->source + slot * size, size);
        __asm__ volatile("" ::: "memory");
        break;
      case BY_SYNC:
        submit_copy(copier, slot, size);
        wait_copy(copier, slot);
        break;
      case BY_ASYNC:
        if (i >= depth) {
          wait_copy(copier, slot);
        }
        submit_copy(copier, slot, size);
        break;
      default:
        if (slot == 0) {
          submit_copies(copier, size);
        }
        wait_copy(copier, slot);
    }
  }
  if (way == BY_ASYNC) {
    for (unsigned slot = 0; slot < depth && slot < times; slot++) {
      wait_copy(copier, slot);
    }
  }
  return (double)size * times / (now() - begin) / 1e9;
}

static void run_copies(const char *queue) {
  static const size_t sizes[] = {4096, 65536, 1048576};
  static const char *const size_names[] = {"4 KiB", "64 KiB", "1 MiB"};
  enum { SIZES = 3 };
  static double results[SIZES][WAY_COUNT][MAX_ROUNDS];
  struct copier copier;
  size_t length = sizes[SIZES - 1] * depth;
  int order[SIZES * WAY_COUNT];
  copier.file = open_device(queue, &copier.portal, true);
  copier.source = buffers(length);
  copier.destination = buffers(length);
  copier.records = (struct dsafs_record *)buffers(depth * sizeof *copier.records);
  for (size_t i = 0; i < length; i++) {
    copier.source[i] = (uint8_t)(i * 2654435761u >> 13);
  }
  for (int i = 0; i < SIZES * WAY_COUNT; i++) {
    order[i] = i;
  }
  throughput(&copier, BY_ASYNC, sizes[0], (unsigned)warm_up);
  throughput(&copier, BY_ASYNC, sizes[2], (unsigned)warm_up / 50);
  for (int round = 0; round < rounds; round++) {
    shuffle(order, SIZES * WAY_COUNT);
    for (int i = 0; i < SIZES * WAY_COUNT; i++) {
      int size = order[i] % SIZES, way = order[i] / SIZES;
      /* Some tens of milliseconds each; whole writes. */
      unsigned times = (unsigned)((way == BY_MEMCPY ? 256u << 20 : 64u << 20) / sizes[size]);
      times = way != BY_MEMCPY && times > (unsigned)calls ? (unsigned)calls : times;
      times = (times + depth - 1) / depth * depth;
      results[size][way][round] = throughput(&copier, way, sizes[size], times);
    }
  }
  bool intact = memcmp(copier.source, copier.destination, length) == 0;
  char flying[32], writing[32];
  snprintf(flying, sizeof flying, "%u in flight", depth);
  snprintf(writing, sizeof writing, "%u a write(2)", depth);
  printf("%-19s %11s %11s %11s %11s %7s\n", "memory move, GB/s", "memcpy", "one by one", flying, writing,
         "ratio");
  for (int size = 0; size < SIZES; size++) {
    double base = median(results[size][BY_MEMCPY], rounds);
    double best = 0;
    printf("%-19s %11.2f", size_names[size], base);
    for (int way = BY_SYNC; way < WAY_COUNT; way++) {
      double ours = median(results[size][way], rounds);
      best = ours > best ? ours : best;
      printf(" %11.2f", ours);
    }
    printf(" %7.2f\n", best / base); /* of the best way */
  }
  if (!intact) {
    fprintf(stderr, "fuse_client: the copies differ from their sources\n");
    exit(1);
  }
}

static _Noreturn void usage(void) {
  fputs("usage: fuse_client calls NULL_ATTRIBUTE NULL_QUEUE DSA_ATTRIBUTE DSA_QUEUE\n"
        "       fuse_client copies DSA_QUEUE\n"
        "options: --rounds N (odd, at most 101) --calls N --warm-up N --depth N\n",
        stderr);
  exit(2);
}

int main(int argc, char **argv) {
  int words = read_options(argc, argv, usage);
  if (words == 5 && strcmp(argv[optind], "calls") == 0) {
    run_calls(argv + optind + 1);
  } else if (words == 2 && strcmp(argv[optind], "copies") == 0) {
    run_copies(argv[optind + 1]);
  } else {
    usage();
  }
  return 0;
}
