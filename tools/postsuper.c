/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * postsuper(1): deletes, holds and releases messages. qmgr does it, the only one that changes the
 * queue; so there is nothing to repair behind its back, and nothing to do while it does not run.
 */
#include <sysexits.h>
#include <unistd.h>

#include "lib/base/err.h"
#include "lib/base/mem.h"
#include "lib/mail/queue_id.h"
#include "lib/service/command.h"
#include "tools/queue.h"

#define INPUT_MAX ((size_t)64 * 1024 * 1024)

struct order {
	enum queue_action action;
	const char *queue_id; /* "ALL"; "-": those on standard input */
};

struct orders {
	struct order *items;
	size_t count;
	char *const *queues; /* up to NULL; none: all */
	uint64_t done[QUEUE_ACTION_FLUSH + 1];
	bool failed;
};

/* --- Acting ----------------------------------------------------------------------------------- */

PARKS static void
act(struct channel *qmgr, struct orders *o, enum queue_action action, const char *queue_id,
    const char *queue)
{
	uint64_t count = 0;

	if (!queue_act(qmgr, action, queue_id, queue, &count))
		o->failed = true;
	o->done[action] += count;
}

PARKS static void
act_on_input(struct channel *qmgr, struct orders *o, enum queue_action action)
{
	AUTO(buf) input = BUF_INIT(INPUT_MAX);
	struct str rest, line;
	int result = command_read(&input);

	if (result < 0)
		command_fail(EX_DATAERR, "cannot read standard input: %s", err_text(result));
	rest = buf_str(&input);
	while (str_word(&rest, " \t\r\n", &line)) {
		struct queue_id id;

		if (queue_id_parse(line, &id) < 0) {
			command_error("\"%.*s\" is no queue id", STR_ARG(line));
			o->failed = true;
		} else {
			act(qmgr, o, action, id.text, "");
		}
	}
}

PARKS static void
act_on_all(struct channel *qmgr, struct orders *o, enum queue_action action)
{
	if (o->queues[0] == NULL)
		act(qmgr, o, action, "ALL", "");
	for (size_t i = 0; o->queues[i] != NULL; i++)
		act(qmgr, o, action, "ALL", o->queues[i]);
}

PARKS static void
carry_out(struct channel *qmgr, void *arg)
{
	struct orders *o = arg;

	for (size_t i = 0; i < o->count; i++) {
		const struct order *order = &o->items[i];

		if (strcmp(order->queue_id, "-") == 0)
			act_on_input(qmgr, o, order->action);
		else if (strcmp(order->queue_id, "ALL") == 0)
			act_on_all(qmgr, o, order->action);
		else
			act(qmgr, o, order->action, order->queue_id, "");
	}
}

static void
report(const struct orders *o)
{
	static const char *const words[] = {
		[QUEUE_ACTION_HOLD] = "Placed on hold",
		[QUEUE_ACTION_RELEASE] = "Released from hold",
		[QUEUE_ACTION_DELETE] = "Deleted",
	};

	for (size_t i = 0; i < ARRAY_LEN(words); i++) {
		unsigned long long count = o->done[i];

		if (count != 0 && words[i] != NULL)
			command_info("%s: %llu message%s", words[i], count, count == 1 ? "" : "s");
	}
}

/* --- The command line ------------------------------------------------------------------------- */

static enum queue_action
action_of(int option)
{
	switch (option) {
	case 'd':
		return QUEUE_ACTION_DELETE;
	case 'h':
		return QUEUE_ACTION_HOLD;
	case 'H':
		return QUEUE_ACTION_RELEASE;
	case 'e':
	case 'f':
	case 'r':
		command_fail(EX_UNAVAILABLE, "-%c is not supported in this release", option);
	case 'p':
	case 's':
	case 'S':
		command_fail(EX_UNAVAILABLE,
		    "-%c is not needed: the queue manager looks through the spool when it starts",
		    option);
	default:
		command_fail(EX_USAGE,
		    "usage: postsuper [-c directory] [-d queue_id] [-h queue_id] [-H queue_id] "
		    "[queue ...]; a queue_id may be ALL, or - for those on standard input");
	}
}

static void
add_order(struct orders *o, int option, const char *queue_id)
{
	struct order order = { .action = action_of(option), .queue_id = queue_id };
	struct queue_id id;

	if (strcmp(queue_id, "ALL") != 0 && strcmp(queue_id, "-") != 0 &&
	    queue_id_parse(str_of(queue_id), &id) < 0)
		command_fail(EX_USAGE, "\"%s\" is no queue id", queue_id);
	o->items[o->count++] = order;
}

int
main(int argc, char **argv)
{
	struct orders o = { .items = mem_array((size_t)argc + 1, sizeof(struct order)) };
	const char *directory = NULL;
	struct config *c;
	int option;

	command_open("postsuper");
	while ((option = getopt(argc, argv, "c:d:e:f:h:H:r:psSv")) >= 0) {
		if (option == 'c')
			directory = optarg;
		else if (option != 'v')
			add_order(&o, option, optarg != NULL ? optarg : "");
	}
	if (o.count == 0)
		(void)action_of('?');
	o.queues = argv + optind;
	c = command_config(command_directory(directory));
	queue_talk(c, carry_out, &o);
	report(&o);
	config_free(c);
	mem_free(o.items);
	return o.failed ? EX_UNAVAILABLE : EX_OK;
}
