/* SPDX-License-Identifier: BSD-2-Clause */
#include "tests/unit/test.h"

#include "lib/base/calendar.h"
#include "lib/base/err.h"
#include "lib/mail/date.h"
#include "lib/mail/message_id.h"

static void
test_date(void **state)
{
	static const struct {
		int64_t seconds;
		int minutes_east;
		const char *text;
	} rows[] = {
		{ 0, 0, "Thu, 01 Jan 1970 00:00:00 +0000" },
		{ -1, 0, "Wed, 31 Dec 1969 23:59:59 +0000" },
		{ 951782400, 0, "Tue, 29 Feb 2000 00:00:00 +0000" },
		{ 951868799, 60, "Wed, 01 Mar 2000 00:59:59 +0100" },
		{ 1709164800, 0, "Thu, 29 Feb 2024 00:00:00 +0000" },
		{ 1700755200, -210, "Thu, 23 Nov 2023 12:30:00 -0330" },
		{ 4107542399, 0, "Sun, 28 Feb 2100 23:59:59 +0000" },
		{ 4107542400, 0, "Mon, 01 Mar 2100 00:00:00 +0000" },
		{ 2147483648, 345, "Tue, 19 Jan 2038 08:59:08 +0545" },
		{ 253402300799, 0, "Fri, 31 Dec 9999 23:59:59 +0000" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		AUTO(buf) text = BUF_INIT(DATE_LENGTH);
		int64_t zone = rows[i].minutes_east * TICKS_MINUTE;

		assert_int_equal(date_add(&text, rows[i].seconds * TICKS_SECOND, zone), 0);
		assert_str_is(buf_str(&text), rows[i].text);
		assert_int_equal(date_add(&text, 0, 0), ERR_TOO_LONG);
		assert_int_equal(text.n, DATE_LENGTH);
	}
}

/* Each day of 800 years follows the day before it. */
static void
test_calendar_is_gapless(void **state)
{
	static const int lengths[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };
	struct calendar before, c;
	bool leap, month_ends;

	(void)state;
	calendar_from_wall(&before, -146097 * TICKS_DAY, 0);
	for (int64_t day = -146096; day < 146097; day++) {
		calendar_from_wall(&c, day * TICKS_DAY + 1, 0);
		assert_int_equal(c.microsecond, 1);
		assert_int_equal(c.weekday, (before.weekday + 1) % 7);
		leap = before.year % 4 == 0 && (before.year % 100 != 0 || before.year % 400 == 0);
		month_ends = before.day == lengths[before.month - 1] + (before.month == 2 && leap);
		assert_int_equal(c.day, month_ends ? 1 : before.day + 1);
		assert_int_equal(c.month, month_ends ? before.month % 12 + 1 : before.month);
		assert_int_equal(c.year, before.year + (month_ends && before.month == 12));
		before = c;
	}
}

static void
test_message_id(void **state)
{
	AUTO(buf) text = BUF_INIT(64);
	AUTO(buf) tiny = BUF_INIT(8);
	struct queue_id id = queue_id_make(0x10000, 0);

	(void)state;
	assert_int_equal(message_id_add(&text, &id, STR("mail.example.com")), 0);
	assert_str_is(buf_str(&text), "<0000000100000000@mail.example.com>");
	assert_int_equal(message_id_add(&tiny, &id, STR("h")), ERR_TOO_LONG);
}

static void
test_message_id_for_log(void **state)
{
	static const struct {
		const char *value;
		const char *shown;
	} rows[] = {
		{ " <a@b>", "<a@b>" }, { "\r\n <a@b> \r\n", "<a@b>" }, { "<a\r\n @b>", "<a @b>" },
		{ "  ", "" }, { "", "" },
		{ "<0123456789@example.com>", "<0123456789@exam" }, /* the buffer's bound */
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		AUTO(buf) text = BUF_INIT(16);

		assert_int_equal(buf_add(&text, STR("before")), 0);
		assert_str_is(message_id_for_log(str_of(rows[i].value), &text), rows[i].shown);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_date),
		cmocka_unit_test(test_calendar_is_gapless),
		cmocka_unit_test(test_message_id),
		cmocka_unit_test(test_message_id_for_log),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
