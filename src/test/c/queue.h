/* SPDX-License-Identifier: Apache-2.0 */
/*
 * queue.h - what the smaller test programs share: an open queue, submitting to it, waiting for a
 * record. Each includes it once; a failure of anything here ends the program with exit code 1.
 */
#ifndef QUEUE_H
#define QUEUE_H

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <time.h>
#include <unistd.h>

#include "../../main/c/dsafs.h"

#define PAGE 4096u
#define TIMEOUT_SECONDS 60

enum way { BY_WRITE, BY_ENQCMD, BY_MOVDIR64B };

struct queue {
  int file;
  enum way way;
  uint64_t portal;
};

static _Noreturn __attribute__((format(printf, 1, 2))) void die(const char *format, ...) {
  va_list arguments;
  va_start(arguments, format);
  fprintf(stderr, "%s: ", program_invocation_short_name);
  vfprintf(stderr, format, arguments);
  fputc('\n', stderr);
  va_end(arguments);
  exit(1);
}

static inline const char *errno_name(int number) {
  const char *name = strerrorname_np(number);
  return name ? name : "unknown errno";
}

static inline double now(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

static inline void *map_pages(size_t pages) {
  void *at = mmap(NULL, pages * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (at == MAP_FAILED) {
    die("mmap: %s", errno_name(errno));
  }
  return at;
}

/* A process that ends with this one. */
static inline pid_t fork_child(void) {
  fflush(stdout);
  pid_t child = fork();
  if (child < 0) {
    die("fork: %s", errno_name(errno));
  }
  if (child == 0) {
    prctl(PR_SET_PDEATHSIG, SIGKILL);
  }
  return child;
}

static inline enum way way_named(const char *name) {
  static const char *const names[] = {"write", "enqcmd", "movdir64b"};
  for (enum way way = BY_WRITE; way <= BY_MOVDIR64B; way++) {
    if (strcmp(name, names[way]) == 0) {
      return way;
    }
  }
  die("no way '%s'", name);
}

static inline struct queue open_queue(const char *path, enum way way) {
  struct queue queue = {.file = open(path, O_RDWR), .way = way};
  if (queue.file < 0) {
    die("open %s: %s", path, errno_name(errno));
  }
  struct dsafs_portal_map map = {.length = PAGE, .prot = PROT_WRITE, .flags = MAP_SHARED};
  if (way != BY_WRITE && ioctl(queue.file, DSAFS_IOC_PORTAL_MAP, &map) != 0) {
    die("mapping the portal: %s", errno_name(errno));
  }
  queue.portal = map.handle;
  return queue;
}

/* Submits once: 1 taken, 0 to be retried, -1 refused with errno. */
static inline int try_submit(const struct queue *queue, const void *descriptor) {
  if (queue->way == BY_WRITE) {
    ssize_t written = write(queue->file, descriptor, 64);
    return written == 64 ? 1 : errno == EAGAIN ? 0 : -1;
  }
  struct dsafs_submit request = {.handle = queue->portal};
  memcpy(request.descriptor, descriptor, sizeof request.descriptor);
  int result = ioctl(queue->file,
                     queue->way == BY_ENQCMD ? DSAFS_IOC_ENQCMD : DSAFS_IOC_MOVDIR64B, &request);
  return result < 0 ? -1 : !result;
}

static inline void submit(const struct queue *queue, const void *descriptor) {
  int taken;
  double limit = now() + TIMEOUT_SECONDS;
  while ((taken = try_submit(queue, descriptor)) == 0) {
    if (now() > limit) {
      die("the queue is full for %d seconds", TIMEOUT_SECONDS);
    }
    sched_yield();
  }
  if (taken < 0) {
    die("refused: %s", errno_name(errno));
  }
}

static inline void wait_for(struct dsafs_record *record) {
  double limit = now() + TIMEOUT_SECONDS;
  while (__atomic_load_n(&record->status, __ATOMIC_ACQUIRE) == 0) {
    if (now() > limit) {
      die("no completion record after %d seconds", TIMEOUT_SECONDS);
    }
    sched_yield();
  }
}

static inline struct dsafs_descriptor describe(uint8_t opcode, struct dsafs_record *record) {
  return (struct dsafs_descriptor){
      .opcode_flags =
          (uint32_t)opcode << 24 | DSAFS_FLAG_RECORD_VALID | DSAFS_FLAG_RECORD_REQUEST,
      .record = (uintptr_t)record,
  };
}

#endif
