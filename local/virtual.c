/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * virtual: delivers to mailboxes that are rows of tables rather than accounts of this host. What a
 * table says is checked before it is used: it may come from a database that others can write, and
 * hold parts of an address that a stranger chose.
 */
#include "lib/base/mem.h"
#include "lib/run/run.h"
#include "lib/service/service.h"
#include "lib/table/address_find.h"
#include "local/agent.h"
#include "local/mailbox_agent.h"
#include "local/mailbox_path.h"
#include "local/trace_headers.h"

#define LOOK_UP_MAX (60 * TICKS_SECOND)
#define ID_MAX      ((size_t)64)

static struct {
	struct table_list mailboxes, uids, gids;
	const char *delimiters;
	char *base; /* without a final '/' */
	uint64_t size_limit;
	uint64_t least_uid;
} self;

/* --- One recipient ------------------------------------------------------------------------- */

PARKS static int
look_up(struct table_list *tables, const struct address *a, struct buf *value, struct why *why)
{
	struct address_query q = {
		.address = a,
		.delimiters = self.delimiters,
		.keys = ADDRESS_KEY_FULL | ADDRESS_KEY_DOMAIN,
	};

	return address_find(tables, &q, value, NULL, run_deadline(LOOK_UP_MAX), why);
}

/* True: *id is set. False: *out says why not. */
PARKS static bool
find_id(struct table_list *tables, const char *what, const struct address *a, uint64_t least,
    uint32_t *id, struct outcome *out)
{
	AUTO(buf) value = BUF_INIT(ID_MAX);
	struct why why = WHY_INIT;
	int result = look_up(tables, a, &value, &why);

	if (result == 0)
		why_set(&why, "there is none");
	if (result > 0)
		result = mailbox_id_parse(buf_str(&value), least, id, &why) == 0;
	if (result <= 0)
		outcome_set(out, "4.3.5", "mail system configuration error: %s of the mailbox: %s",
		    what, why.text);
	return result > 0;
}

PARKS static bool
find_path(const struct address *a, struct buf *path, struct outcome *out)
{
	AUTO(buf) value = BUF_INIT(MAILBOX_PATH_MAX);
	struct why why = WHY_INIT;
	int result = look_up(&self.mailboxes, a, &value, &why);

	if (result == 0) {
		outcome_set(out, "5.1.1", "unknown user: \"%.*s@%.*s\"", STR_ARG(a->local),
		    STR_ARG(a->domain));
		return false;
	}
	if (result < 0) {
		outcome_set(out, "4.3.0", "cannot look up the mailbox: %s", why.text);
		return false;
	}
	if (mailbox_path_make(path, str_of(self.base), buf_str(&value), &why) == 0)
		return true;
	outcome_set(
	    out, "4.3.5", "mail system configuration error: path of the mailbox: %s", why.text);
	return false;
}

/* Not started by root, all mailboxes are our own, whatever the tables say. */
PARKS static bool
find_user(const struct address *a, struct spawner_request *user, struct outcome *out)
{
	if (!mailbox_agent_has_users())
		return true;
	return find_id(&self.uids, "user id", a, self.least_uid, &user->uid, out) &&
	       find_id(&self.gids, "group id", a, 1, &user->gid, out);
}

PARKS static void
write_mailbox(const struct request *q, const struct message_recipient *r,
    const struct spawner_request *user, struct str path, struct outcome *out)
{
	AUTO(arena) arena = ARENA_INIT((size_t)64 * 1024);
	AUTO(buf) headers = BUF_INIT(TRACE_HEADERS_MAX);
	struct message_mailbox_deliver m = {
		.path = path,
		.base = str_of(self.base),
		.size_limit = self.size_limit,
		.sender = q->deliver.sender,
	};
	struct mailbox_answer answer;

	if (trace_headers_add(&headers, q->deliver.sender, r->original, r->address) < 0) {
		outcome_set(out, "5.1.3", "the addresses are too long");
		return;
	}
	m.headers = buf_str(&headers);
	mailbox_agent_deliver(q, user, &m, &arena, &answer);
	*out = answer.outcome;
}

PARKS static void
deliver(struct request *q, uint32_t index)
{
	const struct message_recipient *r = &q->deliver.recipients[index];
	struct outcome *out = &q->outcomes[index];
	struct address a = address_from_internal(r->address);
	struct spawner_request user = { .uid = 0 };
	AUTO(buf) path = BUF_INIT(MAILBOX_PATH_MAX);

	if (find_path(&a, &path, out) && find_user(&a, &user, out) &&
	    !mailbox_agent_is_loop(q, r->address, out))
		write_mailbox(q, r, &user, buf_str(&path), out);
	agent_conclude(q, r->address, r->original, out);
}

/* --- The service --------------------------------------------------------------------------- */

static const struct agent_program program = {
	.name = "virtual",
	.filter = PARAM_virtual_delivery_status_filter,
	.deliver = deliver,
};

static int
open_tables(const struct config *c, struct why *why)
{
	int result;

	result = table_list_open(
	    &self.mailboxes, config_text(c, PARAM_virtual_mailbox_maps), TABLE_FOLD, why);
	if (result == 0)
		result = table_list_open(
		    &self.uids, config_text(c, PARAM_virtual_uid_maps), TABLE_FOLD, why);
	if (result == 0)
		result = table_list_open(
		    &self.gids, config_text(c, PARAM_virtual_gid_maps), TABLE_FOLD, why);
	return result;
}

static int
open_privileged(const struct config *c, struct why *why)
{
	struct mailbox_agent_options options = {
		.least_uid = (uint32_t)config_int(c, PARAM_virtual_minimum_uid),
		.lock_styles = PARAM_virtual_mailbox_lock,
	};
	int result = mailbox_agent_start(c, &options, why);

	self.base = mailbox_path_base(config_text(c, PARAM_virtual_mailbox_base));
	self.delimiters = config_text(c, PARAM_recipient_delimiter);
	self.size_limit = (uint64_t)config_int(c, PARAM_virtual_mailbox_limit);
	self.least_uid = options.least_uid;
	if (result == 0)
		result = agent_open(c, &program, why);
	return result < 0 ? result : open_tables(c, why);
}

PARKS static int
open_in_task(const struct config *c, struct why *why)
{
	(void)c;
	return mailbox_agent_open(why);
}

PARKS static void
close_all(void)
{
	mailbox_agent_close();
	agent_close();
	table_list_close(&self.mailboxes);
	table_list_close(&self.uids);
	table_list_close(&self.gids);
	mem_free(self.base);
}

int
main(int argc, char **argv)
{
	static const struct service virtual = {
		.name = "virtual",
		.user = SERVICE_USER_MAIL,
		.walls = WALL_IPC,
		.open_privileged = open_privileged,
		.open = open_in_task,
		.serve = agent_serve,
		.drain = agent_drain,
		.close = close_all,
	};
	return service_run(&virtual, argc, argv);
}
