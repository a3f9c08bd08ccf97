/* SPDX-License-Identifier: Apache-2.0 */
/* bench.h - what the programs of this directory share: time, medians, buffers, an open queue. */
#ifndef BENCH_H
#define BENCH_H

#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <pthread.h>
#include <sched.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#include "../../src/main/c/dsafs.h"

#define MAX_ROUNDS 101
#define MAX_CALLS 10000000
#define MAX_DEPTH 128

/* What the command line says; each program uses what it has a use for. */
static int rounds = 7;
static int calls = 4000;    /* of each operation in each round */
static int warm_up = 20000; /* calls before the first round */
static unsigned depth = 8;  /* copies in flight */

static inline _Noreturn void die(const char *what) {
  fprintf(stderr, "%s: %s: %s\n", program_invocation_short_name, what, strerror(errno));
  exit(1);
}

/* Seconds of a clock that only goes forward. */
static inline double now(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

static inline int compare(const void *left, const void *right) {
  double l = *(const double *)left, r = *(const double *)right;
  return (l > r) - (l < r);
}

static inline double median(double *values, int length) {
  qsort(values, (size_t)length, sizeof *values, compare);
  return length % 2 ? values[length / 2] : (values[length / 2 - 1] + values[length / 2]) / 2;
}

/* Rounds visit what they compare in random order, so that none profits from its place. */
static inline void shuffle(int *order, int length) {
  for (int i = length - 1; i > 0; i--) {
    int j = (int)(random() % (i + 1)), swap = order[i];
    order[i] = order[j];
    order[j] = swap;
  }
}

/* Opens a queue and, if that is wanted, maps its portal. */
static inline int open_device(const char *path, uint64_t *portal, bool map) {
  int file = open(path, O_RDWR);
  if (file < 0) {
    die(path);
  }
  if (map) {
    struct dsafs_portal_map request = {.length = 4096, .prot = PROT_WRITE, .flags = MAP_SHARED};
    if (ioctl(file, DSAFS_IOC_PORTAL_MAP, &request) != 0) {
      die(path);
    }
    *portal = request.handle;
  }
  return file;
}

/* Pages that are present, and can be shared with children. */
static inline uint8_t *pages(size_t length, int sharing) {
  void *at = mmap(NULL, length, PROT_READ | PROT_WRITE, sharing | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);
  if (at == MAP_FAILED) {
    die("mmap");
  }
  return at;
}

static inline uint8_t *buffers(size_t length) { return pages(length, MAP_PRIVATE); }

/* 0: the queue took it, 1: retry. */
static inline int enqcmd(int file, uint64_t portal, const struct dsafs_descriptor *descriptor) {
  struct dsafs_submit request = {.handle = portal};
  memcpy(request.descriptor, descriptor, sizeof *descriptor);
  int answer = ioctl(file, DSAFS_IOC_ENQCMD, &request);
  if (answer < 0) {
    die("ENQCMD");
  }
  return answer;
}

static inline void await(const struct dsafs_record *record) {
  while (__atomic_load_n(&record->status, __ATOMIC_ACQUIRE) == 0) {
    sched_yield();
  }
}

/* A number of the command line, from 1 on. */
static inline int number(const char *text, int most, void (*usage)(void)) {
  char *end;
  long value = strtol(text, &end, 10);
  if (*end || value < 1 || value > most) {
    usage();
  }
  return (int)value;
}

/* Reads the options; what follows them starts at optind. Returns how many words that are. */
static inline int read_options(int argc, char **argv, void (*usage)(void)) {
  static const struct option options[] = {{"rounds", required_argument, NULL, 'r'},
                                          {"calls", required_argument, NULL, 'c'},
                                          {"warm-up", required_argument, NULL, 'w'},
                                          {"depth", required_argument, NULL, 'd'},
                                          {NULL, 0, NULL, 0}};
  int option;
  while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) {
    switch (option) {
      case 'r':
        rounds = number(optarg, MAX_ROUNDS, usage);
        break;
      case 'c':
        calls = number(optarg, MAX_CALLS, usage);
        break;
      case 'w':
        warm_up = number(optarg, MAX_CALLS, usage);
        break;
      case 'd':
        depth = (unsigned)number(optarg, MAX_DEPTH, usage);
        break;
      default:
        usage();
    }
  }
  srandom((unsigned)getpid());
  return argc - optind;
}

#endif
