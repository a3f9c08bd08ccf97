/* SPDX-License-Identifier: Apache-2.0 */
/*
 * portal_decode - the decoder of the portal shim over a table of encodings, which an assembler made,
 * but for those that none would make. Prints the number of examples. Exit: 1 at the first difference.
 */
#define _GNU_SOURCE
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../main/c/portal/decode.c"

/* What the registers hold: R(n) for the register of number n, low and high half all different. */
#define R(number) (UINT64_C(0x7f0010000000) + UINT64_C(0x101010000) * (number))
#define R32(number) ((uint32_t)R(number))

enum { RAX, RCX, RDX, RBX, RSP, RBP, RSI, RDI };

#define RIP UINT64_C(0x555500001000)

struct example {
  const char *bytes;
  struct instruction expected;
};

#define MOVDIR64B(...) {.operation = OPERATION_MOVDIR64B, .size_bytes = 64, __VA_ARGS__}
#define ENQCMD(...) {.operation = OPERATION_ENQCMD, .size_bytes = 64, __VA_ARGS__}
#define ENQCMDS(...) {.operation = OPERATION_ENQCMDS, .size_bytes = 64, __VA_ARGS__}
#define STORE(size, ...) {.operation = OPERATION_STORE, .size_bytes = size, __VA_ARGS__}
#define LOAD(size, result, ...) \
  {.operation = OPERATION_LOAD, .size_bytes = size, .result_bytes = result, __VA_ARGS__}
#define STRING(size, ...) \
  {.operation = OPERATION_STRING_STORE, .size_bytes = size, .address = R(RDI), __VA_ARGS__}
#define UNKNOWN {.operation = OPERATION_UNKNOWN}

/* `destination` and `address` are checked always, the rest where it has a meaning. */
static const struct example examples[] = {
    /* hardware reference, section 3.3 */
    {"66 0f 38 f8 02", MOVDIR64B(.length = 5, .address = R(RDX), .destination = R(RAX))},
    {"66 44 0f 38 f8 0f", MOVDIR64B(.length = 6, .address = R(RDI), .destination = R(9))},
    {"66 0f 38 f8 5c ce 40",
     MOVDIR64B(.length = 7, .address = R(RSI) + 8 * R(RCX) + 0x40, .destination = R(RBX))},
    {"66 45 0f 38 f8 2c 24", MOVDIR64B(.length = 7, .address = R(12), .destination = R(13))},
    {"67 66 0f 38 f8 02",
     MOVDIR64B(.length = 6, .address = R32(RDX), .destination = R32(RAX), .address32 = true)},
    {"f2 0f 38 f8 02", ENQCMD(.length = 5, .address = R(RDX), .destination = R(RAX))},
    {"f2 41 0f 38 f8 3a", ENQCMD(.length = 6, .address = R(10), .destination = R(RDI))},
    {"f2 0f 38 f8 4c 24 10", ENQCMD(.length = 7, .address = R(RSP) + 0x10, .destination = R(RCX))},
    {"f3 0f 38 f8 02", ENQCMDS(.length = 5, .address = R(RDX), .destination = R(RAX))},

    /* addressing */
    {"f2 0f 38 f8 45 00", ENQCMD(.length = 6, .address = R(RBP), .destination = R(RAX))},
    {"f2 41 0f 38 f8 45 80", ENQCMD(.length = 7, .address = R(13) - 0x80, .destination = R(RAX))},
    {"f2 0f 38 f8 82 78 56 34 12",
     ENQCMD(.length = 9, .address = R(RDX) + 0x12345678, .destination = R(RAX))},
    {"f2 0f 38 f8 82 00 00 00 80",
     ENQCMD(.length = 9, .address = R(RDX) - 0x80000000, .destination = R(RAX))},
    {"f2 0f 38 f8 05 00 01 00 00",
     ENQCMD(.length = 9, .address = RIP + 9 + 0x100, .destination = R(RAX))},
    {"f2 44 0f 38 f8 3d fc ff ff ff",
     ENQCMD(.length = 10, .address = RIP + 10 - 4, .destination = R(15))},
    {"67 f2 0f 38 f8 05 00 01 00 00",
     ENQCMD(.length = 10, .address = (uint32_t)(RIP + 10 + 0x100), .destination = R32(RAX),
            .address32 = true)},
    {"f2 0f 38 f8 04 0d 00 01 00 00",
     ENQCMD(.length = 10, .address = R(RCX) + 0x100, .destination = R(RAX))},
    {"f2 0f 38 f8 04 25 00 01 00 80",
     ENQCMD(.length = 10, .address = UINT64_C(0xffffffff80000100), .destination = R(RAX))},
    {"f2 0f 38 f8 44 25 00", ENQCMD(.length = 7, .address = R(RBP), .destination = R(RAX))},
    {"f2 42 0f 38 f8 04 22", ENQCMD(.length = 7, .address = R(RDX) + R(12), .destination = R(RAX))},
    {"f2 43 0f 38 f8 84 91 00 10 00 00",
     ENQCMD(.length = 11, .address = R(9) + 4 * R(10) + 0x1000, .destination = R(RAX))},
    {"f2 41 0f 38 f8 04 24", ENQCMD(.length = 7, .address = R(12), .destination = R(RAX))},
    {"67 f2 0f 38 f8 04 ce",
     ENQCMD(.length = 7, .address = (uint32_t)(R(RSI) + 8 * R(RCX)), .destination = R32(RAX),
            .address32 = true)},
    {"64 f2 0f 38 f8 02",
     ENQCMD(.length = 6, .address = R(RDX), .destination = R(RAX), .segment = SEGMENT_FS)},
    {"65 66 0f 38 f8 02",
     MOVDIR64B(.length = 6, .address = R(RDX), .destination = R(RAX), .segment = SEGMENT_GS)},

    /* prefixes that say nothing, or in another order, or twice */
    {"66 f2 0f 38 f8 02", ENQCMD(.length = 6, .address = R(RDX), .destination = R(RAX))},
    {"f2 66 0f 38 f8 02", ENQCMD(.length = 6, .address = R(RDX), .destination = R(RAX))},
    {"f3 f2 0f 38 f8 02", ENQCMD(.length = 6, .address = R(RDX), .destination = R(RAX))},
    {"f2 f3 0f 38 f8 02", ENQCMDS(.length = 6, .address = R(RDX), .destination = R(RAX))},
    {"2e 36 3e 26 66 0f 38 f8 02", MOVDIR64B(.length = 9, .address = R(RDX), .destination = R(RAX))},
    {"64 3e 66 0f 38 f8 02",
     MOVDIR64B(.length = 7, .address = R(RDX), .destination = R(RAX), .segment = SEGMENT_FS)},
    {"66 48 0f 38 f8 02", MOVDIR64B(.length = 6, .address = R(RDX), .destination = R(RAX))},
    {"45 66 0f 38 f8 02", MOVDIR64B(.length = 6, .address = R(RDX), .destination = R(RAX))},
    {"66 66 66 66 66 66 66 66 66 66 0f 38 f8 02",
     MOVDIR64B(.length = 14, .address = R(RDX), .destination = R(RAX))},

    /* refused by the processor, too */
    {"0f 38 f8 02", UNKNOWN},
    {"66 0f 38 f8 c2", UNKNOWN},
    {"f2 0f 38 f8 c2", UNKNOWN},
    {"f0 66 0f 38 f8 02", UNKNOWN},
    {"f0 f2 0f 38 f8 02", UNKNOWN},
    {"66 66 66 66 66 66 66 66 66 66 66 66 0f 38 f8 02", UNKNOWN},

    /* not all of it is there */
    {"f2 0f 38 f8", UNKNOWN},
    {"f2 0f 38 f8 44", UNKNOWN},
    {"f2 0f 38 f8 44 25", UNKNOWN},
    {"f2 0f 38 f8 82 78 56 34", UNKNOWN},
    {"f2", UNKNOWN},
    {"", UNKNOWN},

    /* waiting */
    {"f3 0f ae f1", {.operation = OPERATION_UMONITOR, .length = 4, .number = RCX}},
    {"f3 41 0f ae f1", {.operation = OPERATION_UMONITOR, .length = 5, .number = 9}},
    {"67 f3 0f ae f1",
     {.operation = OPERATION_UMONITOR, .length = 5, .number = RCX, .address32 = true}},
    {"f2 0f ae f1", {.operation = OPERATION_UMWAIT, .length = 4, .number = RCX}},
    {"f2 41 0f ae f1", {.operation = OPERATION_UMWAIT, .length = 5, .number = 9}},
    {"66 0f ae f1", {.operation = OPERATION_TPAUSE, .length = 4, .number = RCX}},
    {"0f ae f0", UNKNOWN},    /* MFENCE */
    {"66 0f ae 32", UNKNOWN}, /* CLWB */

    /* stores */
    {"88 02", STORE(1, .length = 2, .address = R(RDX))},
    {"40 88 32", STORE(1, .length = 3, .address = R(RDX))},
    {"66 89 42 08", STORE(2, .length = 4, .address = R(RDX) + 8)},
    {"45 89 0c 24", STORE(4, .length = 4, .address = R(12))},
    {"49 89 45 40", STORE(8, .length = 4, .address = R(13) + 0x40)},
    {"c6 02 01", STORE(1, .length = 3, .address = R(RDX))},
    {"66 c7 02 34 12", STORE(2, .length = 5, .address = R(RDX))},
    {"c7 02 78 56 34 12", STORE(4, .length = 6, .address = R(RDX))},
    {"48 c7 82 78 56 34 12 ff ff ff ff", STORE(8, .length = 11, .address = R(RDX) + 0x12345678)},
    {"c7 05 00 01 00 00 01 00 00 00", STORE(4, .length = 10, .address = RIP + 10 + 0x100)},
    {"48 a3 88 77 66 55 44 33 22 11", STORE(8, .length = 10, .address = UINT64_C(0x1122334455667788))},
    {"0f 11 0a", STORE(16, .length = 3, .address = R(RDX))},
    {"44 0f 29 4a 10", STORE(16, .length = 5, .address = R(RDX) + 0x10)},
    {"0f 2b 0a", STORE(16, .length = 3, .address = R(RDX))},
    {"66 0f 7f 0a", STORE(16, .length = 4, .address = R(RDX))},
    {"f3 0f 7f 0a", STORE(16, .length = 4, .address = R(RDX))},
    {"66 0f e7 0a", STORE(16, .length = 4, .address = R(RDX))},
    {"0f c3 02", STORE(4, .length = 3, .address = R(RDX))},
    {"48 0f c3 02", STORE(8, .length = 4, .address = R(RDX))},
    {"66 0f d6 0a", STORE(8, .length = 4, .address = R(RDX))},
    {"66 0f 7e 0a", STORE(4, .length = 4, .address = R(RDX))},
    {"f3 0f 11 0a", STORE(4, .length = 4, .address = R(RDX))},
    {"f2 0f 11 0a", STORE(8, .length = 4, .address = R(RDX))},
    {"0f 17 0a", STORE(8, .length = 3, .address = R(RDX))},
    {"c5 fe 7f 0a", STORE(32, .length = 4, .address = R(RDX))},
    {"c4 01 7e 7f 4c 48 20", STORE(32, .length = 7, .address = R(8) + 2 * R(9) + 0x20)},
    {"c5 f8 11 0a", STORE(16, .length = 4, .address = R(RDX))},
    {"c5 fd e7 0a", STORE(32, .length = 4, .address = R(RDX))},
    {"62 f1 fe 48 7f 0a", STORE(64, .length = 6, .address = R(RDX))},
    {"62 e1 fe 48 7f 4a 01", STORE(64, .length = 7, .address = R(RDX) + 0x40)},
    {"62 e1 7f 28 7f 4a 02", STORE(32, .length = 7, .address = R(RDX) + 0x40)},
    {"62 c1 7c 48 11 60 fe", STORE(64, .length = 7, .address = R(8) - 0x80)},
    {"62 f1 7d 48 e7 8a 34 12 00 00", STORE(64, .length = 10, .address = R(RDX) + 0x1234)},
    {"62 f1 fd 48 7f 8a 3f 00 00 00", STORE(64, .length = 10, .address = R(RDX) + 0x3f)},
    {"0f 38 f9 02", STORE(4, .length = 4, .address = R(RDX))},
    {"48 0f 38 f9 02", STORE(8, .length = 5, .address = R(RDX))},
    {"0f 38 f1 02", STORE(4, .length = 4, .address = R(RDX))},
    {"f3 aa", STRING(1, .length = 2, .repeated = true)},
    {"f3 48 ab", STRING(8, .length = 3, .repeated = true)},
    {"f3 a4", STRING(1, .length = 2, .repeated = true, .moves = true)},
    {"a5", STRING(4, .length = 1, .moves = true)},

    /* loads */
    {"8a 22", LOAD(1, 1, .length = 2, .address = R(RDX), .number = RAX, .high_byte = true)},
    {"44 8a 0a", LOAD(1, 1, .length = 3, .address = R(RDX), .number = 9)},
    {"8b 02", LOAD(4, 4, .length = 2, .address = R(RDX), .number = RAX)},
    {"4c 8b 3a", LOAD(8, 8, .length = 3, .address = R(RDX), .number = 15)},
    {"0f b6 02", LOAD(1, 4, .length = 3, .address = R(RDX), .number = RAX)},
    {"0f b7 02", LOAD(2, 4, .length = 3, .address = R(RDX), .number = RAX)},
    {"48 0f be 02",
     LOAD(1, 8, .length = 4, .address = R(RDX), .number = RAX, .sign_extended = true)},
    {"48 63 02", LOAD(4, 8, .length = 3, .address = R(RDX), .number = RAX, .sign_extended = true)},
    {"a0 88 77 66 55 44 33 22 11",
     LOAD(1, 1, .length = 9, .address = UINT64_C(0x1122334455667788), .number = RAX)},

    /* accesses that are none of these */
    {"f0 83 02 01", UNKNOWN},
    {"83 02 01", UNKNOWN},
    {"89 c2", UNKNOWN},
    {"f3 0f 6f 0a", UNKNOWN},
    {"f3 0f 7e 0a", UNKNOWN},
    {"c5 fe 6f 0a", UNKNOWN},
    {"f2 0f 38 f1 02", UNKNOWN}, /* CRC32 */
    {"90", UNKNOWN},
};

static size_t parse(const char *text, uint8_t *bytes) {
  size_t count = 0;
  for (char *end; *text; text = end) {
    bytes[count++] = (uint8_t)strtoul(text, &end, 16);
  }
  return count;
}

static void check(const struct example *example, const struct instruction *found, bool known) {
  const struct instruction *expected = &example->expected;
  bool waits = expected->operation == OPERATION_UMONITOR ||
               expected->operation == OPERATION_UMWAIT || expected->operation == OPERATION_TPAUSE;
  bool numbered = waits || expected->operation == OPERATION_LOAD;
  bool same = known == (expected->operation != OPERATION_UNKNOWN) &&
              found->operation == expected->operation;
  if (same && known) {
    same = found->length == expected->length && found->address32 == expected->address32 &&
           (waits || (found->size_bytes == expected->size_bytes &&
                      found->address == expected->address &&
                      found->segment == expected->segment)) &&
           found->destination == expected->destination &&
           (!numbered || (found->number == expected->number &&
                          found->high_byte == expected->high_byte &&
                          found->result_bytes == expected->result_bytes &&
                          found->sign_extended == expected->sign_extended)) &&
           found->moves == expected->moves && found->repeated == expected->repeated;
  }
  if (!same) {
    fprintf(stderr,
            "%s: operation %d, length %u, size %u, address %#lx, destination %#lx, number %u; "
            "expected %d, %u, %u, %#lx, %#lx, %u\n",
            example->bytes, found->operation, found->length, found->size_bytes, found->address,
            found->destination, found->number, expected->operation, expected->length,
            expected->size_bytes, expected->address, expected->destination, expected->number);
    exit(1);
  }
}

int main(void) {
  struct registers registers = {.rip = RIP};
  for (unsigned i = 0; i < 16; i++) {
    registers.general[i] = R(i);
  }
  size_t count = sizeof examples / sizeof *examples;
  for (size_t i = 0; i < count; i++) {
    uint8_t bytes[32];
    struct instruction found;
    size_t length = parse(examples[i].bytes, bytes);
    check(&examples[i], &found, decode(bytes, length, &registers, &found));
    /* Every instruction that is cut short is unknown, wherever it is cut. */
    for (size_t cut = 0; cut < examples[i].expected.length; cut++) {
      if (decode(bytes, cut, &registers, &found)) {
        fprintf(stderr, "%s: known with %zu bytes\n", examples[i].bytes, cut);
        return 1;
      }
    }
  }
  printf("%zu examples\n", count);
  return 0;
}
