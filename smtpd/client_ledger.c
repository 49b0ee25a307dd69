/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A limit over all processes wants one place that knows, and asking it for each connection costs each
 * client a wait and us four system calls and two switches. So a process counts for itself and
 * tells anvil once a second what has changed, for all clients in one frame; the answer brings the sums.
 * Only who could pass a limit waits: its report leaves at once, with all that wait in the same turn.
 *
 * How exact that is: a session may begin without a wait only if the sum last heard leaves room and
 * anvil has confirmed all sessions of this client here but this one. So each process has at most one
 * session of a client that anvil did not count before it was let in, and a limit is passed by less
 * than the number of processes. A rate that is limited is always asked for, and exact. The end of a
 * session is told at once where the client has many, lest another process refuse it for a second.
 *
 * The way not chosen: shares of a limit that anvil lends to processes. It is exact without waiting,
 * and needs a way to call shares back from a process that does not use them.
 *
 * Invariants:
 *	1. A count is kept while it has a session, or anvil is still to hear of it or to answer.
 *	2. A count is in `untold` or not; while it is in flight it may be in `untold` as well.
 *	3. At most one report is in flight, so that an answer needs no names.
 *	4. Without a channel, nothing is in flight, and anvil is taken to know nothing.
 */
#include "smtpd/client_ledger.h"

#include "lib/base/bug.h"
#include "lib/base/err.h"
#include "lib/base/mem.h"
#include "lib/io/connect.h"
#include "lib/run/run.h"
#include "lib/sys/log.h"

#define REPORT_EVERY     TICKS_SECOND
#define ANSWER_TIME      TICKS_SECOND
#define CONNECT_DEADLINE (10 * TICKS_SECOND)
#define PAUSE_FIRST      (100 * TICKS_MS)
#define PAUSE_MAX        (5 * TICKS_SECOND)
#define BLOCK_MAX        64 /* of message.def */

/* Events are counted up and wrap; only differences are looked at. */
struct client_count {
	struct list in_untold;
	bool in_flight;
	uint32_t open; /* sessions here */
	uint32_t peak; /* the most of them since the last report */
	uint32_t came[CLIENT_EVENTS];
	/* As last reported. */
	uint32_t told_open;
	uint32_t told[CLIENT_EVENTS];
	/* As last answered: what that report had said, and the sums over all processes. */
	uint32_t confirmed_open;
	uint32_t answered[CLIENT_EVENTS];
	uint32_t elsewhere; /* sessions in other processes */
	uint32_t sums[CLIENT_EVENTS];
	size_t block_length;
	char block[];
};

/* --- Counts ---------------------------------------------------------------------------------- */

static struct str
block_of(const struct client_count *k)
{
	return str_make(k->block, k->block_length);
}

static bool
is_untold(const struct client_count *k)
{
	return !list_is_empty(&k->in_untold);
}

static void
untold_add(struct client_ledger *l, struct client_count *k)
{
	if (is_untold(k))
		return;
	if (l->untold_count++ == 0)
		l->report_at = run_deadline(REPORT_EVERY);
	list_append(&l->untold, &k->in_untold);
	cond_signal(&l->work);
}

static void
hurry(struct client_ledger *l)
{
	l->urgent = true;
	cond_signal(&l->work);
}

static void
untold_remove(struct client_ledger *l, struct client_count *k)
{
	if (!is_untold(k))
		return;
	list_remove(&k->in_untold);
	l->untold_count--;
}

static void
remove_if_done(struct client_ledger *l, struct client_count *k)
{
	if (k->open != 0 || k->in_flight || is_untold(k))
		return;
	map_remove(&l->counts, block_of(k));
	mem_free(k);
}

static struct client_count *
add_count(struct client_ledger *l, struct str block)
{
	struct client_count *k = mem_new(sizeof(*k) + block.n);

	list_init(&k->in_untold);
	k->block_length = block.n;
	memcpy(k->block, block.p, block.n);
	map_put(&l->counts, block_of(k), k);
	return k;
}

/* Nobody will hear of it. */
static void
forget_if_outage(struct client_ledger *l, struct client_count *k)
{
	if (!l->outage)
		return;
	untold_remove(l, k);
	remove_if_done(l, k);
}

/* --- Reports --------------------------------------------------------------------------------- */

static struct message_client_activity
activity_of(const struct client_count *k)
{
	uint32_t came[CLIENT_EVENTS];

	for (int e = 0; e < CLIENT_EVENTS; e++)
		came[e] = k->came[e] - k->told[e];
	return (struct message_client_activity){
		.client = block_of(k),
		.open = k->open,
		.peak = k->peak,
		.connections = came[CLIENT_CONNECTIONS],
		.messages = came[CLIENT_MESSAGES],
		.recipients = came[CLIENT_RECIPIENTS],
		.tls_sessions = came[CLIENT_TLS_SESSIONS],
		.auths = came[CLIENT_AUTHS],
	};
}

/* The oldest of the untold go into the report that will be in flight. */
static void
fill_report(struct client_ledger *l, struct message_client_report *r)
{
	while (r->clients_count < CLIENT_REPORT_MAX && !list_is_empty(&l->untold)) {
		struct client_count *k =
		    CONTAINER_OF(l->untold.next, struct client_count, in_untold);

		untold_remove(l, k);
		r->clients[r->clients_count++] = activity_of(k);
		k->told_open = k->peak = k->open;
		memcpy(k->told, k->came, sizeof(k->told));
		k->in_flight = true;
		l->in_flight[l->in_flight_count++] = k;
	}
}

PARKS static int
send_report(struct client_ledger *l)
{
	size_t room = l->untold_count < CLIENT_REPORT_MAX ? l->untold_count : CLIENT_REPORT_MAX;
	struct message_client_report r = { .service = str_of(l->service) };
	int result;

	r.clients = mem_array(room, sizeof(*r.clients));
	fill_report(l, &r);
	l->urgent = l->untold_count != 0 && l->urgent;
	l->report_at = run_deadline(REPORT_EVERY);
	l->answer_by = run_deadline(ANSWER_TIME);
	result = channel_send_client_report(&l->channel, 0, &r, run_deadline(ANSWER_TIME));
	mem_free(r.clients);
	return result;
}

static void
take_total(struct client_count *k, const struct message_client_total *t)
{
	k->confirmed_open = k->told_open;
	k->elsewhere = t->open > k->told_open ? t->open - k->told_open : 0;
	memcpy(k->answered, k->told, sizeof(k->answered));
	k->sums[CLIENT_CONNECTIONS] = t->connections;
	k->sums[CLIENT_MESSAGES] = t->messages;
	k->sums[CLIENT_RECIPIENTS] = t->recipients;
	k->sums[CLIENT_TLS_SESSIONS] = t->tls_sessions;
	k->sums[CLIENT_AUTHS] = t->auths;
}

/* totals: of the report in flight; NULL: none will come. */
static void
land(struct client_ledger *l, const struct message_client_total *totals)
{
	for (size_t i = 0; i < l->in_flight_count; i++) {
		struct client_count *k = l->in_flight[i];

		k->in_flight = false;
		if (totals != NULL)
			take_total(k, &totals[i]);
		remove_if_done(l, k);
	}
	l->in_flight_count = 0;
	cond_broadcast(&l->answered);
	cond_signal(&l->work);
}

PARKS static int
receive_totals(struct client_ledger *l)
{
	AUTO(arena) arena = ARENA_INIT((size_t)1024 * 1024);
	struct message_client_totals totals;
	struct frame f;
	int result = channel_receive(&l->channel, &f, TICKS_NEVER);

	if (result == 0)
		result = message_decode_client_totals(&f, &arena, &totals);
	if (result == 0 && totals.clients_count != l->in_flight_count)
		result = ERR_PROTOCOL;
	if (result == 0)
		land(l, totals.clients);
	return result;
}

PARKS static void
run_reader(void *arg)
{
	struct client_ledger *l = arg;

	while (receive_totals(l) == 0)
		;
	l->broken = true;
	cond_signal(&l->work);
}

/* --- One channel ----------------------------------------------------------------------------- */

/* Until the next report can leave, or there is something else to see to. */
PARKS static int
await_work(struct client_ledger *l)
{
	if (l->in_flight_count != 0)
		return cond_wait(&l->work, l->answer_by);
	if (l->untold_count == 0)
		return cond_wait(&l->work, TICKS_NEVER);
	if (cond_wait(&l->work, l->report_at) == ERR_CANCELLED)
		return ERR_CANCELLED;
	return 0;
}

static bool
is_due(const struct client_ledger *l)
{
	return l->in_flight_count == 0 && l->untold_count != 0 &&
	       (l->urgent || l->closing || l->untold_count >= CLIENT_REPORT_MAX ||
	           run_now() >= l->report_at);
}

/* 0: we are closing. */
PARKS static int
converse(struct client_ledger *l)
{
	int result = 0;

	while (result == 0 && !l->broken && (!l->closing || is_due(l)))
		result = is_due(l) ? send_report(l) : await_work(l);
	if (result == 0 && !l->broken)
		return channel_flush(&l->channel, run_deadline(ANSWER_TIME));
	return l->broken ? ERR_EOF : result;
}

/* A new anvil, or one that has taken our sessions for over, is told all. */
static void
tell_all(struct client_ledger *l)
{
	struct map_cursor cursor = MAP_START;

	while (map_next(&l->counts, &cursor))
		untold_add(l, cursor.value);
	l->urgent = l->untold_count != 0;
}

/* What anvil knew is not known any more. */
static void
untell_all(struct client_ledger *l)
{
	struct map_cursor cursor = MAP_START;

	l->outage = true;
	land(l, NULL);
	while (map_next(&l->counts, &cursor)) {
		struct client_count *k = cursor.value;

		k->told_open = k->confirmed_open = k->elsewhere = 0;
		memset(k->sums, 0, sizeof(k->sums));
		forget_if_outage(l, k);
	}
}

PARKS static int
use_channel(struct client_ledger *l)
{
	struct group reader;
	int result;

	l->broken = false;
	l->outage = false;
	tell_all(l);
	group_init(&reader);
	result = task_start(&reader, "anvil reader", run_reader, l);
	if (result == 0)
		result = converse(l);
	group_end(&reader);
	channel_close(&l->channel);
	return result;
}

/* --- The task -------------------------------------------------------------------------------- */

PARKS static int
open_socket(void *context, struct channel *c, int64_t deadline, struct why *why)
{
	static const struct channel_options options = {
		.protocol = CHANNEL_COUNTS,
		.program = "smtpd",
		.capacity = 1,
	};
	const char *path = context;
	int fd, result;

	result = connect_unix(path, &fd, deadline);
	if (result < 0) {
		why_set(why, "%s: %s", path, err_text(result));
		return result;
	}
	return channel_open(c, fd, &options, deadline, why);
}

struct outage {
	bool warned;
	int64_t pause;
};

PARKS static void
run_once(struct client_ledger *l, struct outage *o)
{
	struct why why = WHY_INIT;
	int result;

	result = l->open(l->context, &l->channel, run_deadline(CONNECT_DEADLINE), &why);
	if (result == 0) {
		if (o->warned)
			log_info("the anvil service is back");
		*o = (struct outage){ .pause = PAUSE_FIRST };
		result = use_channel(l);
		why_set(&why, "%s", err_text(result));
	}
	untell_all(l);
	if (result == 0 || result == ERR_EOF || result == ERR_CANCELLED || o->warned)
		return; /* a channel that ends is a reload, mostly */
	log_warning("no answer from the anvil service: %s; each process limits its clients by "
	            "itself",
	    why.text);
	o->warned = true;
}

/* ERR_CANCELLED, or 0: it is time to try again, for a client is there. */
PARKS static int
rest(struct client_ledger *l, int64_t until)
{
	int result = 0;

	while (result == 0 && !l->closing && run_now() < until)
		if (cond_wait(&l->work, until) == ERR_CANCELLED)
			result = ERR_CANCELLED;
	while (result == 0 && !l->closing && l->counts.count == 0)
		result = cond_wait(&l->work, TICKS_NEVER);
	return result;
}

PARKS static void
run_ledger(void *arg)
{
	struct client_ledger *l = arg;
	struct outage outage = { .pause = PAUSE_FIRST };
	int result = 0;

	while (!l->closing && result == 0) {
		run_once(l, &outage);
		result = rest(l, run_deadline(outage.pause));
		outage.pause = ticks_min(2 * outage.pause, PAUSE_MAX);
	}
}

/* --- Sessions -------------------------------------------------------------------------------- */

static void
start_task(struct client_ledger *l)
{
	if (l->tasks.count == 0 && task_start(&l->tasks, "anvil", run_ledger, l) < 0)
		l->outage = true;
}

struct client_count *
client_ledger_enter(struct client_ledger *l, struct str block)
{
	struct client_count *k;

	block = str_part(block, 0, BLOCK_MAX);
	k = map_find(&l->counts, block);
	if (k == NULL)
		k = add_count(l, block);
	k->open++;
	if (k->open > k->peak)
		k->peak = k->open;
	untold_add(l, k);
	start_task(l);
	return k;
}

void
client_ledger_leave(struct client_ledger *l, struct client_count *k)
{
	BUG_ON(k->open == 0);
	k->open--;
	untold_add(l, k);
	if (k->elsewhere + k->told_open >= l->eager)
		hurry(l);
	forget_if_outage(l, k);
}

uint32_t
client_ledger_note(struct client_ledger *l, struct client_count *k, enum client_event e)
{
	untold_add(l, k);
	return ++k->came[e];
}

static bool
is_answered(const struct client_count *k, enum client_event e, uint32_t event)
{
	return (int32_t)(k->answered[e] - event) >= 0;
}

void
client_ledger_settle(
    struct client_ledger *l, struct client_count *k, enum client_event e, uint32_t event)
{
	int64_t deadline = run_deadline(ANSWER_TIME);

	if (is_answered(k, e, event))
		return;
	if (is_untold(k))
		hurry(l);
	while (!is_answered(k, e, event) && !l->outage) {
		if (cond_wait(&l->answered, deadline) < 0)
			return;
	}
}

uint32_t
client_count_rate(const struct client_count *k, enum client_event e, uint32_t event)
{
	uint32_t later = k->answered[e] - event;

	return is_answered(k, e, event) && k->sums[e] > later ? k->sums[e] - later : 0;
}

uint32_t
client_count_here(const struct client_count *k)
{
	return k->open;
}

uint32_t
client_count_elsewhere(const struct client_count *k)
{
	return k->elsewhere;
}

bool
client_count_is_settled(const struct client_count *k)
{
	return k->open <= k->confirmed_open + 1;
}

/* --- Life ------------------------------------------------------------------------------------ */

void
client_ledger_init(struct client_ledger *l, const char *path, const char *service)
{
	*l = (struct client_ledger){ .service = service };
	l->open = open_socket;
	l->context = mem_strdup(path);
	list_init(&l->untold);
	cond_init(&l->work);
	cond_init(&l->answered);
	group_init(&l->tasks);
}

void
client_ledger_drop(struct client_ledger *l)
{
	l->closing = true;
	cond_signal(&l->work);
	if (group_wait(&l->tasks, run_deadline(2 * ANSWER_TIME)) < 0)
		group_end(&l->tasks);
	BUG_ON(l->counts.count != 0);
	map_drop(&l->counts);
	if (l->open == open_socket)
		mem_free(l->context);
}
