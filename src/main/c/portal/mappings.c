/* SPDX-License-Identifier: Apache-2.0 */
#define _GNU_SOURCE
#include "mappings.h"

#include <fcntl.h>
#include <pthread.h>
#include <sys/mman.h>
#include <sys/resource.h>

#include "../dsafs.h"
#include "../dsafs_ring.h"
#include "system.h"

#define MAX_MAPPINGS 1024

/* Descriptors of the mappings start at three quarters of what is allowed, but no higher than this:
 * the kernel's table of them grows with the highest. */
#define HIGHEST_FIRST_FILE 3000

/* In `holders`: being set up, or being given up. */
#define CHANGING (-1)

static struct mapping table[MAX_MAPPINGS];

/* Slots from here on have never been used. */
static _Atomic int used;

static pthread_once_t fork_handler = PTHREAD_ONCE_INIT;

/* ---- descriptors ---- */

static long first_file(void) {
  struct rlimit limit = {0};
  system_call(SYS_prlimit64, 0, RLIMIT_NOFILE, 0, (long)&limit, 0, 0);
  rlim_t first = limit.rlim_cur / 4 * 3;
  return first > HIGHEST_FIRST_FILE ? HIGHEST_FIRST_FILE : (long)first;
}

static long duplicate(int file) {
  long copy = call3(SYS_fcntl, file, F_DUPFD_CLOEXEC, first_file());
  /* All above are taken: any will do. */
  return copy == -EMFILE ? call3(SYS_fcntl, file, F_DUPFD_CLOEXEC, 0) : copy;
}

/* The child of a fork has no mapping, as on the real driver, and no business with their files. */
static void forget_in_child(void) {
  int slots = atomic_load(&used);
  for (int i = 0; i < slots; i++) {
    if (atomic_load(&table[i].holders) > 0) {
      call1(SYS_close, table[i].file);
      call2(SYS_munmap, (long)atomic_exchange(&table[i].ring, NULL), PAGE_BYTES);
    }
    atomic_store(&table[i].page, 0);
    atomic_store(&table[i].holders, 0);
  }
  atomic_store(&used, 0);
}

static void watch_forks(void) { pthread_atfork(NULL, NULL, forget_in_child); }

/* ---- making and dropping ---- */

static struct mapping *reserve(void) {
  for (int i = 0; i < MAX_MAPPINGS; i++) {
    int free = 0;
    if (atomic_compare_exchange_strong(&table[i].holders, &free, CHANGING)) {
      int slots = atomic_load(&used);
      while (slots <= i && !atomic_compare_exchange_weak(&used, &slots, i + 1)) {
      }
      return &table[i];
    }
  }
  return NULL;
}

static long portal_map(int file, size_t length, int protection, int flags, long offset,
                       uint64_t *handle) {
  struct dsafs_portal_map map = {
      .length = length,
      .prot = (uint32_t)protection,
      .flags = (uint32_t)flags,
      .offset = (uint64_t)offset,
  };
  long result;
  do {
    result = call3(SYS_ioctl, file, DSAFS_IOC_PORTAL_MAP, (long)&map);
  } while (result == -EINTR);
  *handle = map.handle;
  return result;
}

static void portal_unmap(int file, uint64_t handle) {
  struct dsafs_portal_unmap unmap = {.handle = handle};
  while (call3(SYS_ioctl, file, DSAFS_IOC_PORTAL_UNMAP, (long)&unmap) == -EINTR) {
  }
}

/* Where the filesystem gives none, as for a private mapping, each store is an ioctl. */
static void open_ring(struct mapping *mapping) {
  int kept = errno;
  bool shared = (mapping->flags & MAP_TYPE) != MAP_PRIVATE;
  atomic_store(&mapping->ring,
               shared ? dsafs_ring_open(mapping->file, atomic_load(&mapping->handle)) : NULL);
  errno = kept;
}

long mapping_make(int file, size_t length, int protection, int flags, long offset,
                  struct mapping **made) {
  pthread_once(&fork_handler, watch_forks);
  struct mapping *mapping = reserve();
  if (!mapping) {
    return -ENOMEM;
  }
  long copy = duplicate(file);
  uint64_t handle = 0;
  long result = copy < 0 ? -ENOMEM : portal_map((int)copy, length, protection, flags, offset, &handle);
  if (result != 0) {
    if (copy >= 0) {
      call1(SYS_close, copy);
    }
    atomic_store(&mapping->holders, 0);
    return result;
  }
  mapping->file = (int)copy;
  mapping->flags = flags;
  mapping->owner = (int)call1(SYS_getpid, 0);
  atomic_store(&mapping->handle, handle);
  atomic_store(&mapping->protection, protection);
  atomic_store(&mapping->ring, NULL);
  mapping->unwritable = protection & PROT_WRITE ? 0 : handle;
  if (protection & PROT_WRITE) {
    open_ring(mapping);
  }
  atomic_store(&mapping->holders, 1);
  *made = mapping;
  return 0;
}

void mapping_place(struct mapping *mapping, uintptr_t page) { atomic_store(&mapping->page, page); }

void mapping_release(struct mapping *mapping) {
  int holders = atomic_load(&mapping->holders);
  while (!atomic_compare_exchange_weak(&mapping->holders, &holders,
                                       holders == 1 ? CHANGING : holders - 1)) {
  }
  if (holders == 1) {
    struct dsafs_ring *ring = atomic_load(&mapping->ring);
    if (ring) {
      dsafs_ring_close(ring);
    }
    portal_unmap(mapping->file, atomic_load(&mapping->handle));
    call1(SYS_close, mapping->file);
    atomic_store(&mapping->holders, 0);
  }
}

bool mapping_lift(struct mapping *mapping, uintptr_t page) {
  uintptr_t expected = page;
  if (!atomic_compare_exchange_strong(&mapping->page, &expected, 0)) {
    return false;
  }
  mapping->lifted_from = page;
  return true;
}

/* ---- finding ---- */

static bool hold(struct mapping *mapping) {
  int holders = atomic_load(&mapping->holders);
  while (holders > 0) {
    if (atomic_compare_exchange_weak(&mapping->holders, &holders, holders + 1)) {
      return true;
    }
  }
  return false;
}

bool mappings_exist(void) { return atomic_load_explicit(&used, memory_order_relaxed) != 0; }

struct mapping *mapping_within(uintptr_t from, uintptr_t to, uintptr_t *page) {
  int slots = atomic_load(&used);
  for (int i = 0; i < slots; i++) {
    *page = atomic_load_explicit(&table[i].page, memory_order_relaxed);
    if (*page == 0 || *page < from || *page >= to || !hold(&table[i])) {
      continue;
    }
    /* The slot may have changed hands before it was held. */
    if (atomic_load(&table[i].page) == *page) {
      return &table[i];
    }
    mapping_release(&table[i]);
  }
  return NULL;
}

struct mapping *mapping_at(uintptr_t address) {
  uintptr_t page = address & ~(uintptr_t)(PAGE_BYTES - 1);
  return mapping_within(page, page + 1, &page);
}

int mapping_file_within(unsigned from, unsigned to) {
  int lowest = -1;
  int slots = atomic_load(&used);
  for (int i = 0; i < slots; i++) {
    int file = table[i].file;
    if (atomic_load(&table[i].holders) > 0 && (unsigned)file >= from && (unsigned)file <= to &&
        (lowest < 0 || file < lowest)) {
      lowest = file;
    }
  }
  return lowest;
}

bool mapping_owns_file(int file) {
  return file >= 0 && mappings_exist() && mapping_file_within((unsigned)file, (unsigned)file) == file;
}

/* ---- changing ---- */

/*
 * The mapping gets a handle that can be written, once. Threads that do this at the same time, or one in a
 * signal handler, each make a handle; the first to put its own in place goes on, the others give theirs
 * back.
 */
static long make_writable(struct mapping *mapping) {
  uint64_t expected = mapping->unwritable, handle;
  /* Whether the file allows it is for the filesystem to say. */
  long result = portal_map(mapping->file, PAGE_BYTES, PROT_WRITE, mapping->flags, 0, &handle);
  if (result != 0) {
    return result;
  }
  if (atomic_compare_exchange_strong(&mapping->handle, &expected, handle)) {
    portal_unmap(mapping->file, expected);
    open_ring(mapping);
  } else {
    portal_unmap(mapping->file, handle);
  }
  return 0;
}

long mapping_protect(struct mapping *mapping, int protection) {
  if ((protection & PROT_WRITE) && atomic_load(&mapping->handle) == mapping->unwritable) {
    long result = make_writable(mapping);
    if (result != 0) {
      return result;
    }
  }
  atomic_store(&mapping->protection, protection);
  return 0;
}
