/* SPDX-License-Identifier: BSD-2-Clause */
#include "qmgr/policy.h"

#include "lib/base/ticks.h"

int64_t
policy_backoff(const struct policy *p, uint32_t attempts, uint64_t random)
{
	int64_t pause = p->backoff_least, low, high;

	while (attempts-- > 1 && pause < p->backoff_most)
		pause *= 2;
	pause = ticks_min(pause, p->backoff_most);
	low = pause - pause / 8;
	if (low < p->backoff_least)
		low = ticks_min(p->backoff_least, pause);
	high = ticks_min(pause + pause / 8, p->backoff_most);
	if (high <= low)
		return low;
	return low + (int64_t)(random % (uint64_t)(high - low + 1));
}

int64_t
policy_expiry(const struct policy *p, int64_t arrival, bool null_sender)
{
	int64_t lifetime = p->lifetime;

	if (null_sender)
		lifetime = ticks_min(lifetime, p->bounce_lifetime);
	return ticks_add(arrival, lifetime);
}

int64_t
policy_next(int64_t wall, int64_t backoff, int64_t expiry, int64_t least)
{
	int64_t next = ticks_add(wall, backoff);

	if (next < least)
		next = least;
	if (expiry > wall && next > expiry)
		next = expiry;
	return next;
}
