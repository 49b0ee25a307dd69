/* SPDX-License-Identifier: BSD-2-Clause */
#include "master/decide.h"

#include "lib/base/ticks.h"

static bool
needs_another(const struct situation *s)
{
	if (s->current == 0 && (s->resident || s->older != 0))
		return true; /* older ones are replaced before they go */
	return s->demand && s->free == 0;
}

enum decision
decide(const struct situation *s)
{
	if (s->leaving || s->current >= s->workers)
		return DECIDE_REST;
	if (needs_another(s))
		return s->now >= s->not_before ? DECIDE_START : DECIDE_WAIT;
	return s->free == 0 ? DECIDE_WATCH : DECIDE_REST;
}

bool
decide_stress(const struct load *l)
{
	if (l->full >= l->workers)
		return true;
	return l->stressed && l->now < ticks_add(l->calm_since, STRESS_LINGER);
}

/*
 * What was ready to serve may have met one bad client: it is started again at once, then after
 * tenths of a second, at most one; mail goes on as well as it can. What never got ready (a broken
 * table, no rights) will not get better by itself: seconds, doubling up to $service_throttle_time.
 */
int64_t
decide_pause(unsigned failed, bool was_ready, int64_t throttle)
{
	int64_t pause = was_ready ? 100 * TICKS_MS : TICKS_SECOND;
	int64_t most = was_ready ? TICKS_SECOND : throttle;
	unsigned doublings = failed - 1;

	if (was_ready && failed <= 1)
		return 0;
	if (was_ready)
		doublings--;
	for (; doublings > 0 && pause < most; doublings--)
		pause *= 2;
	return ticks_min(pause, most);
}
