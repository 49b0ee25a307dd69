/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * How the ledger speaks with anvil: one task opens the channel, sends a report when one is due and
 * none is in flight, and begins anew after an outage; another reads the answers, and sees the end.
 */
#include "smtpd/client_count.h"

#include "lib/base/err.h"
#include "lib/base/mem.h"
#include "lib/io/connect.h"
#include "lib/run/run.h"
#include "lib/sys/log.h"

#define CONNECT_DEADLINE (10 * TICKS_SECOND)
#define PAUSE_FIRST      (100 * TICKS_MS)
#define PAUSE_MAX        (5 * TICKS_SECOND)

/* --- Reports --------------------------------------------------------------------------------- */

static struct message_client_activity
activity_of(const struct client_count *k)
{
	uint32_t came[CLIENT_EVENTS];

	for (int e = 0; e < CLIENT_EVENTS; e++)
		came[e] = k->came[e] - k->told[e];
	return (struct message_client_activity){
		.client = client_count_block(k),
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

		ledger_told(l, k);
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
		ledger_let_go(l, k);
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
		ledger_tell_later(l, cursor.value);
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
		ledger_give_up(l, k);
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

int
ledger_open_socket(void *context, struct channel *c, int64_t deadline, struct why *why)
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

void
ledger_run(void *arg)
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
