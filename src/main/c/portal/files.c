/* SPDX-License-Identifier: Apache-2.0 */
/*
 * files.c - closing files, in front of libc's. Programs that close every descriptor they do not know
 * must not close those of the mappings: a mapping outlives all descriptors.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <limits.h>
#include <unistd.h>

#include "mappings.h"
#include "system.h"

#ifndef SYS_close_range
#define SYS_close_range 436
#endif

typedef int close_function(int);

EXPORT int close(int file) {
  /* libc's own, as a thread may be cancelled in it. */
  static close_function *_Atomic next;
  close_function *function = atomic_load(&next);
  if (mapping_owns_file(file)) {
    errno = EBADF;
    return -1;
  }
  if (!function) {
    function = (close_function *)dlsym(RTLD_NEXT, "close");
    atomic_store(&next, function);
  }
  return function(file);
}

/* The ranges between the mappings' descriptors one by one. */
static long close_between(unsigned from, unsigned to, unsigned flags) {
  long result = 0;
  for (int own; mappings_exist() && (own = mapping_file_within(from, to)) >= 0;) {
    if ((unsigned)own > from) {
      result = call3(SYS_close_range, from, (long)own - 1, flags);
    }
    if (result != 0 || (unsigned)own == to) {
      return result;
    }
    from = (unsigned)own + 1;
  }
  return call3(SYS_close_range, from, to, flags);
}

EXPORT int close_range(unsigned from, unsigned to, int flags) {
  if (from > to) {
    errno = EINVAL;
    return -1;
  }
  return (int)with_errno(close_between(from, to, (unsigned)flags));
}

EXPORT void closefrom(int from) { close_between(from < 0 ? 0 : (unsigned)from, UINT_MAX, 0); }
