/* SPDX-License-Identifier: BSD-2-Clause */
#include "tests/unit/test.h"

#include "lib/base/err.h"
#include "lib/esmtp/xtext.h"

static void
test_decode(void **state)
{
	static const struct {
		struct str xtext;
		int result;
		const char *text;
	} rows[] = {
		{ STR_INIT(""), 0, "" },
		{ STR_INIT("abc!~"), 0, "abc!~" },
		{ STR_INIT("a+2Bb+3D"), 0, "a+b=" },
		{ STR_INIT("+20"), 0, " " },
		{ STR_INIT("+c3+Bc"), 0, "\xc3\xbc" },
		{ STR_INIT("\xc3\xbc"), 0, "\xc3\xbc" },
		{ STR_INIT("+"), ERR_SYNTAX, "" },
		{ STR_INIT("+4"), ERR_SYNTAX, "" },
		{ STR_INIT("a+4"), ERR_SYNTAX, "" },
		{ STR_INIT("+zz"), ERR_SYNTAX, "" },
		{ STR_INIT("+4g"), ERR_SYNTAX, "" },
		{ STR_INIT("+g4"), ERR_SYNTAX, "" },
		{ STR_INIT("++2B"), ERR_SYNTAX, "" },
		{ STR_INIT("+00"), ERR_SYNTAX, "" },
		{ STR_INIT("a+00b"), ERR_SYNTAX, "" },
		{ STR_INIT("+0A"), ERR_SYNTAX, "" },
		{ STR_INIT("+0D"), ERR_SYNTAX, "" },
		{ STR_INIT("+09"), ERR_SYNTAX, "" },
		{ STR_INIT("+7F"), ERR_SYNTAX, "" },
		{ STR_INIT("a=b"), ERR_SYNTAX, "" },
		{ STR_INIT("a b"), ERR_SYNTAX, "" },
		{ STR_INIT("a\tb"), ERR_SYNTAX, "" },
		{ STR_INIT("a\0b"), ERR_SYNTAX, "" },
		{ STR_INIT("a\x7f"), ERR_SYNTAX, "" },
		{ STR_INIT("1234567890"), 0, "1234567890" },
		{ STR_INIT("12345678901"), ERR_TOO_LONG, "" },
		{ STR_INIT("1234567890+41"), ERR_TOO_LONG, "" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		AUTO(buf) text = BUF_INIT(10);
		int result = xtext_decode(rows[i].xtext, &text);

		if (result != rows[i].result)
			fail_msg("<%.*s>: %d", STR_ARG(rows[i].xtext), result);
		assert_str_is(buf_str(&text), rows[i].text);
	}
}

/* Every byte goes there and back, or is refused on the way back because no text may hold it. */
static void
test_every_byte(void **state)
{
	(void)state;
	for (int c = 0; c < 256; c++) {
		char byte = (char)c;

		for (int keep_utf8 = 0; keep_utf8 < 2; keep_utf8++) {
			AUTO(buf) xtext = BUF_INIT(3);
			AUTO(buf) text = BUF_INIT(1);
			int result;

			assert_int_equal(xtext_encode(str_make(&byte, 1), keep_utf8, &xtext), 0);
			assert_int_equal(xtext.n == 1,
			    c > 32 && c != '+' && c != '=' && (c < 127 || (c > 127 && keep_utf8)));
			result = xtext_decode(buf_str(&xtext), &text);
			assert_int_equal(result, c < 32 || c == 127 ? ERR_SYNTAX : 0);
			if (result == 0)
				assert_int_equal(text.p[0], byte);
		}
	}
}

static void
test_encode_bounds(void **state)
{
	AUTO(buf) out = BUF_INIT(6);

	(void)state;
	assert_int_equal(buf_add(&out, STR("x")), 0);
	assert_int_equal(xtext_encode(STR("a=b="), false, &out), ERR_TOO_LONG);
	assert_str_is(buf_str(&out), "x");
	assert_int_equal(xtext_encode(STR("a=b"), false, &out), 0);
	assert_str_is(buf_str(&out), "xa+3Db");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_decode),
		cmocka_unit_test(test_every_byte),
		cmocka_unit_test(test_encode_bounds),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
