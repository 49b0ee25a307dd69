/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef LIB_SPOOL_PUBLISH_H
#define LIB_SPOOL_PUBLISH_H

#include <stdbool.h>

#include "lib/spool/layout.h"

/*
 * How a message file comes to its name: written as ID.tmp under a lock (S6), then fsync, rename, fsync of
 * the folder (S1). All of it blocks: for threads. Error: -errno.
 */

/* A new, locked ID.tmp of that queue: its descriptor. Makes deferred/x where it is missing. */
MUST_USE int publish_begin(enum spool_queue q, const struct queue_id *id);

/*
 * 0: durable under its name, in place of what had that name. The descriptor stays the caller's. On
 * failure ID.tmp is gone; ID may be there, if only the folder's sync failed.
 */
MUST_USE int publish_end(int fd, enum spool_queue q, const struct queue_id *id);

/* Takes a new message back after publish_end() failed: its sender is told to try again. */
void publish_retract(enum spool_queue q, const struct queue_id *id);

/* Removes ID.tmp. */
void publish_abort(enum spool_queue q, const struct queue_id *id);

/*
 * Renames a message from queue to queue, and makes the new name durable. durable: and the loss of
 * the old one. *moved says where it is, also when a sync failed.
 */
MUST_USE int publish_move(enum spool_queue from, enum spool_queue to, const struct queue_id *id,
    bool durable, bool *moved);

#endif
