/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef LOCAL_AGENT_H
#define LOCAL_AGENT_H

#include "lib/config/config.h"
#include "lib/service/service.h"
#include "local/request.h"

/*
 * The serving half of the queue manager's channel: requests come, each gets a task, answers go back
 * in any order. What it means to deliver, the program says.
 */
struct agent_program {
	const char *name;     /* "virtual": in the log, and as relay= */
	enum param_id filter; /* tables that change outcomes */
	/* Fills q->outcomes[index], and concludes it. */
	PARKS void (*deliver)(struct request *q, uint32_t index);
};

/* Finds which user may send requests, beside root and our own. Before rights are dropped. */
MUST_USE int agent_open(const struct config *c, const struct agent_program *p, struct why *why);

/* What became of one recipient: filters it, and logs it. As request_log(). */
PARKS void agent_conclude(
    const struct request *q, struct str to, struct str orig_to, struct outcome *o);

/* For `struct service`: one client, which must be the queue manager. */
PARKS void agent_serve(struct client *client);

/* For `struct service`: sessions end once what they are delivering is delivered. */
PARKS void agent_drain(void);

/* After the last session. */
void agent_close(void);

#endif
