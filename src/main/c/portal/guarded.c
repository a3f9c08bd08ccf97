/* SPDX-License-Identifier: Apache-2.0 */
#define _GNU_SOURCE
#include "guarded.h"

#include <stdint.h>

/* Leaves without a stack frame, so that recovery needs no more than another RIP. R8 has the fault. */
__asm__(
    "  .text\n"
    "  .globl guarded_copy, guarded_touch, guarded_begin, guarded_end, guarded_failed\n"
    "  .hidden guarded_copy, guarded_touch, guarded_begin, guarded_end, guarded_failed\n"
    "  .type guarded_copy, @function\n"
    "  .type guarded_touch, @function\n"
    "guarded_copy:\n"
    "  .cfi_startproc\n"
    "  endbr64\n"
    "  mov %rcx, %r8\n"
    "  mov %rdx, %rcx\n"
    "guarded_begin:\n"
    "  rep movsb\n"
    "  xor %eax, %eax\n"
    "  ret\n"
    "  .cfi_endproc\n"
    "guarded_touch:\n"
    "  .cfi_startproc\n"
    "  endbr64\n"
    "  mov %rsi, %r8\n"
    "  lock orb $0, (%rdi)\n"
    "guarded_end:\n"
    "  xor %eax, %eax\n"
    "  ret\n"
    "guarded_failed:\n"
    "  mov $1, %eax\n"
    "  ret\n"
    "  .cfi_endproc\n");

extern const char guarded_begin[], guarded_end[], guarded_failed[];

bool guarded_recover(const siginfo_t *info, ucontext_t *context) {
  greg_t *registers = context->uc_mcontext.gregs;
  uintptr_t rip = (uintptr_t)registers[REG_RIP];
  if (rip < (uintptr_t)guarded_begin || rip >= (uintptr_t)guarded_end) {
    return false;
  }
  struct fault *fault = (struct fault *)(uintptr_t)registers[REG_R8];
  *fault = (struct fault){
      .code = info->si_code,
      .address = info->si_addr,
      .trap = registers[REG_TRAPNO],
      .error = registers[REG_ERR],
  };
  registers[REG_RIP] = (greg_t)(uintptr_t)guarded_failed;
  return true;
}
