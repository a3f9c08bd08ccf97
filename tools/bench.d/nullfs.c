/* SPDX-License-Identifier: Apache-2.0 */
/*
 * nullfs - a filesystem in C that does nothing, with libfuse 2's own loop: what tools/bench measures
 * dsafs against.
 *
 *     cc -O2 -o nullfs nullfs.c $(pkg-config --cflags --libs fuse)
 *     ./nullfs MOUNTPOINT [-f] [-s]
 *
 *     devices/dsa0/state   reads "1\n"
 *     dev/wq0              takes any write and the ENQCMD ioctl
 *
 * All files are opened with direct I/O, as dsafs does.
 */
#define FUSE_USE_VERSION 29
#include <errno.h>
#include <fuse.h>
#include <string.h>

#include "../../src/main/c/dsafs.h"

static const char *const directories[] = {"/", "/devices", "/devices/dsa0", "/dev"};
static const char state_path[] = "/devices/dsa0/state";
static const char queue_path[] = "/dev/wq0";
static const char state_text[] = "1\n";

static int is_directory(const char *path) {
  for (size_t i = 0; i < sizeof directories / sizeof *directories; i++) {
    if (strcmp(path, directories[i]) == 0) {
      return 1;
    }
  }
  return 0;
}

static int null_getattr(const char *path, struct stat *stat) {
  memset(stat, 0, sizeof *stat);
  stat->st_nlink = 1;
  if (is_directory(path)) {
    stat->st_mode = S_IFDIR | 0755;
    stat->st_nlink = 2;
  } else if (strcmp(path, state_path) == 0) {
    stat->st_mode = S_IFREG | 0444;
    stat->st_size = 4096;
  } else if (strcmp(path, queue_path) == 0) {
    stat->st_mode = S_IFREG | 0600;
  } else {
    return -ENOENT;
  }
  return 0;
}

static int null_readdir(const char *path, void *buffer, fuse_fill_dir_t fill, off_t offset,
                        struct fuse_file_info *file) {
  (void)offset;
  (void)file;
  if (!is_directory(path)) {
    return -ENOTDIR;
  }
  fill(buffer, ".", NULL, 0);
  fill(buffer, "..", NULL, 0);
  if (strcmp(path, "/") == 0) {
    fill(buffer, "devices", NULL, 0);
    fill(buffer, "dev", NULL, 0);
  } else if (strcmp(path, "/devices") == 0) {
    fill(buffer, "dsa0", NULL, 0);
  } else if (strcmp(path, "/devices/dsa0") == 0) {
    fill(buffer, "state", NULL, 0);
  } else {
    fill(buffer, "wq0", NULL, 0);
  }
  return 0;
}

static int null_open(const char *path, struct fuse_file_info *file) {
  (void)path;
  file->direct_io = 1;
  return 0;
}

static int null_read(const char *path, char *buffer, size_t size, off_t offset,
                     struct fuse_file_info *file) {
  (void)path;
  (void)file;
  size_t length = sizeof state_text - 1;
  if (offset < 0 || (size_t)offset >= length) {
    return 0;
  }
  length -= (size_t)offset;
  length = size < length ? size : length;
  memcpy(buffer, state_text + offset, length);
  return (int)length;
}

static int null_write(const char *path, const char *buffer, size_t size, off_t offset,
                      struct fuse_file_info *file) {
  (void)path;
  (void)buffer;
  (void)offset;
  (void)file;
  return (int)size;
}

static int null_ioctl(const char *path, int command, void *argument, struct fuse_file_info *file,
                      unsigned flags, void *data) {
  (void)path;
  (void)argument;
  (void)file;
  (void)flags;
  (void)data;
  return (unsigned)command == (unsigned)DSAFS_IOC_ENQCMD ? 0 : -ENOTTY;
}

static int null_truncate(const char *path, off_t size) {
  (void)path;
  (void)size;
  return 0;
}

int main(int argc, char **argv) {
  static const struct fuse_operations operations = {
      .getattr = null_getattr,
      .readdir = null_readdir,
      .open = null_open,
      .read = null_read,
      .write = null_write,
      .ioctl = null_ioctl,
      .truncate = null_truncate,
  };
  return fuse_main(argc, argv, &operations, NULL);
}
