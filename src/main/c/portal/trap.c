/* SPDX-License-Identifier: Apache-2.0 */
/*
 * trap.c - the handler of SIGSEGV and SIGILL: an instruction that the processor could not carry out,
 * because the page is a portal or because it does not know the instruction, is carried out here.
 */
#define _GNU_SOURCE
#include <asm/prctl.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/mman.h>

#include "decode.h"
#include "guarded.h"
#include "mappings.h"
#include "signals.h"
#include "submit.h"
#include "system.h"
#include "waiting.h"

#define DESCRIPTOR_BYTES 64u

/* RFLAGS */
#define CARRY 0x1
#define PARITY 0x4
#define AUXILIARY 0x10
#define ZERO 0x40
#define SIGN 0x80
#define DIRECTION 0x400
#define OVERFLOW 0x800
#define ARITHMETIC (CARRY | PARITY | AUXILIARY | ZERO | SIGN | OVERFLOW)

/* Numbers of exceptions, and bits of a page fault's error code. */
#define GENERAL_PROTECTION 13
#define PAGE_FAULT 14
#define ERROR_WRITE 2
#define ERROR_USER 4

/* One signal, and what it interrupted. */
struct trap {
  int signal;
  siginfo_t *info;
  ucontext_t *context;
  struct registers registers;
  uint8_t code[MAX_INSTRUCTION_BYTES];
  struct instruction instruction;
};

/* Where the registers by number are in a signal's context. */
static const int context_index[16] = {
    REG_RAX, REG_RCX, REG_RDX, REG_RBX, REG_RSP, REG_RBP, REG_RSI, REG_RDI,
    REG_R8,  REG_R9,  REG_R10, REG_R11, REG_R12, REG_R13, REG_R14, REG_R15,
};

static greg_t *context_register(struct trap *trap, int index) {
  return &trap->context->uc_mcontext.gregs[index];
}

/* ---- ways to end ---- */

static void not_ours(struct trap *trap) {
  signals_deliver(trap->signal, trap->info, trap->context);
}

/* The instruction is done. */
static void advance(struct trap *trap) {
  *context_register(trap, REG_RIP) += trap->instruction.length;
}

static void advance_with_flag(struct trap *trap, int flag) {
  greg_t *flags = context_register(trap, REG_EFL);
  *flags = (*flags & ~(greg_t)ARITHMETIC) | flag;
  advance(trap);
}

/* The program gets the SIGSEGV that the instruction would have caused. */
static void fail(struct trap *trap, const struct fault *fault) {
  siginfo_t info = {.si_signo = SIGSEGV, .si_code = fault->code};
  info.si_addr = fault->address;
  *context_register(trap, REG_TRAPNO) = fault->trap;
  *context_register(trap, REG_ERR) = fault->error;
  if (fault->trap == PAGE_FAULT) {
    *context_register(trap, REG_CR2) = (greg_t)(uintptr_t)fault->address;
  }
  signals_deliver(SIGSEGV, &info, trap->context);
}

static void fail_with_protection(struct trap *trap) {
  fail(trap, &(struct fault){.code = SI_KERNEL, .trap = GENERAL_PROTECTION});
}

/* As on a page that is there but not for this access (SEGV_ACCERR), or not there (SEGV_MAPERR). */
static void fail_with_page_fault(struct trap *trap, uint64_t address, int code, bool write) {
  fail(trap, &(struct fault){.code = code,
                             .address = (void *)(uintptr_t)address,
                             .trap = PAGE_FAULT,
                             .error = ERROR_USER | (write ? ERROR_WRITE : 0) |
                                      (code == SEGV_ACCERR ? 1 : 0)});
}

/* ---- what the instruction is ---- */

static uint64_t segment_base(enum segment segment) {
  unsigned long base = 0;
  if (segment != SEGMENT_NONE) {
    call2(SYS_arch_prctl, segment == SEGMENT_FS ? ARCH_GET_FS : ARCH_GET_GS, (long)&base);
  }
  return base;
}

/* The instruction may end right before a page that is not there. */
static size_t fetch(uint8_t code[MAX_INSTRUCTION_BYTES], uintptr_t rip) {
  struct fault fault;
  size_t in_page = PAGE_BYTES - rip % PAGE_BYTES;
  size_t first = in_page < MAX_INSTRUCTION_BYTES ? in_page : MAX_INSTRUCTION_BYTES;
  if (guarded_copy(code, (const void *)rip, first, &fault) != 0) {
    return 0;
  }
  size_t rest = MAX_INSTRUCTION_BYTES - first;
  if (rest == 0 || guarded_copy(code + first, (const void *)(rip + first), rest, &fault) != 0) {
    return first;
  }
  return MAX_INSTRUCTION_BYTES;
}

static bool understand(struct trap *trap) {
  for (int i = 0; i < 16; i++) {
    trap->registers.general[i] = (uint64_t)*context_register(trap, context_index[i]);
  }
  trap->registers.rip = (uint64_t)*context_register(trap, REG_RIP);
  size_t available = fetch(trap->code, trap->registers.rip);
  if (!decode(trap->code, available, &trap->registers, &trap->instruction)) {
    return false;
  }
  trap->instruction.address += segment_base(trap->instruction.segment);
  return true;
}

/* ---- MOVDIR64B and ENQCMD ---- */

static void copy_portal_aware(uint8_t *to, uint64_t from) {
  struct fault fault;
  for (unsigned i = 0; i < DESCRIPTOR_BYTES; i++) {
    to[i] = 0xff;
    struct mapping *mapping = mapping_at(from + i);
    if (mapping) {
      mapping_release(mapping);
    } else {
      guarded_copy(to + i, (const void *)(uintptr_t)(from + i), 1, &fault);
    }
  }
}

/* The source operand. A portal reads as ones. */
static bool read_source(struct trap *trap, uint8_t descriptor[DESCRIPTOR_BYTES],
                        struct fault *fault) {
  uint64_t from = trap->instruction.address;
  if (guarded_copy(descriptor, (const void *)(uintptr_t)from, DESCRIPTOR_BYTES, fault) == 0) {
    return true;
  }
  struct mapping *mapping = mapping_at((uintptr_t)fault->address);
  if (!mapping) {
    return false;
  }
  mapping_release(mapping);
  copy_portal_aware(descriptor, from);
  return true;
}

static void submit(struct trap *trap, struct mapping *mapping) {
  bool deferrable = trap->instruction.operation == OPERATION_ENQCMD;
  uint64_t destination = trap->instruction.destination;
  uint8_t descriptor[DESCRIPTOR_BYTES];
  struct fault fault;
  if (!read_source(trap, descriptor, &fault)) {
    mapping_release(mapping);
    fail(trap, &fault);
    return;
  }
  bool writable = (atomic_load(&mapping->protection) & PROT_WRITE) != 0;
  enum submission result = SUBMISSION_DONE;
  if (writable) {
    result = portal_submit(mapping, destination % PAGE_BYTES, descriptor, deferrable);
  }
  /* Before the program's handler is called, which may never return. */
  mapping_release(mapping);
  if (!writable) {
    fail_with_page_fault(trap, destination, SEGV_ACCERR, true);
  } else if (result == SUBMISSION_NO_PAGE) {
    fail_with_page_fault(trap, destination, SEGV_MAPERR, true);
  } else if (result == SUBMISSION_PROTECTION) {
    fail_with_protection(trap);
  } else if (deferrable) {
    advance_with_flag(trap, result == SUBMISSION_RETRY ? ZERO : 0);
  } else {
    advance(trap);
  }
}

/*
 * To other memory, for a processor that does not know the instruction: MOVDIR64B is a copy; memory does
 * not take part in a deferrable write, which asks for a retry and changes nothing.
 */
static void write_to_memory(struct trap *trap) {
  void *destination = (void *)(uintptr_t)trap->instruction.destination;
  uint8_t bytes[DESCRIPTOR_BYTES];
  struct fault fault;
  if (!read_source(trap, bytes, &fault)) {
    fail(trap, &fault);
  } else if (trap->instruction.operation == OPERATION_ENQCMD) {
    if (guarded_touch(destination, &fault) != 0) {
      fail(trap, &fault);
    } else {
      advance_with_flag(trap, ZERO);
    }
  } else if (guarded_copy(destination, bytes, sizeof bytes, &fault) != 0) {
    fail(trap, &fault);
  } else {
    advance(trap);
  }
}

static void write_64_bytes(struct trap *trap) {
  uint64_t destination = trap->instruction.destination;
  if (destination % DESCRIPTOR_BYTES != 0) {
    fail_with_protection(trap);
    return;
  }
  struct mapping *mapping = mapping_at(destination);
  if (mapping) {
    submit(trap, mapping);
  } else if (trap->signal == SIGILL) {
    write_to_memory(trap);
  } else {
    not_ours(trap);
  }
}

/* ---- plain loads and stores ---- */

/* Said once: what the program does is unusual enough to be looked at. */
static void complain(const struct trap *trap) {
  static atomic_flag said = ATOMIC_FLAG_INIT;
  static const char digits[] = "0123456789abcdef";
  static const char text[] = "dsafs-portal: a portal is accessed by an instruction not known here:";
  if (atomic_flag_test_and_set(&said)) {
    return;
  }
  char line[sizeof text + 3 * MAX_INSTRUCTION_BYTES + 1];
  memcpy(line, text, sizeof text - 1);
  char *end = line + sizeof text - 1;
  for (int i = 0; i < MAX_INSTRUCTION_BYTES; i++) {
    *end++ = ' ';
    *end++ = digits[trap->code[i] >> 4];
    *end++ = digits[trap->code[i] & 0xf];
  }
  *end++ = '\n';
  call3(SYS_write, 2, (long)line, end - line);
}

/* A portal reads as ones, whatever the width. */
static void load_ones(struct trap *trap) {
  const struct instruction *instruction = &trap->instruction;
  greg_t *target = context_register(trap, context_index[instruction->number]);
  uint64_t value = ~(uint64_t)0;
  if (!instruction->sign_extended && instruction->size_bytes < 8) {
    value = ((uint64_t)1 << 8 * instruction->size_bytes) - 1;
  }
  uint64_t before = (uint64_t)*target;
  switch (instruction->result_bytes) {
    case 1: {
      int shift = instruction->high_byte ? 8 : 0;
      value = before | (uint64_t)0xff << shift;
      break;
    }
    case 2:
      value = (before & ~(uint64_t)0xffff) | (value & 0xffff);
      break;
    case 4:
      value = (uint32_t)value;
      break;
    default:
      break;
  }
  *target = (greg_t)value;
  advance(trap);
}

/* All that falls on the page at once; the instruction goes on behind it, if anything is left. */
static void skip_string(struct trap *trap) {
  const struct instruction *instruction = &trap->instruction;
  uint64_t size = instruction->size_bytes;
  bool down = (*context_register(trap, REG_EFL) & DIRECTION) != 0;
  uint64_t count = 1;
  if (instruction->repeated) {
    uint64_t left = (uint64_t)*context_register(trap, REG_RCX);
    uint64_t in_page = down ? 1 : (PAGE_BYTES - instruction->address % PAGE_BYTES) / size;
    count = left < in_page ? left : in_page;
    *context_register(trap, REG_RCX) -= (greg_t)count;
  }
  greg_t step = (greg_t)(count * size) * (down ? -1 : 1);
  *context_register(trap, REG_RDI) += step;
  if (instruction->moves) {
    *context_register(trap, REG_RSI) += step;
  }
  if (!instruction->repeated || *context_register(trap, REG_RCX) == 0) {
    advance(trap);
  }
}

/* A store of less than 64 bytes is ignored by the device. */
static void access_plainly(struct trap *trap) {
  const struct instruction *instruction = &trap->instruction;
  bool load = instruction->operation == OPERATION_LOAD;
  uint64_t last = instruction->address + instruction->size_bytes - 1;
  struct mapping *mapping = mapping_at(instruction->address);
  if (!mapping || last / PAGE_BYTES != instruction->address / PAGE_BYTES) {
    if (mapping) {
      mapping_release(mapping);
      complain(trap);
    }
    not_ours(trap);
    return;
  }
  int protection = atomic_load(&mapping->protection);
  mapping_release(mapping);
  /* The processor has no page that can be written and not read. */
  if ((load ? protection : protection & PROT_WRITE) == 0) {
    fail_with_page_fault(trap, instruction->address, SEGV_ACCERR, !load);
  } else if (load) {
    load_ones(trap);
  } else if (instruction->operation == OPERATION_STRING_STORE) {
    skip_string(trap);
  } else {
    advance(trap);
  }
}

/* ---- UMONITOR, UMWAIT, TPAUSE ---- */

static void wait_in_user_mode(struct trap *trap) {
  uint64_t operand = trap->registers.general[trap->instruction.number];
  uint64_t deadline = (uint32_t)*context_register(trap, REG_RAX) |
                      (uint64_t)*context_register(trap, REG_RDX) << 32;
  struct fault fault;
  if (trap->signal != SIGILL) {
    not_ours(trap);
  } else if (trap->instruction.operation == OPERATION_UMONITOR) {
    uint64_t address = trap->instruction.address32 ? (uint32_t)operand : operand;
    address += segment_base(trap->instruction.segment);
    if (waiting_monitor(address, &fault)) {
      advance(trap);
    } else {
      fail(trap, &fault);
    }
  } else if ((uint32_t)operand > 1) {
    fail_with_protection(trap);
  } else {
    bool limited = trap->instruction.operation == OPERATION_UMWAIT ? waiting_umwait(deadline)
                                                                   : waiting_tpause(deadline);
    advance_with_flag(trap, limited ? CARRY : 0);
  }
}

/* ---- the handler ---- */

/* Whether the signal can have to do with a portal; false spares other users of SIGSEGV the rest. */
static bool concerns_portal(const siginfo_t *info, struct mapping **touched) {
  *touched = NULL;
  if (info->si_code <= 0) {
    return false; /* sent by a process */
  }
  if (info->si_signo == SIGILL || info->si_code == SI_KERNEL) {
    return true;
  }
  *touched = mapping_at((uintptr_t)info->si_addr);
  return *touched != NULL;
}

void on_trap(int signal, siginfo_t *info, void *context) {
  struct trap trap = {.signal = signal, .info = info, .context = context};
  struct mapping *touched;
  if (signal == SIGSEGV && guarded_recover(info, context)) {
    return;
  }
  if (!concerns_portal(info, &touched)) {
    not_ours(&trap);
    return;
  }
  if (touched) {
    mapping_release(touched);
  }
  if (!understand(&trap)) {
    if (touched) {
      complain(&trap);
    }
    not_ours(&trap);
    return;
  }
  switch (trap.instruction.operation) {
    case OPERATION_MOVDIR64B:
    case OPERATION_ENQCMD:
      write_64_bytes(&trap);
      break;
    case OPERATION_ENQCMDS:
      fail_with_protection(&trap);
      break;
    case OPERATION_UMONITOR:
    case OPERATION_UMWAIT:
    case OPERATION_TPAUSE:
      wait_in_user_mode(&trap);
      break;
    default:
      access_plainly(&trap);
      break;
  }
}
