/* SPDX-License-Identifier: Apache-2.0 */
/*
 * dsa_client - a program that uses a work queue the way an application does, and checks every byte.
 *
 *     cc -O2 -Wall -Wextra -std=gnu11 -o dsa_client dsa_client.c
 *     ./dsa_client MOUNT/dev/dsa/wq0.0 --mode enqcmd --op all --sizes 1..2M
 *
 * It opens the queue, submits descriptors with its own memory, polls the completion records and
 * compares what arrived with what its own code (copy, fill, CRC) makes of the same input, bytes
 * around each buffer included. One line per result goes to standard output, failures in detail to
 * standard error. Exit: 0 all as expected, 1 not, 2 wrong usage. Nothing of libaccel-config or of
 * the kernel's headers is needed.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "../../main/c/dsafs.h"
#include "random.h"

#define PAGE 4096u
#define MARGIN 64u          /* bytes watched in front of and behind each buffer */
#define TIMEOUT_SECONDS 30  /* for one completion record */
#define MAX_DEPTH 2048u     /* descriptors of one write(2) */
#define MAX_SIZES 4096

enum mode { MODE_WRITE, MODE_ENQCMD, MODE_MOVDIR64B };

/* Operations of this program: the device's, and two ways to use them. */
enum op {
  OP_NOOP,
  OP_MOVE,
  OP_OVERLAP, /* a move onto itself, up or down */
  OP_FILL,
  OP_COMPARE,
  OP_COMPVAL,
  OP_DUALCAST,
  OP_CRC,
  OP_COPYCRC,
  OP_CFLUSH,
  OP_DRAIN,
  OP_BATCH, /* moves in a batch; not through write(2), which refuses batches */
  OP_COUNT
};

static const struct {
  const char *name;
  uint8_t opcode;
  bool sized;
} ops[OP_COUNT] = {
    [OP_NOOP] = {"noop", DSAFS_NOOP, false},
    [OP_MOVE] = {"move", DSAFS_MOVE, true},
    [OP_OVERLAP] = {"overlap", DSAFS_MOVE, true},
    [OP_FILL] = {"fill", DSAFS_FILL, true},
    [OP_COMPARE] = {"compare", DSAFS_COMPARE, true},
    [OP_COMPVAL] = {"compval", DSAFS_COMPVAL, true},
    [OP_DUALCAST] = {"dualcast", DSAFS_DUALCAST, true},
    [OP_CRC] = {"crc", DSAFS_CRC, true},
    [OP_COPYCRC] = {"copycrc", DSAFS_COPY_CRC, true},
    [OP_CFLUSH] = {"cflush", DSAFS_CFLUSH, true},
    [OP_DRAIN] = {"drain", DSAFS_DRAIN, false},
    [OP_BATCH] = {"batch", DSAFS_BATCH, true},
};

static const char *device;
static enum mode mode = MODE_WRITE;
static bool wanted[OP_COUNT];
static size_t sizes[MAX_SIZES];
static int size_count;
static int count = 1;
static unsigned depth = 1;
static int threads = 1;
static uint64_t seed = 1;

static int queue = -1;
static uint64_t portal; /* handle of the mapping, for the ioctl modes */

/* ---- reporting ---- */

static __attribute__((format(printf, 1, 2))) bool failed(const char *format, ...) {
  char line[512];
  va_list arguments;
  va_start(arguments, format);
  vsnprintf(line, sizeof line, format, arguments);
  va_end(arguments);
  fprintf(stderr, "dsa_client: %s\n", line);
  return false;
}

static const char *errno_name(int number) {
  const char *name = strerrorname_np(number);
  return name ? name : "unknown errno";
}

static int verdict(const char *what, bool ok) {
  printf("%s %s\n", what, ok ? "ok" : "FAILED");
  fflush(stdout);
  return ok ? 0 : 1;
}

/* ---- random data, CRC ---- */

static size_t random_below(uint64_t *state, size_t bound) {
  return bound ? (size_t)(next_random(state) >> 11) % bound : 0;
}

static void randomize(uint64_t *state, uint8_t *at, size_t length) {
  while (length >= 8) {
    uint64_t word = next_random(state);
    memcpy(at, &word, 8);
    at += 8;
    length -= 8;
  }
  uint64_t word = next_random(state);
  memcpy(at, &word, length);
}

static uint32_t crc_table[256];

static void make_crc_table(void) {
  for (uint32_t i = 0; i < 256; i++) {
    uint32_t value = i;
    for (int bit = 0; bit < 8; bit++) {
      value = value & 1 ? value >> 1 ^ 0x82f63b78u : value >> 1;
    }
    crc_table[i] = value;
  }
}

/* CRC-32C; the seed is 0 or the result for the bytes before. */
static uint32_t crc32c(uint32_t start, const uint8_t *at, size_t length) {
  uint32_t value = ~start;
  while (length--) {
    value = crc_table[(value ^ *at++) & 0xff] ^ value >> 8;
  }
  return ~value;
}

/* ---- memory ---- */

static void *map_pages(size_t length) {
  void *at = mmap(NULL, length, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (at == MAP_FAILED) {
    perror("dsa_client: mmap");
    exit(1);
  }
  return at;
}

static size_t pages(size_t bytes) { return (bytes + PAGE - 1) / PAGE * PAGE; }

/* Address of the first byte that differs from the value, or NULL. */
static const uint8_t *unlike(const uint8_t *at, uint8_t value, size_t length) {
  for (; length; at++, length--) {
    if (*at != value) {
      return at;
    }
  }
  return NULL;
}

/* ---- submitting ---- */

static double now(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

/* One descriptor by ioctl: 0 accepted, 1 retry, -1 with errno. */
static int submit_ioctl(uint64_t handle, uint64_t offset,
                        const struct dsafs_descriptor *descriptor) {
  struct dsafs_submit request = {.handle = handle, .offset = offset};
  memcpy(request.descriptor, descriptor, sizeof request.descriptor);
  return ioctl(queue, mode == MODE_ENQCMD ? DSAFS_IOC_ENQCMD : DSAFS_IOC_MOVDIR64B, &request);
}

/* Submits once: how many of the descriptors were taken; -1 with errno for a refusal of the call. */
static int submit_once(const struct dsafs_descriptor *list, unsigned length) {
  if (mode == MODE_WRITE) {
    ssize_t written = write(queue, list, (size_t)length * sizeof *list);
    if (written < 0) {
      return errno == EAGAIN ? 0 : -1;
    }
    return (int)(written / (ssize_t)sizeof *list);
  }
  static _Atomic uint64_t slot; /* walks through the page, as some clients do */
  for (unsigned i = 0; i < length; i++) {
    int answer = submit_ioctl(portal, slot++ % (PAGE / 64) * 64, &list[i]);
    if (answer < 0) {
      return -1;
    }
    if (answer > 0) {
      return (int)i;
    }
  }
  return (int)length;
}

/* Submits all, trying again while the queue is full. */
static bool submit(const struct dsafs_descriptor *list, unsigned length) {
  double limit = now() + TIMEOUT_SECONDS;
  while (length) {
    int taken = submit_once(list, length);
    if (taken < 0) {
      return failed("submission refused: %s", errno_name(errno));
    }
    if (taken == 0) {
      if (now() > limit) {
        return failed("queue full for %d seconds", TIMEOUT_SECONDS);
      }
      sched_yield();
    }
    list += taken;
    length -= (unsigned)taken;
  }
  return true;
}

/* Polls a record as clients do; the acquire makes the rest of the record readable. */
static bool wait_for(struct dsafs_record *record) {
  double limit = 0;
  for (unsigned spins = 0; __atomic_load_n(&record->status, __ATOMIC_ACQUIRE) == 0; spins++) {
    if (spins >= 64) {
      if (limit == 0) {
        limit = now() + TIMEOUT_SECONDS;
      } else if (now() > limit) {
        return failed("no completion record after %d seconds", TIMEOUT_SECONDS);
      }
      sched_yield();
    }
  }
  return true;
}

static void describe(struct dsafs_descriptor *descriptor, uint8_t opcode, struct dsafs_record *record) {
  memset(descriptor, 0, sizeof *descriptor);
  memset((void *)record, 0, sizeof *record);
  descriptor->opcode_flags =
      (uint32_t)opcode << 24 | DSAFS_FLAG_RECORD_VALID | DSAFS_FLAG_RECORD_REQUEST;
  descriptor->record = (uintptr_t)record;
}

static bool open_portal(void) {
  if (mode == MODE_WRITE) {
    return true;
  }
  struct dsafs_portal_map request = {
      .length = PAGE, .prot = PROT_WRITE, .flags = MAP_SHARED | MAP_POPULATE};
  if (ioctl(queue, DSAFS_IOC_PORTAL_MAP, &request) != 0) {
    return failed("mapping the portal: %s", errno_name(errno));
  }
  portal = request.handle;
  return request.page == DSAFS_PAGE_LIMITED || failed("the portal is of kind %u", request.page);
}

static bool open_queue(void) {
  queue = open(device, mode == MODE_WRITE ? O_WRONLY : O_RDWR);
  return queue >= 0 ? open_portal() : failed("open %s: %s", device, errno_name(errno));
}

/* ---- one operation, from random input to the last byte ---- */

#define MEMBERS 8u

/* Buffers of one descriptor in flight, and what should become of them. */
struct slot {
  size_t capacity;
  uint8_t *source, *second, *destination, *other; /* each with a MARGIN and a page to spare */
  uint8_t *expected;
  struct dsafs_descriptor *members; /* of a batch */
  struct dsafs_record *record;
  uint8_t *from, *with, *to, *to_too; /* where the operation starts in them */
  uint8_t status, result;
  uint32_t completed;
  bool crc_wanted;
  uint32_t crc;
};

static void make_slot(struct slot *slot, size_t capacity) {
  size_t length = pages(capacity + 2 * MARGIN) + PAGE;
  slot->capacity = capacity;
  slot->source = map_pages(length);
  slot->second = map_pages(length);
  slot->destination = map_pages(length);
  slot->other = map_pages(length);
  slot->expected = map_pages(length);
  slot->members = map_pages(PAGE);
  slot->record = map_pages(PAGE);
}

/* What the destination holds before the operation; one byte, to see strays easily. */
#define UNTOUCHED 0xa5

static void prepare(struct slot *slot, struct dsafs_descriptor *descriptor, enum op op, size_t size,
                    uint64_t *random) {
  uint32_t flags = 0;
  size_t shift = random_below(random, PAGE);
  slot->from = slot->source + MARGIN + random_below(random, PAGE);
  slot->with = slot->second + MARGIN + random_below(random, PAGE);
  slot->to = slot->destination + MARGIN + shift;
  slot->to_too = slot->other + MARGIN + shift; /* dualcast wants equal low bits */
  slot->status = DSAFS_SUCCESS;
  slot->result = 0;
  slot->completed = 0;
  slot->crc_wanted = false;

  /* Now and then on a page's edge, where an off-by-one shows. */
  if (random_below(random, 4) == 0) {
    slot->from = slot->source + MARGIN + (PAGE - MARGIN);
  }
  if (ops[op].sized) {
    randomize(random, slot->from, size);
    memset(slot->to - MARGIN, UNTOUCHED, size + 2 * MARGIN);
  }

  describe(descriptor, ops[op].opcode, slot->record);
  descriptor->source = (uintptr_t)slot->from;
  descriptor->destination = (uintptr_t)slot->to;
  descriptor->size = (uint32_t)size;
  switch (op) {
    case OP_NOOP:
    case OP_DRAIN:
      descriptor->source = descriptor->destination = 0;
      descriptor->size = 0;
      break;
    case OP_MOVE:
      memcpy(slot->expected, slot->from, size);
      break;
    case OP_OVERLAP: {
      /* Both ranges in one buffer, less than a page apart either way. */
      size_t most = size <= PAGE ? size - 1 : PAGE - 1;
      size_t apart = random_below(random, most) + 1;
      bool up = random_below(random, 2);
      uint8_t *low = slot->destination + MARGIN;
      memset(low - MARGIN, UNTOUCHED, size + apart + 2 * MARGIN);
      slot->from = up ? low : low + apart;
      slot->to = up ? low + apart : low;
      randomize(random, slot->from, size);
      memcpy(slot->expected, slot->from, size);
      descriptor->source = (uintptr_t)slot->from;
      descriptor->destination = (uintptr_t)slot->to;
      break;
    }
    case OP_FILL: {
      uint64_t pattern = next_random(random);
      descriptor->source = pattern;
      for (size_t i = 0; i < size; i++) {
        slot->expected[i] = (uint8_t)(pattern >> i % 8 * 8);
      }
      break;
    }
    case OP_COMPARE:
    case OP_COMPVAL: {
      size_t difference = random_below(random, size);
      bool different = random_below(random, 2);
      if (op == OP_COMPARE) {
        memcpy(slot->with, slot->from, size);
        descriptor->destination = (uintptr_t)slot->with;
      } else {
        uint64_t pattern = next_random(random);
        descriptor->destination = pattern;
        for (size_t i = 0; i < size; i++) {
          slot->from[i] = (uint8_t)(pattern >> i % 8 * 8);
        }
      }
      if (different) {
        slot->from[difference] ^= (uint8_t)(1u << random_below(random, 8));
        slot->result = 1;
        /* A pattern's difference is told by word, in the tail by byte. */
        bool whole = op == OP_COMPVAL && difference < size / 8 * 8;
        slot->completed = (uint32_t)(whole ? difference / 8 * 8 : difference);
      }
      if (random_below(random, 2)) {
        flags = DSAFS_FLAG_CHECK_RESULT;
        descriptor->specific[0] = (uint8_t)random_below(random, 2);
        if (descriptor->specific[0] != slot->result) {
          slot->status = DSAFS_SUCCESS_PREDICATE;
        }
      }
      break;
    }
    case OP_DUALCAST: {
      uint64_t address = (uintptr_t)slot->to_too;
      memset(slot->to_too - MARGIN, UNTOUCHED, size + 2 * MARGIN);
      memcpy(descriptor->specific, &address, sizeof address);
      memcpy(slot->expected, slot->from, size);
      break;
    }
    case OP_CRC:
    case OP_COPYCRC: {
      uint32_t start = random_below(random, 2) ? (uint32_t)next_random(random) : 0;
      memcpy(descriptor->specific, &start, sizeof start);
      slot->crc_wanted = true;
      slot->crc = crc32c(start, slot->from, size);
      if (op == OP_CRC) {
        descriptor->destination = 0;
      } else {
        memcpy(slot->expected, slot->from, size);
      }
      break;
    }
    case OP_CFLUSH:
      descriptor->source = 0;
      randomize(random, slot->to, size);
      memcpy(slot->expected, slot->to, size);
      break;
    case OP_BATCH: {
      size_t members = size < MEMBERS ? size : MEMBERS;
      for (size_t i = 0; i < members; i++) {
        size_t start = size * i / members;
        struct dsafs_descriptor *member = &slot->members[i];
        memset(member, 0, sizeof *member);
        member->opcode_flags = (uint32_t)DSAFS_MOVE << 24;
        member->source = (uintptr_t)slot->from + start;
        member->destination = (uintptr_t)slot->to + start;
        member->size = (uint32_t)(size * (i + 1) / members - start);
      }
      descriptor->source = (uintptr_t)slot->members;
      descriptor->destination = 0;
      descriptor->size = (uint32_t)members;
      slot->completed = (uint32_t)members;
      memcpy(slot->expected, slot->from, size);
      break;
    }
    case OP_COUNT:
      break;
  }
  descriptor->opcode_flags |= flags;
}

static bool same(enum op op, size_t size, const char *what, const uint8_t *at,
                 const uint8_t *expected) {
  if (memcmp(at, expected, size) == 0) {
    return true;
  }
  size_t i = 0;
  while (at[i] == expected[i]) {
    i++;
  }
  return failed("%s size %zu: %s byte %zu is 0x%02x, not 0x%02x", ops[op].name, size, what, i, at[i],
                expected[i]);
}

/* The destination is as expected, and nothing around it was written. */
static bool written_exactly(
    const struct slot *slot, enum op op, size_t size, const char *what, const uint8_t *at) {
  if (!same(op, size, what, at, slot->expected)) {
    return false;
  }
  const uint8_t *stray = op == OP_OVERLAP ? NULL : unlike(at - MARGIN, UNTOUCHED, MARGIN);
  if (!stray && op != OP_OVERLAP) {
    stray = unlike(at + size, UNTOUCHED, MARGIN);
  }
  return !stray || failed("%s size %zu: stray write to %s %+td", ops[op].name, size, what, stray - at);
}

static bool record_as_expected(
    const struct dsafs_record *record, const struct slot *slot, const char *name, size_t size) {
  uint64_t address = record->fault_address;
  if (record->status != slot->status || record->result != slot->result
      || record->bytes_completed != slot->completed || address != 0) {
    return failed(
        "%s size %zu: record status 0x%02x result %u completed %u fault 0x%llx,"
        " expected 0x%02x %u %u 0",
        name, size, record->status, record->result, record->bytes_completed,
        (unsigned long long)address, slot->status, slot->result, slot->completed);
  }
  if (slot->crc_wanted && record->crc != slot->crc) {
    return failed("%s size %zu: CRC 0x%08x, expected 0x%08x", name, size, record->crc, slot->crc);
  }
  return true;
}

static bool verify(const struct slot *slot, enum op op, size_t size) {
  if (!record_as_expected(slot->record, slot, ops[op].name, size)) {
    return false;
  }
  switch (op) {
    case OP_MOVE:
    case OP_OVERLAP:
    case OP_FILL:
    case OP_COPYCRC:
    case OP_CFLUSH:
    case OP_BATCH:
      return written_exactly(slot, op, size, "destination", slot->to);
    case OP_DUALCAST:
      return written_exactly(slot, op, size, "destination", slot->to)
          && written_exactly(slot, op, size, "second destination", slot->to_too);
    default:
      return true;
  }
}

/* One operation at one size, `count` times with `depth` descriptors in flight. */
static bool exercise(struct slot *slots, struct dsafs_descriptor *list, enum op op, size_t size,
                     uint64_t *random) {
  bool ok = true;
  for (int done = 0; ok && done < count;) {
    unsigned flying = (unsigned)(count - done) < depth ? (unsigned)(count - done) : depth;
    for (unsigned i = 0; i < flying; i++) {
      prepare(&slots[i], &list[i], op, size, random);
    }
    ok = submit(list, flying);
    for (unsigned i = 0; ok && i < flying; i++) {
      ok = wait_for(slots[i].record) && verify(&slots[i], op, size);
    }
    done += (int)flying;
  }
  return ok;
}

struct worker {
  pthread_t thread;
  int number;
  int passed, failures;
};

static pthread_mutex_t output = PTHREAD_MUTEX_INITIALIZER;

static void report(struct worker *worker, enum op op, size_t size, bool ok) {
  worker->passed += ok;
  worker->failures += !ok;
  pthread_mutex_lock(&output);
  if (ops[op].sized) {
    printf("%s %zu %s\n", ops[op].name, size, ok ? "ok" : "FAILED");
  } else {
    printf("%s %s\n", ops[op].name, ok ? "ok" : "FAILED");
  }
  pthread_mutex_unlock(&output);
}

static void *work(void *argument) {
  struct worker *worker = argument;
  uint64_t random = seed * 0x9e3779b97f4a7c15ull + (uint64_t)worker->number + 1;
  size_t capacity = PAGE;
  for (int i = 0; i < size_count; i++) {
    capacity = sizes[i] > capacity ? sizes[i] : capacity;
  }
  struct slot *slots = calloc(depth, sizeof *slots);
  struct dsafs_descriptor *list = map_pages(pages((size_t)depth * sizeof *list));
  if (!slots) {
    exit(1);
  }
  for (unsigned i = 0; i < depth; i++) {
    make_slot(&slots[i], capacity + PAGE); /* overlap needs up to a page more */
  }
  for (int op = 0; op < OP_COUNT; op++) {
    if (!wanted[op]) {
      continue;
    }
    if (!ops[op].sized) {
      report(worker, op, 0, exercise(slots, list, op, 0, &random));
      continue;
    }
    for (int i = 0; i < size_count; i++) {
      if (op != OP_BATCH || sizes[i] >= 2) { /* a batch has at least two members */
        report(worker, op, sizes[i], exercise(slots, list, op, sizes[i], &random));
      }
    }
  }
  free(slots);
  return NULL;
}

static int run_operations(void) {
  struct worker *workers = calloc((size_t)threads, sizeof *workers);
  int passed = 0, failures = 0;
  if (!workers || !open_queue()) {
    free(workers);
    return 1;
  }
  for (int i = 0; i < threads; i++) {
    workers[i].number = i;
    if (pthread_create(&workers[i].thread, NULL, work, &workers[i]) != 0) {
      perror("dsa_client: pthread_create");
      exit(1);
    }
  }
  for (int i = 0; i < threads; i++) {
    pthread_join(workers[i].thread, NULL);
    passed += workers[i].passed;
    failures += workers[i].failures;
  }
  free(workers);
  printf("verified %d failed %d\n", passed, failures);
  return failures != 0 || passed == 0;
}

/* ---- page faults ---- */

enum trouble { UNMAPPED, READ_ONLY, NO_ACCESS };

static const char *const trouble_names[] = {"unmapped", "read-only", "no access"};

/* A buffer whose first `good` bytes can be reached and whose rest, from a page's start, cannot. */
struct edge {
  uint8_t *map;
  size_t length;
  uint8_t *start; /* of the buffer */
  uint8_t *limit; /* of what can be reached */
};

static struct edge make_edge(size_t good, size_t bad) {
  struct edge edge;
  size_t front = pages(good + 1);
  edge.length = front + pages(bad);
  edge.map = map_pages(edge.length);
  edge.limit = edge.map + front;
  edge.start = edge.limit - good;
  return edge;
}

static void break_edge(const struct edge *edge, enum trouble trouble) {
  size_t rest = edge->length - (size_t)(edge->limit - edge->map);
  int protection = trouble == READ_ONLY ? PROT_READ : PROT_NONE;
  int result =
      trouble == UNMAPPED ? munmap(edge->limit, rest) : mprotect(edge->limit, rest, protection);
  if (result != 0) {
    perror("dsa_client: munmap or mprotect");
    exit(1);
  }
}

/* Makes the rest reachable, with the contents it is to have. */
static void repair_edge(const struct edge *edge, const uint8_t *contents, size_t length) {
  size_t rest = edge->length - (size_t)(edge->limit - edge->map);
  if (mmap(edge->limit, rest, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0)
      == MAP_FAILED) {
    perror("dsa_client: mmap");
    exit(1);
  }
  memcpy(edge->limit, contents, length);
}

enum operand { SOURCE, SECOND, DESTINATION, OTHER };

static const char *const operand_names[] = {"source", "second source", "destination",
                                            "second destination"};

/* Which operands an operation reads and writes. */
static bool uses(enum op op, enum operand operand) {
  switch (operand) {
    case SOURCE:
      return op != OP_FILL && op != OP_CFLUSH;
    case SECOND:
      return op == OP_COMPARE;
    case DESTINATION:
      return op == OP_MOVE || op == OP_FILL || op == OP_DUALCAST || op == OP_COPYCRC
          || op == OP_CFLUSH;
    default:
      return op == OP_DUALCAST;
  }
}

/* An operation stops `good` bytes in, says so, and is resumed from there once the page is back. */
static bool fault_and_resume(enum op op, enum operand where, enum trouble trouble, size_t good,
                             size_t bad, uint64_t *random) {
  size_t size = good + bad;
  struct edge at[4];
  uint8_t *contents = map_pages(pages(size));
  uint8_t *untouched = map_pages(pages(size));
  struct dsafs_record *record = map_pages(PAGE);
  struct dsafs_descriptor descriptor;
  uint64_t pattern = next_random(random);
  uint32_t start = (uint32_t)next_random(random);
  bool pattern_op = op == OP_FILL || op == OP_COMPVAL;
  char name[96];
  snprintf(name, sizeof name, "%s %s %s after %zu of %zu", ops[op].name, operand_names[where],
           trouble_names[trouble], good, size);

  randomize(random, contents, size);
  if (pattern_op) {
    for (size_t i = 0; i < size; i++) {
      contents[i] = (uint8_t)(pattern >> i % 8 * 8);
    }
  }
  memset(untouched, UNTOUCHED, size);
  for (int i = 0; i < 4; i++) {
    at[i] = make_edge(good, bad);
    memcpy(at[i].start, i == SOURCE || i == SECOND || op == OP_CFLUSH ? contents : untouched, size);
  }
  break_edge(&at[where], trouble);

  describe(&descriptor, ops[op].opcode, record);
  descriptor.source = op == OP_FILL ? pattern : op == OP_CFLUSH ? 0 : (uintptr_t)at[SOURCE].start;
  descriptor.destination = op == OP_COMPARE   ? (uintptr_t)at[SECOND].start
                           : op == OP_COMPVAL ? pattern
                           : op == OP_CRC     ? 0
                                              : (uintptr_t)at[DESTINATION].start;
  descriptor.size = (uint32_t)size;
  if (op == OP_DUALCAST) {
    uint64_t address = (uintptr_t)at[OTHER].start;
    memcpy(descriptor.specific, &address, sizeof address);
  } else if (op == OP_CRC || op == OP_COPYCRC) {
    memcpy(descriptor.specific, &start, sizeof start);
  }

  bool ok = submit(&descriptor, 1) && wait_for(record);
  uint8_t status = where >= DESTINATION ? DSAFS_PAGE_FAULT | DSAFS_STATUS_WRITE : DSAFS_PAGE_FAULT;
  if (ok
      && (record->status != status || record->bytes_completed != good || record->result != 0
          || (record->fault_address & ~(uint64_t)(PAGE - 1)) != (uintptr_t)at[where].limit)) {
    ok = failed("%s: status 0x%02x result %u completed %u fault 0x%llx, expected 0x%02x 0 %zu %p", name,
                record->status, record->result, record->bytes_completed,
                (unsigned long long)record->fault_address, status, good, (void *)at[where].limit);
  }
  bool crc_op = op == OP_CRC || op == OP_COPYCRC;
  uint32_t partial = record->crc;
  if (ok && crc_op && good != 0 && partial != crc32c(start, contents, good)) {
    ok = failed("%s: CRC of the part 0x%08x, expected 0x%08x", name, partial,
                crc32c(start, contents, good));
  }
  for (int i = DESTINATION; ok && i <= OTHER; i++) {
    if (!uses(op, i) || op == OP_CFLUSH) {
      continue;
    }
    ok = same(op, good, "part of the destination", at[i].start, contents);
    bool rest_readable = i != (int)where || trouble == READ_ONLY;
    if (ok && rest_readable && unlike(at[i].limit, UNTOUCHED, bad)) {
      ok = failed("%s: bytes behind the fault were written", name);
    }
  }

  /* The page comes back; software goes on where the device stopped. */
  bool is_input = where == SOURCE || where == SECOND || op == OP_CFLUSH;
  repair_edge(&at[where], is_input ? contents + good : untouched, bad);
  memset((void *)record, 0, sizeof *record);
  descriptor.size = (uint32_t)bad;
  if (pattern_op && good % 8 != 0) {
    unsigned turn = good % 8 * 8;
    pattern = pattern >> turn | pattern << (64 - turn);
  }
  descriptor.source = op == OP_FILL ? pattern : descriptor.source ? descriptor.source + good : 0;
  descriptor.destination = op == OP_COMPVAL ? pattern
                           : descriptor.destination ? descriptor.destination + good
                                                    : 0;
  if (op == OP_DUALCAST) {
    uint64_t address = (uintptr_t)at[OTHER].limit;
    memcpy(descriptor.specific, &address, sizeof address);
  } else if (crc_op && good != 0) {
    memcpy(descriptor.specific, &partial, sizeof partial);
  }
  ok = ok && submit(&descriptor, 1) && wait_for(record);
  if (ok && (record->status != DSAFS_SUCCESS || record->result != 0)) {
    ok = failed("%s: resumed, status 0x%02x result %u", name, record->status, record->result);
  }
  if (ok && crc_op && record->crc != crc32c(start, contents, size)) {
    ok = failed("%s: resumed, CRC 0x%08x", name, record->crc);
  }
  for (int i = DESTINATION; ok && i <= OTHER; i++) {
    ok = !uses(op, i) || same(op, size, "resumed destination", at[i].start, contents);
  }

  for (int i = 0; i < 4; i++) {
    munmap(at[i].map, at[i].length);
  }
  munmap(contents, pages(size));
  munmap(untouched, pages(size));
  munmap(record, PAGE);
  printf("fault %s %s\n", name, ok ? "ok" : "FAILED");
  return ok;
}

static int run_faults(void) {
  static const enum op faulting[] = {OP_MOVE,     OP_FILL, OP_COMPARE, OP_COMPVAL,
                                     OP_DUALCAST, OP_CRC,  OP_COPYCRC, OP_CFLUSH};
  static const size_t reachable[] = {0, 1, 63, 4095, 4096, 5001, 65536, 300007, 1048576};
  uint64_t random = seed * 0x9e3779b97f4a7c15ull + 1;
  int passed = 0, failures = 0;
  if (!open_queue()) {
    return 1;
  }
  for (size_t o = 0; o < sizeof faulting / sizeof *faulting; o++) {
    for (int where = SOURCE; where <= OTHER; where++) {
      if (!wanted[faulting[o]] || !uses(faulting[o], where)) {
        continue;
      }
      for (int trouble = UNMAPPED; trouble <= NO_ACCESS; trouble++) {
        if (trouble == READ_ONLY && where < DESTINATION) {
          continue;
        }
        for (size_t i = 0; i < sizeof reachable / sizeof *reachable; i++) {
          size_t bad = 1 + random_below(&random, 3 * PAGE);
          bool ok = fault_and_resume(faulting[o], where, trouble, reachable[i], bad, &random);
          passed += ok;
          failures += !ok;
        }
      }
    }
  }
  printf("verified %d failed %d\n", passed, failures);
  return failures != 0 || passed == 0;
}

/* ---- the life of an open file ---- */

static int run_open_twice(bool refused) {
  if (!open_queue()) {
    return 1;
  }
  double start = now();
  int second = open(device, O_RDWR);
  int error = second < 0 ? errno : 0;
  printf("second open: %s in %d ms\n", error ? errno_name(error) : "accepted",
         (int)((now() - start) * 1000));
  if (second >= 0) {
    close(second);
  }
  return verdict("open-twice", refused ? error == EBUSY : error == 0);
}

/* close(2) returns before the filesystem hears of it; a client that opens at once must not notice. */
static int run_reopen(int rounds) {
  int busy = 0;
  for (int i = 0; i < rounds; i++) {
    int file = open(device, O_RDWR);
    if (file < 0 && errno == EBUSY) {
      busy++;
    } else if (file < 0) {
      return !failed("open %s, round %d: %s", device, i, errno_name(errno));
    } else {
      close(file);
    }
  }
  printf("reopen %d busy %d\n", rounds, busy);
  return verdict("reopen", busy == 0);
}

static int run_hold(void) {
  if (!open_queue()) {
    return 1;
  }
  puts("held");
  fflush(stdout);
  for (;;) {
    pause();
  }
}

/* Large moves for ever, of which some are always under way. */
static int run_busy(size_t size) {
  if (!open_queue()) {
    return 1;
  }
  uint8_t *source = map_pages(pages(size)), *destination = map_pages(pages(size));
  struct dsafs_record *record = map_pages(PAGE);
  uint64_t random = seed;
  randomize(&random, source, size);
  for (bool told = false;;) {
    struct dsafs_descriptor descriptor;
    describe(&descriptor, DSAFS_MOVE, record);
    descriptor.source = (uintptr_t)source;
    descriptor.destination = (uintptr_t)destination;
    descriptor.size = (uint32_t)size;
    int taken = submit_once(&descriptor, 1);
    if (taken < 0) {
      return !failed("submission refused: %s", errno_name(errno));
    }
    if (taken && !told) {
      told = true;
      puts("busy");
      fflush(stdout);
    }
  }
}

/* Large moves until the queue is full; what was taken must complete, the rest must not. */
static int run_fill_queue(size_t size, int limit) {
  if (!open_queue()) {
    return 1;
  }
  uint8_t *source = map_pages(pages(size)), *destination = map_pages(pages(size));
  struct dsafs_record *records = map_pages(pages((size_t)limit * sizeof *records));
  uint64_t random = seed;
  randomize(&random, source, size);
  memset(destination, 0, size);
  int accepted = 0, refused = 0, before_refusal = 0;
  for (int i = 0; i < limit; i++) {
    struct dsafs_descriptor descriptor;
    describe(&descriptor, DSAFS_MOVE, &records[i]);
    descriptor.source = (uintptr_t)source;
    descriptor.destination = (uintptr_t)destination;
    descriptor.size = (uint32_t)size;
    int taken = submit_once(&descriptor, 1);
    if (taken < 0) {
      return !failed("submission refused: %s", errno_name(errno));
    }
    accepted += taken;
    if (!taken) {
      before_refusal = refused++ ? before_refusal : i;
      records[i].status = 0xff; /* never to be completed: it was not taken */
    }
  }
  /* A dedicated queue drops silently: wait until nothing more completes. */
  int completed = 0, bad = 0;
  double quiet = now() + 2;
  while (completed + refused < limit && now() < quiet) {
    int seen = 0;
    for (int i = 0; i < limit; i++) {
      seen += records[i].status != 0 && records[i].status != 0xff;
    }
    if (seen > completed) {
      completed = seen;
      quiet = now() + 2;
    }
    sched_yield();
  }
  for (int i = 0; i < limit; i++) {
    bad += records[i].status != 0 && records[i].status != 0xff && records[i].status != DSAFS_SUCCESS;
  }
  int dropped = accepted - completed;
  printf("fill-queue submitted %d completed %d retried %d dropped %d\n", limit, completed, refused,
         dropped);
  if (refused) {
    printf("first refused after %d\n", before_refusal);
  }
  bool intact = memcmp(source, destination, size) == 0;
  return verdict("fill-queue", completed > 0 && bad == 0 && intact && refused + dropped > 0);
}

static int run_fork_child(void) {
  struct dsafs_record *record =
      mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  struct dsafs_descriptor descriptor;
  if (record == MAP_FAILED || !open_queue()) {
    return 1;
  }
  describe(&descriptor, DSAFS_NOOP, record);
  fflush(NULL);
  pid_t child = fork();
  if (child == 0) {
    /* A portal's mapping is not inherited; the open file is, but belongs to the parent's memory. */
    int expected = mode == MODE_WRITE ? EPERM : EFAULT;
    int taken = submit_once(&descriptor, 1);
    int error = taken < 0 ? errno : 0;
    printf("child: %s\n", taken < 0 ? errno_name(error) : taken ? "accepted" : "retry");
    fflush(stdout);
    _exit(taken < 0 && error == expected ? 0 : 1);
  }
  int status = -1;
  waitpid(child, &status, 0);
  bool ok = WIFEXITED(status) && WEXITSTATUS(status) == 0;
  ok = ok && (record->status == 0 || failed("the child's descriptor was performed"));
  ok = ok && submit(&descriptor, 1) && wait_for(record) && record->status == DSAFS_SUCCESS;
  return verdict("fork-child", ok);
}

/* An error without a record to tell it is told by poll, of every file of the device and for ever. */
static int run_poll(void) {
  if (!open_queue()) {
    return 1;
  }
  struct pollfd watched = {.fd = queue, .events = POLLIN | POLLOUT};
  int ready = poll(&watched, 1, 0);
  printf("poll before: %s\n", ready ? "ready" : "not ready");
  bool ok = ready == 0
      || failed("ready before any error (an earlier one stays until the PCI function is bound anew)");
  struct dsafs_descriptor unknown = {.opcode_flags = 0x3fu << 24};
  ok = submit(&unknown, 1) && ok;
  ready = poll(&watched, 1, TIMEOUT_SECONDS * 1000);
  printf("poll after: 0x%x\n", (unsigned)watched.revents);
  ok = ok && ready == 1 && watched.revents == POLLIN;
  return verdict("poll", ok);
}

static bool gives(const char *what, int answer, int expected) {
  int error = answer < 0 ? errno : 0;
  bool ok = error == expected;
  printf("%s: %s %s\n", what, error ? errno_name(error) : "accepted", ok ? "ok" : "FAILED");
  return ok;
}

/* Each errno of Documentation/ioctl.md, and that PASID and privilege of a descriptor do not count. */
static int run_ioctl_errors(void) {
  struct dsafs_record *record = map_pages(PAGE);
  struct dsafs_descriptor descriptor;
  struct dsafs_portal_map map = {.length = PAGE, .prot = PROT_WRITE, .flags = MAP_SHARED};
  struct dsafs_portal_unmap unmap;
  bool ok = true;
  if (mode == MODE_WRITE) {
    mode = MODE_ENQCMD;
  }
  if (!open_queue()) {
    return 1;
  }
  describe(&descriptor, DSAFS_NOOP, record);
#define MAPPED(field, value, what, expected)                                   \
  do {                                                                         \
    struct dsafs_portal_map request = map;                                     \
    request.field = value;                                                     \
    ok = gives(what, ioctl(queue, DSAFS_IOC_PORTAL_MAP, &request), expected) && ok; \
  } while (0)
  MAPPED(length, 0, "map of length 0", EINVAL);
  MAPPED(length, 8192, "map of length 8192", EINVAL);
  MAPPED(length, PAGE + 1, "map of length 4097", EINVAL);
  MAPPED(offset, 100, "map at offset 100", EINVAL);
  MAPPED(length, 1, "map of length 1", 0);
  MAPPED(offset, 7 * PAGE, "map at offset 28672", 0);
#undef MAPPED
  ok = gives("submit at offset 32", submit_ioctl(portal, 32, &descriptor), EINVAL) && ok;
  ok = gives("submit with handle 0", submit_ioctl(0, 0, &descriptor), EFAULT) && ok;
  ok = gives("submit with a wrong handle", submit_ioctl(portal + 0x123456789, 0, &descriptor),
             EFAULT) && ok;
  if (mode == MODE_ENQCMD) {
    descriptor.pasid_priv = 1u << 20;
    ok = gives("ENQCMD with bit 20 set", submit_ioctl(portal, 0, &descriptor), EFAULT) && ok;
    descriptor.pasid_priv = 1u << 31;
    ok = gives("ENQCMD with bit 31 set", submit_ioctl(portal, 0, &descriptor), EFAULT) && ok;
    descriptor.pasid_priv = 0xfffff; /* somebody else's */
  }
  ok = submit(&descriptor, 1) && wait_for(record) && ok;
  ok = (record->status == DSAFS_SUCCESS || failed("status 0x%02x", record->status)) && ok;
  unmap.handle = portal;
  ok = gives("unmap", ioctl(queue, DSAFS_IOC_PORTAL_UNMAP, &unmap), 0) && ok;
  ok = gives("unmap again", ioctl(queue, DSAFS_IOC_PORTAL_UNMAP, &unmap), EFAULT) && ok;
  ok = gives("submit after unmap", submit_ioctl(portal, 0, &descriptor), EFAULT) && ok;
  ok = gives("another command", ioctl(queue, _IO(DSAFS_IOC_MAGIC, 99)), ENOTTY) && ok;
  return verdict("ioctl-errors", ok);
}

/* ---- command line ---- */

static const char usage_text[] =
    "usage: dsa_client DEVICE [--mode write|enqcmd|movdir64b] [--op LIST|all] [--sizes LIST]\n"
    "                  [--count N] [--depth N] [--threads N] [--seed N]\n"
    "       dsa_client DEVICE TEST [--mode M]\n"
    "operations: noop move overlap fill compare compval dualcast crc copycrc cflush drain batch\n"
    "sizes: N, or A..B: A, B and every power of two between, each also one less and one more;\n"
    "       suffixes K, M, G; default 1..64K\n"
    "--count    how often each operation is done at each size\n"
    "--depth    how many descriptors are in flight; at most the queue's size if it is dedicated\n"
    "tests:\n"
    "  --fault [--op LIST]  a page missing within an operand: record, partial result, resuming\n"
    "  --open-twice         the second open must be refused (EBUSY)\n"
    "  --open-shared        the second open must be accepted\n"
    "  --reopen N           close and open at once, N times: never EBUSY\n"
    "  --hold               open (and map), print \"held\", sleep until killed\n"
    "  --busy [--sizes N]   keep large moves under way, print \"busy\", go on until killed\n"
    "  --fill-queue [--sizes N] [--count N]  large moves until some are refused or dropped\n"
    "  --fork-child         a child cannot use its parent's portal\n"
    "  --poll               readable after an error without a record\n"
    "  --ioctl-errors       every errno of the ioctls\n";

static _Noreturn void usage(const char *why) {
  fprintf(stderr, "dsa_client: %s\n%s", why, usage_text);
  exit(2);
}

static size_t parse_size(const char *text, const char **end) {
  char *rest;
  errno = 0;
  unsigned long long value = strtoull(text, &rest, 10);
  if (errno || rest == text) {
    usage("not a size");
  }
  if (*rest == 'K' || *rest == 'M' || *rest == 'G') {
    value <<= *rest == 'K' ? 10 : *rest == 'M' ? 20 : 30;
    rest++;
  }
  if (value == 0 || value > 1ull << 31) {
    usage("a size is 1 byte to 2G");
  }
  *end = rest;
  return (size_t)value;
}

static void add_size(size_t size) {
  for (int i = 0; i < size_count; i++) {
    if (sizes[i] == size) {
      return;
    }
  }
  if (size_count == MAX_SIZES) {
    usage("too many sizes");
  }
  sizes[size_count++] = size;
}

static void parse_sizes(const char *text) {
  size_count = 0;
  for (;;) {
    size_t first = parse_size(text, &text);
    add_size(first);
    if (strncmp(text, "..", 2) == 0) {
      size_t last = parse_size(text + 2, &text);
      for (size_t power = 1; power <= last; power <<= 1) {
        for (size_t size = power - 1; size <= power + 1; size++) {
          if (size > first && size < last) {
            add_size(size);
          }
        }
      }
      add_size(last);
    }
    if (*text == 0) {
      return;
    }
    if (*text++ != ',') {
      usage("sizes are separated by commas");
    }
  }
}

static void parse_ops(char *text) {
  memset(wanted, 0, sizeof wanted);
  for (char *name = strtok(text, ","); name; name = strtok(NULL, ",")) {
    bool known = false;
    for (int op = 0; op < OP_COUNT; op++) {
      if (strcmp(name, ops[op].name) == 0 || strcmp(name, "all") == 0) {
        wanted[op] = known = true;
      }
    }
    if (!known) {
      usage("unknown operation");
    }
  }
}

static int parse_number(const char *text) {
  char *end;
  errno = 0;
  long value = strtol(text, &end, 10);
  if (errno || end == text || *end || value < 1 || value > 100000000) {
    usage("not a number above 0");
  }
  return (int)value;
}

int main(int argc, char **argv) {
  enum {
    OPT_MODE = 256, OPT_OP, OPT_SIZES, OPT_COUNT, OPT_DEPTH, OPT_THREADS, OPT_SEED, OPT_FAULT,
    OPT_OPEN_TWICE, OPT_OPEN_SHARED, OPT_REOPEN, OPT_HOLD, OPT_BUSY, OPT_FILL_QUEUE, OPT_FORK_CHILD,
    OPT_POLL, OPT_IOCTL_ERRORS, OPT_HELP
  };
  static const struct option options[] = {
      {"mode", required_argument, NULL, OPT_MODE},
      {"op", required_argument, NULL, OPT_OP},
      {"sizes", required_argument, NULL, OPT_SIZES},
      {"size", required_argument, NULL, OPT_SIZES},
      {"count", required_argument, NULL, OPT_COUNT},
      {"depth", required_argument, NULL, OPT_DEPTH},
      {"threads", required_argument, NULL, OPT_THREADS},
      {"seed", required_argument, NULL, OPT_SEED},
      {"fault", no_argument, NULL, OPT_FAULT},
      {"open-twice", no_argument, NULL, OPT_OPEN_TWICE},
      {"open-shared", no_argument, NULL, OPT_OPEN_SHARED},
      {"reopen", required_argument, NULL, OPT_REOPEN},
      {"hold", no_argument, NULL, OPT_HOLD},
      {"busy", no_argument, NULL, OPT_BUSY},
      {"fill-queue", no_argument, NULL, OPT_FILL_QUEUE},
      {"fork-child", no_argument, NULL, OPT_FORK_CHILD},
      {"poll", no_argument, NULL, OPT_POLL},
      {"ioctl-errors", no_argument, NULL, OPT_IOCTL_ERRORS},
      {"help", no_argument, NULL, OPT_HELP},
      {NULL, 0, NULL, 0}};
  int test = 0, rounds = 0, option;
  bool count_given = false, sizes_given = false, ops_given = false;

  while ((option = getopt_long(argc, argv, "h", options, NULL)) != -1) {
    switch (option) {
      case OPT_MODE:
        if (strcmp(optarg, "write") == 0) {
          mode = MODE_WRITE;
        } else if (strcmp(optarg, "enqcmd") == 0) {
          mode = MODE_ENQCMD;
        } else if (strcmp(optarg, "movdir64b") == 0) {
          mode = MODE_MOVDIR64B;
        } else {
          usage("unknown mode");
        }
        break;
      case OPT_OP:
        parse_ops(optarg);
        ops_given = true;
        break;
      case OPT_SIZES:
        parse_sizes(optarg);
        sizes_given = true;
        break;
      case OPT_COUNT:
        count = parse_number(optarg);
        count_given = true;
        break;
      case OPT_DEPTH:
        depth = (unsigned)parse_number(optarg);
        break;
      case OPT_THREADS:
        threads = parse_number(optarg);
        break;
      case OPT_SEED:
        seed = strtoull(optarg, NULL, 0);
        break;
      case OPT_REOPEN:
        rounds = parse_number(optarg);
        test = OPT_REOPEN;
        break;
      case OPT_FAULT:
      case OPT_OPEN_TWICE:
      case OPT_OPEN_SHARED:
      case OPT_HOLD:
      case OPT_BUSY:
      case OPT_FILL_QUEUE:
      case OPT_FORK_CHILD:
      case OPT_POLL:
      case OPT_IOCTL_ERRORS:
        test = option;
        break;
      case 'h':
      case OPT_HELP:
        fputs(usage_text, stdout);
        return 0;
      default:
        usage("unknown option");
    }
  }
  if (optind != argc - 1) {
    usage("one device is needed");
  }
  device = argv[optind];
  if (depth > MAX_DEPTH) {
    usage("depth is at most 2048");
  }
  if (seed == 0) {
    seed = 1; /* the generator stands still at 0 */
  }
  if (!ops_given) {
    memset(wanted, true, sizeof wanted);
  }
  if (mode == MODE_WRITE && wanted[OP_BATCH]) {
    bool only = true;
    for (int op = 0; op < OP_COUNT; op++) {
      only = only && wanted[op] == (op == OP_BATCH);
    }
    if (!only) {
      wanted[OP_BATCH] = false;
    }
  }
  if (!sizes_given) {
    parse_sizes("1..64K");
  }
  make_crc_table();

  switch (test) {
    case OPT_FAULT:
      return run_faults();
    case OPT_OPEN_TWICE:
      return run_open_twice(true);
    case OPT_OPEN_SHARED:
      return run_open_twice(false);
    case OPT_REOPEN:
      return run_reopen(rounds);
    case OPT_HOLD:
      return run_hold();
    case OPT_BUSY:
      return run_busy(sizes_given ? sizes[size_count - 1] : 32u << 20);
    case OPT_FILL_QUEUE:
      return run_fill_queue(sizes_given ? sizes[size_count - 1] : 32u << 20, count_given ? count : 64);
    case OPT_FORK_CHILD:
      return run_fork_child();
    case OPT_POLL:
      return run_poll();
    case OPT_IOCTL_ERRORS:
      return run_ioctl_errors();
    default:
      return run_operations();
  }
}
