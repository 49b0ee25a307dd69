/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * One function decides what is next (progress_conclude), whoever changed something: an agent's
 * answer, a clock, an administrator. It looks only at the message's state, so that the order in
 * which things happened does not matter.
 *
 * There is no bounce service in this release: what failed for good, or too long, is kept in hold with
 * its history, where an administrator sees it, and may release or delete it.
 */
#include "qmgr/progress.h"

#include "lib/base/bug.h"
#include "lib/run/run.h"
#include "lib/sys/log.h"
#include "qmgr/keep.h"
#include "qmgr/notes.h"

#define SETTLE (1 * TICKS_SECOND) /* a partial result reaches the disk within it (S16) */

/* --- Outcomes -------------------------------------------------------------------------------- */

static enum recipient_state
state_after(uint32_t status)
{
	switch (status) {
	case OUTCOME_DELIVERED:
		return RECIPIENT_DELIVERED;
	case OUTCOME_BOUNCED:
		return RECIPIENT_FAILED;
	default:
		return RECIPIENT_WAITS;
	}
}

static void
note(struct message *m, const struct message_outcome *o)
{
	const struct recipient *r = &m->recipients[o->index];

	notes_add(&m->notes, &(struct history_result){ .index = o->index,
	                         .status = o->status,
	                         .attempts = r->attempts,
	                         .time = run_wall(),
	                         .dsn = o->dsn,
	                         .text = o->text,
	                         .relay = o->relay });
}

static bool
is_over(const struct message *m)
{
	return m->open == 0 && m->failed == 0;
}

void
progress_outcomes(struct qmgr *q, struct message *m, const struct message_outcome *o,
    uint32_t count, bool attempted)
{
	for (uint32_t i = 0; i < count; i++) {
		struct recipient *r = &m->recipients[o[i].index];

		message_set(m, o[i].index, state_after(o[i].status));
		if (attempted && r->attempts < UINT16_MAX)
			r->attempts++;
		queue_set_reason(
		    &q->queue, r, o[i].status == OUTCOME_DELIVERED ? STR_NONE : o[i].text);
		q->delivered += o[i].status == OUTCOME_DELIVERED;
	}
	if (m->phase == MESSAGE_GONE || is_over(m))
		return; /* the history goes with the message */
	for (uint32_t i = 0; i < count; i++)
		note(m, &o[i]);
}

static const char *
status_word(uint32_t status)
{
	switch (status) {
	case OUTCOME_DELIVERED:
		return "sent";
	case OUTCOME_BOUNCED:
		return "bounced";
	default:
		return "deferred";
	}
}

/* delays=a/b/0/0: before it was taken up, in the queue; nobody connected or transmitted. */
static void
add_delays(const struct message *m, struct buf *out)
{
	int result = event_add_delay(m->active - m->arrival, out);

	if (result == 0)
		result = buf_add_byte(out, '/');
	if (result == 0)
		result = event_add_delay(run_wall() - m->active, out);
	if (result == 0)
		result = buf_add(out, STR("/0/0"));
	BUG_ON(result < 0);
}

void
progress_log(const struct message *m, const struct message_outcome *o)
{
	AUTO(buf) address = BUF_INIT(MESSAGE_ADDRESS_MAX);
	AUTO(buf) delays = BUF_INIT(100);

	message_address(m, &m->recipients[o->index], &address);
	add_delays(m, &delays);
	log_event(EVENT_DELIVERY, F_STR(queue_id, queue_id_str(&m->id)),
	    F_STR(recipient, buf_str(&address)), F_STR(relay, STR("none")),
	    F_DELAY(delay, run_wall() - m->arrival), F_STR(delays, buf_str(&delays)),
	    F_STR(dsn, o->dsn), F_STR(status, str_of(status_word(o->status))),
	    F_STR(text, o->text));
}

/* --- Phases ---------------------------------------------------------------------------------- */

static void
log_words(enum event_id event, const struct message *m)
{
	log_event(event, F_STR(queue_id, queue_id_str(&m->id)), F_STR(sender, message_sender(m)));
}

void
progress_let_go(struct qmgr *q, struct message *m)
{
	if (m->phase == MESSAGE_GONE && m->removed && !m->keeping && !m->routing &&
	    m->in_flight == 0)
		message_free(m, &q->queue.names);
}

/* GONE. The disk follows: a mark at the end of the turn, or a file to be removed. */
static void
leave(struct qmgr *q, struct message *m)
{
	queue_forget(&q->queue, m);
	if (m->unkept) {
		/* What could not be done is not needed any more; what is, may not wait as long. */
		list_remove(&m->in_keep);
		m->unkept = false;
	}
	if (m->queue == SPOOL_JOURNAL && !m->keeping && list_is_empty(&m->in_keep)) {
		keep_done(q, m);
		progress_let_go(q, m);
	} else {
		keep_later(q, m);
	}
}

static void
hold(struct qmgr *q, struct message *m)
{
	queue_set_phase(&q->queue, m, MESSAGE_HELD);
	keep_later(q, m);
}

/* The attempts of the recipient that was tried most often count. */
static uint32_t
attempts(const struct message *m)
{
	uint32_t most = 0;

	for (uint32_t i = 0; i < m->recipient_count; i++) {
		if (m->recipients[i].state == RECIPIENT_WAITS && m->recipients[i].attempts > most)
			most = m->recipients[i].attempts;
	}
	return most;
}

static int64_t
expiry(const struct qmgr *q, const struct message *m)
{
	return policy_expiry(&q->options.policy, m->arrival, m->sender_length == 0);
}

static void
set_timer(struct qmgr *q, struct message *m, int64_t due)
{
	queue_set_timer(&q->queue, m, due);
	if (due < q->timer_due)
		cond_signal(&q->timer_changed);
}

static void
wait_until(struct qmgr *q, struct message *m, int64_t next)
{
	int64_t pause = next - run_wall();

	queue_set_phase(&q->queue, m, MESSAGE_DEFERRED);
	m->next = next;
	set_timer(q, m, run_deadline(pause > 0 ? pause : 0));
}

static void
defer(struct qmgr *q, struct message *m)
{
	int64_t backoff = policy_backoff(&q->options.policy, attempts(m), qmgr_random(q));

	m->flushed = false;
	wait_until(q, m, policy_next(run_wall(), backoff, expiry(q, m), m->least));
	keep_later(q, m);
}

/* Somebody still works on m. What is known already reaches the disk soon. */
static void
settle_soon(struct qmgr *q, struct message *m)
{
	if (m->phase == MESSAGE_GONE || m->notes == NULL || m->settling)
		return;
	m->settling = true;
	set_timer(q, m, run_deadline(SETTLE));
}

void
progress_conclude(struct qmgr *q, struct message *m)
{
	if (!message_is_idle(m)) {
		settle_soon(q, m);
	} else if (m->phase == MESSAGE_GONE) {
		progress_let_go(q, m);
	} else if (is_over(m)) {
		log_event(EVENT_REMOVED, F_STR(queue_id, queue_id_str(&m->id)));
		q->finished++;
		leave(q, m);
	} else if (m->requeue) {
		queue_set_phase(&q->queue, m, MESSAGE_LEAVING);
		keep_later(q, m);
	} else if (m->wants_hold) {
		hold(q, m);
	} else if (m->open == 0) {
		log_words(EVENT_UNDELIVERABLE, m);
		m->wants_hold = true;
		hold(q, m);
	} else if (m->expire || run_wall() >= expiry(q, m)) {
		log_words(m->expire ? EVENT_FORCE_EXPIRED : EVENT_EXPIRED, m);
		m->wants_hold = true;
		hold(q, m);
	} else {
		defer(q, m);
	}
}

void
progress_ready(struct qmgr *q, struct message *m)
{
	m->least = 0;
	queue_set_phase(&q->queue, m, MESSAGE_READY);
	cond_signal(&q->ready_came);
}

void
progress_active(struct qmgr *q, struct message *m)
{
	queue_set_phase(&q->queue, m, MESSAGE_ACTIVE);
	m->routing = true;
	m->settling = false;
	m->active = run_wall();
	q->activated++;
	if (m->queue == SPOOL_JOURNAL)
		set_timer(q, m, run_deadline(q->options.policy.journal_age));
	log_event(EVENT_QUEUE_ACTIVE, F_STR(queue_id, queue_id_str(&m->id)),
	    F_STR(sender, message_sender(m)), F_NUM(size, m->size), F_NUM(nrcpt, m->open));
}

void
progress_timer(struct qmgr *q, struct message *m)
{
	if (m->phase == MESSAGE_DEFERRED) {
		progress_ready(q, m);
		return;
	}
	m->settling = false;
	m->settle = m->notes != NULL || m->queue == SPOOL_JOURNAL;
	keep_later(q, m);
}

void
progress_enter(struct qmgr *q, struct message *m)
{
	queue_add(&q->queue, m);
	if (m->wants_hold || m->queue == SPOOL_HOLD) {
		m->wants_hold = true;
		hold(q, m);
	} else if (m->queue == SPOOL_DEFERRED && m->next > run_wall()) {
		wait_until(q, m, m->next);
	} else {
		progress_ready(q, m);
	}
}

/* --- Orders ---------------------------------------------------------------------------------- */

void
progress_hold(struct qmgr *q, struct message *m)
{
	if (m->phase == MESSAGE_GONE || m->wants_hold)
		return;
	m->wants_hold = true;
	schedule_withdraw(m);
	progress_conclude(q, m);
}

/* What failed for good is open again, and the history says so. */
static void
retry_failed(struct qmgr *q, struct message *m)
{
	for (uint32_t i = 0; i < m->recipient_count; i++) {
		if (m->recipients[i].state != RECIPIENT_FAILED)
			continue;
		message_set(m, i, RECIPIENT_WAITS);
		queue_set_reason(&q->queue, &m->recipients[i], STR_NONE);
		note(m, &(struct message_outcome){ .index = i });
	}
}

void
progress_release(struct qmgr *q, struct message *m)
{
	if (m->phase == MESSAGE_GONE || !m->wants_hold)
		return;
	m->wants_hold = false;
	retry_failed(q, m);
	if (m->phase != MESSAGE_HELD)
		return; /* what is in flight decides */
	progress_ready(q, m);
	keep_later(q, m);
}

void
progress_flush(struct qmgr *q, struct message *m)
{
	if (m->phase != MESSAGE_DEFERRED)
		return;
	m->flushed = true;
	progress_ready(q, m);
}

void
progress_delete(struct qmgr *q, struct message *m)
{
	if (m->phase == MESSAGE_GONE)
		return;
	schedule_withdraw(m);
	leave(q, m);
}

void
progress_expire(struct qmgr *q, struct message *m)
{
	if (m->phase == MESSAGE_GONE || m->expire)
		return;
	m->expire = true;
	m->settle = m->settle || m->queue == SPOOL_JOURNAL;
	keep_later(q, m);
}

void
progress_requeue(struct qmgr *q, struct message *m)
{
	if (message_is_stopped(m) && !m->wants_hold)
		return;
	m->requeue = true;
	schedule_withdraw(m);
	progress_conclude(q, m);
}

void
progress_requeued(struct qmgr *q, struct message *m)
{
	q->finished++;
	queue_forget(&q->queue, m);
}
