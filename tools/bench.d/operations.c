/* SPDX-License-Identifier: Apache-2.0 */
/*
 * operations - gigabytes a second of each operation of the device, beside a loop of the CPU.
 *
 *     cc -O2 -march=native -o operations operations.c
 *     ./operations DSA_QUEUE
 *
 * The device works on some descriptors at once, the CPU on one buffer after the other in one thread:
 * memcpy, memset, memcmp, the crc32 instruction. Gigabytes are those of the transfer size, whatever
 * number of buffers of that size an operation reads and writes.
 */
#include "bench.h"

#ifdef __SSE4_2__
#include <nmmintrin.h>
#endif

#define DEPTH 8u
#define SIZES 3
#define PATTERN 0x5a5a5a5a5a5a5a5aull
#define DELTA_BYTES 80u
#define DELTA_REACH (512u << 10) /* the offsets of a delta record have 16 bits, of 8 bytes each */

static const size_t sizes[SIZES] = {4096, 65536, 1048576};
static const char *const size_names[SIZES] = {"4 KiB", "64 KiB", "1 MiB"};

/* As the specification numbers them; those that dsafs.h does not name. */
enum { CREATE_DELTA = 0x07, APPLY_DELTA = 0x08, DIF_INSERT = 0x13 };

enum kind { DEVICE_ONLY, COPY, SET, COMPARE, CRC };

static const struct operation {
  const char *name;
  int opcode;
  enum kind cpu; /* what the CPU does that amounts to the same */
} operations[] = {
    {"move", DSAFS_MOVE, COPY},
    {"fill", DSAFS_FILL, SET},
    {"compare", DSAFS_COMPARE, COMPARE},
    {"compare pattern", DSAFS_COMPVAL, DEVICE_ONLY},
    {"create delta", CREATE_DELTA, DEVICE_ONLY},
    {"dualcast", DSAFS_DUALCAST, DEVICE_ONLY},
    {"CRC", DSAFS_CRC, CRC},
    {"copy with CRC", DSAFS_COPY_CRC, DEVICE_ONLY},
    {"DIF insert, 512", DIF_INSERT, DEVICE_ONLY},
    {"cache flush", DSAFS_CFLUSH, DEVICE_ONLY},
};

enum { OPERATIONS = sizeof operations / sizeof *operations };

static int file;
static uint64_t portal;
/* first and second are equal and hold the pattern; the third is written, with room for DIF fields. */
static uint8_t *first, *second, *third, *delta;
static struct dsafs_record *records;
static size_t stride;

static struct dsafs_descriptor describe(const struct operation *operation, unsigned slot, size_t size) {
  records[slot].status = 0;
  struct dsafs_descriptor descriptor = {
      .opcode_flags = (uint32_t)operation->opcode << 24 | DSAFS_FLAG_RECORD_VALID |
                      DSAFS_FLAG_RECORD_REQUEST,
      .record = (uintptr_t)&records[slot],
      .source = (uintptr_t)(first + slot * stride),
      .destination = (uintptr_t)(third + slot * stride),
      .size = (uint32_t)size};
  uint64_t address;
  switch (operation->opcode) {
    case DSAFS_FILL:
      descriptor.source = PATTERN;
      break;
    case DSAFS_COMPVAL:
      descriptor.destination = PATTERN;
      break;
    case DSAFS_COMPARE:
      descriptor.destination = (uintptr_t)(second + slot * stride);
      break;
    case CREATE_DELTA:
      descriptor.destination = (uintptr_t)(second + slot * stride);
      address = (uintptr_t)(delta + slot * DELTA_BYTES);
      memcpy(descriptor.specific, &address, sizeof address);
      descriptor.specific[8] = DELTA_BYTES;
      break;
    case DSAFS_DUALCAST:
      address = (uintptr_t)(second + slot * stride);
      memcpy(descriptor.specific, &address, sizeof address);
      break;
    case DSAFS_CFLUSH:
    case DSAFS_CRC:
      if (operation->opcode == DSAFS_CFLUSH) {
        descriptor.source = 0;
      } else {
        descriptor.destination = 0;
      }
      break;
    default:
      break;
  }
  return descriptor;
}

static void finish(const struct operation *operation, unsigned slot) {
  await(&records[slot]);
  if (records[slot].status != DSAFS_SUCCESS) {
    fprintf(stderr, "operations: %s ended with status 0x%02x\n", operation->name, records[slot].status);
    exit(1);
  }
}

static double device_rate(const struct operation *operation, size_t size, unsigned times) {
  double begin = now();
  for (unsigned i = 0; i < times; i++) {
    unsigned slot = i % DEPTH;
    if (i >= DEPTH) {
      finish(operation, slot);
    }
    struct dsafs_descriptor descriptor = describe(operation, slot, size);
    while (enqcmd(file, portal, &descriptor) != 0) {
      sched_yield();
    }
  }
  for (unsigned slot = 0; slot < DEPTH && slot < times; slot++) {
    finish(operation, slot);
  }
  return (double)size * times / (now() - begin) / 1e9;
}

static uint32_t crc_of(const uint8_t *at, size_t size) {
#ifdef __SSE4_2__
  uint64_t crc = 0xffffffff, word;
  for (size_t i = 0; i < size; i += sizeof word) {
    memcpy(&word, at + i, sizeof word);
    crc = _mm_crc32_u64(crc, word);
  }
  return (uint32_t)crc;
#else
  (void)at;
  (void)size;
  return 0;
#endif
}

static double cpu_rate(enum kind kind, size_t size, unsigned times) {
  uint32_t result = 0;
  double begin = now();
  for (unsigned i = 0; i < times; i++) {
    size_t at = i % DEPTH * stride;
    switch (kind) {
      case COPY:
        memcpy(third + at, first + at, size);
        break;
      case SET:
        memset(third + at, 0x5a, size);
        break;
      case COMPARE:
        result = (uint32_t)memcmp(first + at, second + at, size);
        break;
      default:
        result = crc_of(first + at, size);
    }
    __asm__ volatile("" ::"r"(result) : "memory");
  }
  return (double)size * times / (now() - begin) / 1e9;
}

static bool possible(const struct operation *operation, size_t size) {
  return operation->opcode != CREATE_DELTA || size <= DELTA_REACH;
}

static unsigned times_for(size_t size, bool cpu) {
  size_t times = ((cpu ? 256u : 96u) << 20) / size;
  return (unsigned)(!cpu && times > 2500 ? 2500 : times);
}

static void usage(void) {
  fputs("usage: operations [--rounds N] DSA_QUEUE\n", stderr);
  exit(2);
}

int main(int argc, char **argv) {
  static double device[OPERATIONS][SIZES][MAX_ROUNDS], cpu[OPERATIONS][SIZES][MAX_ROUNDS];
  int order[OPERATIONS * SIZES];
  if (read_options(argc, argv, usage) != 1) {
    usage();
  }
  file = open_device(argv[optind], &portal, true);
  stride = sizes[SIZES - 1] / 512 * 520 / 4096 * 4096 + 4096;
  first = buffers(DEPTH * stride);
  second = buffers(DEPTH * stride);
  third = buffers(DEPTH * stride);
  delta = buffers(DEPTH * DELTA_BYTES);
  records = (struct dsafs_record *)buffers(DEPTH * sizeof *records);
  memset(first, 0x5a, DEPTH * stride);
  memset(second, 0x5a, DEPTH * stride);
  for (int i = 0; i < OPERATIONS * SIZES; i++) {
    const struct operation *operation = &operations[i / SIZES];
    size_t size = sizes[i % SIZES];
    order[i] = i;
    if (possible(operation, size)) {
      device_rate(operation, size, times_for(size, false) / 2 + 1);
    }
  }
  for (int round = 0; round < rounds; round++) {
    shuffle(order, OPERATIONS * SIZES);
    for (int i = 0; i < OPERATIONS * SIZES; i++) {
      int which = order[i] / SIZES, size = order[i] % SIZES;
      if (!possible(&operations[which], sizes[size])) {
        continue;
      }
      device[which][size][round] =
          device_rate(&operations[which], sizes[size], times_for(sizes[size], false));
      if (operations[which].cpu != DEVICE_ONLY) {
        cpu[which][size][round] =
            cpu_rate(operations[which].cpu, sizes[size], times_for(sizes[size], true));
      }
    }
  }
  printf("%-19s", "GB/s: device / CPU");
  for (int size = 0; size < SIZES; size++) {
    printf(" %15s", size_names[size]);
  }
  printf(" %7s\n", "ratio");
  for (int which = 0; which < OPERATIONS; which++) {
    double ours = 0, base = 0;
    printf("%-19s", operations[which].name);
    for (int size = 0; size < SIZES; size++) {
      ours = median(device[which][size], rounds);
      base = median(cpu[which][size], rounds);
      if (!possible(&operations[which], sizes[size])) {
        printf(" %7s %7s", "-", "");
      } else if (operations[which].cpu == DEVICE_ONLY) {
        printf(" %7.2f %7s", ours, "");
      } else {
        printf(" %7.2f %7.2f", ours, base);
      }
    }
    if (operations[which].cpu != DEVICE_ONLY) {
      printf(" %7.2f", ours / base); /* of the largest size */
    }
    putchar('\n');
  }
  return 0;
}
