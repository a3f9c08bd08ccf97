/* SPDX-License-Identifier: Apache-2.0 */
/*
 * canary - what a process becomes by exec in memory.c: a victim that never submitted anything. Its own
 * file, as one copy of it is set-user-ID root.
 */
#include "board.h"

int main(void) {
  struct board *board =
      mmap(BOARD_AT, sizeof *board, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_FIXED, BOARD_FILE, 0);
  if (board == MAP_FAILED) {
    return 1;
  }
  if (geteuid() == 0) {
    __atomic_fetch_add(&board->privileged, 1, __ATOMIC_SEQ_CST);
  }
  return !hold_canary(board, &board->stop, 200);
}
