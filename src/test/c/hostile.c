/* SPDX-License-Identifier: Apache-2.0 */
/*
 * hostile - writes nonsense to every file of a mounted tree that can be written.
 *
 *     hostile MOUNT SEED quiet COUNT   one process; what is refused must change nothing
 *     hostile MOUNT SEED wild COUNT    four processes write to all files but config, and read them
 *     hostile MOUNT SEED config COUNT  four processes write to config and to what uses it
 *     hostile MOUNT SEED ioctls COUNT  four processes; ioctls and descriptors to two queues, mostly
 *
 * In all, each call must succeed or give an errno that a file of sysfs or a device node gives.
 * Left alone are the files that take the device away: remove, and unbind of the PCI driver. A line
 * when the files are found and one at the end go to standard output, what is wrong to standard
 * error. Exit: 0 nothing wrong, 1 something, 2 wrong usage.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../../main/c/dsafs.h"
#include "random.h"

#define MAX_FILES 8192
#define PROCESSES 4
#define WINDOW 50 /* refused writes between two looks at the whole tree */
#define TIMEOUT_SECONDS 100

struct file {
  char *path;
  const char *name; /* its last component */
  mode_t mode;
  int reader; /* open for reading, in the quiet part */
  uint64_t contents;
};

static struct file files[MAX_FILES];
static int file_count;
static int writable[MAX_FILES];
static int writable_count;
static int switches[MAX_FILES]; /* of those, the ones that bring devices up and down */
static int switch_count;
static char node[2][4096];
static uint64_t random_state;
static long wrong;

static unsigned below(unsigned bound) { return (unsigned)(next_random(&random_state) >> 33) % bound; }

static const char *errno_name(int number) {
  const char *name = strerrorname_np(number);
  return name ? name : "unknown errno";
}

/* ---- what is there ---- */

static bool ends_with(const char *text, const char *end) {
  size_t length = strlen(text), tail = strlen(end);
  return length >= tail && strcmp(text + length - tail, end) == 0;
}

static int collect(const char *path, const struct stat *status, int type, struct FTW *walk) {
  (void)walk;
  if (type == FTW_F && S_ISREG(status->st_mode) && !strstr(path, "/kernel/debug/")) {
    if (file_count == MAX_FILES) {
      fputs("hostile: too many files\n", stderr);
      exit(1);
    }
    struct file *file = &files[file_count++];
    file->path = strdup(path);
    file->name = strrchr(file->path, '/') + 1;
    file->mode = status->st_mode;
    file->reader = -1;
  }
  return 0;
}

static bool takes_the_device_away(const struct file *file) {
  return strcmp(file->name, "remove") == 0 || ends_with(file->path, "/bus/pci/drivers/idxd/unbind");
}

static bool brings_up_or_down(const struct file *file) {
  static const char *const names[] = {"bind", "unbind", "drivers_probe", "reset", "enable"};
  for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
    if (strcmp(file->name, names[i]) == 0) {
      return true;
    }
  }
  return false;
}

/* ---- what is written ---- */

/* Words that the tree's files know, so that nonsense gets beyond the first check. */
static const char *const words[] = {
    "dsa0", "dsa1", "wq0.0", "wq0.1", "wq0.7", "wq1.0", "group0.0", "engine0.0", "dsa!wq0.0", "user",
    "kernel", "none", "shared", "dedicated", "dmaengine", "add", "change", "on", "auto", "0", "1",
    "2", "3", "8", "10", "16", "64", "128", "-1", "96", "8086 0b25", "8086 0cfe", "0000:6a:01.0", "idxd",
    "18446744073709551615", "4294967295", "4294967296", "2147483648"};

/* Texts that no file takes: wrong numbers, names and endings. */
static const char *const refused[] = {
    "-2", "0x5", "5 ", " 5", "5\n\n", "18446744073709551616", "+-5", "--5", "1.0", "5a", "dsa0 ",
    "wq0.0x", "\n\n", "Dedicated", "shared ", "user\n\n", "mdev", "nosuch", "wq0.99", "9999999999"};

static char payload[8192];

static size_t random_bytes(size_t length) {
  for (size_t i = 0; i < length; i++) {
    payload[i] = (char)next_random(&random_state);
  }
  return length;
}

static size_t random_text(void) {
  size_t length = 0;
  switch (below(6)) {
    case 0:
      return random_bytes(below(64));
    case 1:
      return random_bytes(below(4) ? below(300) : below(sizeof payload));
    default:
      for (unsigned parts = below(8) ? 1 : 2; parts; parts--) {
        length += (size_t)sprintf(payload + length, "%s", words[below(sizeof words / sizeof *words)]);
      }
      if (below(3) == 0) {
        payload[length++] = '\n';
      }
      if (below(10) == 0) {
        payload[below((unsigned)length)] = (char)next_random(&random_state);
      }
      return length;
  }
}

/* Text for a file that it must refuse, for nearly any file and nearly always. */
static size_t refused_text(const struct file *file) {
  static const char bad_starts[] = "!#~zZ \t\x80\xff";
  if (strcmp(file->name, "name") == 0) {
    size_t length = 1025 + below(3000); /* anything that is short enough is a name */
    memset(payload, 'a' + (int)below(26), length);
    return length;
  }
  if (below(2)) {
    return (size_t)sprintf(payload, "%s", refused[below(sizeof refused / sizeof *refused)]);
  }
  size_t length = random_bytes(1 + below(below(8) ? 20 : 4000));
  payload[0] = bad_starts[below(sizeof bad_starts - 1)];
  return length;
}

/* ---- what is answered ---- */

static void expect(const char *call, const char *path, long result, int error) {
  static const int usual[] = {EINVAL, EPERM,  ENODEV,     EBUSY,  EIO,    EACCES, ENXIO,
                              EAGAIN, ERANGE, EOPNOTSUPP, EEXIST, ENOENT, EFAULT, ENOTTY,
                              ENOMEM, ENOSPC, EFBIG,      EBADF,  ESPIPE};
  if (result >= 0) {
    return;
  }
  for (size_t i = 0; i < sizeof usual / sizeof *usual; i++) {
    if (error == usual[i]) {
      return;
    }
  }
  wrong++;
  fprintf(stderr, "hostile: %s %s: %s\n", call, path, errno_name(error));
}

/* One write(2): its result, or the negative errno. */
static long put(const struct file *file, int flags, size_t length, off_t offset) {
  int fd = open(file->path, flags);
  if (fd < 0) {
    expect("open", file->path, -1, errno);
    return -errno;
  }
  long written = offset ? pwrite(fd, payload, length, offset) : write(fd, payload, length);
  int error = errno;
  expect("write", file->path, written, error);
  if (written > (long)length) {
    wrong++;
    fprintf(stderr, "hostile: write %s: %ld of %zu bytes\n", file->path, written, length);
  }
  close(fd);
  return written < 0 ? -error : written;
}

/* ---- quiet ---- */

static uint64_t contents(const struct file *file) {
  static unsigned char buffer[4096];
  long length = pread(file->reader, buffer, sizeof buffer, 0);
  uint64_t hash = 0xcbf29ce484222325ull + (uint64_t)(length < 0 ? -errno : length);
  for (long i = 0; i < length; i++) {
    hash = (hash ^ buffer[i]) * 0x100000001b3ull;
  }
  return hash;
}

static void open_readers(void) {
  for (int i = 0; i < file_count; i++) {
    struct file *file = &files[i];
    bool memory = strncmp(file->name, "resource", 8) == 0 && file->name[8];
    bool clock = strncmp(file->name, "runtime_", 8) == 0 && ends_with(file->name, "_time");
    if (file->mode & 0444 && !memory && !clock) {
      file->reader = open(file->path, O_RDONLY);
      if (file->reader < 0) {
        perror(file->path);
        exit(1);
      }
    }
  }
}

static int changed(void) {
  int found = -1;
  for (int i = 0; i < file_count; i++) {
    if (files[i].reader >= 0) {
      uint64_t now = contents(&files[i]);
      if (now != files[i].contents) {
        found = i;
        files[i].contents = now;
      }
    }
  }
  return found;
}

/* Files that take nearly anything are left out: the point is what is refused. */
static bool takes_anything(const struct file *file) {
  static const char *const names[] = {"drivers_autoprobe", "driver_override", "config", "cmd_status"};
  for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
    if (strcmp(file->name, names[i]) == 0) {
      return true;
    }
  }
  return strncmp(file->name, "resource", 8) == 0 || ends_with(file->path, "/parameters/device");
}

static int run_quiet(long writes) {
  static char log[WINDOW][256];
  int logged = 0;
  long accepted = 0, unverified = 0, looks = 0;
  open_readers();
  changed();
  for (long i = 0; i < writes;) {
    const struct file *file = &files[writable[below((unsigned)writable_count)]];
    if (takes_anything(file)) {
      continue;
    }
    i++;
    size_t length = refused_text(file);
    long result = put(file, O_WRONLY, length, 0);
    if (result >= 0) {
      accepted++;
      unverified += logged;
      logged = 0;
      changed();
      continue;
    }
    snprintf(log[logged++], sizeof log[0], "%s, %zu bytes: %s", file->path, length,
             errno_name((int)-result));
    if (logged == WINDOW || i == writes) {
      int difference = changed();
      looks++;
      if (difference >= 0) {
        wrong++;
        fprintf(stderr, "hostile: %s changed by one of\n", files[difference].path);
        for (int j = 0; j < logged; j++) {
          fprintf(stderr, "  %s\n", log[j]);
        }
      }
      logged = 0;
    }
  }
  printf("quiet writes %ld accepted %ld unverified %ld looks %ld files %d wrong %ld\n", writes,
         accepted, unverified, looks, file_count, wrong);
  return wrong != 0;
}

/* ---- wild ---- */

static bool is_config(const struct file *file) { return strcmp(file->name, "config") == 0; }

static void wild_write(bool to_config) {
  static const int flags[] = {O_WRONLY, O_RDWR, O_WRONLY | O_TRUNC, O_WRONLY | O_APPEND,
                              O_WRONLY | O_CREAT | O_TRUNC};
  const struct file *file;
  do {
    file = below(4) ? &files[writable[below((unsigned)writable_count)]]
                    : &files[switches[below((unsigned)switch_count)]];
  } while (is_config(file) != to_config && (!to_config || below(8)));
  put(file, flags[below(5)], random_text(), below(8) ? 0 : below(8192));
}

static void wild_read(void) {
  static char buffer[8192];
  const struct file *file = &files[below((unsigned)file_count)];
  int fd = open(file->path, O_RDONLY);
  if (fd >= 0) {
    long result = pread(fd, buffer, below(sizeof buffer), below(4) ? 0 : below(8192));
    expect("read", file->path, result, errno);
    close(fd);
  } else {
    expect("open", file->path, -1, errno);
  }
}

static void wild_ioctl(void) {
  static const unsigned known[] = {DSAFS_IOC_PORTAL_MAP, DSAFS_IOC_PORTAL_UNMAP, DSAFS_IOC_ENQCMD,
                                   DSAFS_IOC_MOVDIR64B};
  static char argument[1 << 14];
  bool to_node = below(10) != 0;
  const char *path = to_node ? node[below(2)] : files[below((unsigned)file_count)].path;
  int fd = open(path, to_node ? O_RDWR : O_RDONLY);
  if (fd < 0) {
    expect("open", path, -1, errno);
    return;
  }
  struct dsafs_portal_map map = {.length = 4096, .prot = 2, .flags = 1};
  bool mapped = to_node && below(2) && ioctl(fd, DSAFS_IOC_PORTAL_MAP, &map) == 0;
  for (int i = 0; i < 4; i++) {
    unsigned command = below(3) ? known[below(4)]
                       : below(2) ? _IOC(below(4), DSAFS_IOC_MAGIC, below(8), below(1 << 14))
                                  : (unsigned)next_random(&random_state);
    for (size_t j = 0; j < sizeof argument / (below(8) ? 64 : 1); j += 8) {
      uint64_t word = next_random(&random_state);
      memcpy(argument + j, &word, 8);
    }
    if (mapped && below(4)) {
      struct dsafs_submit *submit = (struct dsafs_submit *)(void *)argument;
      submit->handle = map.handle;
      submit->offset = below(4) ? below(64) * 64 : next_random(&random_state);
      if (below(8)) { /* ENQCMD wants bits 31:20 clear */
        submit->descriptor[2] &= 0x0f;
        submit->descriptor[3] = 0;
      }
    }
    void *pointer = below(16) ? argument : below(2) ? NULL : (void *)16;
    long result = ioctl(fd, command, pointer);
    expect("ioctl", path, result, errno);
  }
  if (to_node && below(4) == 0) {
    size_t length = random_bytes(below(1024));
    long result = write(fd, payload, length);
    expect("write", path, result, errno);
  }
  close(fd);
}

static void config(long number) {
  wild_write(true);
  if (number % 8 == 0) {
    wild_read();
  }
}

static void wild(long number) {
  wild_write(false);
  if (number % 8 == 0) {
    wild_read();
  }
}

static void ioctls(long number) {
  (void)number;
  wild_ioctl();
}

static int run_processes(void (*once)(long), long count) {
  for (int process = 0; process < PROCESSES; process++) {
    if (fork() == 0) {
      alarm(TIMEOUT_SECONDS);
      random_state += (uint64_t)process * 0x9e3779b97f4a7c15ull;
      for (long i = 0; i < count / PROCESSES; i++) {
        once(i);
      }
      _exit(wrong != 0);
    }
  }
  int status, bad = 0;
  while (wait(&status) > 0) {
    bad += !WIFEXITED(status) || WEXITSTATUS(status) != 0;
  }
  printf("done %ld, processes that met something wrong %d\n", count, bad);
  return bad != 0;
}

int main(int argc, char **argv) {
  if (argc != 5) {
    fputs("usage: hostile MOUNT SEED quiet|wild|config|ioctls COUNT\n", stderr);
    return 2;
  }
  struct rlimit limit;
  getrlimit(RLIMIT_NOFILE, &limit);
  limit.rlim_cur = limit.rlim_max;
  setrlimit(RLIMIT_NOFILE, &limit);
  char root[4000];
  snprintf(root, sizeof root, "%s/sys", argv[1]);
  snprintf(node[0], sizeof node[0], "%s/dev/dsa/wq0.0", argv[1]);
  snprintf(node[1], sizeof node[1], "%s/dev/dsa/wq0.1", argv[1]);
  random_state = strtoull(argv[2], NULL, 0) * 0x9e3779b97f4a7c15ull + 1;
  if (nftw(root, collect, 16, FTW_PHYS) != 0 || file_count == 0) {
    perror(root);
    return 1;
  }
  for (int i = 0; i < file_count; i++) {
    if (files[i].mode & 0222 && !takes_the_device_away(&files[i])) {
      writable[writable_count++] = i;
      if (brings_up_or_down(&files[i])) {
        switches[switch_count++] = i;
      }
    }
  }
  printf("found %d files, %d to write\n", file_count, writable_count);
  fflush(stdout);
  long count = atol(argv[4]);
  alarm(TIMEOUT_SECONDS);
  if (strcmp(argv[3], "quiet") == 0) {
    return run_quiet(count);
  }
  return run_processes(
      strcmp(argv[3], "wild") == 0 ? wild : strcmp(argv[3], "config") == 0 ? config : ioctls, count);
}
