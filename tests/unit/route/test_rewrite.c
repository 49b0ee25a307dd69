/* SPDX-License-Identifier: BSD-2-Clause */
/* Which addresses are completed, and how. */
#include "tests/unit/table/with_config.h"

#include "lib/route/rewrite.h"

#define BASE "myhostname = mx.home.example\nmyorigin = home.example\n"

struct row {
	const char *name;
	const char *config;
	bool remote;
	const char *in;
	const char *out; /* NULL: as it was */
};

static void
run_row(const struct row *row)
{
	AUTO(arena) arena = ARENA_INIT(10000);
	AUTO(buf) text = BUF_INIT(1000);
	struct address in = address_from_internal(str_of(row->in)), out;
	struct rewrite_rules rules;
	struct config *c;
	bool result;

	assert_int_equal(buf_addf(&text, BASE "%s", row->config), 0);
	c = with_config(buf_text(&text));
	assert_non_null(c);
	if (row->remote)
		assert_true(rewrite_rules_init_remote(&rules, c));
	else
		rewrite_rules_init(&rules, c);
	result = rewrite_address(&rules, &in, &arena, &out);
	buf_clear(&text);
	assert_int_equal(address_add_internal(&out, &text), 0);
	if (strcmp(buf_text(&text), row->out != NULL ? row->out : row->in) != 0)
		fail_msg("%s: %s", row->name, buf_text(&text));
	assert_int_equal(result, row->out != NULL);
	config_free(c);
}

static void
test_rows(void **state)
{
#define DOT    "append_dot_mydomain = yes\n"
#define REMOTE "remote_header_rewrite_domain = domain.invalid\n"
	static const struct row rows[] = {
		{ "null", "", false, "", NULL },
		{ "complete", "", false, "a@b.example", NULL },
		{ "local part", "", false, "root", "root@home.example" },
		{ "no origin", "append_at_myorigin = no\n", false, "root", NULL },
		{ "no dot", "", false, "a@b", NULL },
		{ "no dot, completed", DOT, false, "a@b", "a@b.home.example" },
		{ "origin without dot", DOT "myorigin = host\n", false, "a",
		    "a@host.home.example" },
		{ "literal", DOT, false, "a@[::1]", NULL },
		{ "dot there", DOT, false, "a@b.c", NULL },
		{ "bang", "", false, "site!user", "user@site" },
		{ "bangs", DOT, false, "a!b!c", "b!c@a.home.example" },
		{ "bang off", "swap_bangpath = no\n", false, "site!user",
		    "site!user@home.example" },
		{ "bang with domain", "", false, "site!user@b.c", NULL },
		{ "bang at the start", "", false, "!user", "!user@home.example" },
		{ "bang at the end", "", false, "site!", "site!@home.example" },
		{ "bang behind no domain", "", false, "a b!c", "a b!c@home.example" },
		{ "percent", "", false, "user%site", "user@site" },
		{ "percents", "", false, "a%b%c.d", "a%b@c.d" },
		{ "percent off", "allow_percent_hack = no\n", false, "a%b", "a%b@home.example" },
		{ "percent with domain", "", false, "a%b@c.d", NULL },
		{ "percent at the end", "", false, "a%", "a%@home.example" },
		{ "percent at the start", "", false, "%a", "%a@home.example" },
		{ "bang before percent", "", false, "a!b%c", "b%c@a" },
		{ "remote", REMOTE, true, "root", "root@domain.invalid" },
		{ "remote without dot", REMOTE DOT, true, "a@b", "a@b.domain.invalid" },
		{ "remote without dot, kept", REMOTE, true, "a@b", NULL },
		{ "remote, no origin", REMOTE "append_at_myorigin = no\n", true, "a", NULL },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		run_row(&rows[i]);
}

static void
test_remote_may_be_off(void **state)
{
	struct config *c = with_config(BASE);
	struct rewrite_rules rules;

	(void)state;
	assert_false(rewrite_rules_init_remote(&rules, c));
	config_free(c);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rows),
		cmocka_unit_test(test_remote_may_be_off),
	};
	return cmocka_run_group_tests(tests, scratch_make, scratch_drop);
}
