/* SPDX-License-Identifier: Apache-2.0 */
/*
 * decode.h - what an instruction that has trapped was going to do. Knows the instructions that
 * programs use on a portal, the plain stores and loads that could meet one by mistake, and no others.
 *
 * 64-bit mode only. Reads neither memory nor the processor's state: bytes and register values in, an
 * account of the instruction out.
 */
#ifndef DSAFS_PORTAL_DECODE_H
#define DSAFS_PORTAL_DECODE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define MAX_INSTRUCTION_BYTES 15

enum operation {
  OPERATION_UNKNOWN,
  OPERATION_MOVDIR64B,
  OPERATION_ENQCMD,
  OPERATION_ENQCMDS,
  OPERATION_UMONITOR,
  OPERATION_UMWAIT,
  OPERATION_TPAUSE,
  OPERATION_STORE,       /* of size_bytes at address, from a register or an immediate */
  OPERATION_LOAD,        /* of size_bytes at address, into a general register */
  OPERATION_STRING_STORE /* MOVS, STOS: size_bytes at address, which is that of RDI */
};

enum segment { SEGMENT_NONE, SEGMENT_FS, SEGMENT_GS };

/* General registers by their numbers in instructions: RAX, RCX, RDX, RBX, RSP, RBP, RSI, RDI, R8... */
struct registers {
  uint64_t general[16];
  uint64_t rip; /* of the first byte of the instruction */
};

struct instruction {
  enum operation operation;
  uint8_t length;
  uint8_t number;        /* of the register operand, 0 to 15 */
  uint8_t size_bytes;    /* of the access to memory */
  uint8_t result_bytes;  /* LOAD: of the register that is written, 1 to 8 */
  bool sign_extended;    /* LOAD */
  bool high_byte;        /* LOAD of AH, CH, DH or BH: number is that of RAX, RCX, RDX or RBX */
  bool moves;            /* STRING_STORE: MOVS, which steps RSI, too */
  bool repeated;         /* STRING_STORE: RCX counts */
  bool address32;        /* addresses are cut to 32 bits */
  enum segment segment;  /* whose base is still to be added to address */
  uint64_t address;      /* of the memory operand */
  uint64_t destination;  /* MOVDIR64B, ENQCMD, ENQCMDS: the address in the register operand */
};

/*
 * Decodes the instruction at the start of `available` bytes of code.
 *
 * False, and operation UNKNOWN: none of the above, or one that the processor refuses in that form
 * (register operand, LOCK, more than 15 bytes), or not all of it is there.
 */
bool decode(const uint8_t *code, size_t available, const struct registers *registers,
            struct instruction *instruction);

#endif
