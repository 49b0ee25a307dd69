/* SPDX-License-Identifier: BSD-2-Clause */
#include "tests/unit/test.h"

#include "lib/base/buf.h"
#include "lib/base/err.h"
#include "lib/config/item.h"
#include "lib/config/logical.h"

static void
test_items(void **state)
{
	static const struct {
		const char *name, *text, *items;
		int result;
	} rows[] = {
		{ "none", "", "", 0 },
		{ "separators only", " ,\t,\n", "", 0 },
		{ "several", " a,b  c ,, d", "<a><b><c><d>", 0 },
		{ "in braces", "a {b, c} d", "<a><{b, c}><d>", 0 },
		{ "braces in braces", "{a {b , c}}", "<{a {b , c}}>", 0 },
		{ "braces inside", "inline:{a=b, c=d},e", "<inline:{a=b, c=d}><e>", 0 },
		{ "open", "a {b", "<a>", ERR_SYNTAX },
		{ "closed too often", "a b}", "<a>", ERR_SYNTAX },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		AUTO(buf) got = BUF_INIT(1000);
		struct str rest = str_of(rows[i].text), item;
		struct why why;
		int result;

		while ((result = item_next(&rest, ITEM_COMMAS, &item, &why)) > 0)
			assert_int_equal(buf_addf(&got, "<%.*s>", STR_ARG(item)), 0);
		if (result != rows[i].result || strcmp(buf_text(&got), rows[i].items) != 0)
			fail_msg("%s: %d %s", rows[i].name, result, buf_text(&got));
	}
}

static void
test_a_nul_byte_is_no_separator(void **state)
{
	struct str rest = STR("a\0b c"), item;
	struct why why;

	(void)state;
	assert_int_equal(item_next(&rest, ITEM_COMMAS, &item, &why), 1);
	assert_int_equal(item.n, 3);
}

static void
test_strip_braces(void **state)
{
	static const struct {
		const char *text, *inner;
		int result;
	} rows[] = {
		{ "", "", 0 },
		{ "a", "a", 0 },
		{ "a{b}", "a{b}", 0 },
		{ "{ a b }", "a b", 0 },
		{ "{}", "", 0 },
		{ "{{a}}", "{a}", 0 },
		{ "{a}b", "{a}b", ERR_SYNTAX },
		{ "{a}{b}", "{a}{b}", ERR_SYNTAX },
		{ "{a", "{a", ERR_SYNTAX },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct str item = str_of(rows[i].text);
		struct why why;

		if (item_strip_braces(&item, &why) != rows[i].result ||
		    !str_equal(item, str_of(rows[i].inner)))
			fail_msg("%s: %.*s", rows[i].text, STR_ARG(item));
	}
}

static void
test_logical_lines(void **state)
{
	static const struct {
		const char *name, *text, *lines;
	} rows[] = {
		{ "nothing", "", "" },
		{ "one", "a", "1<a>[a]" },
		{ "two", "a\nb\n", "1<a>[a]2<b>[b]" },
		{ "continued", "a\n b\nc", "1<a b>[a\n b]3<c>[c]" },
		{ "comments are not of the text", "# x\n\na\n# y\n b\n# z\nc\n",
		    "3<a b>[a\n# y\n b]7<c>[c]" },
		{ "a comment is not continued", "# x\n y\n", "2!<y>[ y]" },
		{ "carriage returns", "a\r\n b\r\n", "1<a\r b>[a\r\n b\r]" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		AUTO(buf) got = BUF_INIT(1000);
		AUTO(logical) in = LOGICAL_INIT(str_of(rows[i].text));

		while (logical_next(&in))
			assert_int_equal(
			    buf_addf(&got, "%d%s<%.*s>[%.*s]", in.line, in.indented ? "!" : "",
			        STR_ARG(in.text), STR_ARG(in.span)),
			    0);
		if (strcmp(buf_text(&got), rows[i].lines) != 0)
			fail_msg("%s: %s", rows[i].name, buf_text(&got));
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_items),
		cmocka_unit_test(test_a_nul_byte_is_no_separator),
		cmocka_unit_test(test_strip_braces),
		cmocka_unit_test(test_logical_lines),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
