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

typedef void sockets_warning(const char *text);

void sockets_init(struct sockets *s);

/*
 * Opens what the plan names and is not open yet: everything, or nothing. A taken place is tried for
 * `patience` ticks, in which a predecessor's last workers may let go of it: 0 within the loop,
 * since this blocks. Warns of IPv6 places that this host does not have. Error: -errno, with words
 * that say what to do.
 */
MUST_USE int sockets_open(struct sockets *s, const struct plan *p, int64_t patience,
    sockets_warning *warn, struct why *why);

/* Closes what the plan does not name; the names of UNIX sockets are removed. */
void sockets_keep(struct sockets *s, const struct plan *p);

/* The descriptor, borrowed; -1: not open (an IPv6 place). */
int sockets_find(const struct sockets *s, const struct plan_place *place);

/* Closes the sockets of one service: nobody connects to it any more. */
void sockets_close(struct sockets *s, const struct plan_service *service);

#endif
