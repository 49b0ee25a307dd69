/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef CLEANUP_SESSION_H
#define CLEANUP_SESSION_H

#include "cleanup/cleanup.h"

#define SESSION_MESSAGES_MAX 1000 /* that one client may have on their way */

/* The process at the other end. */
struct submitter {
	int pid;
	bool is_network; /* it runs with few rights, and is believed less */
};

/*
 * Serves one client of CHANNEL_SUBMIT until it goes: many messages at once, each under its request
 * id. The channel is open, and stays the caller's.
 */
PARKS void session_serve(struct cleanup *k, struct channel *c, const struct submitter *who);

/* Asks each client to end its session, once it has no message on its way. */
void session_drain_all(struct cleanup *k);

#endif
