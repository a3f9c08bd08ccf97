/* SPDX-License-Identifier: Apache-2.0 */
/* random.h - a generator whose sequence a seed repeats: xorshift64*. */
#ifndef RANDOM_H
#define RANDOM_H

#include <stdint.h>

/* The state is never 0. */
static inline uint64_t next_random(uint64_t *state) {
  uint64_t x = *state;
  x ^= x >> 12;
  x ^= x << 25;
  x ^= x >> 27;
  *state = x;
  return x * 0x2545f4914f6cdd1dull;
}

#endif
