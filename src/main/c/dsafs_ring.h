/* SPDX-License-Identifier: Apache-2.0 */
/*
 * dsafs_ring.h - stores to a mapped portal through memory shared with the daemon.
 *
 *     struct dsafs_ring *ring = dsafs_ring_open(queue, portal.handle);
 *     while ((answer = dsafs_ring_enqcmd(ring, 0, &descriptor)) == 1) ...
 *     dsafs_ring_close(ring);
 *
 * Does what DSAFS_IOC_ENQCMD and DSAFS_IOC_MOVDIR64B do, mostly without a system call. All threads
 * of the process may use a ring at once, in signal handlers too, also in one that has interrupted a
 * call of these: dsafs_ring_enqcmd and dsafs_ring_movdir64b take no lock, allocate nothing and leave
 * errno alone. A child after fork(2) has no ring: its calls give -EFAULT. What the words in the
 * shared memory mean is in Documentation/ioctl.md.
 *
 * Header only; needs dsafs.h, glibc 2.27 or later and _GNU_SOURCE. May be copied with it.
 */
#ifndef DSAFS_RING_H
#define DSAFS_RING_H

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "dsafs.h"

#define DSAFS_RING_SLOTS 64

/* How long a call looks for its answer before it gives way to others, and then asks the daemon. */
#define DSAFS_RING_SPINS 200
#define DSAFS_RING_YIELDS 1

enum dsafs_ring_kind { DSAFS_RING_ENQCMD = 3, DSAFS_RING_MOVDIR64B = 4 };
enum dsafs_ring_answer { DSAFS_RING_PENDING = 0, DSAFS_RING_ACCEPTED = 1, DSAFS_RING_RETRY = 2 };

struct dsafs_ring_slot {
  uint8_t descriptor[64];
  uint64_t ticket;
  uint32_t kind;
  uint32_t offset;
  int32_t answer; /* or a negative errno */
  uint8_t unused[44];
} __attribute__((aligned(128)));

struct dsafs_ring_memory {
  uint64_t free __attribute__((aligned(64)));       /* a bit for each slot that is nobody's */
  uint64_t tickets __attribute__((aligned(64)));    /* the next one */
  uint64_t ready __attribute__((aligned(64)));      /* a bit for each slot that is filled */
  uint32_t need_enter __attribute__((aligned(64))); /* 1: nobody looks at ready by itself */
  uint32_t ended;
  struct dsafs_ring_slot slots[DSAFS_RING_SLOTS] __attribute__((aligned(4096)));
};

/* Alone on a page that reads as zeros in a child. */
struct dsafs_ring {
  struct dsafs_ring_memory *memory;
  uint64_t handle;
  int queue;
};

#ifndef __cplusplus
_Static_assert(sizeof(struct dsafs_ring_slot) == 128, "slot");
_Static_assert(sizeof(struct dsafs_ring_memory) == DSAFS_RING_BYTES, "ring memory");
#endif

/* Memory of its own and sealed, that children do not get; its file is closed again. */
static inline struct dsafs_ring_memory *dsafs_ring_share(int queue, uint64_t handle) {
  struct dsafs_ring_memory *memory = NULL;
  int file = memfd_create("dsafs-ring", MFD_CLOEXEC | MFD_ALLOW_SEALING);
  if (file < 0) {
    return NULL;
  }
  if (ftruncate(file, DSAFS_RING_BYTES) == 0 &&
      fcntl(file, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL) == 0) {
    void *at = mmap(NULL, DSAFS_RING_BYTES, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
    memory = at == MAP_FAILED ? NULL : (struct dsafs_ring_memory *)at;
  }
  if (memory) {
    struct dsafs_ring_map request = {handle, file, DSAFS_RING_VERSION};
    memory->free = ~UINT64_C(0);
    if (madvise(memory, DSAFS_RING_BYTES, MADV_DONTFORK) != 0 ||
        ioctl(queue, DSAFS_IOC_RING_MAP, &request) != 0) {
      int error = errno;
      munmap(memory, DSAFS_RING_BYTES);
      errno = error;
      memory = NULL;
    }
  }
  int error = errno;
  close(file);
  errno = error;
  return memory;
}

/*
 * Makes a ring for a portal that DSAFS_IOC_PORTAL_MAP has mapped, writable. NULL with errno: those of
 * DSAFS_IOC_RING_MAP, memfd_create(2), mmap(2) and madvise(2). The file stays open as long as the
 * ring is used.
 */
static inline struct dsafs_ring *dsafs_ring_open(int queue, uint64_t handle) {
  size_t page = (size_t)sysconf(_SC_PAGESIZE);
  void *at = mmap(NULL, page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (at == MAP_FAILED) {
    return NULL;
  }
  struct dsafs_ring *ring = (struct dsafs_ring *)at;
  struct dsafs_ring_memory *memory =
      madvise(at, page, MADV_WIPEONFORK) == 0 ? dsafs_ring_share(queue, handle) : NULL;
  if (!memory) {
    int error = errno;
    munmap(at, page);
    errno = error;
    return NULL;
  }
  ring->memory = memory;
  ring->handle = handle;
  ring->queue = queue;
  return ring;
}

/* Has the daemon look at the ring now. 0, or a negative errno. */
static inline int dsafs_ring_enter(const struct dsafs_ring *ring) {
  int kept = errno, result;
  struct dsafs_ring_name request = {ring->handle};
  do {
    result = ioctl(ring->queue, DSAFS_IOC_RING_ENTER, &request) == 0 ? 0 : -errno;
  } while (result == -EINTR);
  errno = kept;
  return result;
}

/* One turn of waiting for the daemon, or another thread. 0, or a negative errno: it is in vain. */
static inline int dsafs_ring_wait(const struct dsafs_ring *ring, unsigned *turn) {
  if (__atomic_load_n(&ring->memory->ended, __ATOMIC_ACQUIRE)) {
    return -EFAULT;
  }
  if (++*turn <= DSAFS_RING_SPINS) {
#if defined(__x86_64__)
    __builtin_ia32_pause();
#endif
    return 0;
  }
  if (*turn <= DSAFS_RING_SPINS + DSAFS_RING_YIELDS) {
    int kept = errno;
    sched_yield();
    errno = kept;
    return 0;
  }
  *turn = DSAFS_RING_SPINS;
  return dsafs_ring_enter(ring);
}

/* Puts a store into a slot of its own and returns the slot's number, or a negative errno. */
static inline int dsafs_ring_put(struct dsafs_ring *ring, enum dsafs_ring_kind kind,
                                 uint32_t offset, const void *descriptor) {
  struct dsafs_ring_memory *memory = ring->memory;
  unsigned turn = 0;
  if (!memory) {
    return -EFAULT; /* a child's */
  }
  if (offset >= 4096 || offset % 64 != 0) {
    return -EINVAL;
  }
  if (__atomic_load_n(&memory->ended, __ATOMIC_ACQUIRE)) {
    return -EFAULT;
  }
  int slot;
  uint64_t free = __atomic_load_n(&memory->free, __ATOMIC_RELAXED);
  for (;;) {
    if (free == 0) {
      int error = dsafs_ring_wait(ring, &turn);
      if (error) {
        return error;
      }
      free = __atomic_load_n(&memory->free, __ATOMIC_RELAXED);
      continue;
    }
    slot = __builtin_ctzll(free);
    if (__atomic_compare_exchange_n(&memory->free, &free, free & (free - 1), 0, __ATOMIC_ACQ_REL,
                                    __ATOMIC_RELAXED)) {
      break;
    }
  }
  struct dsafs_ring_slot *at = &memory->slots[slot];
  memcpy(at->descriptor, descriptor, sizeof at->descriptor);
  at->ticket = __atomic_fetch_add(&memory->tickets, 1, __ATOMIC_RELAXED);
  at->kind = kind;
  at->offset = offset;
  __atomic_store_n(&at->answer, DSAFS_RING_PENDING, __ATOMIC_RELAXED);
  __atomic_fetch_or(&memory->ready, UINT64_C(1) << slot, __ATOMIC_SEQ_CST);
  __atomic_thread_fence(__ATOMIC_SEQ_CST);
  if (__atomic_load_n(&memory->need_enter, __ATOMIC_RELAXED)) {
    int error = dsafs_ring_enter(ring);
    if (error) {
      return error;
    }
  }
  return slot;
}

/*
 * Stores as ENQCMD does: 0 the queue has taken the descriptor, 1 retry, or a negative errno, those of
 * DSAFS_IOC_ENQCMD and of DSAFS_IOC_RING_ENTER.
 */
static inline int dsafs_ring_enqcmd(struct dsafs_ring *ring, uint32_t offset,
                                    const void *descriptor) {
  int slot = dsafs_ring_put(ring, DSAFS_RING_ENQCMD, offset, descriptor);
  if (slot < 0) {
    return slot;
  }
  struct dsafs_ring_memory *memory = ring->memory;
  int32_t answer;
  unsigned turn = 0;
  while ((answer = __atomic_load_n(&memory->slots[slot].answer, __ATOMIC_ACQUIRE)) ==
         DSAFS_RING_PENDING) {
    int error = dsafs_ring_wait(ring, &turn);
    if (error) {
      return error; /* the slot is lost, but so is the ring */
    }
  }
  __atomic_fetch_or(&memory->free, UINT64_C(1) << slot, __ATOMIC_RELEASE);
  return answer > 0 ? answer - DSAFS_RING_ACCEPTED : answer;
}

/*
 * Stores as MOVDIR64B does: posted, so that 0 says only that the store is on its way, behind all
 * earlier ones. Waits while 64 are. Or a negative errno: EINVAL the offset, EFAULT the ring has ended,
 * those of DSAFS_IOC_RING_ENTER.
 */
static inline int dsafs_ring_movdir64b(struct dsafs_ring *ring, uint32_t offset,
                                       const void *descriptor) {
  int slot = dsafs_ring_put(ring, DSAFS_RING_MOVDIR64B, offset, descriptor);
  return slot < 0 ? slot : 0;
}

/*
 * Ends the ring; what was stored before reaches the device. The portal stays mapped. No thread may use
 * the ring any more. Not for signal handlers.
 */
static inline void dsafs_ring_close(struct dsafs_ring *ring) {
  if (ring->memory) {
    struct dsafs_ring_name request = {ring->handle};
    int kept = errno;
    ioctl(ring->queue, DSAFS_IOC_RING_UNMAP, &request);
    munmap(ring->memory, DSAFS_RING_BYTES);
    errno = kept;
  }
  munmap(ring, (size_t)sysconf(_SC_PAGESIZE));
}

#endif
