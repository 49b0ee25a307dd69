/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A few tasks take messages from a line and do whatever it takes until disk and index agree. What is to
 * be done follows from the message's state alone (next_step), so that nothing has to be remembered
 * between the steps, and a change that comes while one is made is seen by the next.
 *
 * The common end of a message, delivered from the journal at the first attempt, does not come here:
 * its done mark goes out with those of its turn, in one write (keep_done).
 */
#include "qmgr/keep.h"

#include <errno.h>

#include "lib/base/bug.h"
#include "lib/base/err.h"
#include "lib/run/run.h"
#include "lib/spool/message_file.h"
#include "lib/sys/fault.h"
#include "lib/sys/log.h"
#include "qmgr/progress.h"
#include "qmgr/step.h"

#define KEEPERS      8
#define RETRY_WRITES (10 * TICKS_SECOND)

static enum step
next_step(const struct message *m)
{
	bool rests = m->phase == MESSAGE_DEFERRED || m->phase == MESSAGE_HELD;

	if (m->phase == MESSAGE_GONE)
		return m->removed ? STEP_NONE : STEP_REMOVE;
	if (m->phase == MESSAGE_LEAVING)
		return STEP_REQUEUE;
	if (m->queue == SPOOL_JOURNAL)
		return step_queue(m) != SPOOL_JOURNAL ? STEP_PROMOTE : STEP_NONE;
	if ((m->notes != NULL && (rests || m->settle)) || m->expire != m->expire_kept)
		return STEP_UPDATE;
	return step_queue(m) != m->queue ? STEP_MOVE : STEP_NONE;
}

/* --- Done marks, and what reaches the disk within the second --------------------------------- */

void
keep_marks(struct qmgr *q)
{
	if (q->marks_wait)
		return;
	q->marks_wait = true;
	cond_signal(&q->marks_came);
}

void
keep_dirty(struct qmgr *q)
{
	q->journal_is_dirty = true;
	cond_signal(&q->dirt_came);
}

void
keep_done(struct qmgr *q, struct message *m)
{
	segment_done(m->segment, m->position);
	queue_removed(&q->queue, m);
	keep_marks(q);
}

static int
flush_marks(struct qmgr *q)
{
	int result;

	q->marks_wait = false;
	FAULT_POINT("qmgr.done_mark");
	result = journal_flush(&q->journal);
	FAULT_POINT("qmgr.unlinked");
	keep_dirty(q);
	return result;
}

/* An outage is logged when it begins. */
static void
complain(bool *said, const char *what, int error)
{
	if (!*said)
		log_warning("cannot %s: %s; trying again each second", what, err_text(error));
	*said = true;
}

/* One write for all marks of a turn: it flushes behind the tasks that run in it. */
PARKS static void
write_marks(void *arg)
{
	struct qmgr *q = arg;
	bool said = false;
	int result = 0;

	while (result != ERR_CANCELLED) {
		if (!q->marks_wait) {
			result = cond_wait(&q->marks_came, TICKS_NEVER);
			continue;
		}
		result = task_yield();
		if (result < 0)
			break;
		result = flush_marks(q);
		if (result == 0) {
			said = false;
			continue;
		}
		complain(&said, "write done marks", result);
		q->marks_wait = true;
		result = task_sleep(run_deadline(TICKS_SECOND));
	}
}

PARKS static void
sync_journal(void *arg)
{
	struct qmgr *q = arg;
	bool said = false;
	int result = 0;

	while (result != ERR_CANCELLED) {
		if (!q->journal_is_dirty) {
			result = cond_wait(&q->dirt_came, TICKS_NEVER);
			continue;
		}
		result = task_sleep(run_deadline(TICKS_SECOND));
		if (result < 0)
			break;
		q->journal_is_dirty = false;
		result = journal_sync(&q->journal);
		if (result < 0 && result != ERR_CANCELLED) {
			complain(&said, "sync the journal", result);
			q->journal_is_dirty = true;
		}
		said = said && result < 0;
	}
}

/* --- What cannot be done ---------------------------------------------------------------------- */

PARKS static void
quarantine(struct message *m, const struct why *damage)
{
	char from[SPOOL_PATH_MAX], to[SPOOL_PATH_MAX];
	struct why why;

	spool_message_path(m->queue, &m->id, from);
	if (message_quarantine(m->queue, &m->id, to, &why) < 0)
		log_error("%s; %s", damage->text, why.text);
	else
		log_event(EVENT_CORRUPT, F_STR(path, str_of(from)),
		    F_STR(text, str_of(damage->text)), F_STR(destination, str_of(to)));
}

/*
 * What is on disk is not, or no longer, what it should be. It leaves the index and stays where it is,
 * without a done mark: recovery finds it again, or finds out that it is gone.
 */
PARKS static void
give_up(struct qmgr *q, struct message *m, int error, const struct why *why)
{
	schedule_withdraw(m);
	if (m->phase != MESSAGE_GONE)
		queue_forget(&q->queue, m);
	queue_removed(&q->queue, m);
	if (error == ERR_CORRUPT && m->queue != SPOOL_JOURNAL)
		quarantine(m, why);
	else
		log_error("%s; left alone", why->text);
}

static bool
is_hopeless(int error)
{
	return error == ERR_CORRUPT || error == ERR_UNSUPPORTED || error == -ENOENT;
}

static void
try_later(struct qmgr *q, struct message *m, const struct why *why)
{
	if (!q->keep_failed || list_is_empty(&q->unkept))
		log_warning("%s; trying again", why->text);
	q->keep_failed = true;
	if (list_is_empty(&q->unkept)) {
		q->next_retry = run_deadline(RETRY_WRITES);
		cond_signal(&q->timer_changed);
	}
	list_append(&q->unkept, &m->in_keep);
	m->unkept = true;
}

/* --- Keepers ---------------------------------------------------------------------------------- */

PARKS static void
keep(struct qmgr *q, struct message *m)
{
	struct why why = WHY_INIT;
	enum step step;
	int result = 0;

	m->keeping = true;
	while (result == 0 && (step = next_step(m)) != STEP_NONE)
		result = step_take(q, m, step, &why);
	if (is_hopeless(result))
		give_up(q, m, result, &why);
	m->keeping = false;
	if (result == ERR_CANCELLED)
		list_append(&q->queue.to_keep, &m->in_keep); /* for keep_flush() */
	else if (result < 0 && !is_hopeless(result))
		try_later(q, m, &why);
	progress_let_go(q, m);
}

PARKS static void
run_keeper(void *arg)
{
	struct qmgr *q = arg;
	struct list *link;
	int result = 0;

	while (result != ERR_CANCELLED) {
		link = list_take_first(&q->queue.to_keep);
		if (link == NULL) {
			result = cond_wait(&q->keep_came, TICKS_NEVER);
			continue;
		}
		keep(q, CONTAINER_OF(link, struct message, in_keep));
		q->keep_ended++;
		cond_broadcast(&q->kept);
		if (task_is_cancelled())
			result = ERR_CANCELLED;
	}
}

void
keep_later(struct qmgr *q, struct message *m)
{
	/* Whoever keeps it looks again before it stops; who is in a line already, waits there. */
	if (m->keeping || !list_is_empty(&m->in_keep) || next_step(m) == STEP_NONE)
		return;
	list_append(&q->queue.to_keep, &m->in_keep);
	q->keep_ordered++;
	cond_signal(&q->keep_came);
}

int
keep_wait(struct qmgr *q, int64_t deadline)
{
	uint64_t ordered = q->keep_ordered;

	while (q->keep_ended < ordered) {
		int result = cond_wait(&q->kept, deadline);

		if (result < 0)
			return result;
	}
	return 0;
}

void
keep_retry(struct qmgr *q)
{
	struct list *link;

	q->keep_failed = false;
	while ((link = list_take_first(&q->unkept)) != NULL) {
		struct message *m = CONTAINER_OF(link, struct message, in_keep);

		m->unkept = false;
		keep_later(q, m);
	}
}

int
keep_start(struct qmgr *q)
{
	int result = task_start(&q->tasks, "done marks", write_marks, q);

	if (result == 0)
		result = task_start(&q->tasks, "journal sync", sync_journal, q);
	for (int i = 0; i < KEEPERS && result == 0; i++)
		result = task_start(&q->tasks, "keeper", run_keeper, q);
	return result;
}

void
keep_flush(struct qmgr *q)
{
	struct list *link;
	int result;

	keep_retry(q);
	while ((link = list_take_first(&q->queue.to_keep)) != NULL)
		keep(q, CONTAINER_OF(link, struct message, in_keep));
	result = flush_marks(q);
	if (result == 0)
		result = journal_sync(&q->journal);
	if (result < 0)
		log_warning("cannot write done marks: %s", err_text(result));
}
