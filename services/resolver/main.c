/* SPDX-License-Identifier: BSD-2-Clause */
/* resolver(8): asks DNS for all processes, validates, and remembers. */
#include "lib/base/err.h"
#include "lib/run/run.h"
#include "lib/service/service.h"
#include "lib/sys/file.h"
#include "lib/sys/log.h"
#include "services/resolver/resolver.h"

#define HELLO_DEADLINE (60 * TICKS_SECOND)

static struct resolver resolver;

static int
open_privileged(const struct config *c, struct why *why)
{
	return resolver_init(&resolver, c, why);
}

PARKS static int
open_upstream(const struct config *c, struct why *why)
{
	(void)c;
	return resolver_open(&resolver, why);
}

/* What anybody on this host may ask of DNS, anybody may ask of us. */
PARKS static void
serve(struct client *client)
{
	static const struct channel_options options = {
		.protocol = CHANNEL_DNS,
		.program = "resolver",
		.capacity = RESOLVER_QUESTIONS_MAX,
	};
	struct channel channel;
	struct why why = WHY_INIT;
	int result =
	    channel_open(&channel, client->fd, &options, run_deadline(HELLO_DEADLINE), &why);

	if (result < 0) {
		log_warning("a client was turned away: %s", why.text);
		return;
	}
	result = session_serve(&resolver, &channel);
	if (result != ERR_EOF && result != ERR_CANCELLED)
		log_warning("client %s: %s", channel.peer, err_text(result));
	channel_close(&channel);
}

PARKS static void
close_upstream(void)
{
	resolver_close(&resolver);
}

int
main(int argc, char **argv)
{
	static const struct service service = {
		.name = "resolver",
		.user = SERVICE_USER_NETWORK,
		.walls = WALL_NET,
		.open_privileged = open_privileged,
		.open = open_upstream,
		.serve = serve,
		.close = close_upstream,
	};

	return service_run(&service, argc, argv);
}
