/* SPDX-License-Identifier: Apache-2.0 */
/*
 * until_refused - submits moves, four in flight, until the queue is taken away, and looks whether
 * every move that was accepted was done.
 *
 *     until_refused MOUNT/dev/dsa/wq0.0 write|enqcmd|movdir64b|ring
 *
 * "started" is printed after the first moves; at the end "lost N", and how the queue refused.
 */
#define _GNU_SOURCE
#include "../../main/c/dsafs_ring.h"
#include "queue.h"

#define FLYING 4
#define SIZE 8192u
#define LATEST_SECONDS 3

static struct dsafs_ring *ring;

/* As try_submit; a ring answers the negative number of its error. */
static int offer(const struct queue *queue, const struct dsafs_descriptor *move) {
  if (!ring) {
    return try_submit(queue, move);
  }
  int answer = dsafs_ring_enqcmd(ring, 0, move);
  errno = answer < 0 ? -answer : 0;
  return answer < 0 ? -1 : !answer;
}

static bool arrives(const struct dsafs_record *record) {
  double limit = now() + LATEST_SECONDS;
  while (__atomic_load_n(&record->status, __ATOMIC_ACQUIRE) == 0) {
    if (now() > limit) {
      return false;
    }
    sched_yield();
  }
  return record->status == DSAFS_SUCCESS;
}

int main(int argc, char **argv) {
  if (argc != 3) {
    die("usage: until_refused QUEUE WAY");
  }
  bool by_ring = strcmp(argv[2], "ring") == 0;
  struct queue queue = open_queue(argv[1], by_ring ? BY_ENQCMD : way_named(argv[2]));
  ring = by_ring ? dsafs_ring_open(queue.file, queue.portal) : NULL;
  if (by_ring && !ring) {
    die("no ring: %s", errno_name(errno));
  }
  uint8_t *from = map_pages(2), *to = map_pages(2);
  struct dsafs_record *records = map_pages(1);
  memset(from, 1, SIZE);
  memset(to, 2, SIZE);
  memset(records, 0, PAGE);
  bool flying[FLYING] = {false};
  unsigned long lost = 0;
  for (unsigned long i = 0;; i++) {
    struct dsafs_record *record = &records[i % FLYING];
    if (flying[i % FLYING] && !arrives(record)) {
      lost++;
    }
    flying[i % FLYING] = false;
    memset(record, 0, sizeof *record);
    struct dsafs_descriptor move = describe(DSAFS_MOVE, record);
    move.source = (uintptr_t)from;
    move.destination = (uintptr_t)to;
    move.size = SIZE;
    int taken;
    while ((taken = offer(&queue, &move)) == 0) {
      sched_yield();
    }
    if (taken < 0) {
      break;
    }
    flying[i % FLYING] = true;
    if (i == FLYING) {
      printf("started\n");
      fflush(stdout);
    }
  }
  int refusal = errno;
  for (int i = 0; i < FLYING; i++) {
    lost += flying[i] && !arrives(&records[i]);
  }
  printf("lost %lu, refused with %s\n", lost, errno_name(refusal));
  return 0;
}
