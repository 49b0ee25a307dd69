/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef MASTER_CREWS_H
#define MASTER_CREWS_H

#include "lib/run/task.h"
#include "lib/service/worker_link.h"
#include "lib/sys/process.h"
#include "master/sockets.h"

struct crew;

/* The crews of all services (crew.h), and the sockets they share. */
struct crews {
	struct list list; /* of struct crew */
	struct sockets sockets;
	struct group tasks;
	struct cond change; /* a crew has ended, or something became of a process */
};

void crews_init(struct crews *all);

/*
 * Goes over to a plan whose sockets are open: services that are new get a crew, those that are no
 * longer in it leave, the others go on with a new generation; only those that `only` means
 * (plan_means). Sockets that are then nobody's are closed. Error: -ENOMEM.
 */
MUST_USE int crews_follow(struct crews *all, struct plan *p, const char *only);

/* Closes the sockets that no service names: what a reload opened that went no further. */
void crews_keep_sockets(struct crews *all);

/* A service that runs is meant by `only`. */
bool crews_mean(const struct crews *all, const char *only);

/* Every process gets the descriptors of the log anew; one that has not gone over yet, or 0. */
void crews_hand_log(struct crews *all);
pid_t crews_late_with_log(const struct crews *all);

/* The crews of this stage start nothing any more; each of their processes gets the order. */
void crews_leave(struct crews *all, enum plan_stage stage, enum worker_order order);
void crews_kill(struct crews *all, enum plan_stage stage); /* SIGKILL */
bool crews_have(const struct crews *all, enum plan_stage stage);

/* A process has ended; one that no crew knows is ignored. */
void crews_reaped(struct crews *all, const struct process_end *end);

/*
 * Of the resident services: 1: each has a process that is ready; 0: one is still starting;
 * ERR_REFUSED: one has failed. *name: which.
 */
MUST_USE int crews_are_up(const struct crews *all, const char **name);

struct crew_totals {
	unsigned starting, ready, draining;
	uint64_t sessions, served;
};
struct crew_totals crew_totals(const struct crew *c);

#endif
