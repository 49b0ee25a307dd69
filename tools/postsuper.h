/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef TOOLS_POSTSUPER_H
#define TOOLS_POSTSUPER_H

#include "lib/base/map.h"
#include "lib/config/config.h"
#include "lib/ipc/message.h"
#include "lib/mail/queue_id.h"

/* One order for messages that were named, or for all. */
struct order {
	enum queue_action action;
	bool all;
	struct queue_id *ids;
	size_t count, room;
	struct map wanted; /* ids that were not met yet; where the spool is gone through */
	uint64_t done;     /* messages it was carried out on */
};

struct orders {
	struct order *items;
	size_t count;
	char *const *queues; /* names, up to NULL; none: all */
	bool check;          /* -s, -p: look through the spool */
	bool failed;         /* a part was not done, and it was said */
};

/*
 * Without qmgr: goes through the spool as it would at its start, under its lock. The current folder is
 * the queue directory.
 */
void orders_carry_out_in_spool(struct orders *o, const struct config *c);

#endif
