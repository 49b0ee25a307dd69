/* SPDX-License-Identifier: BSD-2-Clause */
#include "local/mailbox_agent.h"

#include "lib/base/bug.h"
#include "lib/base/err.h"
#include "lib/base/ticks.h"
#include "lib/sys/file.h"
#include "lib/sys/process.h"
#include "local/address_file.h"
#include "local/child.h"
#include "local/trace_headers.h"

#define WRITERS_MAX 20
#define RUNNERS_MAX 50
#define KEEP        (5 * TICKS_SECOND)

static struct {
	struct spawner_options spawner_options;
	struct mailbox_options mailbox_options; /* read in the processes that write */
	struct mailbox_pool writers, runners;   /* of mailboxes; of commands */
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

int
mailbox_agent_start(const struct config *c, const struct mailbox_agent_options *o, struct why *why)
{
	int result =
	    mailbox_locks_read(&self.mailbox_options.locks, c, config_list(c, o->lock_styles), why);

	if (result < 0)
		return result;
	self.mailbox_options.strict_ownership = config_bool(c, PARAM_strict_mailbox_ownership);
	self.mailbox_options.host = config_text(c, PARAM_myhostname);
	self.spawner_options = (struct spawner_options){
		.config = c,
		.least_uid = o->least_uid,
		.extra_gid = o->extra_gid,
		.has_commands = o->has_commands,
		.child = be_writer,
	};
	self.has_users = sys_is_root();
	self.spawner = spawner_open(&self.spawner_options, why);
	return self.spawner < 0 ? self.spawner : 0;
}

int
mailbox_agent_open(struct why *why)
{
	int result = mailbox_pool_open(&self.writers, self.spawner, WRITERS_MAX, KEEP);

	if (result == 0)
		result = mailbox_pool_open(&self.runners, self.spawner, RUNNERS_MAX, KEEP);
	if (result < 0)
		why_set(why, "cannot start a task: %s", err_text(result));
	return result;
}

void
mailbox_agent_close(void)
{
	mailbox_pool_close(&self.writers);
	mailbox_pool_close(&self.runners);
	sys_close(self.spawner);
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

/* An answer of the wrong kind is no answer. */
static void
check_outcome(struct mailbox_answer *answer)
{
	if (answer->is_text)
		outcome_set(&answer->outcome, "4.3.0", "the delivery process gave a wrong answer");
	answer->is_text = false;
}

void
mailbox_agent_deliver(const struct request *q, const struct spawner_request *user,
    const struct message_mailbox_deliver *m, struct arena *a, struct mailbox_answer *out)
{
	struct message_mailbox_deliver whole = *m;
	struct mailbox_call call = {
		.number = MESSAGE_NUMBER_mailbox_deliver, .message = &whole, .fd = q->content.fd
	};

	whole.arrival = q->deliver.arrival;
	whole.content_offset = q->content.offset;
	whole.content_length = q->content.length;
	whole.content = q->content.bytes;
	mailbox_pool_call(&self.writers, user, &call, a, out);
	if (m->forwards_count == 0)
		check_outcome(out);
}

void
mailbox_agent_command(const struct request *q, const struct spawner_request *user,
    const struct message_mailbox_command *m, struct outcome *out)
{
	AUTO(arena) arena = ARENA_INIT(2 * ADDRESS_FILE_MAX);
	struct spawner_request runner = *user;
	struct message_mailbox_command whole = *m;
	struct mailbox_answer answer;
	struct mailbox_call call = {
		.number = MESSAGE_NUMBER_mailbox_command, .message = &whole, .fd = q->content.fd
	};

	runner.with_commands = 1;
	whole.arrival = q->deliver.arrival;
	whole.content_offset = q->content.offset;
	whole.content_length = q->content.length;
	whole.content = q->content.bytes;
	mailbox_pool_call(&self.runners, &runner, &call, &arena, &answer);
	check_outcome(&answer);
	*out = answer.outcome;
}

void
mailbox_agent_read(const struct spawner_request *user, const struct message_mailbox_read *m,
    struct arena *a, struct mailbox_answer *out)
{
	struct mailbox_call call = {
		.number = MESSAGE_NUMBER_mailbox_read, .message = m, .fd = -1
	};

	mailbox_pool_call(&self.writers, user, &call, a, out);
}
