/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef SERVICES_ANVIL_COUNTERS_H
#define SERVICES_ANVIL_COUNTERS_H

#include "lib/base/list.h"
#include "lib/base/map.h"
#include "lib/ipc/message.h"

/*
 * What the clients of all services do: sessions open now, and events in a window of time, each
 * counted over all processes (the owners) that report it. Pure.
 *
 *	counters_init(&c, 60 * TICKS_SECOND, 100000);
 *	counter_owner_init(&worker);
 *	counters_report(&c, &worker, service, &activity, now, wall, &total);
 *	…
 *	counters_forget_owner(&c, &worker, now);	// it has died: its sessions are over
 */
enum counter_event {
	COUNTER_CONNECTIONS,
	COUNTER_MESSAGES,
	COUNTER_RECIPIENTS,
	COUNTER_TLS_SESSIONS,
	COUNTER_AUTHS,
	COUNTER_EVENTS
};

/* The highest value so far, whose, and when. 0: none. */
struct counter_peak {
	uint32_t value;
	int64_t wall;
	char service[257];
	char client[65];
};

struct counters {
	struct map clients; /* by service and address block */
	struct list idle;   /* clients without a session, the one longest so first */
	size_t clients_max;
	int64_t unit; /* of rates, ticks */
	/* Since counters_reset_peaks(). */
	struct counter_peak rates[COUNTER_EVENTS];
	struct counter_peak open;
	struct counter_peak size; /* of the table; has no client */
};

struct counter_owner {
	struct list holdings; /* what it has open */
};

void counters_init(struct counters *c, int64_t unit, size_t clients_max);
void counters_drop(struct counters *c); /* every owner is forgotten */

void counter_owner_init(struct counter_owner *o);
void counters_forget_owner(struct counters *c, struct counter_owner *o, int64_t now);

/* now: of a clock that never goes back. */
void counters_report(struct counters *c, struct counter_owner *o, struct str service,
    const struct message_client_activity *a, int64_t now, int64_t wall,
    struct message_client_total *out);

void counters_reset_peaks(struct counters *c);

#endif
