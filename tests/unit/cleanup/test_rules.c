/* SPDX-License-Identifier: BSD-2-Clause */
/* The pure parts of rules: actions of checks, orders, masquerading, sets of characters. */
#include "tests/unit/test.h"

#include "cleanup/characters.h"
#include "cleanup/check_action.h"
#include "cleanup/masquerade.h"
#include "cleanup/orders.h"
#include "lib/base/err.h"

static void
test_actions(void **state)
{
	static const struct {
		const char *value;
		enum check_kind kind;
		const char *word; /* NULL: not logged */
		const char *text;
	} rows[] = {
		{ "", CHECK_UNKNOWN, NULL, "" },
		{ "DUNNO", CHECK_DUNNO, NULL, "" },
		{ "ok", CHECK_DUNNO, NULL, "" },
		{ "REJECT", CHECK_REJECT, "reject", "" },
		{ "reject\t 5.7.1  go away ", CHECK_REJECT, "reject", "5.7.1  go away" },
		{ "warn x", CHECK_WARN, "warning", "x" },
		{ "INFO x", CHECK_INFO, "info", "x" },
		{ "IGNORE x", CHECK_IGNORE, NULL, "x" },
		{ "STRIP", CHECK_STRIP, "strip", "" },
		{ "PREPEND A: b", CHECK_PREPEND, "prepend", "A: b" },
		{ "REPLACE A: b", CHECK_REPLACE, "replace", "A: b" },
		{ "HOLD", CHECK_HOLD, "hold", "" },
		{ "DISCARD", CHECK_DISCARD, "discard", "" },
		{ "FILTER a:b", CHECK_FILTER, "filter", "a:b" },
		{ "REDIRECT a@b", CHECK_REDIRECT, "redirect", "a@b" },
		{ "BCC a@b", CHECK_BCC, "bcc", "a@b" },
		{ "PASS", CHECK_PASS, "pass", "" },
		{ "REJECTED", CHECK_UNKNOWN, NULL, "REJECTED" },
		{ "550 no", CHECK_UNKNOWN, NULL, "550 no" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct check_action a = check_action_parse(str_of(rows[i].value));

		if (a.kind != rows[i].kind)
			fail_msg("%s: %d", rows[i].value, (int)a.kind);
		assert_str_is(a.text, rows[i].text);
		assert_int_equal(a.word != NULL, rows[i].word != NULL);
		if (a.word != NULL)
			assert_string_equal(a.word, rows[i].word);
	}
}

static void
test_orders(void **state)
{
	AUTO(arena) arena = ARENA_INIT((size_t)100000);
	struct orders o = { .hold = false };
	char text[] = "a:b";

	(void)state;
	orders_take(&o, &arena, ACTION_HOLD, STR(""));
	orders_take(&o, &arena, ACTION_DISCARD, STR(""));
	orders_take(&o, &arena, ACTION_FILTER, STR("first:"));
	orders_take(&o, &arena, ACTION_FILTER, str_of(text));
	text[0] = 'x';
	orders_take(&o, &arena, ACTION_REDIRECT, STR("r@x"));
	orders_take(&o, &arena, 99, STR("unknown"));
	for (unsigned i = 0; i < ORDERS_LIST_MAX + 5; i++) {
		orders_take(&o, &arena, ACTION_BCC, STR("c@x"));
		orders_take(&o, &arena, ACTION_PREPEND, STR("A: b"));
	}
	assert_true(o.hold && o.discard);
	assert_str_is(o.filter, "a:b");
	assert_str_is(o.redirect, "r@x");
	assert_int_equal(o.bcc_count, ORDERS_LIST_MAX);
	assert_int_equal(o.prepend_count, ORDERS_LIST_MAX);
	assert_str_is(o.prepend[ORDERS_LIST_MAX - 1], "A: b");
}

static void
test_masquerade(void **state)
{
	static const struct str names[] = {
		STR_INIT("!"),
		STR_INIT("!keep.b.c"),
		STR_INIT("!!twice.b.c"),
		STR_INIT("b.c"),
	};
	static const struct {
		const char *domain;
		const char *shown; /* NULL: as it is */
	} rows[] = {
		{ "", NULL },
		{ "b.c", NULL },
		{ "a.b.c", "b.c" },
		{ "A.B.C", "b.c" },
		{ "x.a.b.c", "b.c" },
		{ "xb.c", NULL },
		{ "c", NULL },
		{ "keep.b.c", NULL },
		{ "x.keep.b.c", NULL },
		{ "x.twice.b.c", "!!twice.b.c" },
	};
	const struct config_list list = { names, ARRAY_LEN(names) };

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct str shown = STR_NONE;
		bool hides = masquerade_domain(list, str_of(rows[i].domain), &shown);

		if (hides != (rows[i].shown != NULL))
			fail_msg("%s", rows[i].domain);
		if (hides)
			assert_true(str_ends(str_of(rows[i].shown), shown));
	}
}

static void
test_characters(void **state)
{
	static const struct {
		const char *set;
		const char *text;
		const char *stripped;
	} rows[] = {
		{ "", "abc", "abc" },
		{ "b", "abc", "ac" },
		{ "\\142", "abc", "ac" },
		{ "\\1428", "ab8c", "ac" },
		{ "\\a\\b\\f\\n\\r\\t\\v\\\\", "\a1\b2\f3\n4\r5\t6\v7\\8", "12345678" },
		{ "\\377", "a\xff", "a" },
		{ "\\q", "qr", "r" },
		{ "a\\", "a\\b", "b" },
		{ "abc", "cab", "" },
	};
	const struct characters nul = characters_parse(STR("\\0"));

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		const struct characters c = characters_parse(str_of(rows[i].set));
		AUTO(buf) out = BUF_INIT((size_t)100);
		AUTO(buf) full = BUF_INIT((size_t)0);

		assert_int_equal(c.any, rows[i].set[0] != '\0');
		assert_int_equal(characters_strip(&c, str_of(rows[i].text), &out), 0);
		assert_str_is(buf_str(&out), rows[i].stripped);
		assert_int_equal(characters_strip(&c, str_of(rows[i].text), &full),
		    rows[i].stripped[0] != '\0' ? ERR_TOO_LONG : 0);
	}
	assert_int_equal(characters_find(&nul, STR("ab\0c")), 2);
	assert_int_equal(characters_find(&nul, STR("abc")), 3);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_actions),
		cmocka_unit_test(test_orders),
		cmocka_unit_test(test_masquerade),
		cmocka_unit_test(test_characters),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
