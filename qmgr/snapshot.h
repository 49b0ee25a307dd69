/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef QMGR_SNAPSHOT_H
#define QMGR_SNAPSHOT_H

#include "qmgr/qmgr.h"

/*
 * The ids of all that is queued at one instant, the oldest first, to be gone through while the queue
 * changes: each message is looked up again when its turn comes.
 *
 *	result = snapshot_take(&s, q);
 *	while (result == 0 && (result = snapshot_next(&s, q, &m)) > 0)
 *		...
 *	snapshot_drop(&s);
 */
struct snapshot {
	struct queue_id *ids;
	size_t count;
	size_t next;
};

/* Error: ERR_CANCELLED. */
PARKS MUST_USE int snapshot_take(struct snapshot *s, const struct qmgr *q);
void snapshot_drop(struct snapshot *s);

/* 1: *m is queued still; valid until the next park. 0: that was all. Error: ERR_CANCELLED. */
PARKS MUST_USE int snapshot_next(struct snapshot *s, const struct qmgr *q, struct message **m);

/* NULL: nothing of that id is queued. */
struct message *snapshot_find(const struct qmgr *q, struct str id);

#endif
