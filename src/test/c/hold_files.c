/* SPDX-License-Identifier: Apache-2.0 */
/*
 * hold_files COUNT BYTES PATH
 *
 * Opens a file so often and reads so many bytes of each (of a directory its listing), says how many
 * could be opened and read and what came then, and holds them until its input ends.
 */
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

static char buffer[1 << 16];

static long hold(const char *path, size_t bytes) {
  int file = open(path, O_RDONLY);
  if (file < 0) {
    return -1;
  }
  long count = read(file, buffer, bytes);
  if (count < 0 && errno == EISDIR) {
    count = syscall(SYS_getdents64, file, buffer, sizeof buffer);
  }
  return count;
}

int main(int argc, char **argv) {
  if (argc != 4) {
    fprintf(stderr, "usage: hold_files COUNT BYTES PATH\n");
    return 2;
  }
  struct rlimit limit;
  getrlimit(RLIMIT_NOFILE, &limit);
  limit.rlim_cur = limit.rlim_max;
  setrlimit(RLIMIT_NOFILE, &limit);

  long count = atol(argv[1]), held = 0;
  size_t bytes = strtoul(argv[2], NULL, 0);
  while (held < count && hold(argv[3], bytes < sizeof buffer ? bytes : sizeof buffer) >= 0) {
    held++;
  }
  printf("%ld %s\n", held, held < count ? strerrorname_np(errno) : "all");
  fflush(stdout);
  while (read(0, buffer, sizeof buffer) > 0) {
  }
  return 0;
}
