/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef QMGR_ACTIVATE_H
#define QMGR_ACTIVATE_H

#include "qmgr/qmgr.h"

/*
 * The tasks that move messages on: activators find the routes of what is READY and queue it at its
 * destinations; the timer wakes what waits on the wheel; the drainer defers what is queued where
 * nothing can be delivered now. Error: -ENOMEM.
 */
MUST_USE int activate_start(struct qmgr *q);

/*
 * Gives recipients that WAIT the outcome of a suspended destination, whose reason begins with its
 * status code ("4.4.1 connection refused").
 */
void activate_suspended(struct qmgr *q, struct message *m, const uint32_t *indexes, uint32_t count,
    const struct suspension *s);

/*
 * An agent of the transport `from` says that a recipient in flight is for "transport:nexthop". An
 * empty next hop is the recipient's domain.
 */
void activate_passed(
    struct qmgr *q, struct message *m, uint32_t index, struct str from, struct str to);

#endif
