/* SPDX-License-Identifier: BSD-2-Clause */
#include "lib/base/base64.h"

#include "lib/base/err.h"
#include "tests/unit/test.h"

/* RFC 4648, section 10, and bytes with the high bit. */
static void
test_both_ways(void **state)
{
	static const struct {
		struct str bytes, text;
	} rows[] = {
		{ STR_INIT(""), STR_INIT("") },
		{ STR_INIT("f"), STR_INIT("Zg==") },
		{ STR_INIT("fo"), STR_INIT("Zm8=") },
		{ STR_INIT("foo"), STR_INIT("Zm9v") },
		{ STR_INIT("foob"), STR_INIT("Zm9vYg==") },
		{ STR_INIT("fooba"), STR_INIT("Zm9vYmE=") },
		{ STR_INIT("foobar"), STR_INIT("Zm9vYmFy") },
		{ STR_INIT("\0\xff\xfe\0"), STR_INIT("AP/+AA==") },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		AUTO(buf) text = BUF_INIT(100);
		AUTO(buf) bytes = BUF_INIT(100);

		assert_int_equal(base64_encode(rows[i].bytes, &text), 0);
		assert_true(str_equal(buf_str(&text), rows[i].text));
		assert_int_equal(base64_decode(rows[i].text, &bytes), 0);
		assert_true(str_equal(buf_str(&bytes), rows[i].bytes));
	}
}

static void
test_what_is_none(void **state)
{
	static const char *const rows[] = { "Z", "Zg",
		"Zg=", "Zg==Zg==", "====", "Z===", "Zh==", "Zm9=", "Zm 9", "Zm9v\n",
		"Z=g=", "Zm-_" };

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		AUTO(buf) bytes = BUF_INIT(100);

		assert_int_equal(buf_add(&bytes, STR("kept")), 0);
		if (base64_decode(str_of(rows[i]), &bytes) != ERR_SYNTAX)
			fail_msg("%s", rows[i]);
		assert_string_equal(buf_text(&bytes), "kept");
	}
}

static void
test_bounds(void **state)
{
	AUTO(buf) out = BUF_INIT(3);

	(void)state;
	assert_int_equal(base64_encode(STR("a"), &out), ERR_TOO_LONG);
	assert_int_equal(base64_decode(STR("Zm9vYg=="), &out), ERR_TOO_LONG);
	assert_int_equal(base64_decode(STR("Zm9v"), &out), 0);
	assert_string_equal(buf_text(&out), "foo");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_both_ways),
		cmocka_unit_test(test_what_is_none),
		cmocka_unit_test(test_bounds),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
