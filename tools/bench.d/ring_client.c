/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ring_client - times a submission of 64 bytes by each way there is.
 *
 *     cc -O2 -o ring_client ring_client.c
 *     ./ring_client [--rounds N] [--calls N] [--warm-up N] SHARED_QUEUE DEDICATED_QUEUE
 *
 * Each call submits one no-op. "submitted" asks for no record: the time until the call returns.
 * "completed" is the time until the record is there, one descriptor after the other. Rounds visit the
 * ways in random order; the table gives medians.
 */
#include "bench.h"

#include "../../src/main/c/dsafs_ring.h"

enum way { WRITE, ENQCMD, RING_ENQCMD, MOVDIR64B, RING_MOVDIR64B, WAYS };

static const char *const names[] = {"write(2)", "ENQCMD ioctl", "ENQCMD by ring", "MOVDIR64B ioctl",
                                    "MOVDIR64B by ring"};

struct queue {
  int file;
  uint64_t portal;
  struct dsafs_ring *ring;
};

static struct queue shared, dedicated;
static struct dsafs_record record;

static struct queue open_queue(const char *path) {
  struct queue queue = {0};
  queue.file = open_device(path, &queue.portal, true);
  queue.ring = dsafs_ring_open(queue.file, queue.portal);
  if (!queue.ring) {
    die("ring");
  }
  return queue;
}

static int by_ioctl(const struct queue *queue, unsigned long command, const void *descriptor) {
  struct dsafs_submit request = {.handle = queue->portal};
  memcpy(request.descriptor, descriptor, sizeof request.descriptor);
  int result = ioctl(queue->file, command, &request);
  return result < 0 ? -errno : result;
}

/* 0 taken, 1 full. */
static int submit(enum way way, const void *descriptor) {
  switch (way) {
    case WRITE:
      if (write(shared.file, descriptor, 64) == 64) {
        return 0;
      }
      return errno == EAGAIN ? 1 : -errno;
    case ENQCMD:
      return by_ioctl(&shared, DSAFS_IOC_ENQCMD, descriptor);
    case RING_ENQCMD:
      return dsafs_ring_enqcmd(shared.ring, 0, descriptor);
    case MOVDIR64B:
      return by_ioctl(&dedicated, DSAFS_IOC_MOVDIR64B, descriptor);
    default:
      return dsafs_ring_movdir64b(dedicated.ring, 0, descriptor);
  }
}

/* Microseconds for each of so many calls. */
static double time_calls(enum way way, bool complete, int times) {
  struct dsafs_descriptor noop = {0};
  if (complete) {
    noop.opcode_flags = DSAFS_FLAG_RECORD_VALID | DSAFS_FLAG_RECORD_REQUEST;
    noop.record = (uintptr_t)&record;
  }
  double begin = now();
  for (int i = 0; i < times; i++) {
    record.status = 0;
    int answer = submit(way, &noop);
    while (answer == 1) {
      sched_yield();
      answer = submit(way, &noop);
    }
    if (answer < 0) {
      errno = -answer;
      die(names[way]);
    }
    for (unsigned looks = 0; complete && record.status == 0; looks++) {
      if (looks > DSAFS_RING_SPINS) {
        sched_yield();
      } else {
        __asm__ volatile("" ::: "memory");
      }
    }
  }
  return (now() - begin) * 1e6 / times;
}

static void measure(void) {
  static double results[WAYS][2][MAX_ROUNDS];
  int order[WAYS * 2];
  for (int i = 0; i < WAYS * 2; i++) {
    order[i] = i;
    time_calls((enum way)(i / 2), i % 2, warm_up);
  }
  for (int round = 0; round < rounds; round++) {
    shuffle(order, WAYS * 2);
    for (int i = 0; i < WAYS * 2; i++) {
      int way = order[i] / 2, complete = order[i] % 2;
      results[way][complete][round] = time_calls((enum way)way, complete, calls);
    }
  }
  printf("%-27s %15s %15s %7s\n", "a no-op, microseconds", "submitted", "completed", "ratio");
  double base = 0;
  for (int way = 0; way < WAYS; way++) {
    double submitted = median(results[way][0], rounds);
    double completed = median(results[way][1], rounds);
    base = way == ENQCMD ? submitted : base;
    printf("%-27s %15.2f %15.2f", names[way], submitted, completed);
    if (base > 0) {
      printf(" %7.2f", base / submitted); /* how much faster than the ENQCMD ioctl */
    }
    putchar('\n');
  }
}

static void usage(void) {
  fputs("usage: ring_client [--rounds N] [--calls N] [--warm-up N] SHARED DEDICATED\n", stderr);
  exit(2);
}

int main(int argc, char **argv) {
  if (read_options(argc, argv, usage) != 2) {
    usage();
  }
  shared = open_queue(argv[optind]);
  dedicated = open_queue(argv[optind + 1]);
  measure();
  dsafs_ring_close(shared.ring);
  dsafs_ring_close(dedicated.ring);
  return 0;
}
