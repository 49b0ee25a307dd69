/* SPDX-License-Identifier: BSD-2-Clause */
#include "tests/unit/test.h"

#include "lib/base/err.h"
#include "lib/base/num.h"
#include "lib/base/ticks.h"

#define KEPT ((uint64_t)4711) /* what stands in *out after a failure */

static void
test_parse(void **state)
{
	static const struct {
		const char *text;
		unsigned base;
		uint64_t max;
		int result;
		uint64_t value;
	} rows[] = {
		{ "0", 10, 10, 0, 0 },
		{ "007", 10, 10, 0, 7 },
		{ "10", 10, 10, 0, 10 },
		{ "11", 10, 10, ERR_RANGE, KEPT },
		{ "18446744073709551614", 10, UINT64_MAX, 0, UINT64_MAX - 1 },
		{ "18446744073709551616", 10, UINT64_MAX, ERR_RANGE, KEPT },
		{ "99999999999999999999999", 10, UINT64_MAX, ERR_RANGE, KEPT },
		{ "", 10, 10, ERR_SYNTAX, KEPT },
		{ "-1", 10, 10, ERR_SYNTAX, KEPT },
		{ "+1", 10, 10, ERR_SYNTAX, KEPT },
		{ " 1", 10, 10, ERR_SYNTAX, KEPT },
		{ "1 ", 10, 10, ERR_SYNTAX, KEPT },
		{ "a", 10, 10, ERR_SYNTAX, KEPT },
		{ "\xff", 10, 10, ERR_SYNTAX, KEPT },
		{ "fF", 16, 255, 0, 255 },
		{ "g", 16, 255, ERR_SYNTAX, KEPT },
		{ "0x1", 16, 255, ERR_SYNTAX, KEPT },
		{ "777", 8, 511, 0, 511 },
		{ "8", 8, 511, ERR_SYNTAX, KEPT },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		uint64_t value = KEPT;
		int result =
		    num_parse_base(str_of(rows[i].text), rows[i].base, rows[i].max, &value);

		if (result != rows[i].result || value != rows[i].value)
			fail_msg("\"%s\" base %u: %d", rows[i].text, rows[i].base, result);
	}
	uint64_t value;
	assert_int_equal(num_parse(STR("12"), 12, &value), 0);
	assert_int_equal(value, 12);
}

static void
test_parse_time(void **state)
{
	static const struct {
		const char *text;
		char unit;
		int result;
		int64_t ticks;
	} rows[] = {
		{ "5", 's', 0, 5 * TICKS_SECOND },
		{ "5", 'd', 0, 5 * TICKS_DAY },
		{ "300s", 'd', 0, 300 * TICKS_SECOND },
		{ "2m", 's', 0, 2 * TICKS_MINUTE },
		{ "2H", 's', 0, 2 * TICKS_HOUR },
		{ "1d", 's', 0, TICKS_DAY },
		{ "1w", 's', 0, 7 * TICKS_DAY },
		{ "0", 's', 0, 0 },
		{ "", 's', ERR_SYNTAX, 4711 },
		{ "s", 's', ERR_SYNTAX, 4711 },
		{ "5y", 's', ERR_SYNTAX, 4711 },
		{ "5", 'x', ERR_SYNTAX, 4711 },
		{ "-5s", 's', ERR_SYNTAX, 4711 },
		{ "5 s", 's', ERR_SYNTAX, 4711 },
		{ "366000d", 's', 0, TICKS_MAX },
		{ "366001d", 's', ERR_RANGE, 4711 },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		int64_t ticks = 4711;
		int result = num_parse_time(str_of(rows[i].text), rows[i].unit, &ticks);

		if (result != rows[i].result || ticks != rows[i].ticks)
			fail_msg("\"%s\": %d", rows[i].text, result);
	}
	assert_int_equal(ticks_add(TICKS_NEVER, 5), TICKS_NEVER);
	assert_int_equal(ticks_add(7, 5), 12);
	assert_int_equal(ticks_min(7, 5), 5);
	assert_int_equal(ticks_min(5, 7), 5);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_parse),
		cmocka_unit_test(test_parse_time),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
