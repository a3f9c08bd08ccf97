/* SPDX-License-Identifier: Apache-2.0 */
/*
 * system.h - system calls that pass by libc: they may be made in a signal handler, leave errno alone,
 * and do not come back to the functions that this library puts in libc's place.
 */
#ifndef DSAFS_PORTAL_SYSTEM_H
#define DSAFS_PORTAL_SYSTEM_H

#include <errno.h>
#include <signal.h>
#include <stdint.h>
#include <sys/syscall.h>

#define EXPORT __attribute__((visibility("default")))

/* As the kernel answers: an error is -errno. */
static inline long system_call(long number, long a, long b, long c, long d, long e, long f) {
  register long r10 __asm__("r10") = d;
  register long r8 __asm__("r8") = e;
  register long r9 __asm__("r9") = f;
  long result;
  __asm__ volatile("syscall"
                   : "=a"(result)
                   : "a"(number), "D"(a), "S"(b), "d"(c), "r"(r10), "r"(r8), "r"(r9)
                   : "rcx", "r11", "memory");
  return result;
}

static inline long call1(long number, long a) { return system_call(number, a, 0, 0, 0, 0, 0); }

static inline long call2(long number, long a, long b) {
  return system_call(number, a, b, 0, 0, 0, 0);
}

static inline long call3(long number, long a, long b, long c) {
  return system_call(number, a, b, c, 0, 0, 0);
}

static inline long call4(long number, long a, long b, long c, long d) {
  return system_call(number, a, b, c, d, 0, 0);
}

/* A result as libc gives it: -1 and errno. */
static inline long with_errno(long result) {
  if (result < 0 && result >= -4095) {
    errno = (int)-result;
    return -1;
  }
  return result;
}

/* Signal sets as the kernel has them: bit n is signal n + 1. */
typedef uint64_t signals;

static inline signals signal_bit(int signal) { return (signals)1 << (signal - 1); }

static inline signals *as_signals(sigset_t *set) { return (signals *)(void *)set; }

static inline signals signals_of(const sigset_t *set) { return *(const signals *)(const void *)set; }

static inline long change_mask(int how, signals set, signals *before) {
  return call4(SYS_rt_sigprocmask, how, (long)&set, (long)before, sizeof set);
}

#endif
