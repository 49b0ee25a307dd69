/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef QMGR_INTAKE_H
#define QMGR_INTAKE_H

#include "lib/ipc/channel.h"
#include "qmgr/qmgr.h"

/*
 * What a cleanup worker committed: takes its notices until it closes the channel. Whatever it could not
 * tell any more, because it or we died, is found by rescanning its segment (recovery.h). c stays the
 * caller's.
 */
PARKS void intake_serve(struct qmgr *q, struct channel *c);

#endif
