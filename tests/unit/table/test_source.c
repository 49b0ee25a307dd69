/* SPDX-License-Identifier: BSD-2-Clause */
#include "tests/unit/test.h"

#include "lib/base/err.h"
#include "lib/table/source.h"

/* Entries as "[key|value]", faults as "(line: words)", one after the other. */
static void
show(enum source_kind kind, struct str text, struct buf *out)
{
	struct str key, value;
	struct source in;
	struct why why;
	int result;

	source_init(&in, kind, text);
	while ((result = source_next(&in, &key, &value, &why)) != 0) {
		if (result > 0)
			result = buf_addf(out, "[%.*s|%.*s]", STR_ARG(key), STR_ARG(value));
		else
			result = buf_addf(out, "(%d: %s)", in.line, why.text);
		assert_int_equal(result, 0);
	}
	source_drop(&in);
}

static void
test_maps(void **state)
{
	static const struct {
		const char *name;
		const char *text;
		const char *shown;
	} rows[] = {
		{ "empty", "", "" },
		{ "comments only", "# a\n  # b\n\n", "" },
		{ "plain", "key value\n", "[key|value]" },
		{ "no final newline", "key value", "[key|value]" },
		{ "carriage return", "key value\r\n", "[key|value]" },
		{ "blanks", "key \t value with  blanks \t\n", "[key|value with  blanks]" },
		{ "case stays", "KEY Value", "[KEY|Value]" },
		{ "continued", "key\n  value\n\tmore\nk2 v2\n", "[key|value\tmore][k2|v2]" },
		{ "comment within", "key one\n# c\n\n  two\n", "[key|one  two]" },
		{ "quoted key", "\"a b\"@c d", "[\"a b\"@c|d]" },
		{ "escaped quote", "\"a\\\" b\" c", "[\"a\\\" b\"|c]" },
		{ "escaped blank", "a\\ b c", "[a\\ b|c]" },
		{ "hash later", "a # b", "[a|# b]" },
		{ "no value", "key\nk v\n",
		    "(1: a key, blanks and a value are expected, not \"key\")[k|v]" },
		{ "open quote", "\n\"a b\n", "(2: a quote has no end in \"\"a b\")" },
		{ "blank first", "  k v\n",
		    "(1: this line begins with a blank, and there is none that it continues)" },
		{ "backslash last", "k\\",
		    "(1: a key, blanks and a value are expected, not \"k\\\")" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		AUTO(buf) out = BUF_INIT(1000);

		show(SOURCE_MAP, str_of(rows[i].text), &out);
		if (strcmp(buf_text(&out), rows[i].shown) != 0)
			fail_msg("%s: %s", rows[i].name, buf_text(&out));
	}
}

static void
test_aliases(void **state)
{
	static const struct {
		const char *name;
		const char *text;
		const char *shown;
	} rows[] = {
		{ "plain", "a: b", "[a|b]" },
		{ "no blank", "a:b,c", "[a|b,c]" },
		{ "blank before colon", "a : b", "[a|b]" },
		{ "continued", "a: b,\n   c\n", "[a|b,   c]" },
		{ "quoted", "\"a b: c\": d", "[a b: c|d]" },
		{ "escaped", "\"a\\\"b\": c", "[a\"b|c]" },
		{ "target with colon", "l: :include:/x, \"|cmd a:b\"",
		    "[l|:include:/x, \"|cmd a:b\"]" },
		{ "no colon", "a b", "(1: \"name: value\" is expected, not \"a b\")" },
		{ "colon in quotes only", "\"a: b",
		    "(1: \"name: value\" is expected, not \"\"a: b\")" },
		{ "two words", "a b: c",
		    "(1: one name is expected before the \":\" in \"a b: c\")" },
		{ "no name", ": c", "(1: one name is expected before the \":\" in \": c\")" },
		{ "empty quotes", "\"\": c",
		    "(1: one name is expected before the \":\" in \"\"\": c\")" },
		{ "no value", "a:", "(1: a value is expected after \"a:\")" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		AUTO(buf) out = BUF_INIT(1000);

		show(SOURCE_ALIASES, str_of(rows[i].text), &out);
		if (strcmp(buf_text(&out), rows[i].shown) != 0)
			fail_msg("%s: %s", rows[i].name, buf_text(&out));
	}
}

static void
test_nul_is_refused(void **state)
{
	AUTO(buf) out = BUF_INIT(1000);

	(void)state;
	show(SOURCE_MAP, str_make("a\0b c\nd e", 9), &out);
	assert_string_equal(buf_text(&out), "(1: a NUL byte in \"a\")[d|e]");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_maps),
		cmocka_unit_test(test_aliases),
		cmocka_unit_test(test_nul_is_refused),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
