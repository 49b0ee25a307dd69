/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef LIB_SERVICE_WORKER_LINK_H
#define LIB_SERVICE_WORKER_LINK_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/io/stream.h"

/*
 * The link between master and a worker: a socket pair over which reports go up and orders down,
 * each WORKER_MESSAGE_SIZE bytes: no lengths, no texts, no lists, so that master, which is root,
 * has nothing to parse and nothing to allocate for a worker that was taken over. When the link
 * ends, the other one has died: a worker then drains.
 *
 * The first report that is not of `waiting` says that the worker is ready to serve. Later ones come
 * when it begins or ceases to be busy, and otherwise at most once a second: `sessions` may be that
 * old.
 */
struct worker_report {
	uint32_t sessions; /* clients that it serves now */
	bool busy;         /* a further worker would help */
	bool full;         /* further clients wait for one of its to end */
	bool draining;     /* accepts no more */
	bool waiting;      /* not ready: its predecessor must end first */
	bool took_log;     /* writes to the descriptors of the last WORKER_LOG only */
	uint64_t served;   /* clients since it started */
};

enum worker_order {
	WORKER_DRAIN =
	    1,           /* the mail system stops: finish soon what is open, accept nothing, exit */
	WORKER_STOP = 2, /* end at once, cleanly */
	WORKER_LOG = 3,  /* a descriptor comes with it, in place of the log's first, */
	WORKER_LOG_2 = 4,  /* or second; then report that it was taken */
	WORKER_STRESS = 5, /* sessions that begin now use $stress = yes, */
	WORKER_EASE = 6,   /* and now no longer */
	WORKER_RETIRE = 7, /* another takes over: as WORKER_DRAIN, and sessions have their time */
};

#define WORKER_MESSAGE_SIZE 24

void worker_report_encode(const struct worker_report *r, char bytes[WORKER_MESSAGE_SIZE]);
void worker_order_encode(enum worker_order order, char bytes[WORKER_MESSAGE_SIZE]);

/* Error: ERR_PROTOCOL: not ours, or values that cannot be. */
MUST_USE int worker_report_decode(struct str bytes, struct worker_report *out);
MUST_USE int worker_order_decode(struct str bytes, enum worker_order *out);

/* Over a stream; orders go out without one. Error: ERR_PROTOCOL, and those of the stream. */
PARKS MUST_USE int worker_report_send(
    struct stream *s, const struct worker_report *r, int64_t deadline);
PARKS MUST_USE int worker_report_receive(
    struct stream *s, struct worker_report *out, int64_t deadline);
PARKS MUST_USE int worker_order_receive(struct stream *s, enum worker_order *out, int64_t deadline);

#endif
