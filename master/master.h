/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef MASTER_MASTER_H
#define MASTER_MASTER_H

#include "lib/run/watch.h"
#include "master/crews.h"
#include "master/reports.h"
#include "master/options.h"

/*
 * The supervisor, once it has its plan, its log, its lock and its sockets.
 *
 *	starting -> running -> stopping -> ended
 *
 * A reload happens while running, and is all or nothing: until crews_follow() nothing has changed.
 */
struct master {
	const struct master_options *options;
	struct plan *plan;
	struct crews crews;
	struct watch signals;
	struct group helpers; /* signals, control */
	bool reload_wanted, reopen_wanted;
	bool reloading;
	int stop_signal; /* 0: go on */
	int ready_fd;    /* to tell who started us; -1: nobody waits, or was told */
	int exit_status;
};

/* The first task: runs the suite until a signal ends it. */
PARKS void master_run(void *master);

/*
 * reload.c. Reads and checks everything; then all services follow, or those that `only` means
 * (plan_means). What was found is added to the reports and logged. Answers an exit status.
 */
PARKS MUST_USE int master_reload(struct master *m, const char *only, struct reports *reports);

/*
 * Opens the log files anew, and comes back when no process writes to the old ones any more. Answers
 * an exit status, with words.
 */
PARKS MUST_USE int master_reopen_log(struct master *m, struct why *why);

#endif
