/* SPDX-License-Identifier: BSD-2-Clause */
#include "tests/unit/test.h"

#include "lib/base/err.h"
#include "lib/mail/header.h"

#define FIELDS_MAX 4

/* Each row: a text, the fields "name|value" that are read, how it ends, and what is left. */
static void
test_fields(void **state)
{
	static const struct {
		const char *name;
		const char *text;
		const char *fields[FIELDS_MAX];
		int end;
		bool has_blank_line;
		const char *rest;
	} rows[] = {
		{ "empty", "", { NULL }, 0, false, "" },
		{ "no header", "\r\nbody\r\n", { NULL }, 0, true, "body\r\n" },
		{ "no header, LF", "\nbody\n", { NULL }, 0, true, "body\n" },
		{ "one", "A: b\r\n\r\nx", { "A| b" }, 0, true, "x" },
		{ "one, LF", "A: b\n\nx", { "A| b" }, 0, true, "x" },
		{ "no body", "A: b\r\n", { "A| b" }, 0, false, "" },
		{ "no line end", "A: b", { "A| b" }, 0, false, "" },
		{ "empty value", "A:\r\n\r\n", { "A|" }, 0, true, "" },
		{ "no blank after the colon", "A:b\r\n", { "A|b" }, 0, false, "" },
		{ "blanks before the colon", "A \t: b\r\n", { "A| b" }, 0, false, "" },
		{ "colon in the value", "A: b: c\r\n", { "A| b: c" }, 0, false, "" },
		{ "folded", "A: b\r\n c\r\n\td\r\nE: f\r\n", { "A| b\r\n c\r\n\td", "E| f" }, 0,
		    false, "" },
		{ "folded, LF", "A: b\n c\nE: f\n\n", { "A| b\n c", "E| f" }, 0, true, "" },
		{ "blank continuation", "A: b\r\n \r\nE: f\r\n", { "A| b\r\n ", "E| f" }, 0, false,
		    "" },
		{ "continuation cut", "A: b\r\n c", { "A| b\r\n c" }, 0, false, "" },
		{ "bare CR in the value", "A: b\rc\r\n\r\n", { "A| b\rc" }, 0, true, "" },
		{ "bare CR is no line end", "A: b\r\r\n", { "A| b\r" }, 0, false, "" },
		{ "body without empty line", "A: b\r\nhello\r\n", { "A| b" }, ERR_SYNTAX, false,
		    "hello\r\n" },
		{ "begins with a blank", " A: b\r\n", { NULL }, ERR_SYNTAX, false, " A: b\r\n" },
		{ "no name", ": b\r\n", { NULL }, ERR_SYNTAX, false, ": b\r\n" },
		{ "mbox line", "From a@b Mon\nA: b\n", { NULL }, ERR_SYNTAX, false,
		    "From a@b Mon\nA: b\n" },
		{ "8-bit name", "\xc3\xbc: b\n", { NULL }, ERR_SYNTAX, false, "\xc3\xbc: b\n" },
		{ "DEL in the name", "A\x7f: b\n", { NULL }, ERR_SYNTAX, false, "A\x7f: b\n" },
		{ "name only", "Abc", { NULL }, ERR_SYNTAX, false, "Abc" },
		{ "name and blanks only", "Abc  ", { NULL }, ERR_SYNTAX, false, "Abc  " },
		{ "lone CR", "\r", { NULL }, ERR_SYNTAX, false, "\r" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct str text = str_of(rows[i].text);
		struct header_field f;
		struct header_iter it;
		size_t count = 0;
		int result;

		header_iter_init(&it, text);
		while ((result = header_next(&it, &f)) > 0) {
			AUTO(buf) got = BUF_INIT(100);

			if (rows[i].fields[count] == NULL)
				fail_msg("%s: too many fields", rows[i].name);
			assert_int_equal(
			    buf_addf(&got, "%.*s|%.*s", STR_ARG(f.name), STR_ARG(f.value)), 0);
			assert_str_is(buf_str(&got), rows[i].fields[count]);
			assert_true(f.whole.p + f.whole.n == it.rest.p);
			count++;
		}
		if (result != rows[i].end || rows[i].fields[count] != NULL)
			fail_msg("%s: result %d after %zu fields", rows[i].name, result, count);
		assert_int_equal(it.has_blank_line, rows[i].has_blank_line);
		assert_str_is(it.rest, rows[i].rest);
		assert_str_is(str_from(text, it.offset), rows[i].rest);
	}
}

static void
test_whole_is_everything(void **state)
{
	struct header_field f;
	struct header_iter it;

	(void)state;
	header_iter_init(&it, STR("A: b\r\n c\r\nD:\r\n"));
	assert_int_equal(header_next(&it, &f), 1);
	assert_str_is(f.whole, "A: b\r\n c\r\n");
	assert_true(header_is(&f, STR("a")));
	assert_false(header_is(&f, STR("ab")));
	assert_int_equal(header_next(&it, &f), 1);
	assert_str_is(f.whole, "D:\r\n");
}

static void
test_unfold(void **state)
{
	static const struct {
		const char *value;
		const char *line;
		int result;
	} rows[] = {
		{ " b", "b", 0 },
		{ "", "", 0 },
		{ " b\r\n c\r\n\td  ", "b c\td", 0 },
		{ "\n b\n c", "b c", 0 },
		{ "0123456789", "0123456789", 0 },
		{ "0123456789a", "", ERR_TOO_LONG },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		AUTO(buf) line = BUF_INIT(10);

		assert_int_equal(buf_add(&line, STR("old")), 0);
		assert_int_equal(header_unfold(str_of(rows[i].value), &line), rows[i].result);
		assert_str_is(buf_str(&line), rows[i].line);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_fields),
		cmocka_unit_test(test_whole_is_everything),
		cmocka_unit_test(test_unfold),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
