/* SPDX-License-Identifier: Apache-2.0 */
/*
 * dsafs.h - submitting descriptors to a work queue of a dsafs mount.
 *
 * A program on a machine with the device maps a portal with mmap(2) and writes to it with ENQCMD or
 * MOVDIR64B. A file of a FUSE filesystem cannot be mapped that way, so these ioctls stand for the
 * mapping and for the two instructions; write(2) of whole descriptors works besides. What each call
 * does and which errno it gives is in Documentation/ioctl.md.
 *
 * Self-contained: copy it where it is needed. Little-endian machines only, like the device.
 */
#ifndef DSAFS_H
#define DSAFS_H

#include <stdint.h>
#include <sys/ioctl.h>

/* The ioctls */

#define DSAFS_IOC_MAGIC 0xDA

/* What mmap(2) would be asked for, and the mapping in place of an address. */
struct dsafs_portal_map {
  uint64_t length;   /* in: bytes, 1 to 4096 */
  uint32_t prot;     /* in: PROT_ bits of <sys/mman.h> */
  uint32_t flags;    /* in: MAP_ bits; not looked at, as the driver does not */
  uint64_t offset;   /* in: a multiple of 4096; any gives the same page */
  uint64_t handle;   /* out: names the mapping in the calls below */
  uint32_t page;     /* out: which portal of the queue, DSAFS_PAGE_LIMITED */
  uint32_t reserved; /* out: 0 */
};

#define DSAFS_PAGE_LIMITED 1

struct dsafs_portal_unmap {
  uint64_t handle;
};

/* One store of 64 bytes to a mapped portal. */
struct dsafs_submit {
  uint64_t handle;
  uint64_t offset; /* bytes into the page, a multiple of 64; all are the same portal */
  uint8_t descriptor[64];
};

/* A ring: memory through which stores go without a system call each; see dsafs_ring.h. */
struct dsafs_ring_map {
  uint64_t handle;  /* in: a writable mapping */
  int32_t file;     /* in: a memfd of DSAFS_RING_BYTES, sealed against changes of its size */
  uint32_t version; /* in: DSAFS_RING_VERSION */
};

#define DSAFS_RING_VERSION 1
#define DSAFS_RING_BYTES 12288

struct dsafs_ring_name {
  uint64_t handle; /* in: the mapping */
};

#define DSAFS_IOC_PORTAL_MAP _IOWR(DSAFS_IOC_MAGIC, 1, struct dsafs_portal_map)    /* 0xc028da01 */
#define DSAFS_IOC_PORTAL_UNMAP _IOW(DSAFS_IOC_MAGIC, 2, struct dsafs_portal_unmap) /* 0x4008da02 */
#define DSAFS_IOC_ENQCMD _IOWR(DSAFS_IOC_MAGIC, 3, struct dsafs_submit)            /* 0xc050da03 */
#define DSAFS_IOC_MOVDIR64B _IOW(DSAFS_IOC_MAGIC, 4, struct dsafs_submit)          /* 0x4050da04 */
#define DSAFS_IOC_RING_MAP _IOW(DSAFS_IOC_MAGIC, 5, struct dsafs_ring_map)         /* 0x4010da05 */
#define DSAFS_IOC_RING_ENTER _IOW(DSAFS_IOC_MAGIC, 6, struct dsafs_ring_name)      /* 0x4008da06 */
#define DSAFS_IOC_RING_UNMAP _IOW(DSAFS_IOC_MAGIC, 7, struct dsafs_ring_name)      /* 0x4008da07 */

/* Descriptors and completion records, as the DSA specification lays them out */

enum dsafs_opcode {
  DSAFS_NOOP = 0x00,
  DSAFS_BATCH = 0x01,
  DSAFS_DRAIN = 0x02,
  DSAFS_MOVE = 0x03,
  DSAFS_FILL = 0x04,
  DSAFS_COMPARE = 0x05,
  DSAFS_COMPVAL = 0x06,
  DSAFS_DUALCAST = 0x09,
  DSAFS_CRC = 0x10,
  DSAFS_COPY_CRC = 0x11,
  DSAFS_CFLUSH = 0x20
};

enum dsafs_flag {
  DSAFS_FLAG_FENCE = 0x01,
  DSAFS_FLAG_BLOCK_ON_FAULT = 0x02,
  DSAFS_FLAG_RECORD_VALID = 0x04,   /* completion record address valid */
  DSAFS_FLAG_RECORD_REQUEST = 0x08, /* completion record wanted on success, too */
  DSAFS_FLAG_CHECK_RESULT = 0x80
};

enum dsafs_status {
  DSAFS_SUCCESS = 0x01,
  DSAFS_SUCCESS_PREDICATE = 0x02, /* done, but not with the expected result */
  DSAFS_PAGE_FAULT = 0x03,
  DSAFS_STATUS_WRITE = 0x80       /* set in a page fault's status: the access was a write */
};

struct dsafs_descriptor {
  uint32_t pasid_priv;   /* must be 0 for ENQCMD, which fills it in */
  uint32_t opcode_flags; /* bits 31:24 operation, 23:0 flags */
  uint64_t record;       /* address of the completion record, a multiple of 32 */
  uint64_t source;       /* or pattern (fill), or list (batch) */
  uint64_t destination;  /* or second source (compare), or pattern (compval) */
  uint32_t size;         /* bytes, or number of descriptors (batch) */
  uint16_t interrupt;
  uint16_t reserved;
  uint8_t specific[24]; /* bytes 40 to 63 */
} __attribute__((aligned(64)));

struct dsafs_record {
  volatile uint8_t status; /* 0 until done; written last */
  uint8_t result;
  uint16_t reserved;
  uint32_t bytes_completed; /* descriptors completed for a batch */
  uint64_t fault_address;
  uint32_t crc;
  uint32_t specific[3];
} __attribute__((aligned(32)));

#ifndef __cplusplus
_Static_assert(sizeof(struct dsafs_portal_map) == 40, "portal map request");
_Static_assert(sizeof(struct dsafs_submit) == 80, "submit request");
_Static_assert(sizeof(struct dsafs_ring_map) == 16, "ring map request");
_Static_assert(sizeof(struct dsafs_descriptor) == 64, "descriptor");
_Static_assert(sizeof(struct dsafs_record) == 32, "completion record");
#endif

#endif
