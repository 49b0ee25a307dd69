/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef MASTER_MASTER_H
#define MASTER_MASTER_H

#include "lib/run/watch.h"
#include "master/crews.h"
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
	struct group helpers; /* signals, status */
	bool reload_wanted;
	int stop_signal; /* 0: go on */
	int ready_fd;    /* to tell who started us; -1: nobody waits, or was told */
	int exit_status;
};

/* The first task: runs the suite until a signal ends it. */
PARKS void master_run(void *master);

/* reload.c: parks while the configuration is read. */
PARKS void master_reload(struct master *m);

#endif
