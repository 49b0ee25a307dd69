/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef LOCAL_SPAWNER_H
#define LOCAL_SPAWNER_H

#include <stdbool.h>
#include <sys/types.h>

#include "lib/base/why.h"
#include "lib/config/config.h"

/*
 * The one process of a mailbox agent that keeps root. It is forked before anything else is opened,
 * reads nothing but requests of a fixed size from its agent, and does nothing but fork: the child
 * becomes the user that the request names, for good, and then runs child_run(). It ends when its
 * agent does. Not started by root, it is the same, and everyone is who we are.
 */
struct spawner_options {
	const struct config *config;
	uint32_t least_uid; /* no child has a smaller user id; 1: never root; 0: also root */
	gid_t extra_gid;    /* the only group that a request may add; 0: none */
	bool has_commands;  /* a request may ask for a child that starts programs; never as root */
	void (*child)(int fd); /* its work; owns fd, and never returns */
};

/* Answers the descriptor for spawner_start(). Error: with words. */
MUST_USE int spawner_open(const struct spawner_options *o, struct why *why);

struct spawner_request {
	uint32_t uid, gid;
	uint32_t with_extra_group;
	uint32_t with_commands; /* it may start programs, which have no walls around them */
};

/*
 * A new child that is this user. *fd: our end of a stream to it, non-blocking. Where it cannot
 * become the user, the stream simply ends. Error: -errno; -EPIPE: the spawner is gone.
 */
MUST_USE int spawner_start(int spawner, const struct spawner_request *r, int *fd);

#endif
