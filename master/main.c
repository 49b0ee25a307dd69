/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * From the command line to the first task. Each step that can fail ends the start with one line that
 * says what to do, on standard error and, once it is open, in the log; `postroad start` shows it,
 * since the process that was started waits for the daemon's word (sys_daemon()).
 *
 * The order: what can be found out without touching anything; then the lock, so that two masters
 * never meet; then the log, the environment and the sockets.
 */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <sysexits.h>

#include "lib/base/err.h"
#include "lib/mail/address.h"
#include "lib/run/run.h"
#include "lib/sys/daemon.h"
#include "lib/sys/file.h"
#include "lib/sys/lock.h"
#include "lib/sys/log.h"
#include "lib/sys/notify.h"
#include "lib/sys/process.h"
#include "master/inherit.h"
#include "master/log_file.h"
#include "master/master.h"
#include "master/reports.h"

/* After kill -9 of a master its processes let go of their sockets as soon as they notice. */
#define PREDECESSOR_PATIENCE (3 * TICKS_SECOND)

#define FDS_WANTED ((uint64_t)1 << 20)

#define SEARCH_PATH "/usr/local/bin:/usr/bin:/bin:/usr/local/sbin:/usr/sbin:/sbin"

NORETURN PRINTF(2, 3) static void fail(int status, const char *format, ...);

static void
fail(int status, const char *format, ...)
{
	char words[2048];
	va_list ap;

	va_start(ap, format);
	vsnprintf(words, sizeof(words), format, ap);
	va_end(ap);
	log_file_complain("%s", words);
	exit(status);
}

/* --- Steps ------------------------------------------------------------------------------------------ */

static struct plan *
load_plan(const struct master_options *o, struct reports *reports)
{
	struct plan *p = plan_load(o->directory, false, reports_add, reports);

	reports_print(reports);
	if (p == NULL)
		fail(EX_CONFIG, "the configuration in %s has errors; nothing was started",
		    o->directory);
	return p;
}

static void
enter_queue_directory(const struct plan *p)
{
	const char *path = config_text(p->config, PARAM_queue_directory);
	int result = sys_chdir(path);

	if (result < 0)
		fail(EX_OSFILE,
		    "queue_directory = %s: %s; \"postroad start\" makes what is missing", path,
		    err_text(result));
}

static const char *
lock_path(struct plan *p)
{
	return arena_printf(
	    &p->arena, "%s/master.pid", config_text(p->config, PARAM_process_id_directory));
}

static void
take_lock(struct plan *p)
{
	const char *path = lock_path(p), *spool = config_text(p->config, PARAM_queue_directory);
	pid_t holder = 0;
	int fd = lock_open(path);
	int result = fd < 0 ? fd : lock_take(fd);

	if (result == -EAGAIN && lock_holder(path, &holder) == 0)
		fail(EX_TEMPFAIL, "the mail system is already running (process %d)", (int)holder);
	if (result == 0)
		result = lock_write_pid(fd);
	if (result < 0)
		fail(EX_CANTCREAT,
		    "cannot write %s/%s: %s; \"postroad start\", run by the owner of the queue "
		    "directory, makes what is missing",
		    spool, path, err_text(result));
}

static void
open_log(const struct plan *p, const struct master_options *o, const struct reports *reports)
{
	struct why why = WHY_INIT;

	if (log_file_open(p->config, o->job == JOB_FOREGROUND, o->verbose, &why) < 0)
		fail(EX_CANTCREAT, "%s", why.text);
	reports_log(reports);
}

/* import_environment = NAME and NAME=VALUE: nothing else reaches a process. */
static int
set_environment(struct plan *p)
{
	struct config_list list = config_list(p->config, PARAM_import_environment);
	const char **keep = ARENA_ARRAY(&p->arena, const char *, list.count + 1);
	size_t kept = 0;
	int result;

	for (size_t i = 0; i < list.count; i++) {
		if (str_index(list.items[i], '=') == list.items[i].n)
			keep[kept++] = arena_text(&p->arena, list.items[i]);
	}
	result = sys_clean_environment(keep, kept);
	for (size_t i = 0; i < list.count && result == 0; i++) {
		size_t at = str_index(list.items[i], '=');

		if (at < list.items[i].n)
			result = sys_set_environment(
			    arena_text(&p->arena, str_part(list.items[i], 0, at)),
			    arena_text(&p->arena, str_from(list.items[i], at + 1)));
	}
	if (result == 0)
		result = sys_set_environment("MAIL_CONFIG", p->directory);
	return result == 0 ? sys_set_environment("PATH", SEARCH_PATH) : result;
}

static void
warn(void *context, bool is_error, const char *text)
{
	(void)context;
	(void)is_error;
	log_warning("%s", text);
}

static void
warn_of_accounts(const struct plan *p)
{
	if (p->accounts.network_is_absent)
		log_info("network_owner: there is no account %s; its work is done as %s",
		    config_text(p->config, PARAM_network_owner), p->accounts.mail.name);
}

/* lib/config/default.c makes do with localhost. */
static void
warn_of_host_name(struct plan *p)
{
	const char *name;

	if (sys_host_name(&p->arena, &name) == 0 && !domain_is_valid(str_of(name)))
		log_warning("the system's name \"%s\" is no host name: myhostname = %s", name,
		    config_text(p->config, PARAM_myhostname));
}

static void
open_signals(struct master *m)
{
	static const int wanted[] = { SIGCHLD, SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGUSR1 };
	int fd = sys_signals_open(wanted, ARRAY_LEN(wanted));

	if (fd < 0 || sys_ignore_signal(SIGPIPE) < 0 || watch_open(&m->signals, fd) < 0)
		fail(EX_OSERR, "cannot wait for signals");
}

/* --- Jobs --------------------------------------------------------------------------------------------- */

static int
check(const struct master_options *o)
{
	struct reports reports;
	struct plan *p;

	reports_init(&reports);
	p = plan_load(o->directory, true, reports_add, &reports);
	reports_print(&reports);
	reports_drop(&reports);
	if (p == NULL)
		return EX_CONFIG;
	plan_free(p);
	return EX_OK;
}

/* 0: none runs. */
static int
test(const struct master_options *o)
{
	struct reports reports;
	struct plan *p;
	pid_t holder = 0;
	int result;

	reports_init(&reports);
	p = load_plan(o, &reports);
	enter_queue_directory(p);
	result = lock_holder(lock_path(p), &holder);
	plan_free(p);
	reports_drop(&reports);
	return result == 0 && holder == 0 ? EX_OK : 1;
}

static void
prepare(struct master *m, struct reports *reports)
{
	const struct master_options *o = m->options;
	struct plan *p = load_plan(o, reports);
	const struct sockets_job sockets = { .patience = PREDECESSOR_PATIENCE, .report = warn };
	struct why why = WHY_INIT;
	uint64_t fds;

	m->plan = p;
	enter_queue_directory(p);
	take_lock(p);
	open_log(p, o, reports);
	crews_init(&m->crews);
	notify_open();
	inherit_sockets(&m->crews.sockets, p, warn, NULL);
	if (set_environment(p) < 0 || sys_limit_files(FDS_WANTED, &fds) < 0)
		fail(EX_OSERR, "cannot set up the environment of processes");
	warn_of_accounts(p);
	warn_of_host_name(p);
	if (sockets_open(&m->crews.sockets, p, &sockets, &why) < 0)
		fail(EX_UNAVAILABLE, "%s", why.text);
}

static int
supervise(const struct master_options *o)
{
	struct master m = { .options = o, .ready_fd = -1 };
	struct reports reports;
	int result;

	if (o->job == JOB_DAEMON && sys_daemon(&m.ready_fd) < 0)
		fail(EX_OSERR, "cannot start a process");
	reports_init(&reports);
	prepare(&m, &reports);
	reports_drop(&reports);
	result = run_init(&(struct run_options){ .simulated = false });
	if (result < 0)
		fail(EX_OSERR, "cannot start the event loop: %s", err_text(result));
	open_signals(&m);
	run_before_sleep(log_flush);
	result = run_main(master_run, &m);
	if (result < 0)
		fail(EX_OSERR, "cannot start the first task: %s", err_text(result));
	run_drop();
	log_flush();
	plan_free(m.plan);
	return m.exit_status;
}

int
main(int argc, char **argv)
{
	struct master_options o;
	struct why why = WHY_INIT;

	(void)argc;
	if (sys_null_standard(0) < 0)
		return EX_OSERR;
	sys_umask(022);
	if (master_options_parse(argv, &o, &why) < 0)
		fail(EX_USAGE, "%s", why.text);
	switch (o.job) {
	case JOB_CHECK:
		return check(&o);
	case JOB_TEST:
		return test(&o);
	default:
		return supervise(&o);
	}
}
