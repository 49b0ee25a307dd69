/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Routes are looked up at each attempt, from the addresses in memory, so that a change of
 * configuration or tables reaches mail that is already queued. A look-up may park (a database far
 * away); so several activators share the line, and one slow table keeps only them waiting.
 *
 * Not done: to keep a destination's mail queued while it is suspended. It would wait in memory without
 * a word in its history, and the log would not say why.
 */
#include "qmgr/activate.h"

#include "lib/base/err.h"
#include "lib/base/mem.h"
#include "lib/mail/address.h"
#include "lib/mail/dsn.h"
#include "lib/run/run.h"
#include "lib/sys/log.h"
#include "qmgr/agent.h"
#include "qmgr/builtin.h"
#include "qmgr/keep.h"
#include "qmgr/progress.h"

#define ACTIVATORS  8
#define RESOLVE_MAX (60 * TICKS_SECOND)
#define YIELD_EACH  128u
#define SWEEP_SITES TICKS_MINUTE
#define PASSES_MAX  3 /* from one transport to another, in one attempt */

/* --- Outcomes that need no agent ------------------------------------------------------------- */

static void
decide(struct qmgr *q, struct message *m, const struct message_outcome *o)
{
	progress_log(m, o);
	progress_outcomes(q, m, o, 1, false);
}

/* Wall time of a point of the monotonic clock. */
static int64_t
wall_at(int64_t when)
{
	return ticks_add(run_wall(), when - run_now());
}

void
activate_suspended(struct qmgr *q, struct message *m, const uint32_t *indexes, uint32_t count,
    const struct suspension *s)
{
	AUTO(buf) text = BUF_INIT(1024);
	struct message_outcome o = { .status = OUTCOME_DEFERRED, .dsn = STR("4.0.0") };
	struct str reason = s->reason;
	struct dsn dsn;

	if (dsn_take(&reason, &dsn))
		o.dsn = dsn_str(&dsn);
	if (buf_addf(&text, "delivery temporarily suspended: %.*s", STR_ARG(reason)) < 0)
		buf_clear(&text);
	o.text = buf_str(&text);
	if (wall_at(s->until) > m->least)
		m->least = wall_at(s->until);
	for (o.index = 0; count > 0; count--) {
		o.index = *indexes++;
		decide(q, m, &o);
	}
}

static void
no_route(struct qmgr *q, struct message *m, uint32_t index, const struct why *why)
{
	decide(q, m,
	    &(struct message_outcome){ .index = index,
	        .status = OUTCOME_DEFERRED,
	        .dsn = STR("4.3.0"),
	        .text = str_of(why->text) });
}

static void
wait_for_flush(struct qmgr *q, struct message *m, uint32_t index)
{
	decide(q, m,
	    &(struct message_outcome){ .index = index,
	        .status = OUTCOME_DEFERRED,
	        .dsn = STR("4.3.2"),
	        .text = STR("deferred transport") });
}

/* --- Activators ------------------------------------------------------------------------------ */

static void
queue_recipient(struct qmgr *q, struct message *m, uint32_t index, struct str address,
    struct str transport, struct str nexthop)
{
	struct transport *t = schedule_transport(&q->schedule, transport);
	struct site *site = schedule_site(t, nexthop, address);
	struct suspension suspension;

	if (t->limits.on_demand && !m->flushed) {
		wait_for_flush(q, m, index);
		schedule_let_go(site);
	} else if (site_is_suspended(site, run_now(), &suspension)) {
		activate_suspended(q, m, &index, 1, &suspension);
		schedule_let_go(site);
	} else {
		schedule_add(site, m, index);
	}
}

static void
dispatch(struct qmgr *q, struct message *m, uint32_t index, struct str address,
    struct str transport, struct str nexthop)
{
	struct message_outcome outcome = { .index = index };

	if (builtin_outcome(transport, nexthop, &outcome))
		decide(q, m, &outcome);
	else
		queue_recipient(q, m, index, address, transport, nexthop);
}

/*
 * transport ":" [ nexthop ], in the place of a route; without a next hop, it is the recipient's domain.
 */
static int
take_filter(struct str filter, struct str address, struct route *out, struct why *why)
{
	size_t colon = str_index(filter, ':');
	struct str nexthop = str_from(filter, colon + 1);

	if (nexthop.n == 0)
		nexthop = address_from_internal(address).domain;
	if (buf_add(&out->transport, str_part(filter, 0, colon)) == 0 &&
	    buf_add(&out->nexthop, nexthop) == 0)
		return 0;
	why_set(why, "the content filter \"%.*s\" is too long", STR_ARG(filter));
	return ERR_TOO_LONG;
}

PARKS static int
find_route(
    struct qmgr *q, struct message *m, struct str address, struct route *out, struct why *why)
{
	if (m->filter != NULL)
		return take_filter(name_str(m->filter), address, out, why);
	return q->options.resolve(q->options.context, address, out, run_deadline(RESOLVE_MAX), why);
}

PARKS static void
route_recipient(struct qmgr *q, struct message *m, uint32_t index)
{
	AUTO(buf) address = BUF_INIT(MESSAGE_ADDRESS_MAX);
	AUTO(route) route;
	struct why why = WHY_INIT;
	int result;

	m->recipients[index].passes = 0;
	route_init(&route);
	message_address(m, &m->recipients[index], &address);
	result = find_route(q, m, buf_str(&address), &route, &why);
	if (message_is_stopped(m) || result == ERR_CANCELLED)
		return;
	if (result < 0)
		no_route(q, m, index, &why);
	else
		dispatch(q, m, index, buf_str(&address), buf_str(&route.transport),
		    buf_str(&route.nexthop));
}

void
activate_passed(struct qmgr *q, struct message *m, uint32_t index, struct str from, struct str to)
{
	AUTO(buf) address = BUF_INIT(MESSAGE_ADDRESS_MAX);
	struct recipient *r = &m->recipients[index];
	struct str transport = str_part(to, 0, str_index(to, ':'));
	struct str nexthop = str_from(to, transport.n + 1);
	struct message_outcome wrong = { .index = index,
		.status = OUTCOME_DEFERRED,
		.dsn = STR("4.3.5"),
		.text = STR("transports pass it on to each other") };

	message_set(m, index, RECIPIENT_WAITS);
	if (message_is_stopped(m))
		return;
	message_address(m, r, &address);
	if (nexthop.n == 0)
		nexthop = str_from(buf_str(&address), str_rindex(buf_str(&address), '@') + 1);
	if (transport.n == 0 || str_equal(transport, from) || r->passes++ == PASSES_MAX)
		decide(q, m, &wrong);
	else
		dispatch(q, m, index, buf_str(&address), transport, nexthop);
}

PARKS static void
activate(struct qmgr *q, struct message *m)
{
	unsigned routed = 0;

	progress_active(q, m);
	for (uint32_t i = 0; i < m->recipient_count; i++) {
		if (message_is_stopped(m) || m->expire)
			break;
		if (m->recipients[i].state != RECIPIENT_WAITS)
			continue;
		route_recipient(q, m, i);
		if (++routed % YIELD_EACH == 0 && task_yield() < 0)
			break;
	}
	m->routing = false;
	if (message_is_stopped(m))
		schedule_withdraw(m);
	agent_pump_all(q);
	if (!task_is_cancelled())
		progress_conclude(q, m);
}

PARKS static void
run_activator(void *arg)
{
	struct qmgr *q = arg;
	int result = 0;

	while (result != ERR_CANCELLED) {
		if (list_is_empty(&q->queue.ready)) {
			result = cond_wait(&q->ready_came, TICKS_NEVER);
			continue;
		}
		activate(q, CONTAINER_OF(q->queue.ready.next, struct message, in_ready));
		if (task_is_cancelled())
			result = ERR_CANCELLED;
	}
}

/* --- The timer ------------------------------------------------------------------------------- */

PARKS static int
take_due(struct qmgr *q)
{
	struct wheel_entry *e;
	unsigned taken = 0;

	while ((e = wheel_take_due(&q->queue.wheel, run_now())) != NULL) {
		progress_timer(q, CONTAINER_OF(e, struct message, timer));
		if (++taken % YIELD_EACH == 0 && task_yield() < 0)
			return ERR_CANCELLED;
	}
	return 0;
}

static int64_t
keep_house(struct qmgr *q, int64_t next)
{
	if (!list_is_empty(&q->unkept) && run_now() >= q->next_retry)
		keep_retry(q);
	if (!list_is_empty(&q->unkept))
		next = ticks_min(next, q->next_retry);
	if (!list_is_empty(&q->schedule.failing)) {
		schedule_sweep(&q->schedule, run_now());
		next = ticks_min(next, run_deadline(SWEEP_SITES));
	}
	return next;
}

PARKS static void
run_timer(void *arg)
{
	struct qmgr *q = arg;
	int result = 0;

	while (result != ERR_CANCELLED) {
		q->timer_due = 0;
		result = take_due(q);
		if (result < 0)
			break;
		q->timer_due = keep_house(q, wheel_next(&q->queue.wheel));
		result = cond_wait(&q->timer_changed, q->timer_due);
	}
}

/* --- The drainer ----------------------------------------------------------------------------- */

PARKS static void
run_drainer(void *arg)
{
	struct qmgr *q = arg;
	struct suspension suspension;
	struct batch b;
	int result = 0;

	while (result != ERR_CANCELLED) {
		if (!schedule_take_suspended(&q->schedule, run_now(), &b, &suspension)) {
			result = cond_wait(&q->suspended_came, TICKS_NEVER);
			continue;
		}
		activate_suspended(q, b.message, b.indexes, b.count, &suspension);
		mem_free(b.indexes);
		progress_conclude(q, b.message);
		result = task_yield();
	}
}

int
activate_start(struct qmgr *q)
{
	int result = task_start(&q->tasks, "timer", run_timer, q);

	if (result == 0)
		result = task_start(&q->tasks, "drainer", run_drainer, q);
	for (int i = 0; i < ACTIVATORS && result == 0; i++)
		result = task_start(&q->tasks, "activator", run_activator, q);
	return result;
}
