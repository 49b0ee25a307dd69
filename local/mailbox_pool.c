/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Invariants:
 * 1. `count` is the number of processes in `idle` and `busy`, and of those that are being started;
 *    it never exceeds `limit`.
 * 2. A process in `idle` has nothing in flight.
 * 3. A process whose channel broke is never used again. Whether it wrote the message is not known: it
 *    is written again, once at once and then by the queue, and may come twice (RFC 1047's window).
 */
#include "local/mailbox_pool.h"

#include <errno.h>
#include <sysexits.h>

#include "lib/base/bug.h"
#include "lib/base/err.h"
#include "lib/base/mem.h"
#include "lib/run/run.h"
#include "lib/sys/file.h"
#include "lib/sys/log.h"
#include "lib/sys/process.h"

#define HELLO_MAX (10 * TICKS_SECOND)
#define WRITE_MAX (10 * TICKS_MINUTE)

struct writer {
	struct list in_pool;
	struct spawner_request user;
	struct caller caller;
	int64_t idle_since;
};

static bool
same_user(const struct spawner_request *a, const struct spawner_request *b)
{
	return a->uid == b->uid && a->gid == b->gid && a->with_extra_group == b->with_extra_group &&
	       a->with_commands == b->with_commands;
}

PARKS static void
writer_free(struct mailbox_pool *p, struct writer *w)
{
	list_remove(&w->in_pool);
	caller_close(&w->caller);
	mem_free(w);
	p->count--;
	cond_signal(&p->room);
}

/* Ends those that were idle for too long, or have ended by themselves. */
PARKS static void
sweep(void *arg)
{
	struct mailbox_pool *p = arg;
	int result = 0;

	while (result != ERR_CANCELLED) {
		struct writer *first;

		if (list_is_empty(&p->idle)) {
			result = cond_wait(&p->idle_came, TICKS_NEVER);
			continue;
		}
		first = CONTAINER_OF(p->idle.next, struct writer, in_pool);
		if (first->idle_since + p->keep <= run_now())
			writer_free(p, first);
		else
			result = task_sleep(first->idle_since + p->keep);
	}
}

int
mailbox_pool_open(struct mailbox_pool *p, int spawner, unsigned limit, int64_t keep)
{
	*p = (struct mailbox_pool){ .spawner = spawner, .limit = limit, .keep = keep };
	list_init(&p->idle);
	list_init(&p->busy);
	cond_init(&p->room);
	cond_init(&p->idle_came);
	group_init(&p->sweeper);
	return task_start(&p->sweeper, "mailbox sweeper", sweep, p);
}

void
mailbox_pool_close(struct mailbox_pool *p)
{
	struct list *item;

	BUG_ON(!list_is_empty(&p->busy));
	group_end(&p->sweeper);
	while ((item = p->idle.next) != &p->idle)
		writer_free(p, CONTAINER_OF(item, struct writer, in_pool));
}

/* The one that was used last is taken: those at the front can then end. */
static struct writer *
find_idle(struct mailbox_pool *p, const struct spawner_request *user)
{
	for (struct list *it = p->idle.prev; it != &p->idle; it = it->prev) {
		struct writer *w = CONTAINER_OF(it, struct writer, in_pool);

		if (same_user(&w->user, user) && caller_is_open(&w->caller))
			return w;
	}
	return NULL;
}

/* Without its spawner an agent is of no use; master starts another. */
NORETURN static void
give_up(void)
{
	log_error("the parent of the mailbox processes has ended");
	log_flush();
	sys_exit_now(EX_OSERR);
}

static int
spawn(struct mailbox_pool *p, const struct spawner_request *user, int *fd, struct why *why)
{
	int result = spawner_start(p->spawner, user, fd);

	if (result == -EPIPE || result == -ECONNRESET)
		give_up();
	if (result < 0)
		why_set(why, "%s", err_text(result));
	return result;
}

PARKS static int
start(struct mailbox_pool *p, const struct spawner_request *user, struct writer **out,
    struct why *why)
{
	static const struct channel_options options = {
		.protocol = CHANNEL_MAILBOX,
		.program = "agent",
		.capacity = 1,
	};
	struct writer *w;
	int fd, result = spawn(p, user, &fd, why);

	if (result < 0)
		return result;
	w = NEW(struct writer);
	w->user = *user;
	list_init(&w->in_pool);
	p->count++;
	result = caller_open(&w->caller, fd, &options, run_deadline(HELLO_MAX), why);
	if (result == 0) {
		*out = w;
		return 0;
	}
	p->count--;
	cond_signal(&p->room);
	mem_free(w);
	return result;
}

/* A process of this user that is nobody else's until release(). */
PARKS static int
acquire(struct mailbox_pool *p, const struct spawner_request *user, struct writer **out,
    struct why *why)
{
	int result = 0;

	for (;;) {
		*out = find_idle(p, user);
		if (*out != NULL || p->count < p->limit)
			break;
		if (!list_is_empty(&p->idle)) {
			writer_free(p, CONTAINER_OF(p->idle.next, struct writer, in_pool));
			continue;
		}
		result = cond_wait(&p->room, TICKS_NEVER);
		if (result < 0) {
			why_set(why, "%s", err_text(result));
			return result;
		}
	}
	if (*out == NULL)
		result = start(p, user, out, why);
	if (result == 0) {
		list_remove(&(*out)->in_pool);
		list_append(&p->busy, &(*out)->in_pool);
	}
	return result;
}

PARKS static void
release(struct mailbox_pool *p, struct writer *w, bool is_sound)
{
	if (!is_sound) {
		writer_free(p, w);
		return;
	}
	list_remove(&w->in_pool);
	list_append(&p->idle, &w->in_pool);
	w->idle_since = run_now();
	cond_signal(&p->room);
	cond_signal(&p->idle_came);
}

static int
take_answer(const struct frame *f, struct arena *a, struct mailbox_answer *out)
{
	struct message_mailbox_delivered m;
	int result;

	out->is_text = f->number == MESSAGE_NUMBER_mailbox_text;
	if (out->is_text) {
		struct frame copy = *f;

		copy.fields = arena_str(a, f->fields);
		return message_decode_mailbox_text(&copy, NULL, &out->text);
	}
	result = message_decode_mailbox_delivered(f, NULL, &m);
	if (result == 0)
		outcome_take(&out->outcome, m.status, m.dsn, m.text);
	return result;
}

static int64_t
patience(const struct mailbox_call *c)
{
	const struct message_mailbox_command *m = c->message;

	return c->number == MESSAGE_NUMBER_mailbox_command ? ticks_add(m->time_limit, WRITE_MAX)
	                                                   : WRITE_MAX;
}

PARKS static int
call(struct writer *w, const struct mailbox_call *c, struct arena *a, struct mailbox_answer *out)
{
	int64_t deadline = run_deadline(patience(c));
	struct frame answer;
	struct call k;
	int result = call_open(&k, &w->caller, deadline);
	int copy = -1;

	if (result < 0)
		return result;
	if (c->fd >= 0)
		copy = sys_dup(c->fd);
	if (c->fd >= 0 && copy < 0)
		result = copy;
	if (result == 0)
		result = call_send_fd(&k, c->number, c->message, copy, deadline);
	if (result == 0)
		result = call_wait(&k, &answer, deadline);
	if (result == 0)
		result = take_answer(&answer, a, out);
	call_close(&k);
	return result;
}

/* 0: *out says what became of it; else the process is gone, or never was, and *out says that. */
PARKS static int
try(struct mailbox_pool *p, const struct spawner_request *user, const struct mailbox_call *c,
    struct arena *a, struct mailbox_answer *out)
{
	struct why why = WHY_INIT;
	struct writer *w;
	int result = acquire(p, user, &w, &why);

	out->is_text = false;
	if (result < 0) {
		outcome_set(&out->outcome, "4.3.0", "cannot start a process for user %u: %s",
		    user->uid, why.text);
		return 0;
	}
	result = call(w, c, a, out);
	if (result < 0) {
		out->is_text = false;
		outcome_set(&out->outcome, "4.3.0",
		    "the process that wrote the mailbox has ended: %s", err_text(result));
	}
	release(p, w, result == 0);
	return result;
}

void
mailbox_pool_call(struct mailbox_pool *p, const struct spawner_request *user,
    const struct mailbox_call *c, struct arena *a, struct mailbox_answer *out)
{
	int result = try(p, user, c, a, out);

	/* Killed once is bad luck; twice, it is perhaps the message. A command has perhaps run. */
	if (c->number == MESSAGE_NUMBER_mailbox_command)
		return;
	if (result == ERR_EOF || result == -EPIPE || result == -ECONNRESET)
		(void)try(p, user, c, a, out);
}
