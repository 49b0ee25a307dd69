/* SPDX-License-Identifier: BSD-2-Clause */
/* local: delivers to the accounts of this host, and to what their aliases stand for. */
#include "lib/base/err.h"
#include "lib/service/service.h"
#include "local/agent.h"
#include "local/distribute.h"
#include "local/mailbox_agent.h"

#define RULES_ROOM ((size_t)64 * 1024)

static struct {
	struct arena arena;
	struct table_list aliases;
	struct user_rules users;
	struct distributor distributor;
} self;

PARKS static void
deliver(struct request *q, uint32_t index)
{
	distribute(&self.distributor, q, index);
}

static const struct agent_program program = {
	.name = "local",
	.filter = PARAM_local_delivery_status_filter,
	.deliver = deliver,
};

/* struct alias_context, read */
PARKS static int
read_file(const struct rights *rights, bool is_include, struct message_line *paths, uint32_t count,
    struct arena *a, struct message_mailbox_text *out, struct why *why)
{
	struct spawner_request user = { .uid = rights->account.user.uid,
		.gid = rights->account.user.gid };
	struct message_mailbox_read m = {
		.is_include = is_include, .paths = paths, .paths_count = count
	};
	struct mailbox_answer answer;

	mailbox_agent_read(&user, &m, a, &answer);
	if (!answer.is_text) {
		why_set(why, "%s", answer.outcome.text);
		return ERR_TEMPORARY;
	}
	*out = answer.text;
	return 0;
}

static int
open_aliases(const struct config *c, struct why *why)
{
	struct alias_context *a = &self.distributor.aliases;
	int result = table_list_open(
	    &self.aliases, config_text(c, PARAM_alias_maps), TABLE_FOLD | TABLE_LATE, why);

	if (result == 0)
		result = user_rules_open(&self.users, c, why);
	if (result < 0)
		return result;
	a->tables = &self.aliases;
	a->users = &self.users;
	a->privs = &self.distributor.targets.privs;
	a->delimiters = config_text(c, PARAM_recipient_delimiter);
	a->origin = config_text(c, PARAM_myorigin);
	a->reset_owner = config_bool(c, PARAM_reset_owner_alias);
	a->expand_owner = config_bool(c, PARAM_expand_owner_alias);
	a->read = read_file;
	a->router = router_new(c, why);
	return a->router != NULL ? 0 : ERR_REFUSED;
}

static int
open_privileged(const struct config *c, struct why *why)
{
	struct mailbox_agent_options options = {
		.least_uid = 0,
		.has_commands = true,
		.lock_styles = PARAM_mailbox_delivery_lock,
	};
	int result;

	arena_init(&self.arena, RULES_ROOM);
	result =
	    target_rules_open(&self.distributor.targets, c, &self.arena, &options.extra_gid, why);
	if (result == 0)
		result = mailbox_agent_start(c, &options, why);
	if (result == 0)
		result = agent_open(c, &program, why);
	return result < 0 ? result : open_aliases(c, why);
}

static int
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
	router_free(self.distributor.aliases.router);
	user_rules_close(&self.users);
	table_list_close(&self.aliases);
	target_rules_drop(&self.distributor.targets);
	arena_drop(&self.arena);
}

int
main(int argc, char **argv)
{
	static const struct service local = {
		.name = "local",
		.user = SERVICE_USER_MAIL,
		.walls = WALL_IPC,
		.open_privileged = open_privileged,
		.open = open_in_task,
		.serve = agent_serve,
		.drain = agent_drain,
		.close = close_all,
	};
	return service_run(&local, argc, argv);
}
