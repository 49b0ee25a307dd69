/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The mail system is down. qmgr's lock is taken, so that it waits if it is started now, and its
 * account, so that what is written is its own; then each message is met as a recovery meets it, once
 * (S15), and the orders are carried out in their turn. All is durable before the program ends.
 */
#include <errno.h>
#include <sysexits.h>

#include "lib/base/err.h"
#include "lib/base/mem.h"
#include "lib/run/run.h"
#include "lib/service/accounts.h"
#include "lib/service/command.h"
#include "lib/spool/recover.h"
#include "lib/spool/requeue.h"
#include "lib/sys/file.h"
#include "lib/sys/lock.h"
#include "lib/sys/process.h"
#include "tools/postsuper.h"

#define ARENA_MAX ((size_t)64 * 1024 * 1024)

struct pass {
	struct orders *orders;
	struct journal journal;
	struct map seen; /* ids; the first place counts */
	int result;
};

/* A message as it was found, and as it is after an order. */
struct met {
	struct stored message;
	struct segment *segment;
	uint64_t position;
	bool gone;
};

#define PRESENT ((void *)1)

/* --- Orders ----------------------------------------------------------------------------------- */

/* Its new history; a journal message gets a file, in `queue` or, for the journal, in deferred. */
PARKS static int
put(struct met *m, const struct history *h, enum spool_queue queue, struct why *why)
{
	int result;

	if (m->message.queue != SPOOL_JOURNAL)
		return message_update(&m->message, h, queue, true, why);
	queue = queue == SPOOL_JOURNAL ? SPOOL_DEFERRED : queue;
	result = message_promote(m->segment, &m->message, queue, h, why);
	if (result == 0)
		segment_done(m->segment, m->position);
	return result;
}

PARKS static int
drop(struct pass *p, struct met *m, struct why *why)
{
	m->gone = true;
	if (m->message.queue != SPOOL_JOURNAL)
		return message_remove(&p->journal, m->message.queue, &m->message.id, why);
	segment_done(m->segment, m->position);
	return 0;
}

/* What failed for good is open again. */
PARKS static int
release(struct met *m, struct arena *arena, struct why *why)
{
	const struct history *old = &m->message.history;
	struct history h = { .written = run_wall(), .next = run_wall() };

	h.results = ARENA_ARRAY(arena, struct history_result, old->results_count + 1);
	for (uint32_t i = 0; i < old->results_count; i++) {
		if (old->results[i].status == OUTCOME_BOUNCED)
			h.results[h.results_count++].index = old->results[i].index;
	}
	return put(m, &h, SPOOL_DEFERRED, why);
}

static const bool *
done_recipients(const struct stored *m, struct arena *arena)
{
	bool *done = ARENA_ARRAY(arena, bool, m->envelope.recipients_count + 1);

	for (uint32_t i = 0; i < m->history.results_count; i++) {
		const struct history_result *r = &m->history.results[i];

		if (r->index < m->envelope.recipients_count)
			done[r->index] = r->status == OUTCOME_DELIVERED;
	}
	return done;
}

PARKS static int
requeue(struct pass *p, struct met *m, struct arena *arena, struct why *why)
{
	bool in_journal = m->message.queue == SPOOL_JOURNAL;
	int fd, result = 0;

	if (in_journal)
		fd = m->segment->fd;
	else
		result = message_open(&m->message, false, &fd, why);
	if (result < 0)
		return result;
	result = requeue_write(&m->message, fd, done_recipients(&m->message, arena), why);
	if (!in_journal)
		sys_close(fd);
	return result < 0 ? result : drop(p, m, why);
}

static bool
applies(const struct met *m, enum queue_action action)
{
	switch (action) {
	case QUEUE_ACTION_HOLD:
		return m->message.queue != SPOOL_HOLD;
	case QUEUE_ACTION_RELEASE:
		return m->message.queue == SPOOL_HOLD;
	case QUEUE_ACTION_EXPIRE:
		return (m->message.history.flags & HISTORY_EXPIRE) == 0;
	default:
		return true;
	}
}

PARKS static int
act(struct pass *p, struct met *m, enum queue_action action, struct why *why)
{
	AUTO(arena) arena = ARENA_INIT(ARENA_MAX);
	struct history h = { .written = run_wall(), .next = m->message.next };

	switch (action) {
	case QUEUE_ACTION_HOLD:
		return put(m, &h, SPOOL_HOLD, why);
	case QUEUE_ACTION_RELEASE:
		return release(m, &arena, why);
	case QUEUE_ACTION_DELETE:
		return drop(p, m, why);
	case QUEUE_ACTION_REQUEUE:
		return requeue(p, m, &arena, why);
	case QUEUE_ACTION_EXPIRE:
		h.flags = HISTORY_EXPIRE;
		return put(m, &h, m->message.queue, why);
	default:
		return 0;
	}
}

static bool
is_in_queues(const struct orders *o, const struct met *m)
{
	bool is_new = m->message.queue == SPOOL_JOURNAL || m->message.queue == SPOOL_INCOMING;
	const char *name = is_new ? "incoming" : spool_queue_name(m->message.queue);

	for (size_t i = 0; o->queues[i] != NULL; i++) {
		if (strcmp(o->queues[i], name) == 0)
			return true;
	}
	return o->queues[0] == NULL;
}

PARKS static void
carry_out(struct pass *p, struct order *order, struct met *m)
{
	bool is_named = map_remove(&order->wanted, queue_id_str(&m->message.id)) != NULL;
	struct why why;

	if ((!order->all && !is_named) || m->gone || !is_in_queues(p->orders, m) ||
	    !applies(m, order->action))
		return;
	if (act(p, m, order->action, &why) < 0) {
		command_error("%s", why.text);
		p->orders->failed = true;
		return;
	}
	order->done++;
}

/* --- The spool -------------------------------------------------------------------------------- */

PARKS static void
take_message(struct pass *p, const struct found *f)
{
	struct met m = { .message = f->message, .segment = f->segment, .position = f->position };

	if (f->segment != NULL && segment_is_done(f->segment, f->position))
		return;
	if (map_put(&p->seen, queue_id_str(&f->message.id), PRESENT) != NULL) {
		if (f->segment != NULL)
			segment_done(f->segment, f->position); /* S15 */
		return;
	}
	for (size_t i = 0; i < p->orders->count; i++)
		carry_out(p, &p->orders->items[i], &m);
}

PARKS static void
take_found(struct pass *p, const struct found *f)
{
	switch (f->kind) {
	case FOUND_MESSAGE:
		take_message(p, f);
		break;
	case FOUND_DAMAGED:
		command_warn("%s: %s: moved to %s", f->path, f->why.text, f->destination);
		break;
	case FOUND_UNREADABLE:
		command_error("%s: %s", f->path, f->why.text);
		p->orders->failed = true;
		break;
	case FOUND_LIVE:
		command_warn("%s is being written to, and was passed over", f->path);
		break;
	case FOUND_STALE:
		command_info("%s: %s", f->path, f->why.text);
		break;
	case FOUND_SCANNED:
		break;
	}
}

PARKS static void
go_through(void *arg)
{
	struct pass *p = arg;
	struct recover r;
	struct found f;

	recover_open(&r, &p->journal);
	while ((p->result = recover_next(&r, &f)) > 0)
		take_found(p, &f);
	recover_close(&r);
	if (p->result == 0)
		p->result = journal_flush(&p->journal);
	if (p->result == 0)
		p->result = journal_sync(&p->journal);
}

/* --- Around it -------------------------------------------------------------------------------- */

static void
lock_spool(const struct config *c)
{
	AUTO(buf) path = BUF_INIT(4096);
	int fd,
	    result = buf_addf(&path, "%s/qmgr.lock", config_text(c, PARAM_process_id_directory));

	if (result < 0)
		command_fail(EX_CONFIG, "process_id_directory is too long");
	fd = lock_open(buf_text(&path));
	result = fd < 0 ? fd : lock_take(fd);
	if (result == -EAGAIN)
		command_fail(EX_TEMPFAIL, "the queue manager is starting or ending; try again");
	if (result < 0)
		command_fail(EX_NOPERM, "cannot lock %s: %s", buf_text(&path), err_text(result));
}

static void
become_owner(const struct config *c)
{
	struct arena arena = ARENA_INIT(ARENA_MAX);
	struct accounts a;
	struct why why;

	if (accounts_find(c, &arena, &a, &why) < 0)
		command_fail(EX_NOUSER, "%s", why.text);
	if (a.as_root) {
		struct identity who = { .uid = a.mail.uid,
			.gid = a.mail.gid,
			.groups = &a.submit_gid,
			.group_count = 1 };

		if (sys_become(&who, &why) < 0)
			command_fail(EX_OSERR, "%s", why.text);
	}
	arena_drop(&arena);
}

static void
fill_wanted(struct orders *o)
{
	for (size_t i = 0; i < o->count; i++) {
		for (size_t k = 0; k < o->items[i].count; k++)
			(void)map_put(
			    &o->items[i].wanted, queue_id_str(&o->items[i].ids[k]), PRESENT);
	}
}

static void
name_missing(struct orders *o)
{
	for (size_t i = 0; i < o->count; i++) {
		struct map_cursor c = MAP_START;

		while (map_next(&o->items[i].wanted, &c)) {
			command_error("%.*s: no such message", STR_ARG(c.key));
			o->failed = true;
		}
		map_drop(&o->items[i].wanted);
	}
}

void
orders_carry_out_in_spool(struct orders *o, const struct config *c)
{
	struct pass p = { .orders = o, .seen = MAP_INIT };
	int result;

	lock_spool(c);
	become_owner(c);
	fill_wanted(o);
	journal_init(&p.journal);
	result = run_init(&(struct run_options){ .simulated = false });
	if (result == 0) {
		result = run_main(go_through, &p);
		run_drop();
	}
	journal_drop(&p.journal);
	map_drop(&p.seen);
	if (result == 0)
		result = p.result;
	if (result < 0)
		command_fail(EX_IOERR, "cannot go through the spool: %s", err_text(result));
	name_missing(o);
}
