/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef QMGR_AGENT_H
#define QMGR_AGENT_H

#include "qmgr/qmgr.h"

/*
 * The connections to delivery agents. Each is a task: it connects, gives the agent as many deliveries
 * as it takes (its capacity), and closes when the agent is gone or was idle long. A transport gets a
 * connection when it has work, and one more when all are full. master starts a worker behind each
 * connection where it has to.
 *
 * An agent that ends in the middle is connected again, after a pause that grows as long as
 * none of its deliveries succeeds. One that cannot be reached suspends its transport.
 */
struct agent {
	struct list in_transport;
	struct qmgr *qmgr;
	struct transport *transport;
	struct caller caller;
	uint32_t in_flight;
	bool open;
	bool leaving; /* gets no further delivery */
};

/* Begins deliveries as far as agents and schedule allow; connects where agents are missing. */
void agent_pump(struct qmgr *q, struct transport *t);
void agent_pump_all(struct qmgr *q);

enum agent_end {
	AGENT_ANSWERED,
	AGENT_NOT_ASKED,
	AGENT_REFUSED, /* it wants no more work; or the request could not be sent */
	AGENT_DIED,    /* whether it acted on the request is not known */
};

/* A delivery on it has ended. */
void agent_release(struct agent *a, enum agent_end end);

/* Closes all connections; deliveries in flight see their agent die. */
PARKS void agent_stop(struct qmgr *q);

#endif
