/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef QMGR_CONTROL_H
#define QMGR_CONTROL_H

#include "lib/ipc/channel.h"
#include "qmgr/qmgr.h"

/* What the peer may do: root and our own user may do everything. */
struct control_rights {
	bool list;  /* authorized_mailq_users */
	bool flush; /* authorized_flush_users */
	bool act;   /* hold, release, delete, requeue, expire */
};

/*
 * The commands' side: lists the queue, and changes it. Serves until the peer closes; c stays the
 * caller's.
 */
PARKS void control_serve(struct qmgr *q, struct channel *c, const struct control_rights *rights);

#endif
