/* SPDX-License-Identifier: BSD-2-Clause */
#include "tests/unit/table/with_config.h"

#include "lib/base/err.h"
#include "lib/base/ticks.h"
#include "local/alias.h"
#include "tests/unit/run/in_loop.h"

static const char main_cf[] = "myhostname = mail.example\nmydestination = local.example\n"
                              "local_recipient_maps =\n";

static struct router *router;
static struct config *config;

/*
 * Results as "user", "user*" (the name of an alias, too), "address@elsewhere", each with "<owner"
 * where there is one; or the words of the failure.
 */
static void
show(const char *tables, const char *local, bool reset_owner, struct buf *out)
{
	struct address a = { .local = str_of(local), .domain = STR("local.example") };
	struct alias_context context = { .router = router,
		.delimiters = "+",
		.origin = "local.example",
		.reset_owner = reset_owner };
	struct alias_expansion x;
	struct table_list list;
	struct why why = WHY_INIT;

	if (table_list_open(&list, tables, TABLE_FOLD, &why) < 0)
		fail_msg("%s", why.text);
	context.tables = &list;
	alias_expansion_init(&x, &context);
	if (alias_expand(&x, &a, TICKS_NEVER, &why) < 0)
		assert_int_equal(buf_addf(out, "%s", why.text), 0);
	LIST_EACH (it, &x.results) {
		struct alias_result *r = CONTAINER_OF(it, struct alias_result, link);

		assert_int_equal(
		    buf_addf(out, "%s", out->n != 0 && why.text[0] == '\0' ? " " : ""), 0);
		if (why.text[0] != '\0')
			break;
		if (r->is_local)
			assert_int_equal(
			    buf_addf(out, "%.*s%s", STR_ARG(r->user), r->is_alias ? "*" : ""), 0);
		else
			assert_int_equal(address_add_internal(&r->address, out), 0);
		if (!address_is_null(&r->owner))
			assert_int_equal(buf_addf(out, "<%.*s", STR_ARG(r->owner.local)), 0);
	}
	alias_expansion_drop(&x);
	table_list_close(&list);
}

static void
expand_all(void *arg)
{
	static const struct {
		const char *name;
		const char *tables;
		const char *local;
		bool reset;
		const char *shown;
	} rows[] = {
		{ "no alias", "inline:{a=b}", "Bob", false, "bob" },
		{ "extension", "inline:{a=b}", "bob+x", false, "bob" },
		{ "alias", "inline:{a=b}", "A", false, "b" },
		{ "alias with extension", "inline:{a=b}", "a+x", false, "b" },
		{ "alias for the extension", "inline:{{a+x=c} a=b}", "a+x", false, "c" },
		{ "several", "inline:{{a = b, C@local.example, d@elsewhere.example}}", "a", false,
		    "b c d@elsewhere.example" },
		{ "nested", "inline:{{a=b,c} {b=d,e} c=d}", "a", false, "d e" },
		{ "duplicates", "inline:{{a=b, B, b@local.example, x@y.example, x@Y.example}}", "a",
		    false, "b x@y.example" },
		{ "itself", "inline:{{bob=bob, bob@elsewhere.example}}", "bob", false,
		    "bob* bob@elsewhere.example" },
		{ "itself by its address", "inline:{bob=bob+x@local.example}", "bob", false,
		    "bob*" },
		{ "a circle", "inline:{a=b b=c c=a}", "a", false, "a*" },
		{ "a circle behind", "inline:{a=b b=c c=b}", "a", false, "b*" },
		{ "diamond", "inline:{{a=b,c} b=d c=d d=e}", "a", false, "e" },
		{ "owner", "inline:{{list=b,c} owner-list=o}", "list", false,
		    "b<owner-list c<owner-list" },
		{ "owner is inherited", "inline:{list=sub sub=b owner-list=o}", "list", false,
		    "b<owner-list" },
		{ "owner is reset", "inline:{list=sub sub=b owner-list=o}", "list", true, "b" },
		{ "inner owner", "inline:{{list=sub,c} sub=b owner-sub=o}", "list", false,
		    "b<owner-sub c" },
		{ "the owner itself", "inline:{owner-list=o}", "owner-list", false, "o" },
		{ "postmaster", "inline:{a=b}", "Postmaster", false, "root" },
		{ "postmaster is root's alias", "inline:{root=adm@elsewhere.example}", "postmaster",
		    false, "adm@elsewhere.example" },
		{ "named postmaster", "inline:{postmaster=p root=r}", "postmaster", false, "p" },
		{ "file", "inline:{{a=b, /dev/null}}", "a", false,
		    "alias a leads to a file, which this release does not deliver to: /dev/null" },
		{ "command", "inline:{{a=\"|x y\"}}", "a", false,
		    "alias a leads to a command, which this release does not deliver to: x y" },
		{ "include", "inline:{a=:include:/x}", "a", false,
		    "alias a leads to an included list, which this release does not deliver to: "
		    "/x" },
		{ "no address", "inline:{{a=b c}}", "a", false, "alias a: \"b c\" is no address" },
		{ "nobody", "inline:{{a=,}}", "a", false, "" },
		{ "failing table", "fail:x", "a", false, "fail:x: this table always fails" },
		{ "too deep", "regexp:{{/^(a*)$/ ${1}a}}", "a", false,
		    "aliases are nested more than 20 times at aaaaaaaaaaaaaaaaaaaa" },
	};

	(void)arg;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		AUTO(buf) out = BUF_INIT(1000);

		show(rows[i].tables, rows[i].local, rows[i].reset, &out);
		if (strcmp(buf_text(&out), rows[i].shown) != 0)
			fail_msg("%s: %s", rows[i].name, buf_text(&out));
	}
}

static void
test_expand(void **state)
{
	struct why why;

	(void)state;
	config = with_config(main_cf);
	router = router_new(config, &why);
	assert_non_null(router);
	in_both(expand_all, NULL);
	router_free(router);
	config_free(config);
}

static void
expand_too_many(void *arg)
{
	AUTO(buf) tables = BUF_INIT(1000000);
	AUTO(buf) out = BUF_INIT(1000);

	(void)arg;
	assert_int_equal(buf_addf(&tables, "inline:{{a="), 0);
	for (int i = 0; i <= ALIAS_RESULTS_MAX; i++)
		assert_int_equal(buf_addf(&tables, "u%d,", i), 0);
	assert_int_equal(buf_addf(&tables, "}}"), 0);
	show(buf_text(&tables), "a", false, &out);
	assert_string_equal(buf_text(&out), "alias a has more than 10000 targets");
}

static void
test_too_many(void **state)
{
	struct why why;

	(void)state;
	config = with_config(main_cf);
	router = router_new(config, &why);
	in_real(expand_too_many, NULL);
	router_free(router);
	config_free(config);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_expand),
		cmocka_unit_test(test_too_many),
	};
	return cmocka_run_group_tests(tests, scratch_make, scratch_drop);
}
