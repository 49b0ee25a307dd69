/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef SERVICES_ANVIL_ANVIL_H
#define SERVICES_ANVIL_ANVIL_H

#include "lib/config/config.h"
#include "lib/ipc/channel.h"
#include "lib/run/task.h"
#include "services/anvil/counters.h"

struct anvil {
	struct counters counters;
	struct group tasks; /* of one: logs the peaks on time */
	int64_t status_every;
};

void anvil_init(struct anvil *a, const struct config *c);
MUST_USE int anvil_start(struct anvil *a); /* in a task */
PARKS void anvil_stop(struct anvil *a);    /* logs the peaks; no channel is open any more */

/* The reports of one process, up to the end of its channel. Error: why it ended. */
PARKS MUST_USE int anvil_serve(struct anvil *a, struct channel *c);

#endif
