// SPDX-License-Identifier: Apache-2.0
//
// Moves 4 KiB through a work queue and compares: a test of a program for DSA at its smallest. Nothing
// in it is peculiar to dsafs; it does the same on a machine with the device and Linux 6.10 or later.
//
//     cc -O2 -Wall -o my-test my-test.c
//     ./my-test /dev/dsa/wq0.0

#include <fcntl.h>
#include <linux/idxd.h>
#include <sched.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static char source[4096], destination[4096];
static volatile struct dsa_completion_record record __attribute__((aligned(32)));

int main(int argc, char **argv) {
  if (argc != 2) {
    fprintf(stderr, "usage: %s /dev/dsa/wqX.Y\n", argv[0]);
    return 2;
  }
  int queue = open(argv[1], O_RDWR);
  if (queue < 0) {
    perror(argv[1]);
    return 1;
  }
  // Writing brings the pages in: the device stops at one that is not there.
  memset(source, 's', sizeof source);
  memset(destination, 'd', sizeof destination);
  struct dsa_hw_desc move = {
      .opcode = DSA_OPCODE_MEMMOVE,
      .flags = IDXD_OP_FLAG_CRAV | IDXD_OP_FLAG_RCR,
      .completion_addr = (uintptr_t)&record,
      .src_addr = (uintptr_t)source,
      .dst_addr = (uintptr_t)destination,
      .xfer_size = sizeof source,
  };
  if (write(queue, &move, sizeof move) != sizeof move) {
    perror("write");
    return 1;
  }
  while (record.status == DSA_COMP_NONE) {
    sched_yield();
  }
  if (record.status != DSA_COMP_SUCCESS) {
    printf("status 0x%02x\n", record.status);
    return 1;
  }
  int differs = memcmp(source, destination, sizeof source);
  puts(differs ? "differs" : "copied");
  return differs ? 1 : 0;
}
