/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef CLEANUP_PARTIES_H
#define CLEANUP_PARTIES_H

#include "cleanup/mapping.h"
#include "cleanup/orders.h"
#include "lib/base/map.h"
#include "lib/ipc/message.h"
#include "lib/spool/envelope.h"

/* More are refused: aliases of many recipients multiply. */
#define PARTIES_MAX  ((size_t)100000) /* of envelope.def */
#define PARTIES_MADE ((size_t)200000) /* second copies included */

/*
 * Sender and recipients of a message, as they go into its envelope: completed, mapped, each recipient
 * once. Their texts are in the arena that is given.
 */
struct parties {
	struct arena *arena;
	struct str sender;
	struct str recipient; /* the last that was named, before virtual aliases: for logs */
	struct envelope_recipient *recipients;
	size_t count, room;
	struct map known; /* keys of recipients, to know second copies */
	size_t known_max; /* 0: all are remembered */
	size_t made;      /* recipients, second copies too */
};

void parties_init(struct parties *p, struct arena *arena, size_t known_max);
void parties_drop(struct parties *p);

/* From what the client named. Anything but VERDICT_NONE: how the message ends. */
PARKS MUST_USE enum verdict parties_map(
    struct parties *p, const struct mapping *mapping, const struct message_submit *submit);

/* What orders and $always_bcc say of recipients. */
PARKS MUST_USE enum verdict parties_finish(
    struct parties *p, const struct mapping *mapping, const struct orders *orders);

#endif
