/* SPDX-License-Identifier: Apache-2.0 */
/*
 * portal.h - what the programs share that use a queue as on a machine with the device: a mapped
 * portal, and the two instructions. They know nothing of the ioctls; the portal shim is preloaded.
 */
#ifndef PORTAL_H
#define PORTAL_H

#include "queue.h"

/* As clients write them: destination in RAX, source in RDX. True: to be retried. */
static inline bool enqcmd(volatile void *portal, const void *descriptor) {
  bool retry;
  __asm__ volatile("sfence\n\t.byte 0xf2, 0x0f, 0x38, 0xf8, 0x02\n\tsetz %0"
                   : "=r"(retry)
                   : "a"(portal), "d"(descriptor)
                   : "cc", "memory");
  return retry;
}

static inline void movdir64b(volatile void *portal, const void *descriptor) {
  __asm__ volatile("sfence\n\t.byte 0x66, 0x0f, 0x38, 0xf8, 0x02"
                   :
                   : "a"(portal), "d"(descriptor)
                   : "memory");
}

/* A way to map: more flags of mmap, and whether the descriptor is closed afterwards (-1) or kept. */
static inline char *map_portal(const char *path, int flags, int *file) {
  *file = open(path, O_RDWR);
  if (*file < 0) {
    die("open %s: %s", path, errno_name(errno));
  }
  char *portal = mmap(NULL, PAGE, PROT_WRITE, MAP_SHARED | flags, *file, 0);
  if (portal == MAP_FAILED) {
    die("mmap %s: %s", path, errno_name(errno));
  }
  return portal;
}

#endif
