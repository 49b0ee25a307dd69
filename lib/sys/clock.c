/* SPDX-License-Identifier: BSD-2-Clause */
#include "lib/sys/clock.h"

#include <errno.h>
#include <time.h>

#include "lib/base/bug.h"
#include "lib/base/ticks.h"

static int64_t
read_clock(clockid_t id)
{
	struct timespec t;

	BUG_ON(clock_gettime(id, &t) != 0); /* both clocks always exist */
	return (int64_t)t.tv_sec * TICKS_SECOND + t.tv_nsec / 1000;
}

int64_t
sys_clock_monotonic(void)
{
	return read_clock(CLOCK_MONOTONIC);
}

int64_t
sys_clock_wall(void)
{
	return read_clock(CLOCK_REALTIME);
}

int64_t
sys_clock_zone(int64_t wall)
{
	time_t seconds = (time_t)(wall / TICKS_SECOND);
	struct tm tm;

	return localtime_r(&seconds, &tm) != NULL ? tm.tm_gmtoff * TICKS_SECOND : 0;
}

void
sys_sleep(int64_t ticks)
{
	struct timespec left = {
		.tv_sec = ticks / TICKS_SECOND,
		.tv_nsec = ticks % TICKS_SECOND * 1000,
	};

	while (nanosleep(&left, &left) < 0 && errno == EINTR)
		;
}
