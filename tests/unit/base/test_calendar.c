/* SPDX-License-Identifier: BSD-2-Clause */
#include "tests/unit/test.h"

#include "lib/base/calendar.h"
#include "lib/base/ticks.h"

static void
test_dates(void **state)
{
	static const struct {
		const char *name;
		int64_t seconds;
		int64_t zone_minutes;
		const char *shown;
	} rows[] = {
		{ "epoch", 0, 0, "Thu 1970-Jan-01 00:00:00" },
		{ "a second before", -1, 0, "Wed 1969-Dec-31 23:59:59" },
		{ "leap day of a century", 951782400, 0, "Tue 2000-Feb-29 00:00:00" },
		{ "last second of a leap year", 978307199, 0, "Sun 2000-Dec-31 23:59:59" },
		{ "no leap year 2100", 4107542400, 0, "Mon 2100-Mar-01 00:00:00" },
		{ "day before it", 4107542399, 0, "Sun 2100-Feb-28 23:59:59" },
		{ "32-bit end", 2147483647, 0, "Tue 2038-Jan-19 03:14:07" },
		{ "east of UTC", 1700000000, 330, "Wed 2023-Nov-15 03:43:20" },
		{ "west, over midnight", 1699920000, -1, "Mon 2023-Nov-13 23:59:00" },
		{ "far past", -31536000000, 0, "Fri 0970-Aug-31 00:00:00" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		char shown[64];
		struct calendar c;

		calendar_from_wall(
		    &c, rows[i].seconds * TICKS_SECOND + 42, rows[i].zone_minutes * TICKS_MINUTE);
		snprintf(shown, sizeof(shown), "%s %04lld-%s-%02d %02d:%02d:%02d",
		    calendar_weekday_name(c.weekday), (long long)c.year,
		    calendar_month_name(c.month), c.day, c.hour, c.minute, c.second);
		if (strcmp(shown, rows[i].shown) != 0 || c.microsecond != 42)
			fail_msg("%s: %s", rows[i].name, shown);
	}
}

/* Every first of a month in 1,200 years follows the last day of the month before. */
static void
test_each_day_follows_the_one_before(void **state)
{
	struct calendar last, next;

	(void)state;
	calendar_from_wall(&last, -365000 * TICKS_DAY, 0);
	for (int64_t day = -364999; day < 365000; day++) {
		calendar_from_wall(&next, day * TICKS_DAY, 0);
		assert_int_equal(next.weekday, (last.weekday + 1) % 7);
		if (next.day == last.day + 1) {
			assert_int_equal(next.month, last.month);
		} else {
			assert_int_equal(next.day, 1);
			assert_true(last.day >= 28 && last.day <= 31);
			assert_int_equal(next.month, last.month % 12 + 1);
			assert_int_equal(next.year, last.year + (next.month == 1));
		}
		last = next;
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_dates),
		cmocka_unit_test(test_each_day_follows_the_one_before),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
