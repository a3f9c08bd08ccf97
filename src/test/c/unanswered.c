/* SPDX-License-Identifier: Apache-2.0 */
/*
 * unanswered - submits no-ops whose completion records lie on pages that nobody ever provides.
 *
 *     unanswered MOUNT/dev/dsa/wq0.0 WAY fuse|userfault COUNT
 *
 * COUNT clients, each of them a process, submit one each by write, enqcmd or movdir64b. "fuse": the
 * page is of a file whose filesystem answers everything but READ. "userfault": nobody looks at the
 * page's userfaultfd. When all submissions have returned "submitted COUNT" is printed. At SIGUSR1
 * the clients are killed, "killed COUNT" is printed, and the pages still are not provided. Needs
 * root; the filesystem is seen by these processes alone.
 */
#define _GNU_SOURCE
#include <linux/fuse.h>
#include <linux/userfaultfd.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include "queue.h"

#define MOST 16 /* clients */
#define FILE_BYTES (MOST * PAGE)

struct reply {
  struct fuse_out_header header;
  union {
    struct fuse_init_out init;
    struct fuse_attr_out attributes;
    struct fuse_open_out open;
  };
};

/* A filesystem that is one file. READ stays without an answer. */
static _Noreturn void serve(int device) {
  static uint8_t buffer[1 << 18] __attribute__((aligned(8)));
  const struct fuse_in_header *request = (const void *)buffer;
  while (read(device, buffer, sizeof buffer) > 0) {
    struct reply reply = {.header = {.unique = request->unique}};
    size_t length = 0;
    switch (request->opcode) {
      case FUSE_INIT:
        reply.init = (struct fuse_init_out){.major = 7, .minor = 31, .max_write = PAGE};
        length = sizeof reply.init;
        break;
      case FUSE_GETATTR:
        reply.attributes = (struct fuse_attr_out){
            .attr_valid = 1000,
            .attr = {.ino = 1, .mode = S_IFREG | 0666, .nlink = 1, .size = FILE_BYTES}};
        length = sizeof reply.attributes;
        break;
      case FUSE_OPEN:
        length = sizeof reply.open;
        break;
      case FUSE_READ:
      case FUSE_FORGET:
      case FUSE_INTERRUPT:
        continue;
      default:
        reply.header.error = -ENOSYS;
    }
    reply.header.len = (uint32_t)(sizeof reply.header + length);
    if (write(device, &reply, reply.header.len) < 0) {
      die("answering: %s", errno_name(errno));
    }
  }
  exit(0);
}

static int mount_file(void) {
  char place[] = "/tmp/dsafs-unansweredXXXXXX", options[80];
  int device = open("/dev/fuse", O_RDWR), file = mkstemp(place);
  snprintf(options, sizeof options, "fd=%d,rootmode=100000,user_id=0,group_id=0", device);
  if (unshare(CLONE_NEWNS) != 0 || mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) != 0 ||
      mount("unanswered", place, "fuse", MS_NOSUID | MS_NODEV, options) != 0) {
    die("mounting: %s", errno_name(errno));
  }
  if (fork_child() == 0) {
    serve(device);
  }
  close(device);
  close(file);
  file = open(place, O_RDWR);
  struct stat size; /* asked for, so that the kernel knows that the pages are within */
  if (file < 0 || fstat(file, &size) != 0 || umount2(place, MNT_DETACH) != 0 ||
      unlink(place) != 0) {
    die("%s: %s", place, errno_name(errno));
  }
  return file;
}

static void *page_of(int file, int which) {
  void *page =
      mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE, file, (off_t)which * (off_t)PAGE);
  if (page == MAP_FAILED) {
    die("mmap: %s", errno_name(errno));
  }
  return page;
}

static void *userfault_page(void) {
  void *page = map_pages(1);
  int handler = (int)syscall(SYS_userfaultfd, O_CLOEXEC);
  struct uffdio_api api = {.api = UFFD_API};
  struct uffdio_register range = {.range = {.start = (uintptr_t)page, .len = PAGE},
                                  .mode = UFFDIO_REGISTER_MODE_MISSING};
  if (handler < 0 || ioctl(handler, UFFDIO_API, &api) != 0 ||
      ioctl(handler, UFFDIO_REGISTER, &range) != 0) {
    die("userfaultfd: %s", errno_name(errno));
  }
  return page;
}

static void wake(int signal) { (void)signal; }

int main(int argc, char **argv) {
  if (argc != 5) {
    die("usage: unanswered QUEUE WAY fuse|userfault COUNT");
  }
  int count = atoi(argv[4]), ready[2];
  int file = strcmp(argv[3], "fuse") == 0 ? mount_file() : -1;
  if (pipe(ready) != 0) {
    die("pipe: %s", errno_name(errno));
  }
  signal(SIGUSR1, wake);
  pid_t clients[MOST];
  if (count > MOST) {
    die("no more than %d", MOST);
  }
  for (int i = 0; i < count; i++) {
    clients[i] = fork_child();
    if (clients[i] == 0) {
      struct queue queue = open_queue(argv[1], way_named(argv[2]));
      void *page = file >= 0 ? page_of(file, i) : userfault_page();
      struct dsafs_descriptor noop = describe(DSAFS_NOOP, page);
      submit(&queue, &noop);
      if (write(ready[1], "", 1) != 1) {
        die("pipe: %s", errno_name(errno));
      }
      pause();
    }
  }
  char byte;
  for (int i = 0; i < count; i++) {
    if (read(ready[0], &byte, 1) != 1) {
      die("a client has ended");
    }
  }
  printf("submitted %d\n", count);
  fflush(stdout);
  pause();
  for (int i = 0; i < count; i++) {
    kill(clients[i], SIGKILL);
    waitpid(clients[i], NULL, 0);
  }
  printf("killed %d\n", count);
  fflush(stdout);
  pause();
  return 0;
}
