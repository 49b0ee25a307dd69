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
#include "smtpd/client_count.h"

#include "lib/base/bug.h"
#include "lib/base/mem.h"
#include "lib/run/run.h"

#define BLOCK_MAX 64 /* of message.def */

/* --- Counts ---------------------------------------------------------------------------------- */

struct str
client_count_block(const struct client_count *k)
{
	return str_make(k->block, k->block_length);
}

static bool
is_untold(const struct client_count *k)
{
	return !list_is_empty(&k->in_untold);
}

void
ledger_tell_later(struct client_ledger *l, struct client_count *k)
{
	if (is_untold(k))
		return;
	if (l->untold_count++ == 0)
		l->report_at = run_deadline(REPORT_EVERY);
	list_append(&l->untold, &k->in_untold);
	cond_signal(&l->work);
}

void
ledger_tell_now(struct client_ledger *l)
{
	l->urgent = true;
	cond_signal(&l->work);
}

void
ledger_told(struct client_ledger *l, struct client_count *k)
{
	if (!is_untold(k))
		return;
	list_remove(&k->in_untold);
	l->untold_count--;
}

void
ledger_let_go(struct client_ledger *l, struct client_count *k)
{
	if (k->open != 0 || k->in_flight || is_untold(k))
		return;
	map_remove(&l->counts, client_count_block(k));
	mem_free(k);
}

static struct client_count *
add_count(struct client_ledger *l, struct str block)
{
	struct client_count *k = mem_new(sizeof(*k) + block.n);

	list_init(&k->in_untold);
	k->block_length = block.n;
	memcpy(k->block, block.p, block.n);
	map_put(&l->counts, client_count_block(k), k);
	return k;
}

/* Nobody will hear of it. */
void
ledger_give_up(struct client_ledger *l, struct client_count *k)
{
	if (!l->outage)
		return;
	ledger_told(l, k);
	ledger_let_go(l, k);
}

/* --- Sessions -------------------------------------------------------------------------------- */

static void
start_task(struct client_ledger *l)
{
	if (l->tasks.count == 0 && task_start(&l->tasks, "anvil", ledger_run, l) < 0)
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
	ledger_tell_later(l, k);
	start_task(l);
	return k;
}

void
client_ledger_leave(struct client_ledger *l, struct client_count *k)
{
	BUG_ON(k->open == 0);
	k->open--;
	ledger_tell_later(l, k);
	if (k->elsewhere + k->told_open >= l->eager)
		ledger_tell_now(l);
	ledger_give_up(l, k);
}

uint32_t
client_ledger_note(struct client_ledger *l, struct client_count *k, enum client_event e)
{
	ledger_tell_later(l, k);
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
		ledger_tell_now(l);
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
	l->open = ledger_open_socket;
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
	if (l->open == ledger_open_socket)
		mem_free(l->context);
}
