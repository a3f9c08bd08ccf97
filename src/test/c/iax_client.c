/* SPDX-License-Identifier: Apache-2.0 */
/*
 * iax_client - has an IAA do what it can, with this process's own memory, and checks each result.
 *
 *     iax_client QUEUE WAY PLAIN DEFLATED COMPRESSED
 *
 * WAY is write, enqcmd or movdir64b as ioctls, or mapped-enqcmd or mapped-movdir64b for the
 * instructions themselves with the portal shim preloaded. PLAIN is a file of up to 256 KiB, DEFLATED
 * the same as a raw DEFLATE stream, made by somebody else; what the device makes of PLAIN is written
 * to COMPRESSED. One line is printed for each case: its name, the record's status and what counts
 * there. A result that is wrong ends the program with exit code 1.
 */
#define _GNU_SOURCE
#include <poll.h>

#include "portal.h"

#define ROOM_PAGES 64u
#define ROOM (ROOM_PAGES * PAGE)
#define BYTES_OF_RECORD 64u

enum iax_opcode { IAX_NOOP = 0x00, IAX_DRAIN = 0x02, IAX_MOVE = 0x03, IAX_CRC_OF_DSA = 0x10,
                  IAX_DECOMPRESS = 0x42, IAX_COMPRESS = 0x43, IAX_CRC64 = 0x44 };

#define DECOMPRESS_FLAGS 0x1f /* enable, flush, stop at the end of the last block, which must come */
#define COMPRESS_FLAGS 0x06   /* flush, and append the end of the block */
#define CRC_AS_XZ 0xc000      /* inverted, and the lowest bit first */
#define ECMA_182 0x42f0e1eba9ea3693ull
#define XZ_OF_DIGITS 0x995dc9bbdf1939faull

struct iax_descriptor {
  uint32_t pasid_priv;
  uint32_t opcode_flags;
  uint64_t record;
  uint64_t source;
  uint64_t destination;
  uint32_t size;
  uint16_t interrupt;
  uint16_t flags;
  uint64_t source2;
  uint32_t max_destination;
  uint32_t source2_size;
  uint64_t rest; /* filter flags and elements, or a polynomial */
} __attribute__((aligned(64)));

struct iax_record {
  volatile uint8_t status;
  uint8_t error;
  uint16_t fault_info;
  uint32_t bytes_completed;
  uint64_t fault_address;
  uint32_t invalid_flags;
  uint32_t reserved;
  uint32_t output_size;
  uint8_t output_bits;
  uint8_t reserved2;
  uint16_t xor_checksum;
  uint32_t crc;
  uint32_t reserved3;
  uint64_t crc64;
  uint64_t specific[2];
} __attribute__((aligned(64)));

_Static_assert(sizeof(struct iax_descriptor) == 64, "descriptor");
_Static_assert(sizeof(struct iax_record) == BYTES_OF_RECORD, "completion record");

static struct queue queue;
static char *portal;
static bool by_enqcmd;
static uint8_t *source, *destination;
static struct iax_record *record;

/* 1 taken, 0 to be retried, -1 refused with errno. */
static int try_way(const struct iax_descriptor *descriptor) {
  if (!portal) {
    return try_submit(&queue, descriptor);
  }
  if (by_enqcmd) {
    return !enqcmd(portal, descriptor);
  }
  movdir64b(portal, descriptor);
  return 1;
}

static struct iax_descriptor operation(enum iax_opcode opcode, size_t size, uint16_t flags) {
  struct iax_descriptor descriptor = {
      .opcode_flags =
          (uint32_t)opcode << 24 | DSAFS_FLAG_RECORD_VALID | DSAFS_FLAG_RECORD_REQUEST,
      .record = (uintptr_t)record,
      .size = (uint32_t)size,
      .flags = flags,
  };
  if (opcode != IAX_NOOP && opcode != IAX_DRAIN) {
    descriptor.source = (uintptr_t)source;
  }
  if (opcode == IAX_MOVE || opcode == IAX_COMPRESS || opcode == IAX_DECOMPRESS) {
    descriptor.destination = (uintptr_t)destination;
  }
  if (opcode == IAX_COMPRESS || opcode == IAX_DECOMPRESS) {
    descriptor.max_destination = ROOM;
  }
  return descriptor;
}

static void run(const struct iax_descriptor *descriptor) {
  memset((void *)record, 0, sizeof *record);
  memset(destination, 0xa5, ROOM);
  int taken;
  for (double limit = now() + TIMEOUT_SECONDS; (taken = try_way(descriptor)) == 0;) {
    if (now() > limit) {
      die("the queue is full for %d seconds", TIMEOUT_SECONDS);
    }
    sched_yield();
  }
  if (taken < 0) {
    die("refused: %s", errno_name(errno));
  }
  wait_for((struct dsafs_record *)record);
}

static void tell(const char *name) { printf("%s 0x%02x\n", name, record->status); }

static size_t load(const char *path, uint8_t *into) {
  FILE *file = fopen(path, "rb");
  size_t length = file ? fread(into, 1, ROOM, file) : 0;
  if (length == 0) {
    die("read %s: %s", path, errno_name(errno));
  }
  fclose(file);
  return length;
}

static void expect_output(const char *name, const uint8_t *expected, size_t length) {
  if (record->status == DSAFS_SUCCESS &&
      (record->output_size != length || memcmp(destination, expected, length) != 0)) {
    die("%s: %u bytes that are not what was expected", name, record->output_size);
  }
  if (destination[length] != 0xa5) {
    die("%s: more was written than there is output", name);
  }
  tell(name);
}

/* Through write(2) it is refused; else taken, and told of as a software error. */
static void misalign(void) {
  struct iax_descriptor descriptor = operation(IAX_NOOP, 0, 0);
  descriptor.record += BYTES_OF_RECORD / 2;
  if (try_way(&descriptor) < 0) {
    printf("misaligned %s\n", errno_name(errno));
    return;
  }
  struct pollfd waiting = {.fd = queue.file, .events = POLLIN};
  int ready = poll(&waiting, 1, TIMEOUT_SECONDS * 1000);
  printf("misaligned %s\n", ready == 1 && waiting.revents & POLLIN ? "is an error" : "is not told");
}

int main(int argc, char **argv) {
  if (argc != 6) {
    die("usage: iax_client QUEUE WAY PLAIN DEFLATED COMPRESSED");
  }
  if (strncmp(argv[2], "mapped-", 7) == 0) {
    by_enqcmd = strcmp(argv[2], "mapped-enqcmd") == 0;
    portal = map_portal(argv[1], 0, &queue.file);
  } else {
    queue = open_queue(argv[1], way_named(argv[2]));
  }
  source = map_pages(ROOM_PAGES);
  destination = map_pages(ROOM_PAGES + 1);
  record = map_pages(1);
  memset(source, 0, ROOM);
  memset(destination, 0, ROOM + PAGE);
  memset((void *)record, 0, PAGE);
  uint8_t *plain = map_pages(ROOM_PAGES);
  size_t length = load(argv[3], plain);

  struct iax_descriptor descriptor = operation(IAX_NOOP, 0, 0);
  run(&descriptor);
  tell("noop");
  descriptor = operation(IAX_DRAIN, 0, 0);
  run(&descriptor);
  tell("drain");

  memcpy(source, plain, length);
  descriptor = operation(IAX_MOVE, length, 0);
  run(&descriptor);
  if (memcmp(destination, plain, length) != 0) {
    die("a move of %zu bytes went wrong", length);
  }
  tell("move");

  memcpy(source, "123456789", 9);
  descriptor = operation(IAX_CRC64, 9, CRC_AS_XZ);
  descriptor.rest = ECMA_182;
  run(&descriptor);
  if (record->crc64 != XZ_OF_DIGITS) {
    die("CRC64 is 0x%016llx", (unsigned long long)record->crc64);
  }
  tell("crc64");

  size_t deflated = load(argv[4], source);
  descriptor = operation(IAX_DECOMPRESS, deflated, DECOMPRESS_FLAGS);
  run(&descriptor);
  uint32_t crc = record->crc;
  expect_output("decompress", plain, length);
  descriptor.max_destination = 64;
  run(&descriptor);
  if (record->output_size != 64 || memcmp(destination, plain, 64) != 0 || destination[64] != 0xa5) {
    die("overflow: %u bytes", record->output_size);
  }
  tell("overflow");
  source[0] = 0x07; /* a reserved type of block */
  descriptor = operation(IAX_DECOMPRESS, 1, DECOMPRESS_FLAGS);
  run(&descriptor);
  printf("bad data 0x%02x error %u\n", record->status, record->error);

  memcpy(source, plain, length);
  descriptor = operation(IAX_COMPRESS, length, COMPRESS_FLAGS);
  run(&descriptor);
  size_t compressed = record->output_size;
  if (record->crc != crc) {
    die("CRC 0x%08x of what goes in, 0x%08x of what comes out", record->crc, crc);
  }
  tell("compress");
  FILE *file = fopen(argv[5], "wb");
  if (!file || fwrite(destination, 1, compressed, file) != compressed || fclose(file) != 0) {
    die("write %s: %s", argv[5], errno_name(errno));
  }
  memcpy(source, destination, compressed);
  descriptor = operation(IAX_DECOMPRESS, compressed, DECOMPRESS_FLAGS);
  run(&descriptor);
  expect_output("and back", plain, length);

  descriptor = operation(IAX_CRC_OF_DSA, 64, 0);
  run(&descriptor);
  tell("unsupported");
  misalign();
  return 0;
}
