/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef MASTER_SOCKETS_H
#define MASTER_SOCKETS_H

#include "lib/base/list.h"
#include "lib/base/why.h"
#include "master/plan.h"

/*
 * The listening sockets. They belong to master, from the plan that first names a place to the one
 * that no longer does: workers come and go, and a client that connects meanwhile waits in the
 * kernel's queue and is not refused.
 */
struct sockets {
	struct list entries;
};

void sockets_init(struct sockets *s);

struct sockets_job {
	const char *only; /* plan_means(); NULL: all services */
	int64_t patience; /* ticks that a taken place is tried for: it may be a predecessor's, whose
	                     last workers let go of it; blocks: 0 within the loop */
	config_report *report;
	void *context;
};

/*
 * Opens what the plan names and is not open yet: everything, or nothing. Reports IPv6 places that
 * this host does not have. Error: -errno, with words that say what to do.
 */
MUST_USE int sockets_open(
    struct sockets *s, const struct plan *p, const struct sockets_job *job, struct why *why);

/*
 * Takes a listening socket that came from who started us. service: whose it is, and then that
 * service listens nowhere else; NULL: it serves the place it is bound to.
 */
void sockets_adopt(struct sockets *s, int fd, const char *service);

/* The descriptors of a service, borrowed, at most WORKER_SOCKETS_MAX. */
size_t sockets_of(const struct sockets *s, const struct plan_service *service, int fds[]);

/* Closes what no service was said to want since the last call; names of UNIX sockets are removed. */
void sockets_want(struct sockets *s, const struct plan_service *service);
void sockets_close_unwanted(struct sockets *s);

/* Closes the sockets of one service: nobody connects to it any more. */
void sockets_close(struct sockets *s, const struct plan_service *service);

#endif
