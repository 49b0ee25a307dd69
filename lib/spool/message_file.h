/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef LIB_SPOOL_MESSAGE_FILE_H
#define LIB_SPOOL_MESSAGE_FILE_H

#include "lib/spool/journal.h"

/*
 * Messages that have a file of their own, and what qmgr does to them (S13). All of it may wait for the
 * disk, and runs on a thread while the task parks. why is complete on failure.
 *
 * On disk: one RECORD_MESSAGE at 0; behind it RECORD_HISTORY records, each laid over those
 * before. The file's mtime is the time of the next attempt.
 */

/*
 * Envelope and merged history; not the content. Texts are in the arena. Error: -ENOENT, ERR_CORRUPT,
 * ERR_UNSUPPORTED, ERR_FULL (the arena's cap), -errno (S22).
 */
PARKS MUST_USE int message_load(enum spool_queue queue, const struct queue_id *id,
    struct arena *arena, struct stored *out, struct why *why);

/* The same in place: for threads, and for commands without a loop. */
MUST_USE int message_read(enum spool_queue queue, const struct queue_id *id, struct arena *arena,
    struct stored *out, struct why *why);

/*
 * A read-only descriptor of the file, to be passed to an agent with content_offset and
 * content_length; the caller closes it. verify: first reads the content and compares its CRC (ERR_CORRUPT).
 */
PARKS MUST_USE int message_open(const struct stored *m, bool verify, int *fd, struct why *why);

/*
 * A journal message becomes a file in `queue`, with this history; mtime is history->next. 0: durable;
 * segment_done() may follow (S14). Changes m: it then describes the file.
 */
PARKS MUST_USE int message_promote(struct segment *s, struct stored *m, enum spool_queue queue,
    const struct history *history, struct why *why);

/*
 * Appends to the history (what is new; see history_merge()), sets mtime to history->next, and moves the
 * file to `queue` if it is elsewhere. durable: not before it would survive a loss of power; for
 * outcomes that are final (S16), and moves that somebody asked for. Changes m->queue, end, next, as far
 * as it came, also where it failed.
 */
PARKS MUST_USE int message_update(struct stored *m, const struct history *history,
    enum spool_queue queue, bool durable, struct why *why);

/* Only the move; durable. Changes m->queue, which is true also where it failed. */
PARKS MUST_USE int message_move(struct stored *m, enum spool_queue queue, struct why *why);

/* The message is over, or deleted; durable with the next journal_sync(). -ENOENT is success. */
PARKS MUST_USE int message_remove(
    struct journal *j, enum spool_queue queue, const struct queue_id *id, struct why *why);

/* Moves the file to corrupt/ and answers its new name (S21). */
PARKS MUST_USE int message_quarantine(enum spool_queue queue, const struct queue_id *id,
    char destination[SPOOL_PATH_MAX], struct why *why);

#endif
