/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef MASTER_CREW_H
#define MASTER_CREW_H

#include "master/crews.h"
#include "master/member.h"

/*
 * The processes of one service.
 *
 * 1. At most `workers` members of the current generation are alive and not DRAINING.
 * 2. Members of an older generation are drained once one of the current is READY, or waits for them
 *    to end.
 * 3. The sockets are watched only while a client that comes could need a new process.
 * 4. Nothing here parks but the tasks: one of each crew, one of each watched socket, one of each
 *    member. Lists may therefore be walked in peace.
 * 5. A crew that is `leaving` frees itself after its last member.
 */
struct crew {
	struct list link;
	struct crews *crews;
	struct plan *plan;                  /* a use of it */
	const struct plan_service *service; /* of the plan */
	char *name, *program;
	enum master_type type;
	enum plan_stage stage;
	struct list members;
	struct list watchers;
	unsigned generation;
	bool is_single;         /* it was seen that its program wants to be alone */
	bool leaving;           /* starts nothing any more */
	bool demand;            /* a client waits that no process takes */
	unsigned failed_starts; /* in a row: processes that ended before they were ready */
	unsigned failed_lives;  /* in a row: processes that ended badly soon after */
	int64_t not_before;
	bool stressed;      /* its processes were told so */
	int64_t calm_since; /* it is not full; TICKS_NEVER: it is */
	struct cond change;
	struct group tasks; /* of members and sockets */
};

/* A crew with its task, in the list. Error: -ENOMEM. */
MUST_USE int crew_new(struct crews *all, struct plan *p, const struct plan_service *service);

/* Goes on by another plan: a new generation replaces the members. */
void crew_renew(struct crew *c, struct plan *p, const struct plan_service *service);

/* Starts nothing any more, and gives the order to all members. */
void crew_leave(struct crew *c, enum worker_order what);

/* For members: what happened to them; wake: the crew is to look at itself. */
void crew_note_ready(struct crew *c, const struct member *m);
void crew_note_waiting(struct crew *c, struct member *m);
void crew_note_end(struct crew *c, const struct member *m, const struct process_end *end);
void crew_wake(struct crew *c);

#endif
