/* SPDX-License-Identifier: Apache-2.0 */
#define _GNU_SOURCE
#include "submit.h"

#include <string.h>

#include "../dsafs.h"
#include "../dsafs_ring.h"
#include "system.h"

/* For a posted write, which cannot say that it was not taken. */
#define TRIES_WITHOUT_MEMORY 100

/* 0, 1 or -errno, as the ioctls answer. */
static long by_ring(const struct mapping *mapping, unsigned offset, const uint8_t descriptor[64],
                    bool deferrable) {
  struct dsafs_ring *ring = atomic_load(&mapping->ring);
  if (!ring) {
    return -EFAULT;
  }
  return deferrable ? dsafs_ring_enqcmd(ring, offset, descriptor)
                    : dsafs_ring_movdir64b(ring, offset, descriptor);
}

static long by_ioctl(const struct mapping *mapping, unsigned offset, const uint8_t descriptor[64],
                     bool deferrable) {
  struct dsafs_submit request = {.handle = atomic_load(&mapping->handle), .offset = offset};
  memcpy(request.descriptor, descriptor, sizeof request.descriptor);
  long result;
  int tries = 0;
  do {
    result = call3(SYS_ioctl, mapping->file, deferrable ? DSAFS_IOC_ENQCMD : DSAFS_IOC_MOVDIR64B,
                   (long)&request);
  } while (result == -EINTR ||
           ((result == -EAGAIN || result == -ENOMEM) && !deferrable &&
            tries++ < TRIES_WITHOUT_MEMORY && call1(SYS_sched_yield, 0) == 0));
  return result;
}

enum submission portal_submit(struct mapping *mapping, unsigned offset, const uint8_t descriptor[64],
                              bool deferrable) {
  long result = by_ring(mapping, offset, descriptor, deferrable);
  if (result == -EFAULT) {
    /* No ring, or one that has ended, or a fault: the ioctl knows. */
    result = by_ioctl(mapping, offset, descriptor, deferrable);
  }
  if (result == 0 || (result != -EFAULT && !deferrable)) {
    return SUBMISSION_DONE;
  }
  if (result != -EFAULT) {
    return SUBMISSION_RETRY;
  }
  /* One errno for a page that is not the caller's, as in a child that was made behind libc's back, and
   * for a descriptor or a process that ENQCMD refuses. */
  bool mine = call1(SYS_getpid, 0) == mapping->owner;
  return deferrable && mine ? SUBMISSION_PROTECTION : SUBMISSION_NO_PAGE;
}
