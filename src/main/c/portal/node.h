/* SPDX-License-Identifier: Apache-2.0 */
/*
 * node.h - telling the node of a work queue from all other files.
 */
#ifndef DSAFS_PORTAL_NODE_H
#define DSAFS_PORTAL_NODE_H

#include <stdbool.h>
#include <sys/types.h>

/*
 * Whether an open file looks like the node of a work queue: an empty regular file of a FUSE filesystem
 * named wqD.Q. Only such files are asked with an ioctl, so that no other filesystem sees it.
 */
bool is_queue_node(int file);

/*
 * The device number of the queue of a node, as its sysfs has it. `file` may be open with O_PATH.
 * False: not a node, or no number to be found.
 */
bool node_number(int file, dev_t *number);

#endif
