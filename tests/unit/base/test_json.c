/* SPDX-License-Identifier: BSD-2-Clause */
#include "tests/unit/test.h"

#include "lib/base/err.h"
#include "lib/base/json.h"

static void
test_texts(void **state)
{
	static const struct {
		struct str text;
		const char *json;
	} rows[] = {
		{ { "", 0 }, "\"\"" },
		{ { "plain", 5 }, "\"plain\"" },
		{ { "a\"b\\c", 5 }, "\"a\\\"b\\\\c\"" },
		{ { "\"\"", 2 }, "\"\\\"\\\"\"" },
		{ { "a\nb\0c\x7f", 6 }, "\"a?b?c?\"" },
		{ { "caf\xc3\xa9", 5 }, "\"caf\xc3\xa9\"" },
		{ { "caf\xe9 x", 6 }, "\"caf? x\"" },
		{ { "\xe2\x82", 2 }, "\"??\"" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		AUTO(buf) out = BUF_INIT(100);

		assert_int_equal(json_add_text(rows[i].text, &out), 0);
		assert_string_equal(buf_text(&out), rows[i].json);
	}
}

static void
test_bound(void **state)
{
	(void)state;
	for (size_t max = 0; max < 7; max++) {
		AUTO(buf) out = BUF_INIT(max);

		assert_int_equal(json_add_text(STR("a\"bc"), &out), ERR_TOO_LONG);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_texts),
		cmocka_unit_test(test_bound),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
