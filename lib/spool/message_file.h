/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef LIB_SPOOL_MESSAGE_FILE_H
#define LIB_SPOOL_MESSAGE_FILE_H

#include "lib/spool/journal.h"

/*
 * Messages that have a file of their own, and what qmgr does to them (S13). All of these block on the
 * disk and therefore run on a thread while the task parks. why is complete on failure.
 */

/*
 * Envelope and merged history; not the content. Error: -ENOENT, ERR_CORRUPT, ERR_UNSUPPORTED, -errno (S22).
 */
PARKS MUST_USE int message_load(enum spool_queue queue, const struct queue_id *id,
    struct arena *arena, struct stored *out, struct why *why);

/*
 * A read-only descriptor of the file, to be passed to an agent with content_offset and
 * content_length; the caller closes it. verify: reads all of the content first and compares its CRC. The
 * envelope is in the same file: agents are trusted with the envelope of the message they deliver.
 */
PARKS MUST_USE int message_open(const struct stored *m, bool verify, int *fd, struct why *why);

/*
 * A journal message becomes a file in `queue` (not SPOOL_JOURNAL), with this history; mtime is history->next.
 * 0: durable. The caller then calls segment_done() (S14).
 */
PARKS MUST_USE int message_promote(struct segment *s, const struct stored *m,
    enum spool_queue queue, const struct history *history, struct why *why);

/*
 * Appends to the history, sets mtime to history->next, and moves the file to `queue` if it is
 * elsewhere. durable: returns only when that would survive a loss of power; needed when an outcome
 * became final (S16) or when somebody asked for the move. Changes m->queue, m->end, m->next.
 */
PARKS MUST_USE int message_update(struct stored *m, const struct history *history,
    enum spool_queue queue, bool durable, struct why *why);

/* Only the move. Changes m->queue. */
PARKS MUST_USE int message_move(struct stored *m, enum spool_queue queue, struct why *why);

/* The message is over, or deleted. -ENOENT is success. */
PARKS MUST_USE int message_remove(
    enum spool_queue queue, const struct queue_id *id, struct why *why);

/* Moves the file to corrupt/ and answers its new name (S21). */
PARKS MUST_USE int message_quarantine(enum spool_queue queue, const struct queue_id *id,
    char destination[SPOOL_PATH_MAX], struct why *why);

#endif
