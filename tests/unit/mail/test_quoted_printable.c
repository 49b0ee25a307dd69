/* SPDX-License-Identifier: BSD-2-Clause */
#include "tests/unit/test.h"

#include "lib/base/err.h"
#include "lib/mail/quoted_printable.h"

#define X70 "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"

static void
encode(struct str text, size_t size, struct buf *out)
{
	struct quoted_printable q = QUOTED_PRINTABLE_INIT;

	for (; text.n != 0; text = str_from(text, size))
		assert_int_equal(quoted_printable_add(&q, str_part(text, 0, size), out), 0);
	assert_int_equal(quoted_printable_end(&q, out), 0);
}

static void
test_rows(void **state)
{
	static const struct {
		const char *text;
		const char *encoded;
	} rows[] = {
		{ "", "" },
		{ "plain text\r\n", "plain text\r\n" },
		{ "caf\xc3\xa9\r\n", "caf=C3=A9\r\n" },
		{ "a=b\r\n", "a=3Db\r\n" },
		{ "blank \r\ntab\t\r\n", "blank=20\r\ntab=09\r\n" },
		{ "no end ", "no end=20" },
		{ "a\rb", "a=0Db" },
		{ "a \rb", "a=20=0Db" },
		{ "a\r\r\n", "a=0D\r\n" },
		{ "LF\nalone", "LF\r\nalone" },
		{ "\x01\x7f", "=01=7F" },
		{ X70 "12345\r\n", X70 "12345\r\n" },
		{ X70 "123456\r\n", X70 "12345=\r\n6\r\n" },
		{ X70 "123=\r\n", X70 "123=\r\n=3D\r\n" },
		{ ".\r\n\r\n", ".\r\n\r\n" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		for (size_t size = 1; size <= strlen(rows[i].text) + 1; size++) {
			AUTO(buf) out = BUF_INIT((size_t)1000);

			encode(str_of(rows[i].text), size, &out);
			assert_str_is(buf_str(&out), rows[i].encoded);
		}
	}
}

static void
test_every_byte(void **state)
{
	AUTO(buf) out = BUF_INIT((size_t)10000);
	AUTO(buf) back = BUF_INIT((size_t)1000);
	char text[256];

	(void)state;
	for (unsigned i = 0; i < 256; i++)
		text[i] = (char)(i == '\n' ? 'n' : i);
	encode(str_make(text, 256), 256, &out);
	for (size_t i = 0, column = 0; i < out.n; i++) {
		column = out.p[i] == '\n' ? 0 : column + (out.p[i] != '\r');
		assert_true(column <= 76);
		assert_true(
		    strchr("\r\n\t", out.p[i]) != NULL || (out.p[i] >= ' ' && out.p[i] <= '~'));
		if (out.p[i] == '=' && out.p[i + 1] == '\r') {
			i += 2;
			column = 0;
		} else if (out.p[i] == '=') {
			const char hex[3] = { out.p[i + 1], out.p[i + 2], '\0' };

			assert_int_equal(buf_add_byte(&back, (char)strtol(hex, NULL, 16)), 0);
			i += 2;
			column += 2;
		} else {
			assert_int_equal(buf_add_byte(&back, out.p[i]), 0);
		}
	}
	assert_true(str_equal(buf_str(&back), str_make(text, 256)));
}

static void
test_bound(void **state)
{
	(void)state;
	for (size_t max = 0; max < 8; max++) {
		AUTO(buf) out = BUF_INIT(max);
		struct quoted_printable q = QUOTED_PRINTABLE_INIT;
		int result = quoted_printable_add(&q, STR("\xff\r\n\xff"), &out);

		assert_int_equal(result, ERR_TOO_LONG);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rows),
		cmocka_unit_test(test_every_byte),
		cmocka_unit_test(test_bound),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
