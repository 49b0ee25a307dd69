/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef QMGR_CONTROL_H
#define QMGR_CONTROL_H

#include "lib/ipc/channel.h"
#include "qmgr/qmgr.h"

/*
 * The commands' side: lists the queue, holds, releases, deletes, flushes. may_act: the peer is root
 * or of our own user; others may only list. Serves until the peer closes; c stays the caller's.
 */
PARKS void control_serve(struct qmgr *q, struct channel *c, bool may_act);

#endif
