/* SPDX-License-Identifier: Apache-2.0 */
/*
 * mappings.h - the portal pages of this process. Lookup takes no lock and may be done in a signal
 * handler that has interrupted anything.
 */
#ifndef DSAFS_PORTAL_MAPPINGS_H
#define DSAFS_PORTAL_MAPPINGS_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define PAGE_BYTES 4096u

struct dsafs_ring;

/*
 * One page. It has a descriptor of the file of its own, out of the program's way, so that the file
 * stays open when the program closes its own, as under a real mapping.
 */
struct mapping {
  _Atomic uintptr_t page;   /* where it is; 0: nowhere (any more), not to be found */
  _Atomic int holders;      /* the page, and who is using it; 0: free; CHANGING */
  _Atomic int protection;   /* PROT_ bits of the program; the page itself is inaccessible */
  _Atomic uint64_t handle;  /* of PORTAL_MAP */
  struct dsafs_ring *_Atomic ring; /* through which stores go; NULL: there is none, or not any more */
  int flags;                /* MAP_ bits of the program */
  uint64_t unwritable;      /* the first handle, of a page without PROT_WRITE; 0: it had it */
  int owner;                /* the process that made it */
  int file;
  uintptr_t lifted_from;    /* by mapping_lift, and for who has lifted it: */
  struct mapping *next;
};

/*
 * Makes a mapping of an open queue node, not to be found yet. What mmap(2) would be asked for is
 * passed on; the answer is 0 or -errno, -ENOMEM if there are too many.
 */
long mapping_make(int file, size_t length, int protection, int flags, long offset,
                  struct mapping **made);

/* From now on it is found at this page. */
void mapping_place(struct mapping *mapping, uintptr_t page);

/* The mapping that an address is in, held until it is released; NULL: none. */
struct mapping *mapping_at(uintptr_t address);

/* With the last release of one that has left its page the file is closed. */
void mapping_release(struct mapping *mapping);

/* Whether any page could be found at all: false costs one load. */
bool mappings_exist(void);

/* A mapping whose page is in a range, held, and the page; NULL: none. */
struct mapping *mapping_within(uintptr_t from, uintptr_t to, uintptr_t *page);

/*
 * Takes a mapping that is held from its page. False: it was not there any more. Who has lifted it
 * places it again, or releases it once for the page.
 */
bool mapping_lift(struct mapping *mapping, uintptr_t page);

/* Changes the protection. 0 or -errno. */
long mapping_protect(struct mapping *mapping, int protection);

/* Whether an open file is one of the mappings' own. */
bool mapping_owns_file(int file);

/* The lowest number of those from `from` to `to`; -1: none. */
int mapping_file_within(unsigned from, unsigned to);

#endif
