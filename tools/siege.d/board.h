/* SPDX-License-Identifier: Apache-2.0 */
/*
 * board.h - what memory.c and canary.c share: where everything lies, and how a victim watches over it.
 *
 * Attackers and victims have memory of their own at the same address. A victim's is full of one byte,
 * SECRET: another byte there was written by somebody else, and that byte in board->seen, which all of
 * them map, was read there by somebody else.
 */
#ifndef BOARD_H
#define BOARD_H

#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "../../src/main/c/dsafs.h"

#define PLACE ((uint8_t *)0x200000000ul)
#define PLACE_BYTES (256ul << 10)
#define SECRET 0x5e
#define SEEN_BYTES (16ul << 10)

/* An image that is executed finds the board here. */
#define BOARD_AT ((void *)0x300000000ul)
#define BOARD_FILE 900

#define MEMBERS 64u

struct board {
  unsigned ready;  /* victims that hold their memory */
  unsigned stop;   /* they are to look a last time, and end */
  unsigned over;   /* the same for the one that is there for all rounds */
  unsigned told;   /* the attacker has got its work in */
  unsigned number; /* of a thread that is about to end */
  unsigned go;     /* it may */
  unsigned privileged; /* images that ran as root */
  unsigned long accepted, refused, written;
  /* Of a batch: it can be read in every image. */
  struct dsafs_descriptor members[MEMBERS] __attribute__((aligned(4096)));
  uint8_t seen[SEEN_BYTES] __attribute__((aligned(4096)));
};

static inline void add_to(unsigned long *counter, unsigned long more) {
  __atomic_fetch_add(counter, more, __ATOMIC_SEQ_CST);
}

static inline unsigned look_at(const unsigned *word) { return __atomic_load_n(word, __ATOMIC_SEQ_CST); }

static inline void set(unsigned *word, unsigned value) { __atomic_store_n(word, value, __ATOMIC_SEQ_CST); }

static inline bool claim(void *at, size_t length, uint8_t byte) {
  if (mmap(at, length, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED | MAP_POPULATE, -1,
           0) != at) {
    return false;
  }
  memset(at, byte, length);
  return true;
}

/* How many bytes of the place are not the secret any more. */
static inline unsigned long changed_bytes(void) {
  unsigned long changed = 0;
  for (const uint8_t *at = PLACE; at < PLACE + PLACE_BYTES; at += 4096) {
    if (at[0] != SECRET || memcmp(at, at + 1, 4095) != 0) {
      for (unsigned i = 0; i < 4096; i++) {
        changed += at[i] != SECRET;
      }
    }
  }
  return changed;
}

static inline void look_around(struct board *board) {
  unsigned long changed = changed_bytes();
  if (changed) {
    add_to(&board->written, changed);
    memset(PLACE, SECRET, PLACE_BYTES);
  }
}

/* Holds memory at the place and watches over it until *end is set. False: there is none to be had. */
static inline bool hold_canary(struct board *board, const unsigned *end, unsigned pause_microseconds) {
  if (!claim(PLACE, PLACE_BYTES, SECRET)) {
    return false;
  }
  __atomic_fetch_add(&board->ready, 1, __ATOMIC_SEQ_CST);
  while (!look_at(end)) {
    look_around(board);
    usleep(pause_microseconds);
  }
  look_around(board);
  return true;
}

#endif
