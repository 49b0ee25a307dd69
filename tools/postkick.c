/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * postkick(1): a request to a service that scripts give by hand. Only two services wait for any: qmgr, whose
 * deferred queue may be tried now (D), and pickup, which may look at the maildrop now (W). The
 * others do their work when it comes.
 */
#include <sysexits.h>
#include <unistd.h>

#include "lib/service/command.h"
#include "tools/queue.h"

PARKS static void
flush(struct channel *qmgr, void *arg)
{
	const struct message_queue_action a = { .action = QUEUE_ACTION_FLUSH };
	bool *done = arg;
	uint64_t count = 0;

	*done = queue_act(qmgr, &a, &count);
}

static int
kick(const struct config *c, const char *service, const char *request)
{
	bool done = true;

	if (strcmp(service, config_text(c, PARAM_queue_service_name)) == 0) {
		if (strpbrk(request, "DF") != NULL)
			queue_talk(c, flush, &done);
		return done ? EX_OK : EX_UNAVAILABLE;
	}
	if (strcmp(service, config_text(c, PARAM_pickup_service_name)) != 0)
		command_fail(EX_UNAVAILABLE, "%s takes no requests", service);
	if (!queue_wake_pickup(c))
		command_fail(EX_UNAVAILABLE, "pickup does not answer: the mail system is down");
	return EX_OK;
}

int
main(int argc, char **argv)
{
	const char *directory = NULL;
	struct config *c;
	int option, status;

	command_open("postkick");
	while ((option = getopt(argc, argv, "+c:v")) >= 0) {
		if (option == 'c')
			directory = optarg;
		else if (option == '?')
			optind = argc; /* to the usage */
	}
	if (optind + 3 != argc)
		command_fail(EX_USAGE, "usage: postkick [-c directory] [-v] class service request");
	if (strcmp(argv[optind], "public") != 0 && strcmp(argv[optind], "private") != 0)
		command_fail(EX_USAGE, "%s: the class is public or private", argv[optind]);
	c = command_config(command_directory(directory));
	status = kick(c, argv[optind + 1], argv[optind + 2]);
	config_free(c);
	return status;
}
