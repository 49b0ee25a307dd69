/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * postsuper(1): deletes, holds, releases, expires and requeues messages. While the mail system runs,
 * qmgr does it, the only one that changes the queue; while it is down, the spool is gone through here
 * (postsuper_spool.c).
 */
#include "tools/postsuper.h"

#include <sysexits.h>
#include <unistd.h>

#include "lib/base/err.h"
#include "lib/base/mem.h"
#include "lib/service/command.h"
#include "tools/queue.h"

#define INPUT_MAX ((size_t)256 * 1024 * 1024)

/* --- Orders ----------------------------------------------------------------------------------- */

/* The order for this action that names messages, or means all: several options are one order. */
static struct order *
order_for(struct orders *o, enum queue_action action)
{
	for (size_t i = 0; i < o->count; i++) {
		if (o->items[i].action == action)
			return &o->items[i];
	}
	o->items[o->count] = (struct order){ .action = action, .wanted = MAP_INIT };
	return &o->items[o->count++];
}

static void
add_id(struct order *order, const struct queue_id *id)
{
	if (order->count == order->room) {
		order->room = order->room == 0 ? 64 : 2 * order->room;
		order->ids = mem_resize(order->ids, order->room, sizeof(*id));
	}
	order->ids[order->count++] = *id;
}

static void
add_input(struct orders *o, struct order *order)
{
	AUTO(buf) input = BUF_INIT(INPUT_MAX);
	struct str rest, word;
	struct queue_id id;
	int result = command_read(&input);

	if (result < 0)
		command_fail(EX_DATAERR, "cannot read standard input: %s", err_text(result));
	rest = buf_str(&input);
	while (str_word(&rest, " \t\r\n", &word)) {
		if (queue_id_parse(word, &id) == 0) {
			add_id(order, &id);
			continue;
		}
		command_error("\"%.*s\" is no queue id", STR_ARG(word));
		o->failed = true;
	}
}

static void
add_order(struct orders *o, enum queue_action action, const char *text)
{
	struct order *order = order_for(o, action);
	struct queue_id id;

	if (strcmp(text, "ALL") == 0)
		order->all = true;
	else if (strcmp(text, "-") == 0)
		add_input(o, order);
	else if (queue_id_parse(str_of(text), &id) < 0)
		command_fail(EX_USAGE, "\"%s\" is no queue id", text);
	else
		add_id(order, &id);
}

/* --- qmgr ------------------------------------------------------------------------------------- */

PARKS static void
act(struct channel *qmgr, struct orders *o, struct order *order,
    const struct message_queue_action *a)
{
	if (!queue_act(qmgr, a, &order->done))
		o->failed = true;
}

PARKS static void
act_on_named(struct channel *qmgr, struct orders *o, struct order *order, struct str queue)
{
	struct message_queue_ref refs[QUEUE_IDS_MAX];
	struct message_queue_action a = {
		.action = order->action, .queue_name = queue, .ids = refs
	};
	size_t from = 0;

	while (from < order->count) {
		a.ids_count = 0;
		while (a.ids_count < QUEUE_IDS_MAX && from < order->count)
			refs[a.ids_count++].id = queue_id_str(&order->ids[from++]);
		act(qmgr, o, order, &a);
	}
}

PARKS static void
act_in_queue(struct channel *qmgr, struct orders *o, struct order *order, const char *queue)
{
	struct message_queue_action a = {
		.action = order->action,
		.queue_name = str_of(queue),
	};

	if (order->all)
		act(qmgr, o, order, &a);
	else
		act_on_named(qmgr, o, order, a.queue_name);
}

PARKS static void
carry_out(struct channel *qmgr, void *arg)
{
	struct orders *o = arg;

	for (size_t i = 0; i < o->count; i++) {
		if (o->queues[0] == NULL)
			act_in_queue(qmgr, o, &o->items[i], "");
		for (size_t k = 0; o->queues[k] != NULL; k++)
			act_in_queue(qmgr, o, &o->items[i], o->queues[k]);
	}
}

static void
report(const struct orders *o)
{
	static const char *const words[] = {
		[QUEUE_ACTION_HOLD] = "Placed on hold",
		[QUEUE_ACTION_RELEASE] = "Released from hold",
		[QUEUE_ACTION_DELETE] = "Deleted",
		[QUEUE_ACTION_REQUEUE] = "Requeued",
		[QUEUE_ACTION_EXPIRE] = "Force-expired",
	};

	for (size_t i = 0; i < o->count; i++) {
		unsigned long long count = o->items[i].done;

		if (count != 0)
			command_info("%s: %llu message%s", words[o->items[i].action], count,
			    count == 1 ? "" : "s");
	}
}

/* --- The command line ------------------------------------------------------------------------- */

NORETURN static void
usage(void)
{
	command_fail(EX_USAGE,
	    "usage: postsuper [-c directory] [-d id] [-e id] [-f id] [-h id] [-H id] [-r id] "
	    "[-psS] [queue ...]; an id may be ALL, or - for those on standard input");
}

static void
take_option(struct orders *o, int option)
{
	switch (option) {
	case 'd':
		add_order(o, QUEUE_ACTION_DELETE, optarg);
		break;
	case 'e':
		add_order(o, QUEUE_ACTION_EXPIRE, optarg);
		break;
	case 'f':
		add_order(o, QUEUE_ACTION_EXPIRE, optarg);
		add_order(o, QUEUE_ACTION_RELEASE, optarg);
		break;
	case 'h':
		add_order(o, QUEUE_ACTION_HOLD, optarg);
		break;
	case 'H':
		add_order(o, QUEUE_ACTION_RELEASE, optarg);
		break;
	case 'r':
		add_order(o, QUEUE_ACTION_REQUEUE, optarg);
		break;
	case 'p':
	case 's':
	case 'S':
		o->check = true;
		break;
	default:
		usage();
	}
}

static void
check_queues(const struct orders *o)
{
	static const char known[] = " incoming active deferred hold ";

	for (size_t i = 0; o->queues[i] != NULL; i++) {
		AUTO(buf) word = BUF_INIT(100);

		if (buf_addf(&word, " %s ", o->queues[i]) < 0 ||
		    strstr(known, buf_text(&word)) == NULL)
			command_fail(EX_USAGE, "\"%s\" is no queue:%s", o->queues[i], known);
	}
}

static void
run(struct orders *o, const struct config *c)
{
	bool requeues = false;

	if (!queue_try(c, carry_out, o))
		orders_carry_out_in_spool(o, c);
	for (size_t i = 0; i < o->count; i++)
		requeues |= o->items[i].action == QUEUE_ACTION_REQUEUE && o->items[i].done != 0;
	if (requeues)
		(void)queue_wake_pickup(c); /* else it looks at its next round */
}

int
main(int argc, char **argv)
{
	struct orders o = { .items = mem_array((size_t)argc + 2, 2 * sizeof(struct order)) };
	const char *directory = NULL;
	struct config *c;
	int option;

	command_open("postsuper");
	while ((option = getopt(argc, argv, "c:d:e:f:h:H:pr:sSv")) >= 0) {
		if (option == 'c')
			directory = optarg;
		else if (option != 'v')
			take_option(&o, option);
	}
	o.check |= o.count == 0;
	o.queues = argv + optind;
	check_queues(&o);
	c = command_config(command_directory(directory));
	run(&o, c);
	report(&o);
	config_free(c);
	for (size_t i = 0; i < o.count; i++)
		mem_free(o.items[i].ids);
	mem_free(o.items);
	return o.failed ? EX_UNAVAILABLE : EX_OK;
}
