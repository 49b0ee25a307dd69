/* SPDX-License-Identifier: BSD-2-Clause */
/* pickup(8): takes the mail of local users. */
#include "services/pickup/pickup.h"

static struct pickup pickup;

static int
open_privileged(const struct config *c, struct why *why)
{
	return pickup_init(&pickup, c, why);
}

static void
serve(struct client *client)
{
	session_serve(&pickup, client);
}

PARKS static void
wake(void)
{
	maildrop_collect(&pickup);
}

static void
close_all(void)
{
	pickup_drop(&pickup);
}

int
main(int argc, char **argv)
{
	static const struct service service = {
		.name = "pickup",
		.user = SERVICE_USER_MAIL,
		.walls = WALL_IPC | WALL_SPOOL,
		.single = true,
		.open_privileged = open_privileged,
		.serve = serve,
		.wake = wake,
		.close = close_all,
	};

	return service_run(&service, argc, argv);
}
