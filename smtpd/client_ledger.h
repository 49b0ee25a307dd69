/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef SMTPD_CLIENT_LEDGER_H
#define SMTPD_CLIENT_LEDGER_H

#include "lib/base/map.h"
#include "lib/ipc/channel.h"
#include "lib/run/task.h"

/*
 * What the clients of this process do, by blocks of addresses, and what anvil says that they do in
 * all processes.
 *
 *	k = client_ledger_enter(&l, block);		// a session has begun
 *	…
 *	event = client_ledger_note(&l, k, CLIENT_MESSAGES);
 *	client_ledger_settle(&l, k, CLIENT_MESSAGES, event);
 *	if (client_count_rate(k, CLIENT_MESSAGES, event) > limit)
 *		…
 *	client_ledger_leave(&l, k);
 */
enum client_event {
	CLIENT_CONNECTIONS,
	CLIENT_MESSAGES,
	CLIENT_RECIPIENTS,
	CLIENT_TLS_SESSIONS,
	CLIENT_AUTHS,
	CLIENT_EVENTS
};

#define CLIENT_REPORT_MAX 1000 /* of message.def */

struct client_count;

struct client_ledger {
	/* Makes a channel to anvil ready. Error: negative, with words. */
	PARKS int (*open)(void *context, struct channel *c, int64_t deadline, struct why *why);
	void *context;
	const char *service; /* kept by pointer */
	int64_t eager; /* of a client with so many sessions anvil hears at once that one ended */
	struct map counts;
	struct list untold; /* counts that anvil has not heard of, the oldest first */
	size_t untold_count;
	int64_t report_at; /* when they are to leave, unless somebody waits */
	bool urgent;
	struct client_count *in_flight[CLIENT_REPORT_MAX]; /* of the report without its answer */
	size_t in_flight_count;
	struct channel channel;
	int64_t answer_by; /* of the report in flight */
	bool broken;       /* the channel has ended */
	bool outage;       /* anvil could not be reached; nobody waits for it */
	bool closing;
	struct cond work;
	struct cond answered;
	struct group tasks;
};

/* path: of anvil's socket; kept. */
void client_ledger_init(struct client_ledger *l, const char *path, const char *service);
PARKS void client_ledger_drop(struct client_ledger *l); /* every session has left */

/* A session more from that block. */
struct client_count *client_ledger_enter(struct client_ledger *l, struct str block);
void client_ledger_leave(struct client_ledger *l, struct client_count *k);

/* Counts an event. Answers which one it was, for the two below. */
uint32_t client_ledger_note(struct client_ledger *l, struct client_count *k, enum client_event e);

/*
 * Waits until anvil's answer covers the event; a second at most, and not at all while anvil cannot be
 * reached: then only what this process has counted is known.
 */
PARKS void client_ledger_settle(
    struct client_ledger *l, struct client_count *k, enum client_event e, uint32_t event);

/* In all processes, within the window, up to this event. 0: not known. */
uint32_t client_count_rate(const struct client_count *k, enum client_event e, uint32_t event);

/* Sessions of this process, and of others when last heard. */
uint32_t client_count_here(const struct client_count *k);
uint32_t client_count_elsewhere(const struct client_count *k);

/* Of the sessions here, at most one is not known to anvil. */
bool client_count_is_settled(const struct client_count *k);

#endif
