/* SPDX-License-Identifier: Apache-2.0 */
/*
 * waiting.h - UMONITOR, UMWAIT and TPAUSE for a processor without them. DTO uses them without asking
 * whether there are any.
 */
#ifndef DSAFS_PORTAL_WAITING_H
#define DSAFS_PORTAL_WAITING_H

#include <stdbool.h>
#include <stdint.h>

#include "guarded.h"

/* Arms the monitor of this thread with the line of an address. False: it cannot be read. */
bool waiting_monitor(uint64_t address, struct fault *fault);

/*
 * Waits until the line has changed since it was armed or the time-stamp counter has come to the
 * deadline, and no longer than Linux lets a processor wait. True: it was that limit. Without an armed
 * monitor it returns at once.
 */
bool waiting_umwait(uint64_t deadline);

/* The same without a line. */
bool waiting_tpause(uint64_t deadline);

#endif
