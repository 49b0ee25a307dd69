/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef QMGR_SCHEDULE_H
#define QMGR_SCHEDULE_H

#include "qmgr/feedback.h"
#include "qmgr/message.h"

/*
 * Whose turn it is. Transports hold destinations, destinations hold jobs, a job is one message's
 * recipients at one destination. Each transport is served by its own agents; its destinations take
 * turns, one delivery each; within a destination messages take turns, a delivery's worth of
 * recipients each. So a message with 50,000 recipients, or a destination with 50,000 messages, costs
 * the others one delivery's wait. Pure: no clock of its own, no disk, no agents.
 *
 * Invariants:
 *  D1. A recipient is QUEUED if and only if it is in exactly one job's chain.
 *  D2. A destination is in its transport's turn if and only if it has jobs, is not suspended, and has
 *      less in flight than its window.
 *  D3. A destination without jobs and deliveries in flight has no memory, unless it could not be
 *      reached within the last hour.
 *  D4. in_flight of a destination and its transport counts batches taken and not finished.
 */
struct transport_limits {
	uint32_t concurrency; /* of one destination; 0: no limit */
	uint32_t initial;     /* concurrency without experience */
	uint32_t recipients;  /* of one delivery; 0: no limit; 1: each recipient is a destination */
	struct feedback positive, negative;
	uint32_t failed_cohorts; /* rounds of failures until a destination is suspended; 0: never */
	bool on_demand;          /* delivers only what was flushed (defer_transports) */
};

struct transport {
	struct list in_schedule;
	struct schedule *schedule;
	struct transport_limits limits;
	struct map sites;
	struct list turn; /* destinations that may have a delivery begun */
	uint32_t in_flight;
	int64_t suspended; /* monotonic: until then; 0: it is not */
	struct name *reason;
	void *agents; /* agent.c's */
	uint32_t name_length;
	char name[];
};

/* A destination: "smtp:example.com". */
struct site {
	struct transport *transport;
	struct list in_turn;
	struct list in_failing; /* schedule.failing */
	struct list in_drain;   /* schedule.to_drain */
	struct list jobs;
	uint32_t in_flight;
	struct window window;
	int64_t suspended;    /* monotonic: until then; 0: it is not */
	uint32_t suspensions; /* in a row */
	int64_t failed;       /* monotonic: when it could not be reached last */
	struct name *reason;
	uint32_t key_length;
	uint32_t nexthop_length;
	char texts[]; /* key, nexthop */
};

struct schedule_options {
	/* Says the limits of a transport, when it is first met. */
	void (*limits)(void *context, struct str transport, struct transport_limits *out);
	void *context;
	int64_t suspend_least, suspend_most; /* minimal_backoff_time, maximal_backoff_time */
};

struct schedule {
	struct schedule_options options;
	struct names *names;
	struct list transports;
	struct map by_name;
	struct list failing;  /* destinations that could not be reached at the last attempt */
	struct list to_drain; /* suspended ones that have jobs */
};

/* A delivery's worth of one message's recipients at one destination. */
struct batch {
	struct site *site;
	struct message *message;
	uint32_t count;
	uint32_t *indexes;
};

#define BATCH_MAX 1000 /* as many as a deliver message can hold */

void schedule_init(struct schedule *s, const struct schedule_options *o, struct names *names);
void schedule_drop(struct schedule *s); /* no job is left, nothing is in flight */

/* The transport of that name, made when it is met first. */
struct transport *schedule_transport(struct schedule *s, struct str name);

static inline struct str
transport_name(const struct transport *t) /* borrows from t */
{
	return str_make(t->name, t->name_length);
}

/* The destination, made if need be. recipient: its address, which is a destination of its own where
 * the transport takes one recipient at a time. */
struct site *schedule_site(struct transport *t, struct str nexthop, struct str recipient);

static inline struct str
site_nexthop(const struct site *site) /* borrows from site */
{
	return str_make(site->texts + site->key_length, site->nexthop_length);
}

/* Why nothing is to be begun somewhere, and for how long. */
struct suspension {
	struct str reason; /* borrowed until the schedule changes */
	int64_t until;     /* monotonic */
};

/* True: nothing is to be begun there now. */
bool site_is_suspended(const struct site *site, int64_t now, struct suspension *why);

/* Nothing was queued at a destination that may just have been made (D3). */
void schedule_let_go(struct site *site);

/* Queues a recipient that WAITS. */
void schedule_add(struct site *site, struct message *m, uint32_t index);

/* Unqueues what is QUEUED of m. */
void schedule_withdraw(struct message *m);

/* The next delivery of this transport; its recipients are IN_FLIGHT. False: there is none now. */
MUST_USE bool schedule_take(struct transport *t, struct batch *out);

/*
 * Recipients that are queued where nothing is to be begun now, at a destination or transport that was
 * suspended after they came. They WAIT now; the batch has no site, is not in flight, and its indexes
 * are the caller's (mem_free). False: there are none.
 */
MUST_USE bool schedule_take_suspended(
    struct schedule *s, int64_t now, struct batch *out, struct suspension *why);

enum delivery_end {
	DELIVERY_DONE,        /* the destination answered, whatever it said about the recipients */
	DELIVERY_SITE_FAILED, /* it could not be reached */
	DELIVERY_NOT_TRIED,   /* nothing was learnt */
};

/*
 * The delivery has ended; the caller has given its recipients other states than IN_FLIGHT. The
 * destination may be suspended by it.
 */
void schedule_finish(struct batch *b, enum delivery_end end, struct str reason, int64_t now);

/* Nothing is begun at this transport until then. */
void transport_suspend(struct transport *t, int64_t until, struct str reason);
/* Nor suspended any longer: transports and destinations may be tried at once. */
void schedule_resume_all(struct schedule *s);

/* Forgets failures of long ago. */
void schedule_sweep(struct schedule *s, int64_t now);

#endif
