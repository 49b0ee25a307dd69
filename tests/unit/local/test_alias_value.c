/* SPDX-License-Identifier: BSD-2-Clause */
#include "tests/unit/test.h"

#include "lib/base/buf.h"
#include "lib/base/err.h"
#include "local/alias_value.h"

/* Targets as "address", "file …", "command …", "include …", "bad …", between bars. */
static void
show(struct str value, struct buf *out)
{
	static const char *const kinds[] = { "", "file ", "command ", "include " };
	AUTO(arena) arena = ARENA_INIT((size_t)64 * 1024);
	struct alias_target t;
	struct alias_iter it;
	int n;

	alias_iter_init(&it, value, &arena);
	while ((n = alias_next(&it, &t)) != 0) {
		int result = buf_addf(out, "|");

		if (result == 0 && n < 0)
			result = buf_addf(out, "bad %.*s", STR_ARG(it.item));
		else if (result == 0 && t.kind == ALIAS_ADDRESS)
			result = address_add_external(&t.address, out);
		else if (result == 0)
			result = buf_addf(out, "%s%.*s", kinds[t.kind], STR_ARG(t.text));
		assert_int_equal(result, 0);
	}
	assert_int_equal(buf_addf(out, "|"), 0);
}

static void
test_values(void **state)
{
	static const struct {
		const char *value;
		const char *shown;
	} rows[] = {
		{ "", "|" },
		{ " , ,", "|" },
		{ "root", "|root|" },
		{ "a,b , c", "|a|b|c|" },
		{ "a@Example.COM", "|a@example.com|" },
		{ "Bob Doe <bob@example.com>, x", "|bob@example.com|x|" },
		{ "\"Doe, Bob\" <bob@example.com>", "|bob@example.com|" },
		{ "bob (of a, b), x", "|bob|x|" },
		{ "<a@b>", "|a@b|" },
		{ "\\root", "|root|" },
		{ "\"a b\"", "|\"a b\"|" },
		{ "\"a b\"@c", "|\"a b\"@c|" },
		{ "\"a@b\"", "|\"a@b\"|" },
		{ "/var/mail/all", "|file /var/mail/all|" },
		{ "\"/var/mail/all of us\", x", "|file /var/mail/all of us|x|" },
		{ "|command arg", "|command command arg|" },
		{ "\"|command a, b\"", "|command command a, b|" },
		{ "\"|sh -c \\\"x\\\"\"", "|command sh -c \"x\"|" },
		{ ":include:/etc/list", "|include /etc/list|" },
		{ ":INCLUDE: /etc/list , a", "|include /etc/list|a|" },
		{ "\":include:/a b\"", "|include /a b|" },
		{ "|", "|bad ||" },
		{ ":include:", "|bad :include:|" },
		{ ":fail:no", "|bad :fail:no|" },
		{ "a b", "|bad a b|" },
		{ "<>", "|bad <>|" },
		{ "\"\"", "|bad \"\"|" },
		{ "a@-b-, c", "|bad a@-b-|c|" },
		{ "x: a, b;", "|a|b|" },
		{ "\"open", "|bad \"open|" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		AUTO(buf) out = BUF_INIT(1000);

		show(str_of(rows[i].value), &out);
		if (strcmp(buf_text(&out), rows[i].shown) != 0)
			fail_msg("%s: %s", rows[i].value, buf_text(&out));
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_values),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
