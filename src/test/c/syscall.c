/* SPDX-License-Identifier: Apache-2.0 */
/*
 * syscall - makes one system call and prints what came of it: "ok", a count, or the errno's name.
 *
 *     syscall open r|w|rw PATH          syscall write PATH [OFFSET] < data
 *     syscall read PATH OFFSET COUNT    syscall reread PATH   (reads, rewinds, reads)
 *     syscall create|mkdir|unlink|rmdir|truncate|readlink PATH
 *     syscall rename|link|symlink PATH PATH
 *     syscall chmod MODE PATH           syscall stat PATH     (mode uid gid size links)
 *     syscall seek|fsync PATH           syscall ioctl PATH COMMAND
 *     syscall poll PATH                 (prints "polling", waits; IN, OUT, ERR, HUP)
 *
 * PATH may be fd:N, a file that was open already.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

static char buffer[1 << 20];

static int report(long result) {
  if (result < 0) {
    const char *name = strerrorname_np(errno);
    printf("%s\n", name ? name : strerror(errno));
  } else if (result == 0) {
    puts("ok");
  } else {
    printf("%ld\n", result);
  }
  return 0;
}

static int opened(const char *path, int flags) {
  int fd = strncmp(path, "fd:", 3) ? open(path, flags, 0644) : atoi(path + 3);
  if (fd < 0) {
    report(fd);
    exit(0);
  }
  return fd;
}

int main(int argc, char **argv) {
  const char *what = argc > 2 ? argv[1] : "";
  const char *path = argc > 2 ? argv[argc - 1] : "";
  if (!strcmp(what, "open")) {
    int flags = !strcmp(argv[2], "r") ? O_RDONLY : !strcmp(argv[2], "w") ? O_WRONLY : O_RDWR;
    opened(path, flags);
    return report(0);
  }
  if (!strcmp(what, "write")) {
    size_t size = fread(buffer, 1, sizeof buffer, stdin);
    int fd = opened(argv[2], O_WRONLY);
    long n = argc > 3 ? pwrite(fd, buffer, size, atol(argv[3])) : write(fd, buffer, size);
    return report(n == (long)size ? 0 : n);
  }
  if (!strcmp(what, "read")) {
    int fd = opened(argv[2], O_RDONLY);
    long n = pread(fd, buffer, strtoul(argv[4], 0, 0), atol(argv[3]));
    if (n <= 0) {
      return report(n);
    }
    fwrite(buffer, 1, n, stdout);
    return 0;
  }
  if (!strcmp(what, "reread")) {
    int fd = opened(path, O_RDONLY);
    for (int i = 0; i < 2; i++) {
      lseek(fd, 0, SEEK_SET);
      fwrite(buffer, 1, read(fd, buffer, sizeof buffer), stdout);
    }
    return 0;
  }
  if (!strcmp(what, "stat")) {
    struct stat s;
    if (lstat(path, &s) < 0) {
      return report(-1);
    }
    printf("%o %d %d %ld %ld\n", s.st_mode, s.st_uid, s.st_gid, (long)s.st_size, (long)s.st_nlink);
    return 0;
  }
  if (!strcmp(what, "create")) return report(open(path, O_CREAT | O_WRONLY, 0644) < 0 ? -1 : 0);
  if (!strcmp(what, "mkdir")) return report(mkdir(path, 0755));
  if (!strcmp(what, "unlink")) return report(unlink(path));
  if (!strcmp(what, "rmdir")) return report(rmdir(path));
  if (!strcmp(what, "truncate")) return report(truncate(path, 0));
  if (!strcmp(what, "readlink")) return report(readlink(path, buffer, sizeof buffer));
  if (!strcmp(what, "rename")) return report(rename(argv[2], argv[3]));
  if (!strcmp(what, "link")) return report(link(argv[2], argv[3]));
  if (!strcmp(what, "symlink")) return report(symlink(argv[2], argv[3]));
  if (!strcmp(what, "chmod")) return report(chmod(path, strtoul(argv[2], 0, 8)));
  if (!strcmp(what, "seek")) return report(lseek(opened(path, O_RDWR), 0, SEEK_SET) < 0 ? -1 : 0);
  if (!strcmp(what, "fsync")) return report(fsync(opened(path, O_RDWR)));
  if (!strcmp(what, "poll")) {
    struct pollfd watched = {.fd = opened(path, O_RDWR), .events = POLLIN | POLLOUT};
    puts("polling");
    fflush(stdout);
    if (poll(&watched, 1, -1) < 0) return report(-1);
    printf("%s%s%s%s\n", watched.revents & POLLIN ? "IN " : "", watched.revents & POLLOUT ? "OUT " : "",
           watched.revents & POLLERR ? "ERR " : "", watched.revents & POLLHUP ? "HUP " : "");
    return 0;
  }
  if (!strcmp(what, "ioctl")) {
    return report(ioctl(opened(argv[2], O_RDONLY), strtoul(argv[3], 0, 0), buffer));
  }
  fputs("usage: see the head of syscall.c\n", stderr);
  return 2;
}
