/* SPDX-License-Identifier: Apache-2.0 */
/*
 * unanswered - leaves a device with a page that nobody answers, and looks at who has to wait for it.
 *
 *     unanswered MOUNT PAGE USE WAY BOUND
 *     unanswered MOUNT PAGE USE WAY hold
 *
 * PAGE: fuse, a page of a file whose server never answers, or uffd, one that a userfaultfd is to bring
 * in. USE: record, source, destination, list (of a batch), or low: the page lies at address 4096, and
 * nothing is asked to touch it. WAY: write, enqcmd or ring. The queue is wq0.4, alone with engine 3.
 *
 * While the page is held, others open that queue and wq0.0, submit to both, read attributes, and close.
 * Each of those calls must return within BOUND seconds, and work on wq0.0 must be done; wq0.4 may have its
 * engine held up. Then the page goes, with its owner, and wq0.4 must work again. hold: says "holding", and
 * waits to be killed.
 *
 * The last line has the counts. Exit: 0 nobody else was held up, 1 somebody, 77 not here.
 */
#define _GNU_SOURCE
#include <linux/fuse.h>
#include <linux/userfaultfd.h>
#include <poll.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include "../../src/main/c/dsafs_ring.h"
#include "../../src/test/c/queue.h"

#define SKIPPED 77
#define LOW ((void *)4096ul)

static char node[4096], other_node[4096], attribute[4096], mount_point[4096];
static const char *use, *way_name;
static pid_t server;
static bool mounted;

/* ---- pages ---- */

static void *map_at(void *at, int flags, int file) {
  return mmap(at, PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | flags | (at ? MAP_FIXED_NOREPLACE : 0), file, 0);
}

static void *uffd_page(void *at) {
  int file = (int)syscall(SYS_userfaultfd, O_CLOEXEC | O_NONBLOCK);
  struct uffdio_api api = {.api = UFFD_API};
  void *page = map_at(at, MAP_ANONYMOUS, -1);
  struct uffdio_register range = {.range = {.start = (uintptr_t)page, .len = PAGE},
                                  .mode = UFFDIO_REGISTER_MODE_MISSING};
  if (page == MAP_FAILED || file < 0 || ioctl(file, UFFDIO_API, &api) != 0 ||
      ioctl(file, UFFDIO_REGISTER, &range) != 0) {
    return NULL;
  }
  return page;
}

/* A filesystem of one file, its root, that answers everything but reads. */
static _Noreturn void serve(int device) {
  static char request[1 << 17];
  for (;;) {
    struct {
      struct fuse_out_header header;
      union {
        struct fuse_init_out init;
        struct fuse_attr_out attributes;
        struct fuse_open_out open;
      } body;
    } reply = {0};
    size_t body = 0;
    ssize_t length = read(device, request, sizeof request);
    if (length < 0 && (errno == EINTR || errno == ENOENT || errno == EAGAIN)) {
      continue;
    }
    if (length < (ssize_t)sizeof(struct fuse_in_header)) {
      _exit(0);
    }
    const struct fuse_in_header *header = (const void *)request;
    switch (header->opcode) {
      case FUSE_INIT:
        reply.body.init = (struct fuse_init_out){.major = 7, .minor = 31, .max_readahead = PAGE, .max_write = PAGE};
        body = sizeof reply.body.init;
        break;
      case FUSE_GETATTR:
        reply.body.attributes.attr_valid = 1000;
        reply.body.attributes.attr = (struct fuse_attr){.ino = 1, .mode = S_IFREG | 0666, .nlink = 1, .size = PAGE};
        body = sizeof reply.body.attributes;
        break;
      case FUSE_OPEN:
        body = sizeof reply.body.open;
        break;
      case FUSE_READ:
      case FUSE_FORGET:
      case FUSE_BATCH_FORGET:
      case FUSE_INTERRUPT:
        continue;
      default:
        reply.header.error = -ENOSYS;
    }
    reply.header.unique = header->unique;
    reply.header.len = (uint32_t)(sizeof reply.header + body);
    (void)!write(device, &reply, reply.header.len);
  }
}

/* As root only; a user's takes fusermount, and shows the same. */
static bool mount_fuse(void) {
  char options[128];
  int device = open("/dev/fuse", O_RDWR | O_CLOEXEC);
  /* Next to this program: whoever made that place removes it, should this end too soon. */
  ssize_t length = readlink("/proc/self/exe", mount_point, sizeof mount_point - 16);
  if (length < 0) {
    return false;
  }
  strcpy(mount_point + length, "-XXXXXX");
  int file = mkstemp(mount_point);
  if (device < 0 || file < 0) {
    return false;
  }
  close(file);
  snprintf(options, sizeof options, "fd=%d,rootmode=100000,user_id=0,group_id=0,allow_other", device);
  if (mount("siege", mount_point, "fuse.siege", MS_NOSUID | MS_NODEV, options) != 0) {
    unlink(mount_point);
    return false;
  }
  mounted = true;
  server = fork_child();
  if (server == 0) {
    serve(device);
  }
  close(device);
  return true;
}

static void *fuse_page(void *at) {
  struct stat status;
  int file = open(mount_point, O_RDWR);
  /* Asked for, as nothing lies behind the end of a file whose size is not known. */
  void *page = file < 0 || fstat(file, &status) != 0 ? MAP_FAILED : map_at(at, 0, file);
  return page == MAP_FAILED ? NULL : page;
}

static void let_go(void) {
  if (mounted) {
    kill(server, SIGKILL);
    waitpid(server, NULL, 0);
    umount2(mount_point, MNT_DETACH);
    unlink(mount_point);
    mounted = false;
  }
}

/* ---- who has it ---- */

static struct dsafs_descriptor aim(void *page) {
  static struct dsafs_descriptor member;
  static uint8_t own[2 * PAGE] __attribute__((aligned(4096)));
  static struct dsafs_record record;
  memset(own, 1, sizeof own);
  struct dsafs_descriptor descriptor = describe(DSAFS_MOVE, &record);
  descriptor.opcode_flags |= DSAFS_FLAG_BLOCK_ON_FAULT;
  descriptor.source = (uintptr_t)own;
  descriptor.destination = (uintptr_t)own + PAGE;
  descriptor.size = 64;
  if (strcmp(use, "record") == 0) {
    descriptor = describe(DSAFS_NOOP, page);
  } else if (strcmp(use, "source") == 0) {
    descriptor.source = (uintptr_t)page;
  } else if (strcmp(use, "destination") == 0) {
    descriptor.destination = (uintptr_t)page;
  } else if (strcmp(use, "list") == 0) {
    descriptor = describe(DSAFS_BATCH, &record);
    descriptor.source = (uintptr_t)page;
    descriptor.size = 4;
  } else {
    member = describe(DSAFS_NOOP, &record);
    descriptor = member;
  }
  return descriptor;
}

/* Submits as often as the queue takes it, up to some times, and then waits. */
static _Noreturn void hold(bool by_fuse, int told) {
  void *at = strcmp(use, "low") == 0 ? LOW : NULL;
  void *page = by_fuse ? fuse_page(at) : uffd_page(at);
  if (!page) {
    _exit(SKIPPED);
  }
  bool by_ring = strcmp(way_name, "ring") == 0;
  struct queue queue = open_queue(node, by_ring ? BY_ENQCMD : way_named(way_name));
  struct dsafs_ring *ring = by_ring ? dsafs_ring_open(queue.file, queue.portal) : NULL;
  struct dsafs_descriptor descriptor = aim(page);
  (void)!write(told, "!", 1); /* the calls below may not return before the page is answered */
  for (unsigned i = 0; i < 4; i++) {
    if (by_ring) {
      (void)!dsafs_ring_movdir64b(ring, 0, &descriptor);
    } else {
      (void)try_submit(&queue, &descriptor);
    }
  }
  for (;;) {
    pause();
  }
}

/* ---- who must not have to wait ---- */

static void use_queue(const char *path, bool done) {
  static struct dsafs_record record;
  struct queue queue = open_queue(path, BY_WRITE);
  struct dsafs_descriptor noop = describe(DSAFS_NOOP, &record);
  int taken;
  while ((taken = try_submit(&queue, &noop)) == 0 && done) {
    sched_yield();
  }
  if (taken < 0) {
    die("%s: %s", path, errno_name(errno));
  }
  if (taken && done) {
    wait_for(&record);
  }
  if (done) {
    close(queue.file);
  }
}

static void use_held_queue(void) { use_queue(node, false); }

static void use_other_queue(void) { use_queue(other_node, true); }

static void use_freed_queue(void) { use_queue(node, true); }

static void map_portal(void) { (void)open_queue(node, BY_ENQCMD); }

static void read_attribute(void) {
  char text[4096];
  int file = open(attribute, O_RDONLY);
  if (file < 0 || read(file, text, sizeof text) <= 0) {
    die("%s: %s", attribute, errno_name(errno));
  }
}

/*
 * Whether a process that does it is done within the bound. Some end by _exit(2), and their files are closed
 * behind them: what they put behind the page is not theirs to wait for.
 */
static bool returns(void (*function)(void), const char *what, double bound) {
  double limit = now() + bound;
  int done[2];
  char byte = 0;
  if (pipe2(done, O_CLOEXEC | O_NONBLOCK) != 0) {
    die("pipe: %s", errno_name(errno));
  }
  pid_t child = fork_child();
  if (child == 0) {
    function();
    (void)!write(done[1], "!", 1);
    _exit(0);
  }
  while (read(done[0], &byte, 1) != 1 && now() < limit && waitpid(child, NULL, WNOHANG) == 0) {
    usleep(500);
  }
  bool answered = byte == '!' || read(done[0], &byte, 1) == 1;
  if (!answered) {
    fprintf(stderr, "unanswered: %s: %s is held up, or refused\n", use, what);
  }
  kill(child, SIGKILL);
  close(done[0]);
  close(done[1]);
  return answered;
}

static bool ends(pid_t child, double bound) {
  for (double limit = now() + bound; now() < limit; usleep(1000)) {
    if (waitpid(child, NULL, WNOHANG) != 0) {
      return true;
    }
  }
  return false;
}

int main(int argc, char **argv) {
  if (argc != 6) {
    fputs("usage: unanswered MOUNT fuse|uffd record|source|destination|list|low write|enqcmd|ring BOUND|hold\n",
          stderr);
    return 2;
  }
  snprintf(node, sizeof node, "%s/dev/dsa/wq0.4", argv[1]);
  snprintf(other_node, sizeof other_node, "%s/dev/dsa/wq0.0", argv[1]);
  snprintf(attribute, sizeof attribute, "%s/sys/bus/dsa/devices/wq0.4/state", argv[1]);
  bool by_fuse = strcmp(argv[2], "fuse") == 0, holds = strcmp(argv[5], "hold") == 0;
  use = argv[3];
  way_name = argv[4];
  double bound = atof(argv[5]);
  int told[2];
  char byte;
  if (pipe(told) != 0 || (by_fuse && !mount_fuse())) {
    puts("skipped: no filesystem of its own; that takes root");
    return SKIPPED;
  }
  pid_t holder = fork_child();
  if (holder == 0) {
    close(told[0]);
    hold(by_fuse, told[1]);
  }
  close(told[1]);
  struct pollfd telling = {.fd = told[0], .events = POLLIN};
  if (poll(&telling, 1, holds ? 60000 : (int)(bound * 1000)) == 0) {
    fprintf(stderr, "unanswered: %s: its own open is held up\n", use);
    kill(holder, SIGKILL);
    let_go();
    printf("page=%s use=%s way=%s checks=1 held_up=1\n", argv[2], use, way_name);
    return 1;
  }
  if (read(told[0], &byte, 1) != 1) {
    int status = 0;
    waitpid(holder, &status, 0);
    let_go();
    puts("skipped: no such page");
    return WIFEXITED(status) && WEXITSTATUS(status) == SKIPPED ? SKIPPED : 1;
  }
  if (holds) {
    puts("holding");
    fflush(stdout);
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    pause();
  }
  usleep(20000); /* it gets there, mostly */
  unsigned held_up = 0, checks = 5;
  held_up += !returns(read_attribute, "a read of an attribute", bound);
  held_up += !returns(map_portal, "an open of that queue", bound);
  held_up += !returns(use_other_queue, "work on another queue", bound);
  held_up += !returns(use_held_queue, "a write to that queue", bound);
  held_up += !returns(use_other_queue, "work on another queue, later", bound);
  kill(holder, SIGKILL);
  let_go();
  if (!ends(holder, bound)) {
    fprintf(stderr, "unanswered: %s: who had the page cannot be killed\n", use);
    held_up++;
  }
  held_up += !returns(use_freed_queue, "that queue, now that the page has gone,", bound);
  checks += 2;
  printf("page=%s use=%s way=%s checks=%u held_up=%u\n", argv[2], use, way_name, checks, held_up);
  return held_up != 0;
}
