/* SPDX-License-Identifier: BSD-2-Clause */
/* CR and LF that are no line end are found, and nothing else is changed. */
#include "tests/unit/test.h"

#include "cleanup/line_ends.h"

static void
test_rows(void **state)
{
	static const struct {
		const char *text;
		size_t stray;
		const char *repaired;
	} rows[] = {
		{ "", 0, "" },
		{ "text", 4, "text" },
		{ "a\r\nb\r\n", 6, "a\r\nb\r\n" },
		{ "\r\n", 2, "\r\n" },
		{ "\n", 0, " " },
		{ "\r", 0, " " },
		{ "a\nb", 1, "a b" },
		{ "a\rb", 1, "a b" },
		{ "\r\r\n", 0, " \r\n" },
		{ "\r\n\n", 2, "\r\n " },
		{ "\n\r", 0, "  " },
		{ "\r\n\r", 2, "\r\n " },
		{ "x\r\n.\n", 4, "x\r\n. " },
		{ "x\n.\r\n", 1, "x .\r\n" },
		{ "x\r.\r\n", 1, "x .\r\n" },
		{ "x\r\n.\r", 4, "x\r\n. " },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		char text[16];
		size_t n = strlen(rows[i].text);

		memcpy(text, rows[i].text, n + 1);
		if (line_ends_check(str_make(text, n)) != rows[i].stray)
			fail_msg("row %zu: stray", i);
		line_ends_repair(text, n);
		assert_string_equal(text, rows[i].repaired);
		assert_int_equal(line_ends_check(str_make(text, n)), n);
	}
}

/* Every text of up to eight of the three kinds of bytes: what is repaired has no stray, and as many bytes. */
static void
test_all_short_texts(void **state)
{
	static const char kinds[3] = { '\r', '\n', '.' };
	unsigned strays = 0;

	(void)state;
	for (unsigned n = 0, count = 1; n <= 8; n++, count *= 3) {
		for (unsigned k = 0; k < count; k++) {
			char text[8], before[8];

			for (unsigned i = 0, rest = k; i < n; i++, rest /= 3)
				text[i] = kinds[rest % 3];
			memcpy(before, text, n);
			strays += line_ends_check(str_make(text, n)) < n;
			line_ends_repair(text, n);
			assert_int_equal(line_ends_check(str_make(text, n)), n);
			for (unsigned i = 0; i < n; i++)
				assert_true(text[i] == before[i] || text[i] == ' ');
		}
	}
	assert_in_range(strays, 9000, 9841);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rows),
		cmocka_unit_test(test_all_short_texts),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
