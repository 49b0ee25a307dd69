/* SPDX-License-Identifier: BSD-2-Clause */
#include "tests/unit/test.h"

#include "lib/base/err.h"
#include "lib/base/ticks.h"
#include "lib/table/address_find.h"

#define ALL (ADDRESS_KEY_FULL | ADDRESS_KEY_LOCAL | ADDRESS_KEY_DOMAIN)

static void
test_keys(void **state)
{
	static const struct {
		const char *name;
		const char *tables;
		const char *local, *domain;
		const char *delimiters;
		unsigned keys;
		const char *value; /* NULL: none */
		const char *extension;
	} rows[] = {
		{ "whole address", "inline:{u@d=1}", "u", "d", "+", ALL, "1", "" },
		{ "with extension", "inline:{u+x@d=1 u@d=2}", "u+x", "d", "+", ALL, "1", "" },
		{ "without extension", "inline:{u@d=2}", "u+x", "d", "+", ALL, "2", "x" },
		{ "several delimiters", "inline:{u@d=2}", "u-x+y", "d", "+-", ALL, "2", "x+y" },
		{ "no delimiters", "inline:{u@d=2}", "u+x", "d", "", ALL, NULL, "" },
		{ "NULL for delimiters", "inline:{u@d=2}", "u+x", "d", NULL, ALL, NULL, "" },
		{ "local with extension", "inline:{u+x=3 u=4}", "u+x", "d", "+", ALL, "3", "" },
		{ "local", "inline:{u=4}", "u+x", "d", "+", ALL, "4", "x" },
		{ "address before local", "inline:{u=4 u@d=2}", "u+x", "d", "+", ALL, "2", "x" },
		{ "domain", "inline:{@d=5}", "u+x", "d", "+", ALL, "5", "" },
		{ "local before domain", "inline:{@d=5 u=4}", "u", "d", "+", ALL, "4", "" },
		{ "local not asked for", "inline:{u=4}", "u", "d", "+",
		    ADDRESS_KEY_FULL | ADDRESS_KEY_DOMAIN, NULL, "" },
		{ "domain not asked for", "inline:{@d=5}", "u", "d", "+", ADDRESS_KEY_FULL, NULL,
		    "" },
		{ "case", "inline:{u@d=1}", "U", "D", "+", ALL, "1", "" },
		{ "no domain", "inline:{u=1}", "u", "", "+", ALL, "1", "" },
		{ "no domain, no @", "inline:{@=1}", "u", "", "+", ALL, NULL, "" },
		{ "quoted", "inline:{\".a\"@d=1}", ".a", "d", "+", ALL, "1", "" },
		{ "plain", "inline:{.a@d=2}", ".a", "d", "+", ALL, "2", "" },
		{ "quoted before plain", "inline:{.a@d=2 \".a\"@d=1}", ".a", "d", "+", ALL, "1",
		    "" },
		{ "every table before the next key", "inline:{u@d=2}, inline:{u+x@d=1}", "u+x", "d",
		    "+", ALL, "1", "" },
		{ "patterns see whole addresses", "regexp:{{/^u@d$/ 1}}", "u+x", "d", "+", ALL,
		    NULL, "" },
		{ "patterns match whole addresses", "regexp:{{/^u\\+x@d$/ 1}}", "u+x", "d", "+",
		    ALL, "1", "" },
		{ "patterns do not see @domain", "regexp:{{/^@d$/ 1}}", "u", "d", "+", ALL, NULL,
		    "" },
		{ "owner- stays whole", "inline:{owner=1}", "owner-list", "d", "-", ALL, NULL, "" },
		{ "an @ within", "inline:{a@b=1 a@b@d=2}", "a@b", "d", "+", ALL, NULL, "" },
		{ "empty list", "", "u", "d", "+", ALL, NULL, "" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct address a = { .local = str_of(rows[i].local),
			.domain = str_of(rows[i].domain) };
		struct address_query q = { &a, rows[i].delimiters, rows[i].keys };
		AUTO(buf) value = BUF_INIT(1000);
		struct str extension = STR_NONE;
		struct table_list l;
		struct why why = WHY_INIT;
		int found;

		if (table_list_open(&l, rows[i].tables, TABLE_FOLD, &why) < 0)
			fail_msg("%s: %s", rows[i].name, why.text);
		found = address_find(&l, &q, &value, &extension, TICKS_NEVER, &why);
		if (found != (rows[i].value != NULL) ||
		    (found > 0 && strcmp(buf_text(&value), rows[i].value) != 0) ||
		    !str_equal(extension, str_of(rows[i].extension)))
			fail_msg("%s: %d \"%s\"", rows[i].name, found, buf_text(&value));
		table_list_close(&l);
	}
}

static void
test_quoted_first_then_plain(void **state)
{
	struct address a = { .local = STR("a b"), .domain = STR("d") };
	struct address_query q = { &a, "", ALL };
	AUTO(buf) value = BUF_INIT(1000);
	struct table_list l;
	struct why why;

	(void)state;
	assert_int_equal(table_list_open(&l, "regexp:{{/^\"a b\"@d$/ quoted}}", 0, &why), 0);
	assert_int_equal(address_find(&l, &q, &value, NULL, TICKS_NEVER, &why), 1);
	assert_str_is(buf_str(&value), "quoted");
	table_list_close(&l);
	assert_int_equal(table_list_open(&l, "inline:{{@d=1}}", 0, &why), 0);
	assert_int_equal(address_find(&l, &q, &value, NULL, TICKS_NEVER, &why), 1);
	table_list_close(&l);
}

static void
test_could_not_find_out(void **state)
{
	struct address a = { .local = STR("u+x"), .domain = STR("d") };
	struct address_query q = { &a, "+", ALL };
	AUTO(buf) value = BUF_INIT(3);
	struct table_list l;
	struct why why;
	static const char *const failing[] = {
		"static:toolong",
		"inline:{u@d=toolong, @d=1}",
		"inline:{u=toolong, @d=1}",
		"inline:{@d=toolong}",
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(failing); i++) {
		assert_int_equal(table_list_open(&l, failing[i], 0, &why), 0);
		if (address_find(&l, &q, &value, NULL, TICKS_NEVER, &why) >= 0)
			fail_msg("%s", failing[i]);
		table_list_close(&l);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_keys),
		cmocka_unit_test(test_quoted_first_then_plain),
		cmocka_unit_test(test_could_not_find_out),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
