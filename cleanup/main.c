/* SPDX-License-Identifier: BSD-2-Clause */
/* cleanup(8): brings messages into their canonical form and commits them to the queue. */
#include "cleanup/session.h"
#include "lib/base/err.h"
#include "lib/run/run.h"
#include "lib/service/accounts.h"
#include "lib/service/service.h"
#include "lib/sys/file.h"
#include "lib/sys/log.h"

#define ACCOUNTS_ARENA ((size_t)64 * 1024)
#define HELLO_DEADLINE (10 * TICKS_SECOND)

static struct cleanup cleanup;
static uid_t submitters[2]; /* mail_owner, network_owner */

static int
open_privileged(const struct config *c, struct why *why)
{
	AUTO(arena) arena = ARENA_INIT(ACCOUNTS_ARENA);
	struct accounts accounts;
	int result = accounts_find(c, &arena, &accounts, why);

	if (result < 0)
		return result;
	submitters[0] = accounts.mail.uid;
	submitters[1] = accounts.network.uid;
	return cleanup_init(&cleanup, c, why);
}

PARKS static int
open_spool(const struct config *c, struct why *why)
{
	(void)c;
	return cleanup_start(&cleanup, why);
}

/* network_owner, where that is an account of its own. */
static bool
is_network(uid_t uid)
{
	return uid == submitters[1] && uid != submitters[0] && uid != 0;
}

PARKS static void
serve(struct client *client)
{
	static const struct channel_options options = {
		.protocol = CHANNEL_SUBMIT,
		.program = "cleanup",
		.capacity = SESSION_MESSAGES_MAX,
	};
	const struct submitter who = {
		.pid = client->ids.pid,
		.is_network = is_network(client->ids.uid),
	};
	struct channel channel;
	struct why why = WHY_INIT;
	int result = channel_check_peer(client->fd, submitters, ARRAY_LEN(submitters), &why);

	if (result < 0)
		sys_close(client->fd);
	else
		result = channel_open(
		    &channel, client->fd, &options, run_deadline(HELLO_DEADLINE), &why);
	if (result < 0) {
		if (!channel_peer_went(result))
			log_warning("a client was turned away: %s", why.text);
		return;
	}
	session_serve(&cleanup, &channel, &who);
	channel_close(&channel);
}

static void
drain(void)
{
	session_drain_all(&cleanup);
}

PARKS static void
close_spool(void)
{
	cleanup_close(&cleanup);
}

int
main(int argc, char **argv)
{
	static const struct service service = {
		.name = "cleanup",
		.user = SERVICE_USER_MAIL,
		.walls = WALL_IPC | WALL_SPOOL,
		.open_privileged = open_privileged,
		.open = open_spool,
		.serve = serve,
		.drain = drain,
		.close = close_spool,
	};

	return service_run(&service, argc, argv);
}
