/* SPDX-License-Identifier: BSD-2-Clause */
/* anvil(8): counts what the clients of all processes do. */
#include "lib/base/err.h"
#include "lib/run/run.h"
#include "lib/service/service.h"
#include "lib/sys/file.h"
#include "lib/sys/log.h"
#include "services/anvil/anvil.h"

#define HELLO_DEADLINE (60 * TICKS_SECOND)

static struct anvil anvil;

static int
open_privileged(const struct config *c, struct why *why)
{
	(void)why;
	anvil_init(&anvil, c);
	return 0;
}

PARKS static int
open_counters(const struct config *c, struct why *why)
{
	int result = anvil_start(&anvil);

	(void)c;
	if (result < 0)
		why_set(why, "cannot start a task: %s", err_text(result));
	return result;
}

PARKS static void
serve(struct client *client)
{
	static const struct channel_options options = {
		.protocol = CHANNEL_COUNTS,
		.program = "anvil",
		.capacity = 1,
	};
	struct channel channel;
	struct why why = WHY_INIT;
	int result = channel_check_peer(client->fd, NULL, 0, &why);

	if (result < 0)
		sys_close(client->fd);
	else
		result = channel_open(
		    &channel, client->fd, &options, run_deadline(HELLO_DEADLINE), &why);
	if (result < 0) {
		log_warning("a client was turned away: %s", why.text);
		return;
	}
	result = anvil_serve(&anvil, &channel);
	if (result == ERR_PROTOCOL) /* else that process, or this one, has ended */
		log_warning("%s: %s", channel.peer, err_text(result));
	channel_close(&channel);
}

PARKS static void
close_all(void)
{
	anvil_stop(&anvil);
}

int
main(int argc, char **argv)
{
	static const struct service service = {
		.name = "anvil",
		.user = SERVICE_USER_NETWORK,
		.single = true,
		.open_privileged = open_privileged,
		.open = open_counters,
		.serve = serve,
		.close = close_all,
	};

	return service_run(&service, argc, argv);
}
