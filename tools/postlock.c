/* SPDX-License-Identifier: BSD-2-Clause */
/* postlock(1): runs a command while a mailbox is locked as deliveries lock it. */
#include <signal.h>
#include <sysexits.h>
#include <unistd.h>

#include "lib/base/err.h"
#include "lib/run/run.h"
#include "lib/service/command.h"
#include "lib/service/mailbox_lock.h"
#include "lib/sys/file.h"
#include "lib/sys/path.h"
#include "lib/sys/process.h"
#include "lib/sys/spawn.h"

#define SIGNALLED 128 /* and the number of the signal, as shells say it */

struct order {
	const char *directory;
	const char *styles; /* -l; NULL: mailbox_delivery_lock */
	const char *mailbox;
	char *const *command;
	const char *program; /* the file of the command */
};

/* --- The command -------------------------------------------------------------------------------- */

/* As a shell finds it: below the folders of PATH, where its name has no '/'. */
static const char *
find_program(const char *name, struct arena *a)
{
	const char *path = sys_environment("PATH");
	struct str rest = str_of(path != NULL ? path : "/usr/bin:/bin"), folder;

	if (strchr(name, '/') != NULL)
		return name;
	while (str_word(&rest, ":", &folder)) {
		const char *found = arena_printf(a, "%.*s/%s", STR_ARG(folder), name);

		if (sys_may_access(found, X_OK) == 0)
			return found;
	}
	command_fail(EX_TEMPFAIL, "%s: command not found", name);
}

static int
run_command(const struct order *o)
{
	static const int fds[] = { 0, 1, 2 };
	const struct spawn spawn = {
		.path = o->program,
		.argv = o->command,
		.environment = sys_environment_all(),
		.fds = fds,
		.fd_count = ARRAY_LEN(fds),
	};
	struct process_end end;
	pid_t pid;
	int result = sys_spawn(&spawn, &pid);

	if (result == 0)
		result = sys_wait(pid, &end);
	if (result < 0) {
		command_error("cannot run %s: %s", o->program, err_text(result));
		return EX_TEMPFAIL;
	}
	return end.signal != 0 ? SIGNALLED + end.signal : end.status;
}

/* --- The lock ----------------------------------------------------------------------------------- */

struct task {
	const struct order *order;
	struct mailbox_locks locks;
	int status;
};

/* Whoever is told to end while the lock file stands leaves it to its age: so these are waited out. */
static void
ignore_signals(void)
{
	static const int signals[] = { SIGINT, SIGTERM, SIGHUP, SIGPIPE };

	for (size_t i = 0; i < ARRAY_LEN(signals); i++) {
		if (sys_ignore_signal(signals[i]) < 0)
			command_fail(EX_TEMPFAIL, "cannot ignore signals");
	}
}

PARKS static void
run_locked(void *arg)
{
	struct task *t = arg;
	const char *mailbox = t->order->mailbox;
	struct mailbox_lock lock;
	struct why why;
	int fd;

	if (mailbox_lock_file(&lock, mailbox, &t->locks, &why) < 0)
		command_fail(EX_TEMPFAIL, "%s", why.text);
	fd = sys_open(mailbox, O_RDWR | O_CREAT | O_APPEND, 0600);
	if (fd < 0)
		command_error("cannot open %s: %s", mailbox, err_text(fd));
	else if (mailbox_lock_open(fd, &t->locks, &why) < 0)
		command_error("%s: %s", mailbox, why.text);
	else
		t->status = run_command(t->order);
	mailbox_lock_drop(&lock);
	if (fd >= 0)
		sys_close(fd);
}

static struct config_list
styles_of(const struct order *o, const struct config *c, struct arena *a)
{
	struct str rest = str_of(o->styles), *items;
	size_t count = 0;

	if (o->styles == NULL)
		return config_list(c, PARAM_mailbox_delivery_lock);
	items = ARENA_ARRAY(a, struct str, strlen(o->styles) + 1);
	while (str_word(&rest, ", \t", &items[count])) {
		items[count] = arena_str(a, items[count]);
		count++;
	}
	return (struct config_list){ .items = items, .count = count };
}

static int
run(struct order *o, const struct config *c)
{
	struct arena arena = ARENA_INIT((size_t)256 * 1024);
	struct task t = { .order = o, .status = EX_TEMPFAIL };
	struct why why;
	int result;

	if (mailbox_locks_read(&t.locks, c, styles_of(o, c, &arena), &why) < 0)
		command_fail(EX_USAGE, "%s", why.text);
	o->program = find_program(o->command[0], &arena);
	ignore_signals();
	result = run_init(&(struct run_options){ .simulated = false });
	if (result == 0) {
		result = run_main(run_locked, &t);
		run_drop();
	}
	arena_drop(&arena);
	return result < 0 ? EX_TEMPFAIL : t.status;
}

int
main(int argc, char **argv)
{
	struct order o = { .directory = NULL };
	struct config *c;
	int option, status;

	command_open("postlock");
	while ((option = getopt(argc, argv, "+c:l:v")) >= 0) {
		if (option == 'c')
			o.directory = optarg;
		else if (option == 'l')
			o.styles = optarg;
		else if (option == '?')
			optind = argc; /* to the usage */
	}
	if (optind + 2 > argc)
		command_fail(EX_USAGE,
		    "usage: postlock [-c directory] [-l lock_style] [-v] file command ...");
	o.mailbox = argv[optind];
	o.command = argv + optind + 1;
	c = command_config(command_directory(o.directory));
	status = run(&o, c);
	config_free(c);
	return status;
}
