/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The C library's gmtime() and strftime() depend on locale and time zone files, and a sandboxed
 * process may have neither. The arithmetic is short: count days in eras of 400 years, which all have
 * the same length, with years that begin in March, so that the leap day comes last.
 */
#include "lib/base/calendar.h"

#include "lib/base/bug.h"

#define DAYS_PER_ERA  146097
#define DAYS_TO_1970  719468 /* from 1 March of the year 0 */
#define EPOCH_WEEKDAY 4      /* 1 January 1970 was a Thursday */

/* Rounds down, also below zero. *rest is from 0 to by - 1. */
static int64_t
divide(int64_t value, int64_t by, int64_t *rest)
{
	int64_t quotient = value / by;

	*rest = value % by;
	if (*rest < 0) {
		*rest += by;
		quotient--;
	}
	return quotient;
}

static void
set_date(struct calendar *c, int64_t days)
{
	int64_t day_of_era, year_of_era, day_of_year, month, era;

	era = divide(days + DAYS_TO_1970, DAYS_PER_ERA, &day_of_era);
	year_of_era =
	    (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
	day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
	month = (5 * day_of_year + 2) / 153; /* 0: March */
	c->day = (int)(day_of_year - (153 * month + 2) / 5 + 1);
	c->month = (int)(month < 10 ? month + 3 : month - 9);
	c->year = year_of_era + era * 400 + (c->month <= 2);
}

void
calendar_from_wall(struct calendar *c, int64_t wall, int64_t zone)
{
	int64_t days, rest;

	BUG_ON(ADD_OVERFLOWS(wall, zone, &wall));
	days = divide(wall, TICKS_DAY, &rest);
	set_date(c, days);
	(void)divide(days + EPOCH_WEEKDAY, 7, &days);
	c->weekday = (int)days;
	c->hour = (int)(rest / TICKS_HOUR);
	c->minute = (int)(rest % TICKS_HOUR / TICKS_MINUTE);
	c->second = (int)(rest % TICKS_MINUTE / TICKS_SECOND);
	c->microsecond = (int)(rest % TICKS_SECOND);
}

const char *
calendar_month_name(int month)
{
	static const char names[12][4] = { "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug",
		"Sep", "Oct", "Nov", "Dec" };

	BUG_ON(month < 1 || month > 12);
	return names[month - 1];
}

const char *
calendar_weekday_name(int weekday)
{
	static const char names[7][4] = { "Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat" };

	BUG_ON(weekday < 0 || weekday > 6);
	return names[weekday];
}
