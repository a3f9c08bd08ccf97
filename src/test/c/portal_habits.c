/* SPDX-License-Identifier: Apache-2.0 */
/*
 * portal_habits - uses a queue as one of the known programs does: how it opens and maps the node,
 * where in the page it submits, by which instruction, and how it waits.
 *
 *     portal_habits PROGRAM QUEUE COUNT
 *
 * PROGRAM is dsa_test, dsa_test-dedicated, dml, dto, dto-umwait, qpl, dpdk, spdk, qemu, dsa_perf or
 * dsa_perf-dedicated. COUNT pieces of work are checked. Prints how they were submitted.
 */
#define _GNU_SOURCE
#include <dirent.h>
#include <x86intrin.h>

#include "portal.h"

#define PIECE 8192u
#define BATCH 8u
#define POLLS_OF_QEMU 2000000000u

enum waits { BY_PAUSE, BY_YIELD, BY_UMWAIT, BY_SLEEP };

struct habit {
  const char *name;
  bool deferrable;
  int flags;      /* of mmap, beside MAP_SHARED */
  bool keeps;     /* the descriptor, after mapping */
  unsigned step;  /* from one submission to the next, in bytes */
  enum waits waits;
  bool falls_back; /* to write(2) if the node cannot be mapped */
  bool batches;
};

static const struct habit habits[] = {
    {.name = "dsa_test", .deferrable = true, .flags = MAP_POPULATE, .keeps = true, .waits = BY_SLEEP},
    {.name = "dsa_test-dedicated", .flags = MAP_POPULATE, .keeps = true, .waits = BY_SLEEP},
    {.name = "dml", .deferrable = true, .flags = MAP_POPULATE, .step = 64, .waits = BY_PAUSE},
    {.name = "dto", .deferrable = true, .flags = MAP_POPULATE, .waits = BY_PAUSE, .falls_back = true},
    {.name = "dto-umwait", .deferrable = true, .flags = MAP_POPULATE, .waits = BY_UMWAIT,
     .falls_back = true},
    {.name = "qpl", .deferrable = true, .flags = MAP_POPULATE, .step = 64, .waits = BY_PAUSE,
     .falls_back = true},
    {.name = "dpdk", .waits = BY_PAUSE, .batches = true},
    {.name = "spdk", .flags = MAP_POPULATE, .keeps = true, .step = 4 * 64, .waits = BY_YIELD},
    {.name = "qemu", .deferrable = true, .flags = MAP_POPULATE, .waits = BY_PAUSE, .batches = true},
    {.name = "dsa_perf", .deferrable = true, .flags = MAP_POPULATE, .keeps = true, .waits = BY_PAUSE},
    {.name = "dsa_perf-dedicated", .flags = MAP_POPULATE, .waits = BY_PAUSE},
};

static const struct habit *habit;
static char *portal; /* NULL: by write(2) */
static int file;
static unsigned offset;

/* ---- opening ---- */

/* DPDK takes what it finds in the folder. */
static void expect_in_folder(const char *path) {
  char folder[4096];
  snprintf(folder, sizeof folder, "%s", path);
  *strrchr(folder, '/') = 0;
  DIR *directory = opendir(folder);
  if (!directory) {
    die("opendir %s: %s", folder, errno_name(errno));
  }
  for (struct dirent *entry; (entry = readdir(directory));) {
    if (strcmp(entry->d_name, strrchr(path, '/') + 1) == 0) {
      closedir(directory);
      return;
    }
  }
  die("%s does not list it", folder);
}

static void open_queue_as_usual(const char *path) {
  if (strcmp(habit->name, "dpdk") == 0) {
    expect_in_folder(path);
  }
  file = open(path, O_RDWR);
  if (file < 0) {
    die("open %s: %s", path, errno_name(errno));
  }
  portal = mmap(NULL, PAGE, PROT_WRITE, MAP_SHARED | habit->flags, file, 0);
  if (portal == MAP_FAILED) {
    if (!habit->falls_back) {
      die("mmap: %s", errno_name(errno));
    }
    portal = NULL;
  } else if (!habit->keeps) {
    close(file);
  }
}

/* ---- submitting ---- */

static void submit_as_usual(const struct dsafs_descriptor *descriptor) {
  if (!portal) {
    while (write(file, descriptor, sizeof *descriptor) < 0 && errno == EAGAIN) {
    }
    return;
  }
  char *slot = portal + offset;
  offset = (offset + habit->step) % PAGE;
  if (!habit->deferrable) {
    movdir64b(slot, descriptor);
    return;
  }
  while (enqcmd(slot, descriptor)) {
    _mm_pause();
  }
}

/* ---- waiting ---- */

static void umwait_once(const struct dsafs_record *record) {
  uint64_t deadline = __rdtsc() + 100000;
  __asm__ volatile(".byte 0xf3, 0x48, 0x0f, 0xae, 0xf1" ::"c"(record) : "memory"); /* UMONITOR RCX */
  if (record->status == 0) {
    __asm__ volatile(".byte 0xf2, 0x48, 0x0f, 0xae, 0xf1" /* UMWAIT ECX */
                     :
                     : "c"(0), "a"((uint32_t)deadline), "d"((uint32_t)(deadline >> 32))
                     : "cc", "memory");
  }
}

static void wait_as_usual(const struct dsafs_record *record) {
  for (unsigned polls = 0; record->status == 0; polls++) {
    if (polls == POLLS_OF_QEMU) {
      die("no completion");
    }
    switch (habit->waits) {
      case BY_PAUSE:
        _mm_pause();
        break;
      case BY_YIELD:
        sched_yield();
        break;
      case BY_UMWAIT:
        umwait_once(record);
        break;
      case BY_SLEEP:
        usleep(100);
        break;
    }
  }
}

/* ---- the work ---- */

static uint8_t source[BATCH][PIECE], destination[BATCH][PIECE];
static struct dsafs_record record, records[BATCH];
static struct dsafs_descriptor members[BATCH];

static void submit_and_wait(struct dsafs_descriptor *descriptor) {
  record.status = 0;
  descriptor->record = (uintptr_t)&record;
  submit_as_usual(descriptor);
  wait_as_usual(&record);
  if (record.status != DSAFS_SUCCESS) {
    die("status 0x%02x", record.status);
  }
}

static struct dsafs_descriptor move(unsigned i) {
  struct dsafs_descriptor descriptor = describe(DSAFS_MOVE, &record);
  descriptor.source = (uintptr_t)source[i];
  descriptor.destination = (uintptr_t)destination[i];
  descriptor.size = PIECE;
  return descriptor;
}

static void move_one(unsigned round) {
  struct dsafs_descriptor descriptor = move(0);
  memset(source[0], (int)round, PIECE);
  memset(destination[0], 0xee, PIECE); /* which brings the pages in, too */
  submit_and_wait(&descriptor);
  if (memcmp(source[0], destination[0], PIECE) != 0) {
    die("moved wrongly");
  }
}

/* DPDK wants no record of a member that succeeds, and has room for one in the member itself. */
static void move_batch(unsigned round) {
  for (unsigned i = 0; i < BATCH; i++) {
    memset(source[i], (int)(round + i), PIECE);
    memset(destination[i], 0xee, PIECE);
    members[i] = move(i);
    members[i].opcode_flags &= ~(uint32_t)DSAFS_FLAG_RECORD_REQUEST;
    members[i].record = (uintptr_t)&members[i];
  }
  struct dsafs_descriptor batch = describe(DSAFS_BATCH, &record);
  batch.source = (uintptr_t)members;
  batch.size = BATCH;
  submit_and_wait(&batch);
  if (memcmp(source, destination, sizeof source) != 0) {
    die("moved wrongly");
  }
}

/* QEMU asks which pages are zero, and of every member. */
static void compare_batch(unsigned round) {
  for (unsigned i = 0; i < BATCH; i++) {
    memset(source[i], 0, PIECE);
    source[i][PIECE - 1] = (round + i) % 2 != 0;
    records[i].status = 0;
    members[i] = describe(DSAFS_COMPVAL, &records[i]);
    members[i].source = (uintptr_t)source[i];
    members[i].size = PIECE;
  }
  struct dsafs_descriptor batch = describe(DSAFS_BATCH, &record);
  batch.source = (uintptr_t)members;
  batch.size = BATCH;
  submit_and_wait(&batch);
  if (record.bytes_completed != BATCH) {
    die("%u members completed", record.bytes_completed);
  }
  for (unsigned i = 0; i < BATCH; i++) {
    if (records[i].status != DSAFS_SUCCESS || records[i].result != (round + i) % 2) {
      die("member %u: status 0x%02x, result %u", i, records[i].status, records[i].result);
    }
  }
}

int main(int argc, char **argv) {
  if (argc != 4) {
    return 2;
  }
  for (size_t i = 0; i < sizeof habits / sizeof *habits; i++) {
    if (strcmp(argv[1], habits[i].name) == 0) {
      habit = &habits[i];
    }
  }
  if (!habit) {
    return 2;
  }
  open_queue_as_usual(argv[2]);
  unsigned count = (unsigned)atoi(argv[3]);
  bool compares = strcmp(habit->name, "qemu") == 0;
  for (unsigned round = 0; round < count; round++) {
    if (!habit->batches || round % 4 == 0) {
      move_one(round);
    } else if (compares) {
      compare_batch(round);
    } else {
      move_batch(round);
    }
  }
  printf("%u by %s\n", count, !portal ? "write" : habit->deferrable ? "enqcmd" : "movdir64b");
  return 0;
}
