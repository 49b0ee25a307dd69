/* SPDX-License-Identifier: BSD-2-Clause */
#include "tests/unit/test.h"

#include "lib/base/err.h"
#include "lib/mail/dsn.h"

static void
test_parse(void **state)
{
	static const struct {
		const char *text;
		bool valid;
		int class_;
	} rows[] = {
		{ "5.1.1", true, 5 },
		{ "4.7.10", true, 4 },
		{ "2.100.999", true, 2 },
		{ "2.0.0", true, 2 },
		{ "", false, 0 },
		{ "5", false, 0 },
		{ "5.", false, 0 },
		{ "5.1", false, 0 },
		{ "5.1.", false, 0 },
		{ "5..1", false, 0 },
		{ "5.1.1.", false, 0 },
		{ "5.1.1 ", false, 0 },
		{ "3.1.1", false, 0 },
		{ "1.1.1", false, 0 },
		{ "5.1000.1", false, 0 },
		{ "5.1.1000", false, 0 },
		{ "5.01.1", false, 0 },
		{ "5.1.01", false, 0 },
		{ "5.a.1", false, 0 },
		{ "55.1.1", false, 0 },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct dsn d = DSN_NONE;
		int result = dsn_parse(str_of(rows[i].text), &d);

		if ((result == 0) != rows[i].valid)
			fail_msg("\"%s\"", rows[i].text);
		assert_string_equal(d.text, rows[i].valid ? rows[i].text : "");
		assert_int_equal(dsn_class(&d), rows[i].class_);
	}
}

static void
test_take(void **state)
{
	static const struct {
		const char *words;
		const char *code;
		const char *rest;
	} rows[] = {
		{ "5.1.1 no such user", "5.1.1", "no such user" },
		{ "4.2.0\t  busy", "4.2.0", "busy" },
		{ "5.7.2", "5.7.2", "" },
		{ "5.7.2 ", "5.7.2", "" },
		{ "5.7.2x", "", "5.7.2x" },
		{ "no code", "", "no code" },
		{ "", "", "" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct str words = str_of(rows[i].words);
		struct dsn d = DSN_NONE;

		assert_int_equal(dsn_take(&words, &d), rows[i].code[0] != '\0');
		assert_str_is(dsn_str(&d), rows[i].code);
		assert_str_is(words, rows[i].rest);
	}
}

static void
test_classes(void **state)
{
	static const struct {
		const char *dsn;
		int code;
		bool fits;
		const char *plain;
		const char *moved;
	} rows[] = {
		{ "5.1.1", 550, true, "5.0.0", "5.1.1" },
		{ "5.1.1", 450, false, "4.0.0", "4.1.1" },
		{ "", 250, false, "2.0.0", "2.0.0" },
		{ "5.1.1", 354, false, "", "" },
		{ "5.1.1", 99, false, "", "" },
		{ "5.1.1", 5000, false, "", "" },
		{ "5.1.1", -550, false, "", "" },
		{ "", 0, false, "", "" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct dsn d = DSN_NONE, other;

		if (rows[i].dsn[0] != '\0')
			assert_int_equal(dsn_parse(str_of(rows[i].dsn), &d), 0);
		assert_int_equal(dsn_fits(&d, rows[i].code), rows[i].fits);
		other = dsn_of_code(rows[i].code);
		assert_string_equal(other.text, rows[i].plain);
		other = dsn_with_class(&d, rows[i].code);
		assert_string_equal(other.text, rows[i].moved);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_parse),
		cmocka_unit_test(test_take),
		cmocka_unit_test(test_classes),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
