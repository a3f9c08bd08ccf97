/* SPDX-License-Identifier: Apache-2.0 */
/*
 * pages - meets a page that is not as it should be, and says what the device makes of it.
 *
 *     pages MOUNT/dev/dsa/wq0.0 WAY [block] CASE
 *
 * A move of four pages by write, enqcmd or movdir64b, with block-on-fault if "block" is given, of
 * which something is odd in the third page; CASE says what. Printed is one line: status, bytes
 * completed, and the fault's place as "source+N" or "destination+N"; then, for good outcomes,
 * whether the data has arrived. The case "resume" goes on as a program does: it touches the page,
 * as the direction bit says, and submits the rest, until all is done.
 */
#define _GNU_SOURCE
#include <pthread.h>
#include <signal.h>
#include <sys/wait.h>

#include "queue.h"

#define PAGES 4u
#define LENGTH (PAGES * PAGE)
#define ODD (2 * PAGE) /* where the odd page starts */

static uint8_t *source, *destination;
static struct dsafs_record *record;
static struct queue queue;
static uint32_t flags;

static void fill_source(void) {
  for (uint32_t i = 0; i < LENGTH; i++) {
    source[i] = (uint8_t)(i * 2654435761u >> 13);
  }
}

static void touch_all(void) {
  fill_source();
  memset(destination, 0xa5, LENGTH);
  memset((void *)record, 0, PAGE);
}

static void forget(uint8_t *at, size_t length) {
  if (madvise(at, length, MADV_DONTNEED) != 0) {
    die("madvise: %s", errno_name(errno));
  }
}

static void take_away(uint8_t *at) {
  if (munmap(at, PAGE) != 0) {
    die("munmap: %s", errno_name(errno));
  }
}

static void protect(uint8_t *at, int protection) {
  if (mprotect(at, PAGE, protection) != 0) {
    die("mprotect: %s", errno_name(errno));
  }
}

static struct dsafs_descriptor move(size_t done) {
  struct dsafs_descriptor descriptor = describe(DSAFS_MOVE, record);
  descriptor.opcode_flags |= flags;
  descriptor.source = (uintptr_t)source + done;
  descriptor.destination = (uintptr_t)destination + done;
  descriptor.size = (uint32_t)(LENGTH - done);
  return descriptor;
}

static void run(const struct dsafs_descriptor *descriptor) {
  submit(&queue, descriptor);
  wait_for(record);
}

static void report(void) {
  printf("0x%02x %u", record->status, record->bytes_completed);
  uint64_t fault = record->fault_address;
  if (fault >= (uintptr_t)source && fault < (uintptr_t)source + LENGTH) {
    printf(" source+%u", (unsigned)(fault - (uintptr_t)source));
  } else if (fault >= (uintptr_t)destination && fault < (uintptr_t)destination + LENGTH) {
    printf(" destination+%u", (unsigned)(fault - (uintptr_t)destination));
  } else if (fault) {
    printf(" elsewhere");
  }
}

static void report_data(void) {
  if (record->status == DSAFS_SUCCESS) {
    printf(memcmp(source, destination, LENGTH) == 0 ? " moved" : " garbled");
  }
  putchar('\n');
}

static void move_once(void) {
  struct dsafs_descriptor descriptor = move(0);
  run(&descriptor);
  report();
  report_data();
}

/* Nothing of either buffer is present, but for what the program touches at the device's word. */
static void resume(void) {
  forget(destination, LENGTH);
  unsigned reads = 0, writes = 0;
  for (size_t done = 0;;) {
    memset((void *)record, 0, sizeof *record);
    struct dsafs_descriptor descriptor = move(done);
    run(&descriptor);
    if ((record->status & 0x7f) != DSAFS_PAGE_FAULT) {
      break;
    }
    volatile uint8_t *page = (volatile uint8_t *)record->fault_address;
    if (record->status & DSAFS_STATUS_WRITE) {
      *page = 0;
      writes++;
    } else {
      (void)*page;
      reads++;
    }
    done += record->bytes_completed;
  }
  report();
  printf(" after %u reads and %u writes", reads, writes);
  report_data();
}

static void batch_in_untouched_list(void) {
  /* Zeros are no-ops, so that an untouched page holds a list of them. */
  struct dsafs_descriptor descriptor = describe(DSAFS_BATCH, record);
  descriptor.source = (uintptr_t)map_pages(1);
  descriptor.size = 2;
  run(&descriptor);
  report();
  putchar('\n');
}

/* With the file's source mapped, its pages are in no page table before they are touched. */
static void use_file_as_source(void) {
  FILE *file = tmpfile();
  if (!file || fwrite(source, 1, LENGTH, file) != LENGTH || fflush(file) != 0) {
    die("temporary file: %s", errno_name(errno));
  }
  source = mmap(NULL, LENGTH, PROT_READ, MAP_SHARED, fileno(file), 0);
  if (source == MAP_FAILED) {
    die("mmap: %s", errno_name(errno));
  }
}

/* The main thread ends first: of the process, only its other threads can be named any longer. */
static void *outlive_main(void *main_thread) {
  pthread_join(*(pthread_t *)main_thread, NULL);
  move_once();
  exit(0);
}

int main(int argc, char **argv) {
  if (argc == 5 && strcmp(argv[3], "block") == 0) {
    flags = DSAFS_FLAG_BLOCK_ON_FAULT;
  } else if (argc != 4) {
    die("usage: pages QUEUE WAY [block] CASE");
  }
  const char *name = argv[argc - 1];
  queue = open_queue(argv[1], way_named(argv[2]));
  source = map_pages(PAGES);
  destination = map_pages(PAGES);
  record = map_pages(1);
  touch_all();

  if (strcmp(name, "none") == 0) {
    move_once();
  } else if (strcmp(name, "source") == 0) {
    forget(source + ODD, PAGE);
    move_once();
  } else if (strcmp(name, "file") == 0) {
    use_file_as_source();
    move_once();
  } else if (strcmp(name, "destination") == 0) {
    forget(destination + ODD, PAGE);
    move_once();
  } else if (strcmp(name, "zeros") == 0) {
    forget(destination + ODD, PAGE);
    (void)*(volatile uint8_t *)(destination + ODD);
    move_once();
  } else if (strcmp(name, "forked") == 0) {
    pid_t child = fork();
    if (child == 0) {
      pause();
    }
    memset((void *)record, 0, PAGE);
    memset(destination, 0, ODD); /* so these are the program's own again, the rest are not */
    move_once();
    kill(child, SIGKILL);
    waitpid(child, NULL, 0);
  } else if (strcmp(name, "read-only") == 0) {
    protect(destination + ODD, PROT_READ);
    move_once();
  } else if (strcmp(name, "no-access") == 0) {
    protect(source + ODD, PROT_NONE);
    move_once();
  } else if (strcmp(name, "unmapped-source") == 0) {
    take_away(source + ODD);
    move_once();
  } else if (strcmp(name, "unmapped-destination") == 0) {
    take_away(destination + ODD);
    move_once();
  } else if (strcmp(name, "record") == 0) {
    record = map_pages(1);
    move_once();
  } else if (strcmp(name, "list") == 0) {
    batch_in_untouched_list();
  } else if (strcmp(name, "orphaned-thread") == 0) {
    static pthread_t self, other;
    self = pthread_self();
    pthread_create(&other, NULL, outlive_main, &self);
    pthread_exit(NULL);
  } else if (strcmp(name, "resume") == 0) {
    use_file_as_source();
    resume();
  } else {
    die("no case '%s'", name);
  }
  return 0;
}
