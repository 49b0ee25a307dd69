/* SPDX-License-Identifier: BSD-2-Clause */
#include "qmgr/qmgr.h"

#include "lib/base/err.h"
#include "lib/base/mem.h"
#include "lib/run/run.h"
#include "lib/sys/log.h"
#include "qmgr/activate.h"
#include "qmgr/agent.h"
#include "qmgr/keep.h"
#include "qmgr/recovery.h"

static void
init_conds(struct qmgr *q)
{
	struct cond *const all[] = { &q->ready_came, &q->keep_came, &q->timer_changed,
		&q->marks_came, &q->dirt_came, &q->suspended_came, &q->orphan_came,
		&q->recovery_ended, &q->kept };

	for (size_t i = 0; i < ARRAY_LEN(all); i++)
		cond_init(all[i]);
}

struct qmgr *
qmgr_new(const struct qmgr_options *o)
{
	struct qmgr *q = NEW(struct qmgr);
	const struct schedule_options schedule = {
		.limits = o->limits,
		.context = o->context,
		.suspend_least = o->policy.backoff_least,
		.suspend_most = o->policy.backoff_most,
	};

	q->options = *o;
	q->random = o->seed | 1;
	queue_init(&q->queue, run_now());
	schedule_init(&q->schedule, &schedule, &q->queue.names);
	journal_init(&q->journal);
	list_init(&q->unkept);
	list_init(&q->orphans);
	group_init(&q->tasks);
	group_init(&q->agents);
	group_init(&q->deliveries);
	init_conds(q);
	return q;
}

int
qmgr_start(struct qmgr *q)
{
	int result = keep_start(q);

	if (result == 0)
		result = activate_start(q);
	return result == 0 ? recovery_start(q) : result;
}

void
qmgr_finish(struct qmgr *q, int64_t deadline)
{
	q->stopping = true;
	if (group_wait(&q->deliveries, deadline) == ERR_TIMEOUT)
		log_info("%zu deliveries are given up; they are tried again", q->deliveries.count);
}

void
qmgr_cancel(struct qmgr *q)
{
	q->stopping = true;
	group_end(&q->deliveries);
	agent_stop(q);
	group_end(&q->tasks);
}

void
qmgr_stop(struct qmgr *q, int64_t deadline)
{
	qmgr_finish(q, deadline);
	qmgr_cancel(q);
	keep_flush(q);
}

void
qmgr_free(struct qmgr *q)
{
	struct map_cursor c = MAP_START;

	while (map_next(&q->queue.by_id, &c))
		schedule_withdraw(c.value);
	schedule_drop(&q->schedule);
	queue_drop(&q->queue);
	recovery_drop(q);
	journal_drop(&q->journal);
	mem_free(q);
}

/* xorshift64*: for jitter; nobody gains by guessing it. */
uint64_t
qmgr_random(struct qmgr *q)
{
	q->random ^= q->random >> 12;
	q->random ^= q->random << 25;
	q->random ^= q->random >> 27;
	return (q->random * 2685821657736338717u) >> 11;
}
