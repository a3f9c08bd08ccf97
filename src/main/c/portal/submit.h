/* SPDX-License-Identifier: Apache-2.0 */
/*
 * submit.h - one 64-byte write to a portal.
 */
#ifndef DSAFS_PORTAL_SUBMIT_H
#define DSAFS_PORTAL_SUBMIT_H

#include <stdbool.h>
#include <stdint.h>

#include "mappings.h"

enum submission {
  SUBMISSION_DONE,      /* taken, or a posted write, to which nobody answers */
  SUBMISSION_RETRY,     /* a deferrable write was not taken */
  SUBMISSION_NO_PAGE,   /* the mapping is not this process's: a page fault */
  SUBMISSION_PROTECTION /* general protection: bits of the PASID field are set, or there is no PASID */
};

/*
 * Sends a descriptor to the queue of a mapping that is held: deferrable as ENQCMD does, else posted as
 * MOVDIR64B does. The only place that does.
 *
 * A queue that is disabled and a filesystem that is gone look as a device without power does: a posted
 * write is lost, a deferrable one is to be retried.
 */
enum submission portal_submit(struct mapping *mapping, unsigned offset, const uint8_t descriptor[64],
                              bool deferrable);

#endif
