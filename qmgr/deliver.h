/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef QMGR_DELIVER_H
#define QMGR_DELIVER_H

#include "qmgr/agent.h"

/*
 * One delivery: a task of its own that reads envelope and content, sends the request, waits for the
 * answer, and notes what it says. The batch is used up in any case. Error: -ENOMEM: no task; the
 * recipients are queued again, and the agent is released.
 */
MUST_USE int deliver_start(struct agent *a, struct batch *b);

#endif
