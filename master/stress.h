/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef MASTER_STRESS_H
#define MASTER_STRESS_H

#include <stdint.h>

struct crew;

/*
 * Looks whether a network service has as many clients as it may, and tells its processes when that
 * begins and when it is over: sessions that begin meanwhile have $stress = yes. Answers when to look
 * again, though nothing happens; TICKS_NEVER: need not.
 */
int64_t stress_look(struct crew *c);

#endif
