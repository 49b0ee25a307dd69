/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef LIB_IPC_CALLER_H
#define LIB_IPC_CALLER_H

#include "lib/ipc/channel.h"

/*
 * The asking half of a channel that many tasks share: each request has an id, the answer comes back
 * under it, in any order. A request is one or more frames; its answer is exactly one. A task of the
 * caller's own reads. When the peer dies, every request in flight answers at once with why, and so
 * does every later one: the owner closes the caller and opens a new one when it sees fit.
 *
 *	struct call call;
 *
 *	n = call_open(&call, &caller, deadline);		// waits while the peer is full
 *	if (n == 0)
 *		n = call_send(&call, MESSAGE_NUMBER_submit, &submit, deadline);
 *	…
 *	if (n == 0)
 *		n = call_wait(&call, &frame, deadline);		// frame: valid until call_close()
 *	call_close(&call);
 */
struct call;

struct caller {
	struct channel channel;
	struct group reader; /* of one task */
	struct call **slots; /* by the low bits of the request id */
	uint16_t *turns; /* of each slot: the high bits, so that a late answer matches nothing */
	uint32_t slot_count; /* the peer's capacity */
	uint32_t in_flight;
	uint32_t next_slot; /* where the search for a free one begins */
	struct cond room;
	int failed;   /* why no request can be answered any more; 0: open */
	bool leaving; /* the peer asked to be left */
};

struct call {
	struct caller *caller; /* NULL: not open */
	uint32_t request;
	struct cond answered;
	bool has_answer;
	struct frame answer; /* its fields are in `bytes` */
	struct buf bytes;
};

#define CALLER_CAPACITY_MAX 4096u /* requests in flight, whatever the peer says */

/* As channel_open. Takes fd in any case. */
PARKS MUST_USE int caller_open(
    struct caller *r, int fd, const struct channel_options *o, int64_t deadline, struct why *why);
PARKS MUST_USE int caller_open_stream(/* over r->channel.stream */
    struct caller *r, const struct channel_options *o, int64_t deadline, struct why *why);

/* Only once every call is closed (see caller_idle). */
PARKS void caller_close(struct caller *r);

/* False: the peer is gone, or about to go; a new request needs another caller. */
bool caller_is_open(const struct caller *r);

/* Once the peer asks to be left (`leaving`) and no call is open, tells it that no more will come. */
MUST_USE int caller_leave_when_asked(struct caller *r);

/* Waits until every call is closed: before caller_close(), after the peer has died. */
PARKS MUST_USE int caller_idle(struct caller *r, int64_t deadline);

/* Waits while as many requests are in flight as the peer takes. Error: as of call_wait. */
PARKS MUST_USE int call_open(struct call *k, struct caller *r, int64_t deadline);
void call_close(struct call *k); /* a late answer is dropped; safe to call twice */

/* A frame of the request; fd: taken in any case; -1: none. Error: as channel_send. */
PARKS MUST_USE int call_send(
    struct call *k, enum message_number number, const void *message, int64_t deadline);
PARKS MUST_USE int call_send_fd(
    struct call *k, enum message_number number, const void *message, int fd, int64_t deadline);

/*
 * The answer; may be asked for again. Error: ERR_EOF or another failure of the channel (whether the
 * peer acted on the request is not known), ERR_TIMEOUT, ERR_CANCELLED.
 */
PARKS MUST_USE int call_wait(struct call *k, struct frame *answer, int64_t deadline);

/* True when the answer has come: a verdict before the content has ended. */
static inline bool
call_has_answer(const struct call *k)
{
	return k->has_answer;
}

/* One frame out, one answer back: open, send, wait. The caller then closes the call. */
PARKS MUST_USE int caller_call(struct caller *r, struct call *k, enum message_number number,
    const void *message, struct frame *answer, int64_t deadline);

#endif
