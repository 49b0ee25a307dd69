/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The supervisor's own tasks: one takes signals and only notes them, so that children are reaped
 * whatever else is going on; the first one does what was noted, one thing after the other.
 *
 * A stop goes with the mail, stage by stage: what takes mail in ends first, what delivers it last,
 * so that nobody is left alone with half a message. Each stage has a while to finish by itself,
 * another after being told to stop at once, and is then killed: nothing that was accepted is lost
 * by that. The whole stays within the ten seconds that containers and init systems are used to,
 * unless a process is so stuck that it has to be killed.
 */
#include "master/master.h"

#include <errno.h>
#include <signal.h>
#include <sysexits.h>

#include "lib/base/bug.h"
#include "lib/base/err.h"
#include "lib/run/run.h"
#include "lib/sys/daemon.h"
#include "lib/sys/file.h"
#include "lib/sys/log.h"
#include "lib/sys/notify.h"
#include "lib/sys/process.h"
#include "lib/sys/spawn.h"
#include "master/control.h"
#include "master/log_file.h"

/* Who starts the suite waits so long for the resident processes; then they are given up. */
#define COMING_UP_PATIENCE TICKS_MINUTE

static const struct {
	int64_t drain, stop, kill;
} patience[STAGE_COUNT] = {
	[STAGE_RECEPTION] = { 3 * TICKS_SECOND, 2 * TICKS_SECOND, TICKS_SECOND },
	[STAGE_CLEANUP] = { TICKS_SECOND, TICKS_SECOND, TICKS_SECOND },
	[STAGE_QUEUE] = { 2 * TICKS_SECOND, TICKS_SECOND, TICKS_SECOND },
	[STAGE_DELIVERY] = { 2 * TICKS_SECOND, TICKS_SECOND, TICKS_SECOND },
};

/* --- Signals ------------------------------------------------------------------------------------ */

static void
reap_all(struct master *m)
{
	struct process_end end;

	while (sys_reap(&end) > 0)
		crews_reaped(&m->crews, &end);
}

static void
note(struct master *m, int signal)
{
	if (signal == SIGCHLD)
		reap_all(m);
	else if (signal == SIGHUP)
		m->reload_wanted = true;
	else if (signal == SIGUSR1)
		m->reopen_wanted = true;
	else if (m->stop_signal == 0)
		m->stop_signal = signal;
	cond_broadcast(&m->crews.change);
}

PARKS static void
signals_run(void *arg)
{
	struct master *m = arg;
	int signal;

	do {
		while ((signal = sys_signals_next(m->signals.fd)) >= 0)
			note(m, signal);
	} while (watch_in(&m->signals, TICKS_NEVER) == 0);
}

/* --- Start ---------------------------------------------------------------------------------------- */

/* 0 when all resident processes serve, or a signal came first. */
PARKS static int
wait_until_up(struct master *m, struct why *why)
{
	int64_t deadline = run_deadline(COMING_UP_PATIENCE);
	const char *name = "";
	int result;

	while (m->stop_signal == 0 && (result = crews_are_up(&m->crews, &name)) != 1) {
		if (result < 0) {
			why_set(
			    why, "service %s does not start: its own words are in the log", name);
			return result;
		}
		result = cond_wait(&m->crews.change, deadline);
		if (result < 0) {
			why_set(why, "service %s does not get ready", name);
			return result;
		}
	}
	return 0;
}

PARKS static int
come_up(struct master *m, struct why *why)
{
	const char *folder = config_text(m->plan->config, PARAM_process_id_directory);
	int result = task_start(&m->helpers, "signals", signals_run, m);

	if (result == 0)
		result = crews_follow(&m->crews, m->plan, NULL);
	if (result < 0) {
		why_set(why, "cannot start tasks: %s", err_text(result));
		return result;
	}
	result = control_start(m, folder, why);
	return result < 0 ? result : wait_until_up(m, why);
}

static void
tell_starter(struct master *m)
{
	if (m->ready_fd < 0)
		return;
	if (sys_null_standard(SYS_NULL_IN | SYS_NULL_OUT | SYS_NULL_ERR) < 0)
		log_warning("cannot let go of the terminal");
	sys_daemon_ready(m->ready_fd);
	m->ready_fd = -1;
}

/* --- Stop ------------------------------------------------------------------------------------------- */

PARKS static bool
stage_ends_within(struct master *m, enum plan_stage stage, int64_t time)
{
	int64_t deadline = run_deadline(time);
	int result = 0;

	while (crews_have(&m->crews, stage) && result == 0)
		result = cond_wait(&m->crews.change, deadline);
	return !crews_have(&m->crews, stage);
}

PARKS static void
stop_stage(struct master *m, enum plan_stage stage)
{
	if (m->stop_signal != SIGQUIT) {
		crews_leave(&m->crews, stage, WORKER_DRAIN);
		if (stage_ends_within(m, stage, patience[stage].drain))
			return;
	}
	crews_leave(&m->crews, stage, WORKER_STOP);
	if (stage_ends_within(m, stage, patience[stage].stop))
		return;
	crews_kill(&m->crews, stage);
	if (!stage_ends_within(m, stage, patience[stage].kill))
		log_error("processes are left that not even SIGKILL ends");
}

PARKS static void
stop_all(struct master *m)
{
	for (int stage = 0; stage < STAGE_COUNT; stage++)
		stop_stage(m, (enum plan_stage)stage);
	group_cancel(&m->crews.tasks);
	group_cancel(&m->helpers);
	BUG_ON(group_wait(&m->crews.tasks, TICKS_NEVER) < 0);
	BUG_ON(group_wait(&m->helpers, TICKS_NEVER) < 0);
	watch_close(&m->signals);
	sys_close(m->signals.fd);
}

/* --- The first task ----------------------------------------------------------------------------------- */

PARKS static void
reload(struct master *m)
{
	struct reports reports;
	int status;

	m->reload_wanted = false;
	reports_init(&reports);
	status = master_reload(m, NULL, &reports);
	(void)status; /* the log tells */
	reports_drop(&reports);
}

PARKS static void
reopen(struct master *m)
{
	struct why why = WHY_INIT;

	m->reopen_wanted = false;
	if (master_reopen_log(m, &why) != EX_OK)
		log_warning("%s", why.text);
}

static void
say_what_is_left_out(const struct plan *p)
{
	if (p->left_out[0] != '\0')
		log_info(
		    "%s/master.cf: built in, and no services here: %s", p->directory, p->left_out);
}

/* Half of the time that the service manager gives us is gone: we are here. */
PARKS static void
feed_watchdog(void *arg)
{
	int64_t period = notify_watchdog() / 2;

	(void)arg;
	do
		notify_send("WATCHDOG=1");
	while (task_sleep(run_deadline(period)) == 0);
}

static void
tell_manager(struct master *m)
{
	notify_send("READY=1\nSTATUS=serving, configuration %s\n", m->plan->directory);
	if (notify_watchdog() != 0 &&
	    task_start(&m->helpers, "manager's watchdog", feed_watchdog, m) < 0)
		log_warning("no memory to tell the service manager that we live");
}

/* $debugger_command, which names us by $process_name and $process_id, goes its own way. */
static void
run_debugger(const struct master *m)
{
	const char *command = config_text(m->plan->config, PARAM_debugger_command);
	static const int fds[] = { 0, 1, 2 };
	char shell[] = "sh", option[] = "-c";
	char *argv[] = { shell, option, arena_text(&m->plan->arena, str_of(command)), NULL };
	pid_t pid;
	int result;

	if (!m->options->debugger || command[0] == '\0')
		return;
	result = sys_spawn(&(struct spawn){ .path = "/bin/sh",
	                       .argv = argv,
	                       .environment = sys_environment_all(),
	                       .fds = fds,
	                       .fd_count = ARRAY_LEN(fds) },
	    &pid);
	if (result < 0)
		log_warning("cannot run debugger_command: %s", err_text(result));
}

PARKS static void
serve(struct master *m)
{
	int64_t end = m->options->lifetime != 0 ? run_deadline(m->options->lifetime) : TICKS_NEVER;
	int result = 0;

	log_event(EVENT_MASTER_START, F_STR(version, STR(PACKAGE_VERSION)),
	    F_STR(path, str_of(m->plan->directory)));
	say_what_is_left_out(m->plan);
	run_debugger(m);
	tell_starter(m);
	tell_manager(m);
	while (m->stop_signal == 0 && result == 0) {
		if (m->reload_wanted)
			reload(m);
		else if (m->reopen_wanted)
			reopen(m);
		else
			result = cond_wait(&m->crews.change, end);
	}
	if (result == ERR_TIMEOUT)
		log_info("ending, as option -e said");
	else
		log_event(EVENT_MASTER_STOP, F_NUM(number, m->stop_signal));
	notify_send("STOPPING=1\nSTATUS=stopping");
}

void
master_run(void *arg)
{
	struct master *m = arg;
	struct why why = WHY_INIT;

	group_init(&m->helpers);
	if (come_up(m, &why) < 0) {
		log_file_complain("%s", why.text);
		m->exit_status = EX_UNAVAILABLE;
	} else if (m->stop_signal == 0) {
		serve(m);
	}
	stop_all(m);
}
