/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef QMGR_PROGRESS_H
#define QMGR_PROGRESS_H

#include "qmgr/qmgr.h"

/*
 * What becomes of a message: outcomes of its recipients come in, and when nobody works on it any
 * more, its next phase is decided. None of this parks; what has to reach the disk is left to
 * keep.h.
 *
 *	ROUTING/ACTIVE ── all delivered ─────────────▶ GONE
 *	               ── some deferred, time left ──▶ DEFERRED ── its time has come ──▶ READY
 *	               ── failed, or time is over ───▶ HELD     ── released ───────────▶ READY
 *	               ── to be requeued ────────────▶ LEAVING  ── in the maildrop ────▶ GONE
 */

/*
 * Notes what became of recipients; o[].index is the recipient's in the message, which is in no job
 * and not in flight any more. attempted: an agent tried, which counts for the backoff.
 */
void progress_outcomes(struct qmgr *q, struct message *m, const struct message_outcome *o,
    uint32_t count, bool attempted);

/* Logs an outcome that no agent has logged: the decision was ours. */
void progress_log(const struct message *m, const struct message_outcome *o);

/* Decides the next phase if nobody works on m any more. m may be freed by it. */
void progress_conclude(struct qmgr *q, struct message *m);

/* For messages that come into the index: from their history and where they lie. */
void progress_enter(struct qmgr *q, struct message *m);

/* Into the line for its routes; what failed before stays failed. */
void progress_ready(struct qmgr *q, struct message *m);

/* An activator takes it out of that line, and finds its routes. */
void progress_active(struct qmgr *q, struct message *m);

/* Its time on the wheel has come. */
void progress_timer(struct qmgr *q, struct message *m);

/* Orders of an administrator; the phase may change at once or when what is in flight has ended. */
void progress_hold(struct qmgr *q, struct message *m);
void progress_release(struct qmgr *q, struct message *m); /* what failed is tried again, too */
void progress_flush(struct qmgr *q, struct message *m);   /* DEFERRED: is tried at once */
void progress_delete(struct qmgr *q, struct message *m);  /* m may be freed by it */

void progress_expire(struct qmgr *q, struct message *m);  /* its next attempt is its end */
void progress_requeue(struct qmgr *q, struct message *m);
/* It is in the maildrop: what is left of it here is to be removed. */
void progress_requeued(struct qmgr *q, struct message *m);

/* Frees m when nobody needs it any more (Q4). */
void progress_let_go(struct qmgr *q, struct message *m);

#endif
