/* SPDX-License-Identifier: Apache-2.0 */
/*
 * status.c - stat(2) and its relatives, in front of libc's: the node of a work queue is a character
 * device with the queue's number. All else is as the kernel has it.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdbool.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include "node.h"
#include "system.h"

/* Old programs call the functions below with the version of struct stat that they know. */
#define STAT_VERSIONS 1

/* No other file can be a node; that is cheap to see. */
static bool could_be_node(mode_t mode, off_t size) { return S_ISREG(mode) && size == 0; }

/* The number of the node that a path leads to. */
static bool number_at(int directory, const char *path, int flags, dev_t *number) {
  if (flags & AT_EMPTY_PATH && (!path || *path == 0)) {
    return node_number(directory, number);
  }
  int open_flags = O_PATH | O_CLOEXEC | (flags & AT_SYMLINK_NOFOLLOW ? O_NOFOLLOW : 0);
  long file = call4(SYS_openat, directory, (long)path, open_flags, 0);
  if (file < 0) {
    return false;
  }
  bool found = node_number((int)file, number);
  call1(SYS_close, file);
  return found;
}

static mode_t as_device(mode_t mode) { return (mode & ~(mode_t)S_IFMT) | S_IFCHR; }

static int stat_at(int directory, const char *path, struct stat *status, int flags) {
  long result = call4(SYS_newfstatat, directory, (long)path, (long)status, flags);
  dev_t number;
  if (result == 0 && could_be_node(status->st_mode, status->st_size) &&
      number_at(directory, path, flags, &number)) {
    status->st_mode = as_device(status->st_mode);
    status->st_rdev = number;
  }
  return (int)with_errno(result);
}

static int stat_file(int file, struct stat *status) {
  long result = call2(SYS_fstat, file, (long)status);
  dev_t number;
  if (result == 0 && could_be_node(status->st_mode, status->st_size) && node_number(file, &number)) {
    status->st_mode = as_device(status->st_mode);
    status->st_rdev = number;
  }
  return (int)with_errno(result);
}

/* struct stat64 is the same here, so each function has two names. */
#define ALSO_AS(name) __attribute__((alias(#name)))

EXPORT int stat(const char *path, struct stat *status) {
  return stat_at(AT_FDCWD, path, status, 0);
}

EXPORT int lstat(const char *path, struct stat *status) {
  return stat_at(AT_FDCWD, path, status, AT_SYMLINK_NOFOLLOW);
}

EXPORT int fstat(int file, struct stat *status) { return stat_file(file, status); }

EXPORT int fstatat(int directory, const char *path, struct stat *status, int flags) {
  return stat_at(directory, path, status, flags);
}

EXPORT int stat64(const char *path, struct stat64 *status) ALSO_AS(stat);
EXPORT int lstat64(const char *path, struct stat64 *status) ALSO_AS(lstat);
EXPORT int fstat64(int file, struct stat64 *status) ALSO_AS(fstat);
EXPORT int fstatat64(int directory, const char *path, struct stat64 *status, int flags)
    ALSO_AS(fstatat);

static bool is_known_version(int version) {
  if (version < 0 || version > STAT_VERSIONS) {
    errno = EINVAL;
    return false;
  }
  return true;
}

EXPORT int __xstat(int version, const char *path, struct stat *status) {
  return is_known_version(version) ? stat(path, status) : -1;
}

EXPORT int __lxstat(int version, const char *path, struct stat *status) {
  return is_known_version(version) ? lstat(path, status) : -1;
}

EXPORT int __fxstat(int version, int file, struct stat *status) {
  return is_known_version(version) ? fstat(file, status) : -1;
}

EXPORT int __fxstatat(int version, int directory, const char *path, struct stat *status, int flags) {
  return is_known_version(version) ? fstatat(directory, path, status, flags) : -1;
}

EXPORT int __xstat64(int version, const char *path, struct stat64 *status) ALSO_AS(__xstat);
EXPORT int __lxstat64(int version, const char *path, struct stat64 *status) ALSO_AS(__lxstat);
EXPORT int __fxstat64(int version, int file, struct stat64 *status) ALSO_AS(__fxstat);
EXPORT int __fxstatat64(int version, int directory, const char *path, struct stat64 *status,
                        int flags) ALSO_AS(__fxstatat);

EXPORT int statx(int directory, const char *path, int flags, unsigned mask, struct statx *status) {
  long result = system_call(SYS_statx, directory, (long)path, flags, mask, (long)status, 0);
  dev_t number;
  if (result == 0 && could_be_node(status->stx_mode, (off_t)status->stx_size) &&
      (status->stx_mask & STATX_TYPE) && number_at(directory, path, flags, &number)) {
    status->stx_mode = (uint16_t)as_device(status->stx_mode);
    status->stx_rdev_major = major(number);
    status->stx_rdev_minor = minor(number);
  }
  return (int)with_errno(result);
}
