/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef MASTER_CREW_H
#define MASTER_CREW_H

#include "lib/io/stream.h"
#include "lib/run/task.h"
#include "lib/service/worker_link.h"
#include "lib/sys/process.h"
#include "master/sockets.h"

/*
 * The processes of one service: a crew, and each process a member.
 *
 *	             report           reload, stop, or it says so
 *	STARTING ------------> READY -----------------------------> DRAINING
 *	    |                    |                                      |
 *	    +--------------------+--------- its process is reaped ------+----> gone
 *
 * 1. A member is in `members` from the start of its process until it was reaped, and the reports it
 *    had sent were read.
 * 2. A member is of the generation that its crew had when it was started, for good. Those of an
 *    older one are drained once one of the current is READY (one by one: when the reload comes).
 * 3. At most `workers` members of the current generation are alive and not DRAINING.
 * 4. The sockets are watched only while a client that comes could need a new process.
 * 5. Nothing here parks but the tasks: one of each crew, one of each watched socket, one of each
 *    member. Lists may therefore be walked in peace.
 * 6. A crew that is `leaving` frees itself after its last member; `plan` and `service` are then no
 *    longer looked at.
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
	struct cond reaped;
};

struct crew {
	struct list link;
	struct crews *crews;
	const struct plan *plan;
	const struct plan_service *service; /* of the plan */
	char *name, *program;
	enum master_type type;
	enum plan_stage stage;
	struct list members;
	struct list watchers;
	unsigned generation;
	bool leaving;    /* starts nothing any more */
	bool demand;     /* a client waits that no process takes */
	unsigned failed; /* bad ends in a row */
	int64_t not_before;
	struct cond change;
	struct group tasks; /* of members and sockets */
};

/* All of them. */
struct crews {
	struct list list; /* of struct crew */
	struct sockets sockets;
	struct group tasks;
	struct cond change; /* a crew has ended, or one of its processes became ready or ended */
};

void crews_init(struct crews *all);

/*
 * Goes over to a plan whose sockets are open: services that are new get a crew, those that are no
 * longer in it leave, the others go on with a new generation. Error: -ENOMEM.
 */
MUST_USE int crews_follow(struct crews *all, const struct plan *p);

/* The crews of this stage start nothing any more; each of their processes gets the order. */
void crews_leave(struct crews *all, enum plan_stage stage, enum worker_order order);
void crews_kill(struct crews *all, enum plan_stage stage); /* SIGKILL */
bool crews_have(const struct crews *all, enum plan_stage stage);

/* A process has ended; one that no crew knows is ignored. */
void crews_reaped(struct crews *all, const struct process_end *end);

/*
 * Of the resident services: 1: each has a process that is ready; 0: one is still starting;
 * ERR_REFUSED: one has failed, and *name is which.
 */
MUST_USE int crews_are_up(const struct crews *all, const char **name);

struct crew_totals {
	unsigned starting, ready, draining;
	uint64_t sessions, served;
};
struct crew_totals crew_totals(const struct crew *c);

#endif
