/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A message from the journal travels inside the request: the agent may open nothing in the spool,
 * and a descriptor of the segment would show it its neighbours. One with a file of its own travels
 * as a read-only descriptor of that file.
 *
 * While a delivery is on its way, its message may be promoted, moved, held or deleted. The content that
 * was opened stays good, and the outcomes are noted wherever the message then is.
 */
#include "qmgr/deliver.h"

#include <errno.h>

#include "lib/base/bug.h"
#include "lib/base/err.h"
#include "lib/base/mem.h"
#include "lib/run/run.h"
#include "lib/spool/message_file.h"
#include "lib/sys/fault.h"
#include "lib/sys/file.h"
#include "lib/sys/log.h"
#include "qmgr/activate.h"
#include "qmgr/keep.h"
#include "qmgr/progress.h"

#define ARENA_CAP  ((size_t)256 * 1024 * 1024)
#define INLINE_MAX ((uint64_t)65536) /* content inside a request */
#define SEND_MAX   (5 * TICKS_MINUTE)
#define ANSWER_MAX (6 * TICKS_HOUR) /* an agent that answers later than that is broken */

struct delivery {
	struct agent *agent;
	struct batch batch;
	struct arena arena;
	struct stored stored;
	struct str content; /* of a journal message */
	int fd;             /* of a message file; -1: none */
	struct message_recipient *recipients;
	struct call call;
	/* What came of it. */
	struct message_delivered answer; /* borrows from the call */
	enum delivery_end end;
	struct str reason;
	struct why why;
};

/* --- Reading the message --------------------------------------------------------------------- */

/* The file was not there: it is being moved, or it was. */
PARKS static bool
has_moved(struct qmgr *q, const struct message *m, enum spool_queue from)
{
	while (m->queue == from && m->keeping) {
		if (cond_wait(&q->kept, TICKS_NEVER) < 0)
			return false;
	}
	return m->queue != from;
}

PARKS static int
open_file(struct delivery *d)
{
	const struct message *m = d->batch.message;
	enum spool_queue queue;
	int result;

	do {
		queue = m->queue;
		result = message_load(queue, &m->id, &d->arena, &d->stored, &d->why);
		if (result == 0)
			result = message_open(&d->stored, false, &d->fd, &d->why);
	} while (result == -ENOENT && has_moved(d->agent->qmgr, m, queue));
	return result;
}

/* A record too large for a request; the journal's limit was set so. It gets a file first. */
PARKS static int
leave_journal(struct delivery *d)
{
	struct message *m = d->batch.message;
	struct qmgr *q = d->agent->qmgr;
	int result;

	m->settle = true;
	keep_later(q, m);
	result = keep_wait(q, run_deadline(SEND_MAX));
	if (result == 0 && m->queue == SPOOL_JOURNAL)
		result = ERR_TEMPORARY;
	return result == 0 ? open_file(d) : result;
}

PARKS static int
open_message(struct delivery *d)
{
	const struct message *m = d->batch.message;
	int result;

	if (m->queue != SPOOL_JOURNAL)
		return open_file(d);
	if (m->size > INLINE_MAX)
		return leave_journal(d);
	result =
	    segment_read(m->segment, m->position, m->length, &d->arena, &d->stored, &d->content);
	if (result < 0)
		why_set(&d->why, "message %s cannot be read: %s", m->id.text, err_text(result));
	return result;
}

/* --- The request ------------------------------------------------------------------------------ */

static void
fill_recipients(struct delivery *d)
{
	const struct envelope *e = &d->stored.envelope;
	const struct batch *b = &d->batch;

	d->recipients = ARENA_ARRAY(&d->arena, struct message_recipient, b->count);
	for (uint32_t i = 0; i < b->count; i++) {
		const struct envelope_recipient *r = &e->recipients[b->indexes[i]];

		d->recipients[i] = (struct message_recipient){
			.address = r->address, .original = r->original, .notify = r->notify
		};
	}
}

static struct message_deliver
make_request(struct delivery *d)
{
	const struct envelope *e = &d->stored.envelope;
	const struct batch *b = &d->batch;

	fill_recipients(d);
	return (struct message_deliver){
		.queue_id = queue_id_str(&d->stored.id),
		.sender = e->sender,
		.transport = transport_name(b->site->transport),
		.nexthop = site_nexthop(b->site),
		.flags = e->flags,
		.envid = e->envid,
		.client_name = e->client_name,
		.client_address = e->client_address,
		.client_port = e->client_port,
		.protocol = e->protocol,
		.helo = e->helo,
		.arrival = e->arrival,
		.active = b->message->active,
		.content_offset = d->fd >= 0 ? d->stored.content_offset : 0,
		.content_length = d->stored.content_length,
		.content = d->content,
		.recipients = d->recipients,
		.recipients_count = b->count,
	};
}

PARKS static int
send_request(struct delivery *d)
{
	const struct message_deliver request = make_request(d);
	int fd = d->fd;
	int result;

	d->fd = -1;
	result =
	    call_send_fd(&d->call, MESSAGE_NUMBER_deliver, &request, fd, run_deadline(SEND_MAX));
	FAULT_POINT("qmgr.dispatched");
	return result;
}

/* --- The answer ------------------------------------------------------------------------------- */

/* Each recipient of the request exactly once, with a status that we know. */
static bool
is_complete(const struct delivery *d)
{
	const struct message_delivered *answer = &d->answer;
	AUTO(arena) arena = ARENA_INIT(BATCH_MAX + 64);
	bool *seen = ARENA_ARRAY(&arena, bool, d->batch.count);

	if (answer->outcomes_count != d->batch.count)
		return false;
	for (uint32_t i = 0; i < answer->outcomes_count; i++) {
		const struct message_outcome *o = &answer->outcomes[i];

		if (o->index >= d->batch.count || seen[o->index] || o->status < OUTCOME_DELIVERED ||
		    o->status > OUTCOME_PASSED)
			return false;
		seen[o->index] = true;
	}
	return true;
}

/*
 * The destination itself could not be reached: nobody got it, and each reply is about the network or
 * its routing (RFC 3463, section 3.5: X.4.X).
 */
static bool
is_site_failure(const struct message_delivered *answer)
{
	for (uint32_t i = 0; i < answer->outcomes_count; i++) {
		const struct message_outcome *o = &answer->outcomes[i];

		if (o->status != OUTCOME_DEFERRED || !str_starts(o->dsn, STR("4.4.")))
			return false;
	}
	return true;
}

PARKS static enum agent_end
take_answer(struct delivery *d)
{
	struct frame frame;
	int result = call_wait(&d->call, &frame, run_deadline(ANSWER_MAX));

	FAULT_POINT("qmgr.delivered");
	if (result < 0)
		return AGENT_DIED;
	if (frame.number == MESSAGE_NUMBER_failed)
		return AGENT_REFUSED;
	result = message_decode_delivered(&frame, &d->arena, &d->answer);
	if (result == 0 && is_complete(d))
		return AGENT_ANSWERED;
	log_error("transport %s: %s gave a wrong answer about message %s",
	    d->agent->transport->name, d->agent->caller.channel.peer, d->stored.id.text);
	return AGENT_DIED;
}

/* --- What follows ------------------------------------------------------------------------------ */

/* Queues those that were passed on; how many of the answer's outcomes remain. */
static uint32_t
take_passed(struct delivery *d)
{
	struct batch *b = &d->batch;
	struct message_outcome *outcomes = d->answer.outcomes;
	struct qmgr *q = d->agent->qmgr;
	uint32_t kept = 0;

	for (uint32_t i = 0; i < d->answer.outcomes_count; i++) {
		if (outcomes[i].status == OUTCOME_PASSED)
			activate_passed(q, b->message, outcomes[i].index,
			    transport_name(b->site->transport), outcomes[i].text);
		else
			outcomes[kept++] = outcomes[i];
	}
	if (kept != d->answer.outcomes_count)
		agent_pump_all(q);
	return kept;
}

/* The request's order of recipients becomes the message's. */
static void
note_answer(struct delivery *d)
{
	struct batch *b = &d->batch;
	struct message_delivered *answer = &d->answer;
	AUTO(buf) reason = BUF_INIT(2048);

	d->end = DELIVERY_DONE;
	if (is_site_failure(answer)) {
		const struct message_outcome *first = &answer->outcomes[0];

		d->end = DELIVERY_SITE_FAILED;
		if (buf_addf(&reason, "%.*s %.*s", STR_ARG(first->dsn), STR_ARG(first->text)) == 0)
			d->reason = arena_str(&d->arena, buf_str(&reason));
	}
	for (uint32_t i = 0; i < answer->outcomes_count; i++)
		answer->outcomes[i].index = b->indexes[answer->outcomes[i].index];
	b->message->agent_died = false;
	progress_outcomes(d->agent->qmgr, b->message, answer->outcomes, take_passed(d), true);
}

/* All recipients of the batch are deferred for a reason of ours. */
static void
defer_batch(struct batch *b, struct qmgr *q, struct str text)
{
	struct message_outcome o = {
		.status = OUTCOME_DEFERRED, .dsn = STR("4.3.0"), .text = text
	};

	for (uint32_t i = 0; i < b->count; i++) {
		o.index = b->indexes[i];
		progress_log(b->message, &o);
		progress_outcomes(q, b->message, &o, 1, true);
	}
}

/* Back where they came from, unless something has changed meanwhile. */
static void
requeue(struct batch *b, struct qmgr *q)
{
	struct message *m = b->message;
	struct suspension suspension;

	for (uint32_t i = 0; i < b->count; i++)
		message_set(m, b->indexes[i], RECIPIENT_WAITS);
	if (message_is_stopped(m))
		return;
	if (site_is_suspended(b->site, run_now(), &suspension)) {
		activate_suspended(q, m, b->indexes, b->count, &suspension);
		return;
	}
	for (uint32_t i = 0; i < b->count; i++)
		schedule_add(b->site, m, b->indexes[i]);
}

/*
 * The agent ended, and with it perhaps because of this message. Once is bad luck; the second time the
 * message waits, so that it cannot bring down one agent after the other.
 */
static void
note_death(struct delivery *d)
{
	struct batch *b = &d->batch;
	struct qmgr *q = d->agent->qmgr;

	if (b->message->agent_died)
		defer_batch(b, q, STR("the delivery agent ended before it answered"));
	else
		requeue(b, q);
	b->message->agent_died = true;
}

static void
finish(struct delivery *d, enum agent_end end)
{
	struct agent *a = d->agent;
	struct message *m = d->batch.message;
	struct qmgr *q = a->qmgr;

	call_close(&d->call);
	schedule_finish(&d->batch, d->end, d->reason, run_now());
	if (!list_is_empty(&q->schedule.to_drain))
		cond_signal(&q->suspended_came);
	agent_release(a, end);
	progress_conclude(q, m);
}

PARKS static enum agent_end
carry_out(struct delivery *d)
{
	struct qmgr *q = d->agent->qmgr;
	enum agent_end end = AGENT_REFUSED;
	int result = open_message(d);

	if (result < 0 && result != ERR_CANCELLED) {
		defer_batch(&d->batch, q, str_of(d->why.text));
		return AGENT_NOT_ASKED;
	}
	if (result == 0)
		result = call_open(&d->call, &d->agent->caller, run_deadline(SEND_MAX));
	if (result == 0)
		result = send_request(d);
	if (result == 0)
		end = take_answer(d);
	if (result == ERR_TOO_LONG) {
		defer_batch(&d->batch, q, STR("its envelope is too long for a delivery agent"));
		return AGENT_NOT_ASKED;
	}
	if (end == AGENT_ANSWERED)
		note_answer(d);
	else if (end == AGENT_DIED && !task_is_cancelled())
		note_death(d);
	else
		requeue(&d->batch, q);
	return end;
}

PARKS static void
run_delivery(void *arg)
{
	struct delivery *d = arg;
	enum agent_end end = carry_out(d);

	finish(d, end);
	if (d->fd >= 0)
		sys_close(d->fd);
	arena_drop(&d->arena);
	mem_free(d);
}

int
deliver_start(struct agent *a, struct batch *b)
{
	struct delivery *d = NEW(struct delivery);
	int result;

	d->agent = a;
	d->batch = *b;
	d->fd = -1;
	d->end = DELIVERY_NOT_TRIED;
	arena_init(&d->arena, ARENA_CAP);
	result = task_start(&a->qmgr->deliveries, "delivery", run_delivery, d);
	if (result == 0)
		return 0;
	requeue(b, a->qmgr);
	schedule_finish(b, DELIVERY_NOT_TRIED, STR_NONE, run_now());
	a->in_flight--;
	mem_free(d);
	return result;
}
