/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef QMGR_STEP_H
#define QMGR_STEP_H

#include "qmgr/qmgr.h"

/* What is done to a message on disk, one at a time, by its keeper (keep.h). */
enum step {
	STEP_NONE,
	STEP_PROMOTE,
	STEP_UPDATE,
	STEP_MOVE,
	STEP_REQUEUE,
	STEP_REMOVE,
};

/* Where a message of this state is to lie. */
enum spool_queue step_queue(const struct message *m);

/* Error, with words: ERR_CORRUPT, ERR_UNSUPPORTED, -ENOENT: it will never succeed; others. */
PARKS MUST_USE int step_take(struct qmgr *q, struct message *m, enum step step, struct why *why);

#endif
