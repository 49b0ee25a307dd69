/* SPDX-License-Identifier: BSD-2-Clause */
#include "lib/table/turn.h"

#include "lib/base/ticks.h"
#include "lib/sys/clock.h"

bool
turn_take(struct turn *t)
{
	int64_t now = sys_clock_monotonic();

	if (now < t->next)
		return false;
	t->next = ticks_add(now, TICKS_SECOND);
	return true;
}
