/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef QMGR_QMGR_H
#define QMGR_QMGR_H

#include "lib/ipc/caller.h"
#include "lib/ipc/message.h"
#include "lib/route/route.h"
#include "lib/run/task.h"
#include "qmgr/policy.h"
#include "qmgr/queue.h"
#include "qmgr/schedule.h"

/*
 * A queue manager: the index (queue.h), the schedule (schedule.h), and the tasks between them, the
 * spool and the agents. The current folder is the queue directory. What it needs of the outside is
 * given to it, so that tests run all of it on the simulated loop with scripted agents.
 *
 *	struct qmgr *q = qmgr_new(&options);
 *	qmgr_start(q);          // recovers, then delivers; returns at once
 *	...
 *	qmgr_stop(q, deadline); // deliveries in flight may end until then
 *	qmgr_free(q);
 */
struct qmgr_options {
	struct policy policy;
	/* Limits of a transport; see struct schedule_options. */
	void (*limits)(void *context, struct str transport, struct transport_limits *out);
	/* The route of a recipient (an address in internal form). Error: could not find out. */
	PARKS int (*resolve)(void *context, struct str recipient, struct route *out,
	    int64_t deadline, struct why *why);
	/* Connects to an agent of this transport. */
	PARKS int (*connect)(void *context, struct str transport, struct caller *out,
	    int64_t deadline, struct why *why);
	void *context;
	uint64_t seed; /* of the variation in backoffs */
};

struct qmgr {
	struct qmgr_options options;
	struct queue queue;
	struct schedule schedule;
	struct journal journal;
	struct list unkept;  /* messages whose state could not be written: tried again … */
	int64_t next_retry;  /* … then */
	struct list orphans; /* segments whose writer is gone or unknown */
	uint64_t random;
	bool stopping;         /* nothing new is begun */
	bool recovered;        /* the spool was gone through once */
	bool marks_wait;       /* for the end of this turn */
	bool journal_is_dirty; /* something waits for journal_sync() */
	bool keep_failed;      /* since the last retry: it was logged */
	uint64_t keep_ordered, keep_ended;
	struct group tasks;      /* that live as long as it does */
	struct group agents;     /* one task for each connection */
	struct group deliveries; /* one task for each */
	struct cond ready_came;  /* for activators */
	struct cond keep_came;   /* for keepers */
	struct cond timer_changed;
	int64_t timer_due; /* when the timer task wakes next */
	struct cond marks_came;
	struct cond dirt_came;
	struct cond suspended_came;
	struct cond orphan_came;
	struct cond recovery_ended;
	struct cond kept; /* a message's state has reached the disk, or has not */
	/* Counted for tests and metrics. */
	uint64_t activated, delivered, finished;
};

MUST_USE struct qmgr *qmgr_new(const struct qmgr_options *o);
MUST_USE int qmgr_start(struct qmgr *q); /* Error: -ENOMEM, no stacks for its tasks */
PARKS void qmgr_finish(struct qmgr *q, int64_t deadline); /* begins nothing, waits for the rest */
PARKS void qmgr_stop(struct qmgr *q, int64_t deadline);
/* Ends its tasks where they stand, as a kill would: nothing more is written. */
PARKS void qmgr_cancel(struct qmgr *q);
void qmgr_free(struct qmgr *q);

uint64_t qmgr_random(struct qmgr *q);

#endif
