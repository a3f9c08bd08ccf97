/* SPDX-License-Identifier: Apache-2.0 */
#define _GNU_SOURCE
#include "waiting.h"

#include <string.h>
#include <x86intrin.h>

#include "system.h"

#define LINE_BYTES 64

/* Linux's /sys/devices/system/cpu/umwait_control/max_time, in cycles of the time-stamp counter. */
#define LONGEST_CYCLES 100000

/* What this thread's monitor is armed with. */
struct monitor {
  bool armed;
  const void *line;
  uint8_t content[LINE_BYTES];
};

static __thread struct monitor monitor;

bool waiting_monitor(uint64_t address, struct fault *fault) {
  monitor.line = (const void *)(uintptr_t)(address & ~(uint64_t)(LINE_BYTES - 1));
  monitor.armed = guarded_copy(monitor.content, monitor.line, LINE_BYTES, fault) == 0;
  return monitor.armed;
}

static bool line_has_changed(void) {
  uint8_t content[LINE_BYTES];
  struct fault fault;
  return guarded_copy(content, monitor.line, LINE_BYTES, &fault) != 0 ||
         memcmp(content, monitor.content, LINE_BYTES) != 0;
}

static bool wait_until(uint64_t deadline, bool monitored) {
  uint64_t limit = __rdtsc() + LONGEST_CYCLES;
  for (;;) {
    uint64_t now = __rdtsc();
    if (now >= deadline || (monitored && line_has_changed())) {
      return false;
    }
    if (now >= limit) {
      return true;
    }
    /* The device that is to write the line is a process and wants a processor, too. */
    call1(SYS_sched_yield, 0);
  }
}

bool waiting_umwait(uint64_t deadline) {
  if (!monitor.armed) {
    return false;
  }
  bool limited = wait_until(deadline, true);
  monitor.armed = false;
  return limited;
}

bool waiting_tpause(uint64_t deadline) { return wait_until(deadline, false); }
