/* SPDX-License-Identifier: BSD-2-Clause */
/* local: delivers to the accounts of this host, and to what their aliases stand for. */
#include "lib/base/err.h"
#include "lib/service/service.h"
#include "local/agent.h"
#include "local/distribute.h"
#include "local/mailbox_agent.h"

static struct {
	struct table_list aliases;
	struct distributor distributor;
} self;

PARKS static void
deliver(struct request *q, uint32_t index)
{
	distribute(&self.distributor, q, index);
}

static const struct agent_program program = {
	.name = "local",
	.deliver = deliver,
};

/* What an administrator asked for and would not get makes mail wait, rather than go astray. */
static const char *
find_unsupported(const struct config *c)
{
	static const struct {
		enum param_id id;
		const char *words;
	} rows[] = {
		{ PARAM_mailbox_command,
		    "mailbox_command is set, which this release does not have" },
		{ PARAM_mailbox_transport,
		    "mailbox_transport is set, which this release does not have" },
		{ PARAM_fallback_transport,
		    "fallback_transport is set, which this release does not have" },
		{ PARAM_luser_relay, "luser_relay is set, which this release does not have" },
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		if (config_text(c, rows[i].id)[0] != '\0')
			return rows[i].words;
	}
	return NULL;
}

static int
open_aliases(const struct config *c, struct why *why)
{
	struct alias_context *a = &self.distributor.aliases;
	int result = table_list_open(
	    &self.aliases, config_text(c, PARAM_alias_maps), TABLE_FOLD | TABLE_LATE, why);

	if (result < 0)
		return result;
	a->tables = &self.aliases;
	a->delimiters = config_text(c, PARAM_recipient_delimiter);
	a->origin = config_text(c, PARAM_myorigin);
	a->reset_owner = config_bool(c, PARAM_reset_owner_alias);
	a->router = router_new(c, why);
	return a->router != NULL ? 0 : ERR_REFUSED;
}

static int
open_privileged(const struct config *c, struct why *why)
{
	struct mailbox_agent_options options = {
		.least_uid = 0,
		.lock_styles = PARAM_mailbox_delivery_lock,
	};
	int result;

	user_mailboxes_open(&self.distributor.mailboxes, c, &options.extra_gid);
	result = mailbox_agent_start(c, &options, why);
	if (result == 0)
		result = agent_open(c, &program, why);
	if (result == 0)
		result = open_aliases(c, why);
	self.distributor.unsupported = find_unsupported(c);
	return result;
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
	router_free(self.distributor.aliases.router);
	table_list_close(&self.aliases);
	user_mailboxes_drop(&self.distributor.mailboxes);
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
