/* SPDX-License-Identifier: Apache-2.0 */
/*
 * event_log - fills the event log of a device with records that cannot be written.
 *
 *     event_log QUEUE unmapped|read-only|kernel COUNT   no-ops by write(2), then "done"
 *     event_log QUEUE held                               likewise for ever, with a page that waits
 *
 * The record of each no-op is at an address that is not mapped, in a page that may only be read, or
 * in the kernel's half. With held, a page of a userfaultfd that nobody serves is where the driver
 * finds it: "held" is printed when it waits for that, or has been given many, or "no userfaultfd".
 */
#define _GNU_SOURCE
#include <linux/userfaultfd.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>

#include "queue.h"

static void noop(const struct queue *queue, uint64_t address) {
  struct dsafs_descriptor descriptor = describe(DSAFS_NOOP, NULL);
  descriptor.record = address;
  submit(queue, &descriptor);
}

/* A page is away while the device looks, and there, but not to be had, when the driver does. */
static void hold(const struct queue *queue) {
  int faults = (int)syscall(SYS_userfaultfd, O_CLOEXEC | O_NONBLOCK);
  struct uffdio_api api = {.api = UFFD_API};
  if (faults < 0 || ioctl(faults, UFFDIO_API, &api) != 0) {
    puts("no userfaultfd");
    exit(0);
  }
  struct pollfd waiting = {.fd = faults, .events = POLLIN};
  uint8_t *page = map_pages(1);
  for (unsigned round = 0; round < 200 && poll(&waiting, 1, 0) == 0; round++) {
    munmap(page, PAGE);
    for (unsigned i = 0; i < 4; i++) {
      noop(queue, (uintptr_t)page);
    }
    if (mmap(page, PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0) !=
        page) {
      die("mmap: %s", errno_name(errno));
    }
    struct uffdio_register range = {.range = {.start = (uintptr_t)page, .len = PAGE},
                                    .mode = UFFDIO_REGISTER_MODE_MISSING};
    if (ioctl(faults, UFFDIO_REGISTER, &range) != 0) {
      die("userfaultfd: %s", errno_name(errno));
    }
    poll(&waiting, 1, 1);
  }
  puts("held");
  fflush(stdout);
  pause();
}

int main(int argc, char **argv) {
  if (argc < 3) {
    die("usage: event_log QUEUE unmapped|read-only|kernel COUNT | QUEUE held");
  }
  struct queue queue = open_queue(argv[1], BY_WRITE);
  if (strcmp(argv[2], "held") == 0) {
    hold(&queue);
    return 0;
  }
  uint8_t *page = map_pages(1);
  uint64_t address = (uintptr_t)page;
  if (strcmp(argv[2], "unmapped") == 0) {
    munmap(page, PAGE);
  } else if (strcmp(argv[2], "read-only") == 0) {
    mprotect(page, PAGE, PROT_READ);
  } else {
    address = 0xffffffff80000000;
  }
  for (long left = atol(argv[3]); left > 0; left--) {
    noop(&queue, address);
  }
  puts("done");
  return 0;
}
