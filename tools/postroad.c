/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * postroad(1): starts, stops, reloads, checks the mail system. It holds no state: whether the system
 * runs, and as which process, is what the kernel says about master's lock.
 *
 * `start` prepares the folders and becomes master, which comes back when all is well. `check` and
 * `reload` let master read the configuration (-k) rather than read it another way here.
 */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sysexits.h>

#include "lib/base/err.h"
#include "lib/base/ticks.h"
#include "lib/config/settings.h"
#include "lib/service/command.h"
#include "lib/sys/clock.h"
#include "lib/sys/file.h"
#include "lib/sys/lock.h"
#include "lib/sys/process.h"
#include "lib/sys/spawn.h"
#include "tools/postroad.h"
#include "tools/refresh.h"

#define STOP_PATIENCE (40 * TICKS_SECOND)
#define ASK_EVERY     (20 * TICKS_MS)

/* A reload reads every table that is named, and the name service may be slow. */
#define RELOAD_PATIENCE (2 * TICKS_MINUTE)

#define NOT_RUNNING 1

NORETURN static void
show_usage(void)
{
	command_fail(EX_USAGE,
	    "usage: postroad [-c config_directory] [-v] start | start-fg | stop | abort | "
	    "reload [service] | flush | logrotate | status | health [live | ready | deep] [--json] "
	    "| check | ask ... | dns name [type] | set-permissions | upgrade-configuration");
}

/* --- master --------------------------------------------------------------------------------------- */

static const char *
master_path(struct context *x)
{
	return arena_printf(&x->arena, "%s/master", x->daemon_directory);
}

static char **
master_argv(struct context *x, const char *option)
{
	char **argv = ARENA_ARRAY(&x->arena, char *, 6);
	size_t n = 0;

	argv[n++] = arena_text(&x->arena, STR("master"));
	argv[n++] = arena_text(&x->arena, STR("-c"));
	argv[n++] = arena_text(&x->arena, str_of(x->directory));
	argv[n++] = arena_text(&x->arena, str_of(option));
	if (x->verbose)
		argv[n++] = arena_text(&x->arena, STR("-v"));
	return argv;
}

NORETURN static void
become_master(struct context *x, const char *option)
{
	const char *path = master_path(x);
	int result = sys_exec(path, master_argv(x, option), sys_environment_all());

	command_fail(EX_UNAVAILABLE, "cannot run %s: %s; is daemon_directory right?", path,
	    err_text(result));
}

/* Lets master read and check everything; its words go to standard error. */
static int
check_configuration(struct context *x)
{
	static const int fds[] = { 0, 1, 2 };
	const struct spawn s = {
		.path = master_path(x),
		.argv = master_argv(x, "-k"),
		.environment = sys_environment_all(),
		.fds = fds,
		.fd_count = ARRAY_LEN(fds),
	};
	struct process_end end;
	pid_t pid;
	int result = sys_spawn(&s, &pid);

	if (result == 0)
		result = sys_wait(pid, &end);
	if (result < 0)
		command_fail(EX_UNAVAILABLE, "cannot run %s: %s; is daemon_directory right?",
		    s.path, err_text(result));
	return end.signal != 0 ? EX_SOFTWARE : end.status;
}

void
need_config(struct context *x)
{
	if (x->config == NULL)
		x->config = command_config(x->directory);
}

const char *
in_process_folder(struct context *x, const char *name)
{
	return arena_printf(&x->arena, "%s/%s/%s", x->queue_directory, x->process_folder, name);
}

/* 0: the mail system does not run. */
static pid_t
find_master(struct context *x)
{
	const char *path = in_process_folder(x, "master.pid");
	pid_t pid = 0;
	int result = lock_holder(path, &pid);

	if (result < 0)
		command_fail(EX_NOPERM, "cannot look at %s: %s", path, err_text(result));
	return pid;
}

static pid_t
need_master(struct context *x)
{
	pid_t pid = find_master(x);

	if (pid == 0)
		command_fail(NOT_RUNNING, "the mail system is not running");
	return pid;
}

static void
send_signal(pid_t pid, int signal)
{
	int result = sys_kill(pid, signal);

	if (result < 0)
		command_fail(EX_NOPERM, "cannot signal process %d: %s", (int)pid, err_text(result));
}

/* --- Commands ------------------------------------------------------------------------------------- */

static void
refresh(struct context *x, bool may_rebuild)
{
	struct config *c = command_config(x->directory);

	refresh_tables(c, may_rebuild);
	config_free(c);
}

/*
 * Indexes and folders; and nothing starts that strangers may relay through, or that cannot work. A table
 * that is missing keeps its users waiting, and not the whole system.
 */
static void
prepare(struct context *x)
{
	int status = check_host(x, true);

	if (status == EX_OK) {
		refresh(x, true);
		status = check_access(x);
	}
	if (status != EX_OK)
		command_fail(status, "the mail system is not started");
	make_folders(x);
}

static int
do_start(struct context *x)
{
	pid_t pid = find_master(x);

	if (pid != 0)
		command_fail(
		    EX_TEMPFAIL, "the mail system is already running (process %d)", (int)pid);
	prepare(x);
	become_master(x, "-w");
}

static int
do_start_fg(struct context *x)
{
	prepare(x);
	become_master(x, "-s");
}

static int
await_end(struct context *x)
{
	pid_t pid = find_master(x);
	int64_t waited = 0;

	if (pid == 0)
		return EX_OK;
	for (; waited < STOP_PATIENCE && find_master(x) == pid; waited += ASK_EVERY)
		sys_sleep(ASK_EVERY);
	if (waited >= STOP_PATIENCE)
		command_fail(EX_TEMPFAIL, "process %d does not end; the log says why", (int)pid);
	return EX_OK;
}

static int
do_stop(struct context *x)
{
	send_signal(need_master(x), SIGTERM);
	return await_end(x);
}

static int
do_abort(struct context *x)
{
	send_signal(need_master(x), SIGQUIT);
	return await_end(x);
}

/*
 * All services, or one. The configuration is first checked as `check` does, in a process that may
 * die of it.
 */
static int
do_reload(struct context *x)
{
	AUTO(buf) words = BUF_INIT(ASK_ANSWER_MAX);
	int status, result;

	(void)need_master(x);
	status = check_configuration(x);
	if (status == EX_OK) {
		refresh(x, true);
		status = check_access(x);
	}
	if (status != EX_OK)
		command_fail(status, "nothing was reloaded: the configuration has errors");
	result = ask_master(
	    x, arena_printf(&x->arena, "reload %s", x->argument), RELOAD_PATIENCE, &words, &status);
	if (result < 0)
		command_fail(EX_TEMPFAIL, "master does not answer: %s", err_text(result));
	if (status != EX_OK)
		command_fail(
		    status, "nothing was reloaded: %.*s", STR_ARG(str_trim(buf_str(&words))));
	return EX_OK;
}

static int
do_logrotate(struct context *x)
{
	need_config(x);
	rotate_logs(x, find_master(x) != 0);
	return EX_OK;
}

/* What waits is tried now. */
NORETURN static int
do_flush(struct context *x)
{
	char *argv[] = { arena_text(&x->arena, STR("postqueue")), arena_text(&x->arena, STR("-c")),
		arena_text(&x->arena, str_of(x->directory)), arena_text(&x->arena, STR("-f")),
		NULL };
	const char *path;

	(void)need_master(x);
	need_config(x);
	path = arena_printf(
	    &x->arena, "%s/postqueue", config_text(x->config, PARAM_command_directory));
	command_fail(EX_UNAVAILABLE, "cannot run %s: %s", path,
	    err_text(sys_exec(path, argv, sys_environment_all())));
}

static int
do_set_permissions(struct context *x)
{
	make_folders(x);
	return check_folders(x) == 0 ? EX_OK : EX_CONFIG;
}

static int
do_upgrade_configuration(struct context *x)
{
	(void)x;
	command_info("nothing is to be done: this release reads main.cf and master.cf as they are");
	return EX_OK;
}

static int
do_health(struct context *x)
{
	int status;

	need_config(x);
	status = show_health(x, x->argument[0] != '\0' ? x->argument : "live", x->json);
	if (status == EX_USAGE)
		show_usage();
	return status;
}

/* All of it, so that one run shows all that is wrong. */
static int
do_check(struct context *x)
{
	int status, host, access;

	if (x->json)
		return check_as_json(x);
	status = check_configuration(x);
	if (status != EX_OK)
		return status;
	refresh(x, false);
	host = check_host(x, false);
	access = check_access(x);
	if (check_folders(x) != 0 || host != EX_OK)
		status = EX_CONFIG;
	return access != EX_OK ? access : status;
}

static int
do_status(struct context *x)
{
	pid_t pid = find_master(x);

	if (pid == 0) {
		command_print(STR("the mail system is not running\n"));
		return NOT_RUNNING;
	}
	show_status(x, pid);
	return EX_OK;
}

/* --- The command line ------------------------------------------------------------------------------- */

static const struct command {
	const char *name;
	int (*run)(struct context *x);
	bool may_have_argument;
	bool has_json;    /* --json */
	bool reads_words; /* options of its own */
} commands[] = {
	{ "start", do_start, false },
	{ "start-fg", do_start_fg, false },
	{ "stop", do_stop, false },
	{ "abort", do_abort, false },
	{ "reload", do_reload, true },
	{ "flush", do_flush, false },
	{ "logrotate", do_logrotate, false },
	{ "status", do_status, false },
	{ "health", do_health, true, .has_json = true },
	{ "check", do_check, false, .has_json = true },
	{ "dns", show_dns, false, .reads_words = true },
	{ "ask", ask_access, false, .reads_words = true },
	{ "audit", audit_access, false },
	{ "set-permissions", do_set_permissions, false },
	{ "upgrade-configuration", do_upgrade_configuration, false },
};

static const struct command *
find_command(const char *name)
{
	for (size_t i = 0; i < ARRAY_LEN(commands); i++) {
		if (strcmp(commands[i].name, name) == 0)
			return &commands[i];
	}
	show_usage();
}

/* Mistakes in main.cf are for master and for `check` to report. */
static void
report_nothing(void *context, bool is_error, const char *text)
{
	(void)context;
	(void)is_error;
	(void)text;
}

static const char *
need_text(struct context *x, struct settings *s, const char *name)
{
	struct why why = WHY_INIT;
	struct str text;

	if (settings_text(s, str_of(name), &text, &why) < 0)
		command_fail(EX_CONFIG, "%s: %s: %s", s->file, name, why.text);
	return arena_text(&x->arena, text);
}

/*
 * Where things are, from a main.cf that may have mistakes elsewhere: a system that runs must not
 * become unstoppable by a slip in its configuration.
 */
static void
find_places(struct context *x)
{
	struct config_source source = { .directory = x->directory, .program = "postroad" };
	struct settings s;
	int result;

	settings_init(&s, &source);
	result = settings_read(&s, report_nothing, NULL);
	if (result < 0 && result != ERR_SYNTAX)
		command_fail(EX_CONFIG, "cannot read %s: %s", s.file, err_text(result));
	x->queue_directory = need_text(x, &s, "queue_directory");
	x->process_folder = need_text(x, &s, "process_id_directory");
	x->daemon_directory = need_text(x, &s, "daemon_directory");
	settings_drop(&s);
}

/* A relative folder is one in the folder where the command was given. */
static const char *
absolute(struct context *x, const char *directory)
{
	AUTO(buf) here = BUF_INIT(4096);

	if (directory[0] == '/')
		return directory;
	if (sys_read_link("/proc/self/cwd", &here) < 0)
		command_fail(EX_USAGE, "the configuration directory must begin with /");
	return arena_printf(&x->arena, "%s/%s", buf_text(&here), directory);
}

/* words: the command, its argument, --json; up to NULL */
static void
take_command(struct context *x, char **words)
{
	if (words[0] == NULL)
		show_usage();
	x->command = find_command(words[0]);
	x->argument = "";
	x->words = words + 1;
	if (x->command->reads_words)
		return;
	for (size_t i = 1; words[i] != NULL; i++) {
		if (strcmp(words[i], "--json") == 0 && x->command->has_json)
			x->json = true;
		else if (x->command->may_have_argument && x->argument[0] == '\0')
			x->argument = words[i];
		else
			show_usage();
	}
}

int
main(int argc, char **argv)
{
	struct context x = { .arena = ARENA_INIT((size_t)1024 * 1024) };
	const char *directory = NULL;
	int i = 1, status;

	command_open("postroad");
	for (; i < argc && argv[i][0] == '-'; i++) {
		if (strcmp(argv[i], "-c") == 0 && i + 1 < argc)
			directory = argv[++i];
		else if (strcmp(argv[i], "-v") == 0)
			x.verbose = true;
		else
			show_usage();
	}
	take_command(&x, argv + i);
	x.directory = absolute(&x, command_directory(directory));
	find_places(&x);
	status = x.command->run(&x);
	config_free(x.config);
	arena_drop(&x.arena);
	return status;
}
