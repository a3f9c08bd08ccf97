/* SPDX-License-Identifier: Apache-2.0 */
/*
 * guarded.h - access to the program's memory where it may not be there. A SIGSEGV in one of these
 * functions ends it and tells what was wrong, provided the handler passes it to guarded_recover.
 */
#ifndef DSAFS_PORTAL_GUARDED_H
#define DSAFS_PORTAL_GUARDED_H

#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <ucontext.h>

/* What a SIGSEGV said. */
struct fault {
  int code; /* si_code */
  void *address;
  long long trap;
  long long error;
};

/* 0, or 1 and the fault. */
int guarded_copy(void *to, const void *from, size_t bytes, struct fault *fault);

/* Accesses a byte as a store does, and leaves what is there. 0, or 1 and the fault. */
int guarded_touch(void *at, struct fault *fault);

/* Whether the signal came from one of the two, which then ends with 1 when the handler returns. */
bool guarded_recover(const siginfo_t *info, ucontext_t *context);

#endif
