/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef LIB_BASE_CALENDAR_H
#define LIB_BASE_CALENDAR_H

#include <stdint.h>

#include "lib/base/ticks.h"

/* A wall time as people write it, in the proleptic Gregorian calendar. */
struct calendar {
	int64_t year; /* 2026 */
	int month;    /* 1 to 12 */
	int day;      /* 1 to 31 */
	int hour, minute, second;
	int microsecond;
	int weekday; /* 0: Sunday */
};

/* wall: ticks since 1970; zone: ticks east of UTC. Any sum that fits an int64_t. */
void calendar_from_wall(struct calendar *c, int64_t wall, int64_t zone);

/* "Jan" to "Dec" for 1 to 12; "Sun" to "Sat" for 0 to 6. English, whatever the locale. */
const char *calendar_month_name(int month);
const char *calendar_weekday_name(int weekday);

#endif
