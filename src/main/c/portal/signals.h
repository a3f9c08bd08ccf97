/* SPDX-License-Identifier: Apache-2.0 */
/*
 * signals.h - SIGSEGV and SIGILL belong to this library once a portal is mapped; the program goes on
 * setting and asking for handlers and masks of its own. What the library does not want, it hands on to
 * the program's handler as the kernel would have.
 */
#ifndef DSAFS_PORTAL_SIGNALS_H
#define DSAFS_PORTAL_SIGNALS_H

#include <signal.h>
#include <ucontext.h>

/* Takes both signals, if it has not; what the program had set for them is kept. */
void signals_take(void);

/*
 * Does with a signal what the program has set: calls its handler, ignores it, or ends the program. To
 * be called last in a handler.
 */
void signals_deliver(int signal, siginfo_t *info, ucontext_t *context);

/* Where both signals arrive; see trap.c. */
void on_trap(int signal, siginfo_t *info, void *context);

#endif
