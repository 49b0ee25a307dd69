/* SPDX-License-Identifier: BSD-2-Clause */
#include "tests/unit/test.h"

#include "lib/base/err.h"
#include "lib/esmtp/chunk.h"
#include "lib/esmtp/command.h"

static void
test_parse(void **state)
{
	static const struct {
		struct str line;
		int result;
		enum verb verb;
		const char *name;
		const char *argument;
	} rows[] = {
		{ STR_INIT("QUIT\r\n"), 0, VERB_QUIT, "QUIT", "" },
		{ STR_INIT("quit\n"), 0, VERB_QUIT, "quit", "" },
		{ STR_INIT("quIt"), 0, VERB_QUIT, "quIt", "" },
		{ STR_INIT("QUIT  \t\r\n"), 0, VERB_QUIT, "QUIT", "" },
		{ STR_INIT("EHLO a b\r\n"), 0, VERB_EHLO, "EHLO", "a b" },
		{ STR_INIT("EHLO\ta\r\n"), 0, VERB_EHLO, "EHLO", "a" },
		{ STR_INIT("MAIL   FROM:<>  \r\n"), 0, VERB_MAIL, "MAIL", "FROM:<>" },
		{ STR_INIT("HELO x"), 0, VERB_HELO, "HELO", "x" },
		{ STR_INIT("RCPT x"), 0, VERB_RCPT, "RCPT", "x" },
		{ STR_INIT("DATA"), 0, VERB_DATA, "DATA", "" },
		{ STR_INIT("RSET"), 0, VERB_RSET, "RSET", "" },
		{ STR_INIT("NOOP"), 0, VERB_NOOP, "NOOP", "" },
		{ STR_INIT("VRFY \xc3\xbc"), 0, VERB_VRFY, "VRFY", "\xc3\xbc" },
		{ STR_INIT("HELP"), 0, VERB_HELP, "HELP", "" },
		{ STR_INIT("GET / HTTP/1.1\r\n"), 0, VERB_UNKNOWN, "GET", "/ HTTP/1.1" },
		{ STR_INIT("MAI"), 0, VERB_UNKNOWN, "MAI", "" },
		{ STR_INIT("MAILS"), 0, VERB_UNKNOWN, "MAILS", "" },
		{ STR_INIT("MAIL:x"), 0, VERB_UNKNOWN, "MAIL:x", "" },
		{ STR_INIT("UNKNOWN"), 0, VERB_UNKNOWN, "UNKNOWN", "" },
		{ STR_INIT("\xff\xfe"), 0, VERB_UNKNOWN, "\xff\xfe", "" },
		{ STR_INIT("\r\n"), ERR_SYNTAX, VERB_COUNT, "", "" },
		{ STR_INIT("\n"), ERR_SYNTAX, VERB_COUNT, "", "" },
		{ STR_INIT("\r"), ERR_SYNTAX, VERB_COUNT, "", "" },
		{ STR_INIT(""), ERR_SYNTAX, VERB_COUNT, "", "" },
		{ STR_INIT(" QUIT\r\n"), ERR_SYNTAX, VERB_COUNT, "", "" },
		{ STR_INIT("\tQUIT\r\n"), ERR_SYNTAX, VERB_COUNT, "", "" },
		{ STR_INIT("QUIT\0\r\n"), ERR_SYNTAX, VERB_COUNT, "", "" },
		{ STR_INIT("NOOP a\rb\r\n"), ERR_SYNTAX, VERB_COUNT, "", "" },
		{ STR_INIT("QUIT\r\r\n"), ERR_SYNTAX, VERB_COUNT, "", "" },
		{ STR_INIT("NOOP \x7f\r\n"), ERR_SYNTAX, VERB_COUNT, "", "" },
		{ STR_INIT("NOOP \x1b[0m\r\n"), ERR_SYNTAX, VERB_COUNT, "", "" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct command c = { .verb = VERB_COUNT };
		int result = command_parse(rows[i].line, &c);

		if (result != rows[i].result || c.verb != rows[i].verb)
			fail_msg("row %zu: result %d, verb %d", i, result, c.verb);
		assert_str_is(c.name, rows[i].name);
		assert_str_is(c.argument, rows[i].argument);
	}
}

static void
test_chunk(void **state)
{
	static const struct {
		const char *argument;
		int result;
		uint64_t size;
		bool is_last;
	} rows[] = {
		{ "0", 0, 0, false },
		{ "1000", 0, 1000, false },
		{ "1000 LAST", 0, 1000, true },
		{ "0\tlast", 0, 0, true },
		{ "0000000000000000000000000007", 0, 7, false },
		{ "2147483647", 0, 2147483647, false },
		{ "2147483648 LAST", 0, 2147483648, true },
		{ "9223372036854775807", 0, INT64_MAX, false },
		{ "9223372036854775808", ERR_SYNTAX, 0, false },
		{ "18446744073709551616", ERR_SYNTAX, 0, false },
		{ "18446744073709551617", ERR_SYNTAX, 0, false },
		{ "", ERR_SYNTAX, 0, false },
		{ "LAST", ERR_SYNTAX, 0, false },
		{ "+1", ERR_SYNTAX, 0, false },
		{ "-1", ERR_SYNTAX, 0, false },
		{ "1x", ERR_SYNTAX, 0, false },
		{ "0x10", ERR_SYNTAX, 0, false },
		{ "1.0", ERR_SYNTAX, 0, false },
		{ "10 LAS", ERR_SYNTAX, 0, false },
		{ "10 LASTX", ERR_SYNTAX, 0, false },
		{ "10 LAST LAST", ERR_SYNTAX, 0, false },
		{ "10 10", ERR_SYNTAX, 0, false },
		{ "\xc2\xb2", ERR_SYNTAX, 0, false },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct chunk c = { .size = 0 };
		int result = chunk_parse(str_of(rows[i].argument), &c);

		if (result != rows[i].result || c.size != rows[i].size ||
		    c.is_last != rows[i].is_last)
			fail_msg("\"%s\": result %d, size %llu", rows[i].argument, result,
			    (unsigned long long)c.size);
	}
}

static void
test_names(void **state)
{
	(void)state;
	assert_string_equal(verb_name(VERB_HELO), "HELO");
	assert_string_equal(verb_name(VERB_HELP), "HELP");
	assert_string_equal(verb_name(VERB_UNKNOWN), "UNKNOWN");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_parse),
		cmocka_unit_test(test_chunk),
		cmocka_unit_test(test_names),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
