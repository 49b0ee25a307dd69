/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef LIB_SERVICE_WORKER_H
#define LIB_SERVICE_WORKER_H

#include "lib/base/arena.h"
#include "lib/io/stream.h"
#include "lib/run/task.h"
#include "lib/run/watch.h"
#include "lib/service/service.h"
#include "lib/service/worker_options.h"

/*
 * A worker process, for the files of this folder only. Its way through life:
 *
 *	starting -> serving -> draining -> gone
 *
 * 1. Rights are given up before the first byte of a client is read.
 * 2. `sessions` is the number of tasks in session_group that serve a client.
 * 3. Once `draining` is set nothing is accepted, and it never becomes unset.
 * 4. close() runs when no session is left, and once.
 */
struct listening {
	struct worker *worker;
	int fd;
	struct watch watch;
	struct endpoint local; /* where clients of this socket connected to; length 0: ask each */
};

struct worker {
	const struct service *service;
	struct worker_options options;
	struct arena arena;
	struct buf main_cf;
	struct config *config;
	struct config *stressed_config; /* NULL: was not needed yet */
	bool stress;

	struct listening listening[WORKER_SOCKETS_MAX];
	struct group accept_group;
	struct group session_group; /* and drain() */
	struct group helper_group;  /* link, idle, wake-up, signals */

	uint32_t capacity;
	uint32_t sessions;
	uint64_t served;
	int64_t idle_since; /* loop time when sessions became 0 */
	bool is_open;       /* open() was called, and well: drain() and close() will be */
	bool draining;
	bool stopping;         /* not only this process: the mail system */
	bool out_of_resources; /* said so; not again before it is over */
	bool took_log;         /* to be reported */

	struct cond room;   /* a session has ended */
	struct cond change; /* sessions, draining: for the reporter */
	struct cond draining_begins;

	struct stream link;
	int single_fd; /* lock of a service that is `single` */
};

/* accept.c */
MUST_USE int accept_open(struct worker *w, struct why *why);
PARKS void accept_close(struct worker *w); /* after it, no task accepts and no socket is open */

/* link.c: orders of master, SIGTERM; once started, reports to it, idleness, wake-ups. */
MUST_USE int link_open(struct worker *w, struct why *why);
MUST_USE int link_report_ready(struct worker *w, struct why *why);
PARKS void link_close(struct worker *w);
bool worker_is_busy(const struct worker *w);

/* Sessions that begin from now on find $stress set, or not. */
void worker_stress(struct worker *w, bool on);

/* Begins to drain; later calls change nothing. */
void worker_drain(struct worker *w);

/* enter.c: root is given up, walls are built. */
MUST_USE int enter_walls(struct worker *w, struct why *why);

/* single.c: opened with master's rights; waiting ends with ERR_CANCELLED when told to drain. */
MUST_USE int single_open(struct worker *w, struct why *why);
PARKS MUST_USE int single_wait(struct worker *w, struct why *why);

#endif
