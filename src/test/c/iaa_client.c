/* SPDX-License-Identifier: Apache-2.0 */
/*
 * iaa_client - uses a queue of an IAA through a mapped portal as QPL does: compresses, decompresses
 * what came out, moves and takes a checksum, and checks every byte.
 *
 *     iaa_client QUEUE enqcmd|movdir64b COUNT
 *
 * Prints how many bytes became how many.
 */
#define _GNU_SOURCE
#include "portal.h"

enum opcode { IAX_NOOP = 0x00, IAX_DRAIN = 0x02, IAX_MOVE = 0x03, IAX_DECOMPRESS = 0x42,
              IAX_COMPRESS = 0x43, IAX_CRC64 = 0x44 };

#define COMPRESS_FLAGS 0x0006   /* flush, append the end of the block */
#define DECOMPRESS_FLAGS 0x000f /* enable, flush, stop at the end of a block, check for it */
#define CRC64_ECMA 0x42f0e1eba9ea3693u

#define PIECE 8192u
#define ROOM (2 * PIECE)

struct iax_descriptor {
  uint32_t pasid;
  uint32_t opcode_flags;
  uint64_t record;
  uint64_t source;
  uint64_t destination;
  uint32_t source_size;
  uint16_t interrupt_handle;
  uint16_t operation_flags;
  uint64_t source2;
  uint32_t room;
  uint32_t source2_size;
  uint64_t polynomial;
};

struct iax_record {
  volatile uint8_t status;
  uint8_t error;
  uint16_t fault_info;
  uint32_t bytes_completed;
  uint64_t fault_address;
  uint32_t invalid_flags;
  uint32_t reserved;
  uint32_t output_size;
  uint32_t output_bits;
  uint64_t crc; /* the checksum of 16 bytes beside a CRC of 32, but for CRC64 */
  uint64_t crc64;
  uint64_t rest[2];
} __attribute__((aligned(64)));

_Static_assert(sizeof(struct iax_descriptor) == 64, "descriptor");
_Static_assert(sizeof(struct iax_record) == 64, "completion record");

static char *portal;
static unsigned offset;
static bool deferrable;
static struct iax_record record;
static uint8_t text[PIECE], compressed[ROOM], restored[ROOM];

/* Submits, walking through the page, and waits. */
static void run(struct iax_descriptor descriptor) {
  double limit = now() + TIMEOUT_SECONDS;
  descriptor.opcode_flags |= DSAFS_FLAG_RECORD_VALID | DSAFS_FLAG_RECORD_REQUEST;
  descriptor.record = (uintptr_t)&record;
  memset(&record, 0, sizeof record);
  if (deferrable) {
    while (enqcmd(portal + offset, &descriptor)) {
    }
  } else {
    movdir64b(portal + offset, &descriptor);
  }
  offset = (offset + 64) % PAGE;
  while (record.status == 0) {
    if (now() > limit) {
      die("no completion record after %d seconds", TIMEOUT_SECONDS);
    }
    sched_yield();
  }
  if (record.status != DSAFS_SUCCESS) {
    die("opcode 0x%02x: status 0x%02x, error %u", descriptor.opcode_flags >> 24, record.status,
        record.error);
  }
}

static struct iax_descriptor describe_iax(enum opcode opcode, const void *source, uint32_t size,
                                          void *destination) {
  return (struct iax_descriptor){
      .opcode_flags = (uint32_t)opcode << 24,
      .source = (uintptr_t)source,
      .source_size = size,
      .destination = (uintptr_t)destination,
  };
}

/* Bit by bit, most significant first, as the definition says. */
static uint64_t crc64(const uint8_t *bytes, size_t size) {
  uint64_t crc = 0;
  for (size_t i = 0; i < size; i++) {
    crc ^= (uint64_t)bytes[i] << 56;
    for (int bit = 0; bit < 8; bit++) {
      crc = crc << 1 ^ (crc >> 63 ? CRC64_ECMA : 0);
    }
  }
  return crc;
}

static uint32_t compress_and_restore(unsigned round) {
  struct iax_descriptor descriptor;
  for (unsigned i = 0; i < PIECE; i++) {
    text[i] = (uint8_t)("accelerator "[i % 12] + (i % 97 == 0 ? round : 0));
  }
  memset(restored, 0xee, sizeof restored); /* which brings the pages in, too */
  memset(compressed, 0xee, sizeof compressed);

  descriptor = describe_iax(IAX_COMPRESS, text, PIECE, compressed);
  descriptor.operation_flags = COMPRESS_FLAGS;
  descriptor.room = sizeof compressed;
  run(descriptor);
  uint32_t size = record.output_size;

  descriptor = describe_iax(IAX_DECOMPRESS, compressed, size, restored);
  descriptor.operation_flags = DECOMPRESS_FLAGS;
  descriptor.room = sizeof restored;
  run(descriptor);
  if (record.output_size != PIECE || memcmp(text, restored, PIECE) != 0 || restored[PIECE] != 0xee) {
    die("restored wrongly: %u bytes", record.output_size);
  }
  return size;
}

static void move_and_sum(void) {
  memset(restored, 0xee, sizeof restored);
  run(describe_iax(IAX_MOVE, text, PIECE, restored));
  if (memcmp(text, restored, PIECE) != 0) {
    die("moved wrongly");
  }
  struct iax_descriptor descriptor = describe_iax(IAX_CRC64, text, PIECE, NULL);
  descriptor.polynomial = CRC64_ECMA;
  run(descriptor);
  if (record.crc64 != crc64(text, PIECE)) {
    die("checksum %016lx", record.crc64);
  }
}

int main(int argc, char **argv) {
  if (argc != 4) {
    return 2;
  }
  int file;
  uint32_t size = 0;
  deferrable = way_named(argv[2]) == BY_ENQCMD;
  portal = map_portal(argv[1], MAP_POPULATE, &file);
  close(file);
  run(describe_iax(IAX_NOOP, NULL, 0, NULL));
  for (int round = 0; round < atoi(argv[3]); round++) {
    size = compress_and_restore((unsigned)round);
    move_and_sum();
  }
  run(describe_iax(IAX_DRAIN, NULL, 0, NULL));
  printf("%u bytes to %s\n", PIECE, size < PIECE / 4 ? "less than a quarter" : "more");
  return 0;
}
