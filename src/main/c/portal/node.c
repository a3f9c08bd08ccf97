/* SPDX-License-Identifier: Apache-2.0 */
#define _GNU_SOURCE
#include "node.h"

#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/sysmacros.h>

#include "system.h"

#define FUSE_MAGIC 0x65735546

/* What the kernel adds to the name of an open file that has been removed. */
#define DELETED " (deleted)"

static bool is_empty_file_of_fuse(int file) {
  struct stat status;
  struct statfs filesystem;
  return call2(SYS_fstat, file, (long)&status) == 0 && S_ISREG(status.st_mode) &&
         status.st_size == 0 && call2(SYS_fstatfs, file, (long)&filesystem) == 0 &&
         filesystem.f_type == FUSE_MAGIC;
}

/* The path of an open file. False: no /proc, or too long. */
static bool path_of(int file, char path[PATH_MAX]) {
  char link[32];
  snprintf(link, sizeof link, "/proc/self/fd/%d", file);
  long length = call3(SYS_readlink, (long)link, (long)path, PATH_MAX - 1);
  if (length <= 0) {
    return false;
  }
  path[length] = 0;
  size_t suffix = strlen(DELETED);
  if ((size_t)length > suffix && strcmp(path + length - suffix, DELETED) == 0) {
    path[(size_t)length - suffix] = 0;
  }
  return true;
}

static const char *skip_digits(const char *text) {
  return text + strspn(text, "0123456789");
}

/* wqD.Q */
static bool is_queue_name(const char *name) {
  if (strncmp(name, "wq", 2) != 0) {
    return false;
  }
  const char *point = skip_digits(name + 2);
  const char *end = *point == '.' ? skip_digits(point + 1) : point;
  return point > name + 2 && end > point + 1 && *end == 0;
}

bool is_queue_node(int file) {
  char path[PATH_MAX];
  if (!is_empty_file_of_fuse(file)) {
    return false;
  }
  /* Without /proc the name is not to be had; the ioctl itself will tell. */
  const char *name = path_of(file, path) ? strrchr(path, '/') : "/wq0.0";
  return name && is_queue_name(name + 1);
}

/* Reads a small file. False: it cannot be read, or is empty. */
static bool read_text(const char *path, char *text, size_t size) {
  long file = call3(SYS_open, (long)path, O_RDONLY | O_CLOEXEC, 0);
  if (file < 0) {
    return false;
  }
  long length = call3(SYS_read, file, (long)text, (long)size - 1);
  call1(SYS_close, file);
  text[length > 0 ? length : 0] = 0;
  return length > 0;
}

/* Under `root`, the number of the character device wqD.Q of a type, dsa or iax. */
static bool number_below(const char *root, const char *type, const char *name, dev_t *number) {
  char path[PATH_MAX + 64];
  char text[32];
  unsigned major, minor;
  snprintf(path, sizeof path, "%s/sys/bus/dsa/devices/%s!%s/dev", root, type, name);
  if (read_text(path, text, sizeof text) && sscanf(text, "%u:%u", &major, &minor) == 2) {
    *number = makedev(major, minor);
    return true;
  }
  snprintf(path, sizeof path, "%s/sys/bus/dsa/devices/%s/cdev_minor", root, name);
  if (!read_text(path, text, sizeof text) || sscanf(text, "%u", &minor) != 1) {
    return false;
  }
  snprintf(path, sizeof path, "%s/sys/bus/dsa/devices/%s%d/cdev_major", root, type, atoi(name + 2));
  if (!read_text(path, text, sizeof text) || sscanf(text, "%u", &major) != 1) {
    return false;
  }
  *number = makedev(major, minor);
  return true;
}

/* Cuts the last component off, and returns it. */
static char *cut_last(char *path) {
  char *slash = strrchr(path, '/');
  if (!slash) {
    return NULL;
  }
  *slash = 0;
  return slash + 1;
}

bool node_number(int file, dev_t *number) {
  char path[PATH_MAX];
  if (!is_empty_file_of_fuse(file) || !path_of(file, path)) {
    return false;
  }
  /* ROOT/dev/TYPE/NAME */
  const char *name = cut_last(path);
  const char *type = name ? cut_last(path) : NULL;
  const char *dev = type ? cut_last(path) : NULL;
  if (!dev || !is_queue_name(name)) {
    return false;
  }
  return number_below(path, type, name, number) || number_below("", type, name, number);
}
