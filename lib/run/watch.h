/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef LIB_RUN_WATCH_H
#define LIB_RUN_WATCH_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/run/task.h"

/*
 * A descriptor that the loop watches, edge-triggered, for as long as the watch is open: one
 * registration, no system call per wait. The pattern is: try; on -EAGAIN wait; try again.
 *
 *	while ((n = sys_read(w.fd, p, size)) == -EAGAIN) {
 *		int result = watch_in(&w, deadline);
 *		if (result < 0)
 *			return result;
 *	}
 *
 * One task at a time may wait for each direction. The watch does not own the descriptor; close the
 * watch before the descriptor.
 */
struct watch {
	int fd;       /* -1: not open */
	void *handle; /* the loop's */
	struct cond in, out;
	bool in_edge, out_edge; /* an edge came since the last wait */
	bool watches_out;       /* from the first watch_out() on */
	bool closed;            /* the peer sends no more (sockets); what it sent may still wait */
};

MUST_USE int watch_open(struct watch *w, int fd); /* fd must be non-blocking */
void watch_close(struct watch *w);                /* tasks that wait get ERR_CANCELLED */

PARKS MUST_USE int watch_in(struct watch *w, int64_t deadline);
PARKS MUST_USE int watch_out(struct watch *w, int64_t deadline);

#endif
