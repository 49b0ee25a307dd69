/* SPDX-License-Identifier: BSD-2-Clause */
#include "tests/unit/test.h"

static void
test_utf8(void **state)
{
	static const struct {
		const char *name;
		const char *text;
		bool valid;
	} rows[] = {
		{ "empty", "", true },
		{ "ascii", "abc", true },
		{ "two bytes", "\xc3\xa9", true },
		{ "euro", "\xe2\x82\xac", true },
		{ "four bytes", "\xf0\x9f\x93\xac", true },
		{ "overlong slash", "\xc0\xaf", false },
		{ "overlong three", "\xe0\x80\xaf", false },
		{ "surrogate", "\xed\xa0\x80", false },
		{ "beyond unicode", "\xf4\x90\x80\x80", false },
		{ "cut short", "\xe2\x82", false },
		{ "lone continuation", "\x80", false },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		if (str_is_utf8(str_of(rows[i].text)) != rows[i].valid)
			fail_msg("%s", rows[i].name);
	}
}

static void
test_split_and_word(void **state)
{
	struct str rest = STR("a,,b"), part;

	(void)state;
	assert_true(str_split(&rest, ',', &part));
	assert_str_is(part, "a");
	assert_true(str_split(&rest, ',', &part));
	assert_str_is(part, "");
	assert_true(str_split(&rest, ',', &part));
	assert_str_is(part, "b");
	assert_false(str_split(&rest, ',', &part));

	rest = STR("  one, two ");
	assert_true(str_word(&rest, " ,", &part));
	assert_str_is(part, "one");
	assert_true(str_word(&rest, " ,", &part));
	assert_str_is(part, "two");
	assert_false(str_word(&rest, " ,", &part));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_utf8),
		cmocka_unit_test(test_split_and_word),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
