/* SPDX-License-Identifier: Apache-2.0 */
/*
 * memory.c - mmap(2) and its relatives, in front of libc's. A queue node is mapped as an inaccessible
 * page; all else goes to the kernel as it came.
 */
#define _GNU_SOURCE
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/mman.h>
#include <sys/types.h>

#include "mappings.h"
#include "node.h"
#include "signals.h"
#include "system.h"

/* What of a program's flags says where the page goes. */
#define PLACING (MAP_FIXED | MAP_FIXED_NOREPLACE | MAP_32BIT)

static long kernel_mmap(uintptr_t address, size_t length, int protection, int flags, int file,
                        long offset) {
  return system_call(SYS_mmap, (long)address, (long)length, protection, flags, file, offset);
}

static bool is_error(long result) { return result < 0 && result >= -4095; }

static size_t whole_pages(size_t length) {
  return (length + PAGE_BYTES - 1) & ~(size_t)(PAGE_BYTES - 1);
}

/* ---- portals in a range that a call is about to take away ---- */

/*
 * Portals are lifted before the call, so that no other thread can get one at the same address first,
 * and put back if it fails.
 */
static struct mapping *lift(uintptr_t from, uintptr_t to) {
  struct mapping *lifted = NULL;
  struct mapping *mapping;
  uintptr_t page;
  while (mappings_exist() && (mapping = mapping_within(from, to, &page))) {
    if (mapping_lift(mapping, page)) {
      mapping->next = lifted;
      lifted = mapping;
    }
    mapping_release(mapping);
  }
  return lifted;
}

/* After the call: they are gone if it worked. */
static void settle(struct mapping *lifted, bool worked) {
  while (lifted) {
    struct mapping *mapping = lifted;
    lifted = mapping->next;
    if (worked) {
      mapping_release(mapping);
    } else {
      mapping_place(mapping, mapping->lifted_from);
    }
  }
}

/* ---- mmap ---- */

/*
 * The page is of the node itself, so that /proc/PID/maps names it as with the real driver, and private,
 * as a file of this filesystem has no shared pages. It is never accessible.
 */
static long map_portal(uintptr_t address, size_t length, int protection, int flags, int file,
                       long offset) {
  struct mapping *mapping;
  long result = mapping_make(file, length, protection, flags, offset, &mapping);
  if (result != 0) {
    return result;
  }
  signals_take();
  result = kernel_mmap(address, PAGE_BYTES, PROT_NONE,
                       MAP_PRIVATE | MAP_NORESERVE | (flags & PLACING), mapping->file, 0);
  if (is_error(result)) {
    mapping_release(mapping);
    return result;
  }
  call3(SYS_madvise, result, PAGE_BYTES, MADV_DONTFORK);
  mapping_place(mapping, (uintptr_t)result);
  return result;
}

static long map(uintptr_t address, size_t length, int protection, int flags, int file, long offset) {
  struct mapping *replaced = flags & MAP_FIXED ? lift(address, address + whole_pages(length)) : NULL;
  bool portal = !(flags & MAP_ANONYMOUS) && file >= 0 && is_queue_node(file);
  long result = portal ? map_portal(address, length, protection, flags, file, offset)
                       : kernel_mmap(address, length, protection, flags, file, offset);
  settle(replaced, !is_error(result));
  return result;
}

EXPORT void *mmap(void *address, size_t length, int protection, int flags, int file, off_t offset) {
  return (void *)with_errno(map((uintptr_t)address, length, protection, flags, file, offset));
}

EXPORT void *mmap64(void *address, size_t length, int protection, int flags, int file, off64_t offset)
    __attribute__((alias("mmap")));

/* ---- munmap, mremap ---- */

EXPORT int munmap(void *address, size_t length) {
  struct mapping *lifted = lift((uintptr_t)address, (uintptr_t)address + whole_pages(length));
  long result = call2(SYS_munmap, (long)address, (long)length);
  settle(lifted, result == 0);
  return (int)with_errno(result);
}

/* A portal can be moved and cannot grow. */
static long remap_portal(struct mapping *mapping, uintptr_t from, size_t old_length, size_t length,
                         int flags, uintptr_t to) {
  if (length > PAGE_BYTES) {
    return -EFAULT;
  }
  if (flags & MREMAP_DONTUNMAP) {
    return -EINVAL;
  }
  struct mapping *replaced = flags & MREMAP_FIXED ? lift(to, to + PAGE_BYTES) : NULL;
  bool lifted = mapping_lift(mapping, from);
  long result = system_call(SYS_mremap, (long)from, (long)old_length, (long)length, flags, (long)to, 0);
  if (lifted) {
    mapping_place(mapping, is_error(result) ? from : (uintptr_t)result);
  }
  settle(replaced, !is_error(result));
  return result;
}

static long remap(uintptr_t from, size_t old_length, size_t length, int flags, uintptr_t to) {
  struct mapping *mapping = mappings_exist() && from % PAGE_BYTES == 0 ? mapping_at(from) : NULL;
  if (mapping) {
    long result = remap_portal(mapping, from, old_length, length, flags, to);
    mapping_release(mapping);
    return result;
  }
  struct mapping *replaced = flags & MREMAP_FIXED ? lift(to, to + whole_pages(length)) : NULL;
  long result = system_call(SYS_mremap, (long)from, (long)old_length, (long)length, flags, (long)to, 0);
  settle(replaced, !is_error(result));
  return result;
}

EXPORT void *mremap(void *address, size_t old_length, size_t length, int flags, ...) {
  va_list arguments;
  va_start(arguments, flags);
  uintptr_t to = flags & MREMAP_FIXED ? (uintptr_t)va_arg(arguments, void *) : 0;
  va_end(arguments);
  return (void *)with_errno(remap((uintptr_t)address, old_length, length, flags, to));
}

/* ---- mprotect ---- */

/* The lowest portal of a range, held, and its page; NULL: none. */
static struct mapping *lowest_portal(uintptr_t from, uintptr_t to, uintptr_t *page) {
  struct mapping *lowest = NULL;
  struct mapping *mapping;
  while (from < to && (mapping = mapping_within(from, to, page))) {
    if (lowest) {
      mapping_release(lowest);
    }
    lowest = mapping;
    to = *page;
  }
  *page = to;
  return lowest;
}

/* The pages between portals by the kernel, the portals here: they stay inaccessible. */
static long protect(uintptr_t from, uintptr_t to, int protection) {
  long result = 0;
  while (result == 0 && from < to) {
    uintptr_t page;
    struct mapping *mapping = lowest_portal(from, to, &page);
    if (page > from) {
      result = call3(SYS_mprotect, (long)from, (long)(page - from), protection);
    }
    if (mapping) {
      if (result == 0) {
        result = mapping_protect(mapping, protection);
      }
      mapping_release(mapping);
    }
    from = page + PAGE_BYTES;
  }
  return result;
}

EXPORT int mprotect(void *address, size_t length, int protection) {
  uintptr_t from = (uintptr_t)address;
  uintptr_t to = from + whole_pages(length);
  bool usual = from % PAGE_BYTES != 0 || to <= from || !mappings_exist();
  return (int)with_errno(usual ? call3(SYS_mprotect, (long)address, (long)length, protection)
                               : protect(from, to, protection));
}
