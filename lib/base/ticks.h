/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef LIB_BASE_TICKS_H
#define LIB_BASE_TICKS_H

#include <stdint.h>

/*
 * Time is an int64_t of microseconds, called ticks. A *deadline* is a point on the monotonic clock
 * of the event loop (run_now()); a *wall time* counts from 1970 (run_wall()). Durations add to
 * both. TICKS_NEVER as a deadline waits without end.
 */
#define TICKS_MS     ((int64_t)1000)
#define TICKS_SECOND (1000 * TICKS_MS)
#define TICKS_MINUTE (60 * TICKS_SECOND)
#define TICKS_HOUR   (60 * TICKS_MINUTE)
#define TICKS_DAY    (24 * TICKS_HOUR)
#define TICKS_MAX    (366000 * TICKS_DAY) /* a thousand years: sums of two never overflow */
#define TICKS_NEVER  INT64_MAX

/* a + duration, where `a` may be TICKS_NEVER and the sum never passes it. */
static inline int64_t
ticks_add(int64_t a, int64_t duration)
{
	if (a > TICKS_NEVER - duration)
		return TICKS_NEVER;
	return a + duration;
}

static inline int64_t
ticks_min(int64_t a, int64_t b)
{
	return a < b ? a : b;
}

#endif
