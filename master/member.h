/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef MASTER_MEMBER_H
#define MASTER_MEMBER_H

#include "lib/io/stream.h"
#include "lib/run/task.h"
#include "lib/service/worker_link.h"
#include "lib/sys/process.h"

struct crew;

/*
 * A process of a crew.
 *
 *	             report           reload, stop, or it says so
 *	STARTING ------------> READY -----------------------------> DRAINING
 *	    |                    |                                      |
 *	    +--------------------+--------- its process is reaped ------+----> gone
 *
 * 1. A member is in its crew's `members` from the start of its process until it was reaped, and the
 *    reports it had sent were read.
 * 2. A member is of the generation that its crew had when it was started, for good.
 */
enum member_state {
	MEMBER_STARTING,
	MEMBER_READY,
	MEMBER_DRAINING,
};

struct member {
	struct list link;
	struct crew *crew;
	pid_t pid;
	unsigned generation;
	enum member_state state;
	struct stream stream; /* of the link */
	int link_fd;          /* the same descriptor, for orders */
	struct worker_report report;
	int64_t ready; /* loop time; 0: never was */
	bool reading;  /* its task lives */
	bool gone;     /* its process was reaped */
	bool owes_log;
	struct cond reaped;
};

/* Starts a process for the crew. Error: -errno. */
MUST_USE int member_start(struct crew *c);

/* It is DRAINING from now on. */
void member_order(struct member *m, enum worker_order what);

/* Its log goes to new descriptors: at once `owes_log`, until it reports that it took them. */
void member_hand_log(struct member *m);

/* WORKER_STRESS or WORKER_EASE. */
void member_tell(struct member *m, enum worker_order what);
void member_kill(struct member *m);

/* The process has ended: the member frees itself as soon as its reports are read. */
void member_reaped(struct member *m, const struct process_end *end);

#endif
