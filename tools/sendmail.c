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

void
sendmail_start(const struct config *c, enum param_id directory, char **argv)
{
	AUTO(buf) path = BUF_INIT(4096);
	int result;

	if (buf_addf(&path, "%s/%s", config_text(c, directory), argv[0]) < 0)
		command_fail(EX_CONFIG, "the folder of %s has too long a name", argv[0]);
	result = sys_exec(buf_text(&path), argv, sys_environment_all());
	command_fail(EX_OSERR, "cannot run %s: %s", buf_text(&path), err_text(result));
}

/* "name -c directory" */
static void
begin(struct other *other, struct arena *a, const char *name, const struct config *c)
{
	add(other, a, name);
	add(other, a, "-c");
	add(other, a, config_text(c, PARAM_config_directory));
}

NORETURN static void
start_postqueue(const struct sendmail_options *o, const struct config *c)
{
	struct arena a = ARENA_INIT((size_t)1024 * 1024);
	struct other other = { .count = 0 };

	begin(&other, &a, "postqueue", c);
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
	sendmail_start(c, PARAM_command_directory, other.argv);
}

NORETURN static void
start_postalias(const struct config *c)
{
	struct config_list tables = config_list(c, PARAM_alias_database);
	struct arena a = ARENA_INIT((size_t)1024 * 1024);
	struct other other = { .count = 0 };

	if (tables.count == 0)
		command_fail(EX_CONFIG, "alias_database names no table");
	begin(&other, &a, "postalias", c);
	add(&other, &a, "--");
	for (size_t i = 0; i < tables.count; i++)
		add(&other, &a, tables.items[i].p);
	sendmail_start(c, PARAM_command_directory, other.argv);
}

NORETURN static void
start_master(const struct config *c)
{
	struct arena a = ARENA_INIT((size_t)1024 * 1024);
	struct other other = { .count = 0 };

	begin(&other, &a, "postroad", c);
	add(&other, &a, "start");
	sendmail_start(c, PARAM_command_directory, other.argv);
}

/* SMTP on standard input and output, with the rights of the caller. */
NORETURN static void
start_smtpd(const struct config *c)
{
	struct arena a = ARENA_INIT((size_t)1024 * 1024);
	struct other other = { .count = 0 };

	add(&other, &a, "smtpd");
	add(&other, &a, "-S");
	add(&other, &a, "-c");
	add(&other, &a, config_text(c, PARAM_config_directory));
	sendmail_start(c, PARAM_daemon_directory, other.argv);
}

static int
submit(const struct sendmail_options *o, const struct config *c)
{
	struct outgoing message;
	int status;

	outgoing_read(&message, o, c);
	status = outgoing_submit(&message, c, o->verbose);
	outgoing_drop(&message);
	return status;
}

static int
run(const struct sendmail_options *o, const struct config *c)
{
	switch (o->mode) {
	case SENDMAIL_SUBMIT:
		return submit(o, c);
	case SENDMAIL_VERIFY:
		return sendmail_verify(o, c);
	case SENDMAIL_QUEUE:
	case SENDMAIL_FLUSH:
		start_postqueue(o, c);
	case SENDMAIL_ALIASES:
		start_postalias(c);
	case SENDMAIL_DAEMON:
		start_master(c);
	case SENDMAIL_SMTP:
		start_smtpd(c);
	case SENDMAIL_NOTHING:
		break;
	}
	return EX_OK;
}

/* -C names main.cf, or its folder. */
static const char *
folder_of(const char *path, struct arena *a)
{
	struct str text = path != NULL ? str_of(path) : STR_NONE;

	if (!str_ends(text, STR("/main.cf")))
		return path;
	return arena_text(a, str_part(text, 0, text.n - (sizeof("/main.cf") - 1)));
}

int
main(int argc, char **argv)
{
	struct arena arena = ARENA_INIT((size_t)64 * 1024);
	struct sendmail_options o;
	struct config *c;
	int status;

	command_open("sendmail");
	if (argc == 0)
		command_fail(EX_USAGE, "no name was given to this program");
	sendmail_options_read(&o, argc, argv);
	c = command_config(command_directory(folder_of(o.directory, &arena)));
	status = run(&o, c);
	config_free(c);
	arena_drop(&arena);
	return status;
}
