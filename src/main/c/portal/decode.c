/* SPDX-License-Identifier: Apache-2.0 */
#include "decode.h"

#include <string.h>

/* Where an opcode was found: after nothing, 0F, 0F 38. The numbers of VEX and EVEX. */
enum map { MAP_ONE_BYTE, MAP_0F, MAP_0F38 };

enum encoding { ENCODING_LEGACY, ENCODING_VEX, ENCODING_EVEX };

#define REX_W 8
#define REX_R 4
#define REX_X 2
#define REX_B 1

/* The bytes still to be read, and what has been learned from those that were. */
struct decoder {
  const uint8_t *code;
  size_t available;
  size_t at;
  bool short_of_bytes;

  enum encoding encoding;
  enum map map;
  uint8_t opcode;
  bool operand16;  /* 66 */
  uint8_t repeat;  /* F2, F3 or 0: the last of them */
  bool lock;
  bool has_rex;
  uint8_t rex;          /* W, R, X, B; those of VEX and EVEX, too */
  uint8_t vector_bytes; /* VEX, EVEX: 16, 32, 64 */

  bool has_modrm;
  uint8_t mod;
  uint8_t reg;
  uint8_t rm;
  bool rip_relative;
  bool has_displacement8;
  int64_t displacement;
};

static uint8_t next_byte(struct decoder *d) {
  if (d->at >= d->available || d->at >= MAX_INSTRUCTION_BYTES) {
    d->short_of_bytes = true;
    return 0;
  }
  return d->code[d->at++];
}

/* Little-endian, sign-extended. */
static int64_t next_signed(struct decoder *d, int bytes) {
  uint64_t value = 0;
  for (int i = 0; i < bytes; i++) {
    value |= (uint64_t)next_byte(d) << 8 * i;
  }
  int unused_bits = 64 - 8 * bytes;
  return (int64_t)(value << unused_bits) >> unused_bits;
}

/* ---- prefixes and opcode ---- */

/* Up to the first byte that is no prefix, which is returned. */
static uint8_t read_prefixes(struct decoder *d, struct instruction *instruction) {
  for (;;) {
    uint8_t byte = next_byte(d);
    if ((byte & 0xf0) == 0x40) {
      d->has_rex = true;
      d->rex = byte & 0xf;
      continue;
    }
    switch (byte) {
      case 0x66:
        d->operand16 = true;
        break;
      case 0x67:
        instruction->address32 = true;
        break;
      case 0xf2:
      case 0xf3:
        d->repeat = byte;
        break;
      case 0xf0:
        d->lock = true;
        break;
      case 0x64:
        instruction->segment = SEGMENT_FS;
        break;
      case 0x65:
        instruction->segment = SEGMENT_GS;
        break;
      case 0x26: /* ES, CS, SS and DS have base 0 and say nothing in 64-bit mode */
      case 0x2e:
      case 0x36:
      case 0x3e:
        break;
      default:
        return byte;
    }
    /* A REX that does not stand right in front of the opcode is ignored. */
    d->has_rex = false;
    d->rex = 0;
  }
}

static void set_implied_prefix(struct decoder *d, int pp) {
  d->operand16 = pp == 1;
  d->repeat = pp == 2 ? 0xf3 : pp == 3 ? 0xf2 : 0;
}

static bool read_vex(struct decoder *d, bool three_bytes) {
  uint8_t byte = next_byte(d);
  d->rex = byte & 0x80 ? 0 : REX_R;
  d->map = MAP_0F;
  if (three_bytes) {
    d->rex |= (byte & 0x40 ? 0 : REX_X) | (byte & 0x20 ? 0 : REX_B);
    d->map = byte & 0x1f;
    byte = next_byte(d);
    d->rex |= byte & 0x80 ? REX_W : 0;
  }
  d->vector_bytes = byte & 4 ? 32 : 16;
  set_implied_prefix(d, byte & 3);
  return true;
}

static bool read_evex(struct decoder *d) {
  uint8_t first = next_byte(d);
  uint8_t second = next_byte(d);
  uint8_t third = next_byte(d);
  d->rex = (first & 0x80 ? 0 : REX_R) | (first & 0x40 ? 0 : REX_X) | (first & 0x20 ? 0 : REX_B) |
           (second & 0x80 ? REX_W : 0);
  d->map = first & 7;
  set_implied_prefix(d, second & 3);
  int length = third >> 5 & 3;
  d->vector_bytes = (uint8_t)(16 << length);
  return (second & 4) != 0 && length != 3;
}

/* False: an encoding that is not known here. */
static bool read_opcode(struct decoder *d, struct instruction *instruction) {
  uint8_t byte = read_prefixes(d, instruction);
  bool vector_allowed = !d->operand16 && d->repeat == 0 && !d->lock && !d->has_rex;
  if (byte == 0xc4 || byte == 0xc5) {
    d->encoding = ENCODING_VEX;
    if (!vector_allowed || !read_vex(d, byte == 0xc4)) {
      return false;
    }
    byte = next_byte(d);
  } else if (byte == 0x62) {
    d->encoding = ENCODING_EVEX;
    if (!vector_allowed || !read_evex(d)) {
      return false;
    }
    byte = next_byte(d);
  } else if (byte == 0x0f) {
    byte = next_byte(d);
    d->map = MAP_0F;
    if (byte == 0x38) {
      byte = next_byte(d);
      d->map = MAP_0F38;
    }
  }
  d->opcode = byte;
  return !d->short_of_bytes;
}

/* ---- operands ---- */

static uint64_t general(const struct registers *registers, int number) {
  return registers->general[number];
}

/* MODRM, SIB and displacement; the address without what comes after them (see finish). */
static void read_modrm(struct decoder *d, const struct registers *registers,
                       struct instruction *instruction) {
  uint8_t modrm = next_byte(d);
  d->has_modrm = true;
  d->mod = modrm >> 6;
  d->reg = (modrm >> 3 & 7) | (d->rex & REX_R ? 8 : 0);
  d->rm = (modrm & 7) | (d->rex & REX_B ? 8 : 0);
  if (d->mod == 3) {
    return;
  }
  int displacement_bytes = d->mod == 1 ? 1 : d->mod == 2 ? 4 : 0;
  uint64_t address = 0;
  if ((modrm & 7) == 4) {
    uint8_t sib = next_byte(d);
    int index = (sib >> 3 & 7) | (d->rex & REX_X ? 8 : 0);
    int base = (sib & 7) | (d->rex & REX_B ? 8 : 0);
    if (index != 4) {
      address += general(registers, index) << (sib >> 6);
    }
    if ((sib & 7) == 5 && d->mod == 0) {
      displacement_bytes = 4;
    } else {
      address += general(registers, base);
    }
  } else if ((modrm & 7) == 5 && d->mod == 0) {
    d->rip_relative = true;
    displacement_bytes = 4;
  } else {
    address += general(registers, d->rm);
  }
  d->has_displacement8 = displacement_bytes == 1;
  d->displacement = next_signed(d, displacement_bytes);
  instruction->address = address;
}

/* The length is known only now, and an address relative to RIP counts from the next instruction. */
static bool finish(struct decoder *d, const struct registers *registers,
                   struct instruction *instruction) {
  if (d->short_of_bytes) {
    return false;
  }
  instruction->length = (uint8_t)d->at;
  if (d->has_modrm && d->mod != 3) {
    /* EVEX counts a one-byte displacement in units of the operand. */
    int64_t unit = d->encoding == ENCODING_EVEX && d->has_displacement8 ? instruction->size_bytes : 1;
    instruction->address += (uint64_t)(d->displacement * unit);
    if (d->rip_relative) {
      instruction->address += registers->rip + instruction->length;
    }
  }
  if (instruction->address32) {
    instruction->address = (uint32_t)instruction->address;
  }
  return true;
}

/* ---- the instructions ---- */

/* MOVDIR64B, ENQCMD, ENQCMDS; and MOVDIRI and MOVBE, which only store a register. */
static enum operation decode_0f38(struct decoder *d, const struct registers *registers,
                                  struct instruction *instruction) {
  read_modrm(d, registers, instruction);
  if (d->mod == 3 || d->lock) {
    return OPERATION_UNKNOWN;
  }
  instruction->number = d->reg;
  instruction->size_bytes = d->rex & REX_W ? 8 : d->operand16 ? 2 : 4;
  if (d->opcode == 0xf8 && (d->operand16 || d->repeat != 0)) {
    uint64_t destination = general(registers, d->reg);
    instruction->size_bytes = 64;
    instruction->destination = instruction->address32 ? (uint32_t)destination : destination;
    /* F2 and F3 go before 66. */
    return d->repeat == 0xf2   ? OPERATION_ENQCMD
           : d->repeat == 0xf3 ? OPERATION_ENQCMDS
                               : OPERATION_MOVDIR64B;
  }
  if (d->opcode == 0xf9 && !d->operand16 && d->repeat == 0) {
    return OPERATION_STORE;
  }
  return d->opcode == 0xf1 && d->repeat == 0 ? OPERATION_STORE : OPERATION_UNKNOWN;
}

static enum operation decode_wait(struct decoder *d, struct instruction *instruction) {
  if (d->mod != 3 || (d->reg & 7) != 6 || d->lock) {
    return OPERATION_UNKNOWN;
  }
  instruction->number = d->rm;
  return d->repeat == 0xf3   ? OPERATION_UMONITOR
         : d->repeat == 0xf2 ? OPERATION_UMWAIT
         : d->operand16      ? OPERATION_TPAUSE
                             : OPERATION_UNKNOWN;
}

/* How many bytes an instruction of map 0F stores from a vector or general register; 0: it does not. */
static uint8_t stored_by_0f(const struct decoder *d) {
  bool legacy = d->encoding == ENCODING_LEGACY;
  uint8_t vector = legacy ? 16 : d->vector_bytes;
  uint8_t wide = d->rex & REX_W ? 8 : 4;
  bool f2 = d->repeat == 0xf2;
  bool f3 = d->repeat == 0xf3;
  bool none = d->repeat == 0;
  switch (d->opcode) {
    case 0x11: /* MOVUPS, MOVUPD, MOVSS, MOVSD */
      return f2 ? 8 : f3 ? 4 : vector;
    case 0x13: /* MOVLPS, MOVHPS */
    case 0x17:
      return none ? 8 : 0;
    case 0x29: /* MOVAPS, MOVNTPS */
    case 0x2b:
      return none ? vector : 0;
    case 0x7e: /* MOVD, MOVQ; after F3 a load */
      return none ? wide : 0;
    case 0x7f: /* MOVDQA, MOVDQU, MOVQ of MMX; F2 only with EVEX */
      return none && !d->operand16 ? (legacy ? 8 : 0) : f2 && d->encoding != ENCODING_EVEX ? 0 : vector;
    case 0xc3: /* MOVNTI */
      return none && !d->operand16 && legacy ? wide : 0;
    case 0xd6: /* MOVQ */
      return none && d->operand16 ? 8 : 0;
    case 0xe7: /* MOVNTDQ, MOVNTQ */
      return !none ? 0 : d->operand16 ? vector : legacy ? 8 : 0;
    default:
      return 0;
  }
}

static void set_loaded_register(const struct decoder *d, struct instruction *instruction,
                                uint8_t result_bytes) {
  instruction->number = d->reg;
  instruction->result_bytes = result_bytes;
  if (result_bytes == 1 && !d->has_rex && d->reg >= 4) {
    instruction->high_byte = true;
    instruction->number = d->reg - 4;
  }
}

static enum operation decode_0f(struct decoder *d, const struct registers *registers,
                                struct instruction *instruction) {
  uint8_t natural = d->rex & REX_W ? 8 : d->operand16 ? 2 : 4;
  read_modrm(d, registers, instruction);
  if (d->opcode == 0xae && d->encoding == ENCODING_LEGACY) {
    return decode_wait(d, instruction);
  }
  if (d->mod == 3 || d->lock) {
    return OPERATION_UNKNOWN;
  }
  instruction->size_bytes = stored_by_0f(d);
  if (instruction->size_bytes != 0) {
    return OPERATION_STORE;
  }
  bool extends = (d->opcode & 0xf6) == 0xb6; /* MOVZX b6 b7, MOVSX be bf */
  if (d->encoding != ENCODING_LEGACY || !extends || d->repeat != 0) {
    return OPERATION_UNKNOWN;
  }
  instruction->size_bytes = d->opcode & 1 ? 2 : 1;
  instruction->sign_extended = d->opcode >= 0xbe;
  set_loaded_register(d, instruction, natural);
  return OPERATION_LOAD;
}

static enum operation decode_string(struct decoder *d, const struct registers *registers,
                                    struct instruction *instruction) {
  instruction->moves = d->opcode < 0xa6;
  instruction->repeated = d->repeat != 0;
  /* The destination is at ES, which no prefix changes. */
  instruction->segment = SEGMENT_NONE;
  instruction->address = general(registers, 7);
  return OPERATION_STRING_STORE;
}

static enum operation decode_one_byte(struct decoder *d, const struct registers *registers,
                                      struct instruction *instruction) {
  uint8_t natural = d->rex & REX_W ? 8 : d->operand16 ? 2 : 4;
  uint8_t size = d->opcode & 1 ? natural : 1;
  instruction->size_bytes = size;
  switch (d->opcode) {
    case 0x88: /* MOV */
    case 0x89:
      read_modrm(d, registers, instruction);
      return d->mod == 3 || d->lock ? OPERATION_UNKNOWN : OPERATION_STORE;
    case 0xc6: /* MOV of an immediate, at most four bytes long */
    case 0xc7:
      read_modrm(d, registers, instruction);
      next_signed(d, size == 8 ? 4 : size);
      return d->mod == 3 || (d->reg & 7) != 0 || d->lock ? OPERATION_UNKNOWN : OPERATION_STORE;
    case 0x8a:
    case 0x8b:
      read_modrm(d, registers, instruction);
      set_loaded_register(d, instruction, size);
      return d->mod == 3 || d->lock ? OPERATION_UNKNOWN : OPERATION_LOAD;
    case 0x63: /* MOVSXD */
      read_modrm(d, registers, instruction);
      instruction->size_bytes = natural == 8 ? 4 : natural;
      instruction->sign_extended = true;
      set_loaded_register(d, instruction, natural);
      return d->mod == 3 || d->lock ? OPERATION_UNKNOWN : OPERATION_LOAD;
    case 0xa0: /* MOV with the whole address in the instruction */
    case 0xa1:
    case 0xa2:
    case 0xa3:
      instruction->address = (uint64_t)next_signed(d, instruction->address32 ? 4 : 8);
      instruction->result_bytes = size;
      return d->lock ? OPERATION_UNKNOWN : d->opcode < 0xa2 ? OPERATION_LOAD : OPERATION_STORE;
    case 0xa4: /* MOVS, STOS */
    case 0xa5:
    case 0xaa:
    case 0xab:
      return d->lock ? OPERATION_UNKNOWN : decode_string(d, registers, instruction);
    default:
      return OPERATION_UNKNOWN;
  }
}

bool decode(const uint8_t *code, size_t available, const struct registers *registers,
            struct instruction *instruction) {
  struct decoder d = {.code = code, .available = available};
  memset(instruction, 0, sizeof *instruction);
  enum operation operation = OPERATION_UNKNOWN;
  if (read_opcode(&d, instruction)) {
    if (d.map == MAP_0F) {
      operation = decode_0f(&d, registers, instruction);
    } else if (d.encoding == ENCODING_LEGACY) {
      operation = d.map == MAP_0F38 ? decode_0f38(&d, registers, instruction)
                                    : decode_one_byte(&d, registers, instruction);
    }
  }
  if (operation == OPERATION_UNKNOWN || !finish(&d, registers, instruction)) {
    return false;
  }
  instruction->operation = operation;
  return true;
}
