/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Agents are filled one after the other rather than evenly: a worker that has a session with a
 * destination open, or a mailbox's child running, is the best one for the next message there. A
 * second is asked for only when the first has said all it takes.
 */
#include "qmgr/agent.h"

#include "lib/base/err.h"
#include "lib/base/mem.h"
#include "lib/run/run.h"
#include "lib/sys/log.h"
#include "qmgr/deliver.h"

#define AGENTS_MAX   8u /* connections of one transport */
#define CONNECT_MAX  (10 * TICKS_SECOND)
#define IDLE_MAX     (100 * TICKS_SECOND)
#define PAUSE_FIRST  (100 * TICKS_MS)
#define PAUSE_GROWTH TICKS_MINUTE

struct agents {
	struct list all;
	uint32_t count;
	bool connecting; /* one of them is not open yet */
	int64_t pause;   /* before the next connection; grows with each death */
	int64_t not_before;
	int64_t no_growth; /* beside the open ones there is none to be had until then */
};

static struct agents *
agents_of(struct transport *t)
{
	struct agents *agents = t->agents;

	if (agents == NULL) {
		agents = t->agents = NEW(struct agents);
		list_init(&agents->all);
	}
	return agents;
}

static bool
has_room(const struct agent *a)
{
	return a->open && !a->leaving && caller_is_open(&a->caller) &&
	       a->in_flight < a->caller.slot_count;
}

static struct agent *
find_room(const struct agents *agents)
{
	LIST_EACH (it, &agents->all) {
		struct agent *a = CONTAINER_OF(it, struct agent, in_transport);

		if (has_room(a))
			return a;
	}
	return NULL;
}

/* --- The life of a connection ---------------------------------------------------------------- */

static void
suspend(struct qmgr *q, struct transport *t, const struct why *why)
{
	AUTO(buf) reason = BUF_INIT(600);
	int64_t until = run_deadline(q->options.policy.transport_retry);

	log_warning("transport %s: %s", t->name, why->text);
	if (buf_addf(&reason, "4.3.0 mail transport unavailable: %s", why->text) < 0)
		buf_clear(&reason);
	transport_suspend(t, until, buf_str(&reason));
	cond_signal(&q->suspended_came);
}

static bool
has_open_one(const struct agents *agents)
{
	LIST_EACH (it, &agents->all) {
		const struct agent *a = CONTAINER_OF(it, struct agent, in_transport);

		if (a->open && caller_is_open(&a->caller))
			return true;
	}
	return false;
}

/* Where others serve the transport, all that follows is that they stay as many as they are. */
static void
note_failure(struct qmgr *q, struct transport *t, const struct why *why)
{
	struct agents *agents = agents_of(t);

	if (has_open_one(agents))
		agents->no_growth = run_deadline(PAUSE_GROWTH);
	else
		suspend(q, t, why);
}

PARKS static int
connect_agent(struct agent *a)
{
	struct qmgr *q = a->qmgr;
	struct agents *agents = agents_of(a->transport);
	struct why why = WHY_INIT;
	int result = 0;

	if (agents->not_before > run_now())
		result = task_sleep(agents->not_before);
	if (result == 0)
		result = q->options.connect(q->options.context, transport_name(a->transport),
		    &a->caller, run_deadline(CONNECT_MAX), &why);
	agents->connecting = false;
	if (result < 0 && result != ERR_CANCELLED)
		note_failure(q, a->transport, &why);
	return result;
}

/* Until the agent is of no more use, and nothing is in flight on it. */
PARKS static void
serve(struct agent *a)
{
	int result = 0;

	while (result != ERR_CANCELLED) {
		bool usable = caller_is_open(&a->caller) && !a->leaving;

		if (a->in_flight == 0 && (!usable || result == ERR_TIMEOUT))
			break;
		result = cond_wait(&a->caller.room, run_deadline(IDLE_MAX));
	}
}

PARKS static void
run_agent(void *arg)
{
	struct agent *a = arg;
	struct qmgr *q = a->qmgr;
	struct transport *t = a->transport;

	if (connect_agent(a) == 0) {
		a->open = true;
		agent_pump(q, t);
		serve(a);
		a->open = false;
		caller_close(&a->caller);
	}
	list_remove(&a->in_transport);
	agents_of(t)->count--;
	mem_free(a);
	agent_pump(q, t);
}

static void
start_agent(struct qmgr *q, struct transport *t)
{
	struct agents *agents = agents_of(t);
	struct agent *a;

	if (agents->connecting || agents->count == AGENTS_MAX)
		return;
	if (agents->no_growth > run_now() && has_open_one(agents))
		return; /* deliveries that end ask again */
	a = NEW(struct agent);
	a->qmgr = q;
	a->transport = t;
	if (task_start(&q->agents, t->name, run_agent, a) < 0) {
		mem_free(a); /* the next pump tries again */
		return;
	}
	list_append(&agents->all, &a->in_transport);
	agents->count++;
	agents->connecting = true;
}

/* --- Work ------------------------------------------------------------------------------------ */

void
agent_pump(struct qmgr *q, struct transport *t)
{
	struct agents *agents;
	struct agent *a;
	struct batch b;

	if (q->stopping)
		return;
	if (t->suspended > run_now()) {
		cond_signal(&q->suspended_came);
		return;
	}
	agents = agents_of(t);
	while ((a = find_room(agents)) != NULL && schedule_take(t, &b)) {
		a->in_flight++;
		if (deliver_start(a, &b) < 0)
			return; /* no stack to be had; deliveries that end come here again */
	}
	if (a == NULL && !list_is_empty(&t->turn))
		start_agent(q, t);
}

void
agent_pump_all(struct qmgr *q)
{
	LIST_EACH (it, &q->schedule.transports) {
		struct transport *t = CONTAINER_OF(it, struct transport, in_schedule);

		if (!list_is_empty(&t->turn))
			agent_pump(q, t);
	}
}

/* The first delivery that notices counts; the others went down with the same agent. */
static void
lose(struct agent *a, bool died)
{
	struct agents *agents = agents_of(a->transport);
	int64_t most = a->qmgr->options.policy.transport_retry;

	if (a->leaving)
		return;
	a->leaving = true;
	if (agents->pause == 0 || !died)
		agents->pause = PAUSE_FIRST;
	else
		agents->pause = ticks_min(2 * agents->pause, most);
	agents->not_before = run_deadline(agents->pause);
}

void
agent_release(struct agent *a, enum agent_end end)
{
	a->in_flight--;
	if (end == AGENT_ANSWERED)
		agents_of(a->transport)->pause = 0;
	else if (end != AGENT_NOT_ASKED)
		lose(a, end == AGENT_DIED);
	agent_pump(a->qmgr, a->transport);
}

void
agent_stop(struct qmgr *q)
{
	group_end(&q->agents);
	LIST_EACH (it, &q->schedule.transports) {
		struct transport *t = CONTAINER_OF(it, struct transport, in_schedule);

		mem_free(t->agents);
		t->agents = NULL;
	}
}
