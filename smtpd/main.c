/* SPDX-License-Identifier: BSD-2-Clause */
/* smtpd(8): receives mail by SMTP. */
#include <string.h>

#include "lib/base/err.h"
#include "lib/service/service.h"
#include "lib/sys/file.h"
#include "lib/sys/log.h"
#include "smtpd/smtpd.h"
#include "smtpd/standalone.h"

static struct smtpd smtpd;

static int
open_privileged(const struct config *c, struct why *why)
{
	return smtpd_init(&smtpd, c, why);
}

PARKS static void
serve(struct client *client)
{
	struct smtpd_peer peer = { .found = NULL };
	struct stream stream;
	int result;

	smtpd_peer_init(&peer, &client->peer, &client->local);
	result = stream_open(&stream, client->fd);
	if (result < 0) {
		log_warning("client %s: %s", peer.address, err_text(result));
		sys_close(client->fd);
		return;
	}
	smtpd.config = service_config(); /* another one under stress */
	smtpd_session(&smtpd, &stream, &peer);
	smtpd_peer_drop(&peer);
	stream_close(&stream);
}

PARKS static void
close_all(void)
{
	smtpd_drop(&smtpd);
}

int
main(int argc, char **argv)
{
	static const struct service service = {
		.name = "smtpd",
		.user = SERVICE_USER_NETWORK,
		.walls = WALL_NET | WALL_IPC,
		.open_privileged = open_privileged,
		.serve = serve,
		.close = close_all,
	};

	if (argc > 1 && strcmp(argv[1], "-S") == 0)
		return standalone_main(argc, argv);
	return service_run(&service, argc, argv);
}
