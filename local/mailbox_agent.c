/* SPDX-License-Identifier: BSD-2-Clause */
#include "local/mailbox_agent.h"

#include "lib/base/bug.h"
#include "lib/base/err.h"
#include "lib/base/ticks.h"
#include "lib/sys/process.h"
#include "local/child.h"
#include "local/mailbox_pool.h"
#include "local/trace_headers.h"

#define WRITERS_MAX 20
#define KEEP        (5 * TICKS_SECOND)

static struct {
	struct spawner_options spawner_options;
	struct mailbox_options mailbox_options; /* read in the processes that write */
	struct mailbox_pool pool;
	int spawner;
	bool has_users;
} self;

/* --- In the processes that write mailboxes --------------------------------------------------- */

NORETURN static void
be_writer(int fd)
{
	child_run(fd, &self.mailbox_options);
}

/* --- Start --------------------------------------------------------------------------------- */

static int
set_locks(const struct config *c, enum param_id styles, struct mailbox_locks *out, struct why *why)
{
	struct config_list items = config_list(c, styles);

	for (size_t i = 0; i < items.count; i++) {
		if (str_equal(items.items[i], STR("dotlock"))) {
			out->dotlock = true;
		} else if (str_equal(items.items[i], STR("fcntl"))) {
			out->fcntl = true;
		} else if (str_equal(items.items[i], STR("flock"))) {
			out->flock = true;
		} else {
			why_set(why,
			    "\"%s\" is no way to lock a mailbox: fcntl, flock, dotlock are",
			    items.items[i].p);
			return ERR_SYNTAX;
		}
	}
	out->attempts = config_int(c, PARAM_deliver_lock_attempts);
	out->delay = config_time(c, PARAM_deliver_lock_delay);
	out->stale_time = config_time(c, PARAM_stale_lock_time);
	return 0;
}

int
mailbox_agent_start(const struct config *c, const struct mailbox_agent_options *o, struct why *why)
{
	int result = set_locks(c, o->lock_styles, &self.mailbox_options.locks, why);

	if (result < 0)
		return result;
	self.mailbox_options.strict_ownership = config_bool(c, PARAM_strict_mailbox_ownership);
	self.mailbox_options.host = config_text(c, PARAM_myhostname);
	self.spawner_options = (struct spawner_options){
		.config = c,
		.least_uid = o->least_uid,
		.extra_gid = o->extra_gid,
		.child = be_writer,
	};
	self.has_users = sys_is_root();
	self.spawner = spawner_open(&self.spawner_options, why);
	return self.spawner < 0 ? self.spawner : 0;
}

int
mailbox_agent_open(struct why *why)
{
	int result = mailbox_pool_open(&self.pool, self.spawner, WRITERS_MAX, KEEP);

	if (result < 0)
		why_set(why, "cannot start a task: %s", err_text(result));
	return result;
}

void
mailbox_agent_close(void)
{
	mailbox_pool_close(&self.pool);
}

bool
mailbox_agent_has_users(void)
{
	return self.has_users;
}

/* --- Work ---------------------------------------------------------------------------------- */

bool
mailbox_agent_is_loop(const struct request *q, struct str recipient, struct outcome *out)
{
	int found = trace_headers_find_delivered(&q->content, recipient);

	if (found < 0)
		outcome_set(out, "4.3.0", "the message cannot be read: %s", err_text(found));
	if (found > 0)
		outcome_set(out, "5.4.6", "mail forwarding loop for %.*s", STR_ARG(recipient));
	return found != 0;
}

void
mailbox_agent_deliver(const struct request *q, const struct mailbox_target *t, struct outcome *out)
{
	AUTO(buf) headers = BUF_INIT(TRACE_HEADERS_MAX);
	struct message_mailbox_deliver m = {
		.path = str_of(t->path),
		.base = str_of(t->base),
		.sender = t->sender,
		.arrival = q->deliver.arrival,
		.size_limit = t->size_limit,
		.content_offset = q->content.offset,
		.content_length = q->content.length,
		.content = q->content.bytes,
	};

	if (mailbox_agent_is_loop(q, t->recipient, out))
		return;
	if (trace_headers_add(&headers, t->sender, t->original, t->recipient) < 0) {
		outcome_set(out, "5.1.3", "the addresses are too long");
		return;
	}
	m.headers = buf_str(&headers);
	mailbox_pool_deliver(&self.pool, &t->user, &m, q->content.fd, out);
}
