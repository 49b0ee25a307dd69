/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * sendmail(1), mailq(1), newaliases(1): one program under three names, which does what its name or
 * options say, or starts the command that does.
 */
#include "tools/sendmail.h"

#include <sysexits.h>

#include "lib/base/err.h"
#include "lib/service/command.h"
#include "lib/sys/process.h"

#define ARGUMENTS_MAX 64

/* A command line for another of our programs. */
struct other {
	char *argv[ARGUMENTS_MAX + 1];
	size_t count;
};

static void
add(struct other *other, struct arena *a, const char *argument)
{
	if (other->count == ARGUMENTS_MAX)
		command_fail(EX_CONFIG, "more than %d alias tables", ARGUMENTS_MAX);
	other->argv[other->count++] = arena_text(a, str_of(argument));
}

NORETURN static void
start(const struct other *other, const struct config *c)
{
	AUTO(buf) path = BUF_INIT(4096);
	int result;

	if (buf_addf(&path, "%s/%s", config_text(c, PARAM_command_directory), other->argv[0]) < 0)
		command_fail(EX_CONFIG, "command_directory is too long");
	result = sys_exec(buf_text(&path), other->argv, sys_environment_all());
	command_fail(EX_OSERR, "cannot run %s: %s", buf_text(&path), err_text(result));
}

NORETURN static void
start_postqueue(const struct sendmail_options *o, const struct config *c)
{
	struct arena a = ARENA_INIT((size_t)1024 * 1024);
	struct other other = { .count = 0 };

	add(&other, &a, "postqueue");
	add(&other, &a, "-c");
	add(&other, &a, config_text(c, PARAM_config_directory));
	if (o->mode == SENDMAIL_QUEUE) {
		add(&other, &a, "-p");
	} else if (o->flush_id != NULL) {
		add(&other, &a, "-i");
		add(&other, &a, o->flush_id);
	} else if (o->flush_site != NULL) {
		add(&other, &a, "-s");
		add(&other, &a, o->flush_site);
	} else {
		add(&other, &a, "-f");
	}
	start(&other, c);
}

NORETURN static void
start_postalias(const struct config *c)
{
	struct config_list tables = config_list(c, PARAM_alias_database);
	struct arena a = ARENA_INIT((size_t)1024 * 1024);
	struct other other = { .count = 0 };

	if (tables.count == 0)
		command_fail(EX_CONFIG, "alias_database names no table");
	add(&other, &a, "postalias");
	add(&other, &a, "-c");
	add(&other, &a, config_text(c, PARAM_config_directory));
	add(&other, &a, "--");
	for (size_t i = 0; i < tables.count; i++)
		add(&other, &a, tables.items[i].p);
	start(&other, c);
}

static int
submit(const struct sendmail_options *o, const struct config *c)
{
	struct outgoing message;
	int status;

	outgoing_read(&message, o, c);
	status = outgoing_submit(&message, c);
	outgoing_drop(&message);
	return status;
}

int
main(int argc, char **argv)
{
	struct sendmail_options o;
	struct config *c;
	int status;

	command_open("sendmail");
	if (argc == 0)
		command_fail(EX_USAGE, "no name was given to this program");
	sendmail_options_read(&o, argc, argv);
	c = command_config(command_directory(o.directory));
	if (o.mode == SENDMAIL_ALIASES)
		start_postalias(c);
	if (o.mode != SENDMAIL_SUBMIT)
		start_postqueue(&o, c);
	status = submit(&o, c);
	config_free(c);
	return status;
}
