/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef QMGR_KEEP_H
#define QMGR_KEEP_H

#include "qmgr/qmgr.h"

/*
 * Makes the disk say what the index says: promotes journal messages, appends histories, moves
 * files, removes what is over, writes done marks. What cannot be written is tried again; the
 * message stays in the index and in its old place meanwhile, so that nothing is lost but, if we die,
 * the memory of what was already delivered (spool/INVARIANTS.md, window 2).
 *
 * Invariants:
 *  K1. A done mark or an unlinking is ordered only for a message that is GONE, or whose promotion
 *      has succeeded (S14).
 *  K2. What is done to a message on disk is done by one keeper, step after step, until nothing is
 *      left to be done; a change that comes meanwhile is one more step.
 *  K3. Notes are dropped only when the write that holds them has succeeded.
 */

/* m's state has changed: what is on disk may have to follow. Does not park. */
void keep_later(struct qmgr *q, struct message *m);

/* A journal message is GONE: its done mark goes out at the end of this turn. Does not park. */
void keep_done(struct qmgr *q, struct message *m);

/* Something waits for journal_sync(). */
void keep_dirty(struct qmgr *q);

/* Marks were made, or a segment is closed: the journal is flushed at the end of this turn. */
void keep_marks(struct qmgr *q);

/*
 * Waits until what was ordered so far has reached the disk, or could not be written. Error:
 * ERR_TIMEOUT, ERR_CANCELLED.
 */
PARKS MUST_USE int keep_wait(struct qmgr *q, int64_t deadline);

/* Starts the keepers and who writes marks. Error: -ENOMEM. */
MUST_USE int keep_start(struct qmgr *q);

/* Tries again what could not be written. */
void keep_retry(struct qmgr *q);

/* Last writes before the end. */
PARKS void keep_flush(struct qmgr *q);

#endif
