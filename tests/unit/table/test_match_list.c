/* SPDX-License-Identifier: BSD-2-Clause */
#include "tests/unit/table/with_config.h"

#include "lib/base/err.h"
#include "lib/base/ticks.h"
#include "lib/table/index_build.h"
#include "lib/table/match_list.h"

static struct match_list *
open_list(struct config **c, const char *value, enum match_kind kind, bool parents, struct why *why)
{
	char text[2000];

	snprintf(text, sizeof(text),
	    "myhostname = mail.example\nmydestination = %s\n"
	    "parent_domain_matches_subdomains = %s\n",
	    value, parents ? "relay_domains, mydestination" : "relay_domains");
	*c = with_config(text);
	assert_non_null(*c);
	return match_list_open(*c, PARAM_mydestination, kind, why);
}

static void
test_domains(void **state)
{
	static const struct {
		const char *list;
		bool parents;
		const char *name;
		int result;
	} rows[] = {
		{ "", false, "a", 0 },
		{ "example.com", false, "Example.COM", 1 },
		{ "example.com", false, "sub.example.com", 0 },
		{ "example.com", true, "sub.example.com", 1 },
		{ "example.com", true, "a.sub.example.com", 1 },
		{ "example.com", true, "badexample.com", 0 },
		{ "example.com", true, ".example.com", 0 },
		{ ".example.com", false, "sub.example.com", 1 },
		{ ".example.com", false, "example.com", 0 },
		{ ".example.com", true, "sub.example.com", 0 },
		{ "!a.example, .example", false, "a.example", 0 },
		{ "!a.example, .example", false, "b.example", 1 },
		{ ".example, !a.example", false, "a.example", 1 },
		{ "!!a.example", false, "a.example", 1 },
		{ "inline:{a.example=x}", false, "A.example", 1 },
		{ "inline:{a.example=x}", false, "b.a.example", 0 },
		{ "inline:{a.example=x}", true, "b.a.example", 1 },
		{ "inline:{.a.example=x}", false, "b.a.example", 1 },
		{ "inline:{.a.example=x}", false, "c.b.a.example", 1 },
		{ "inline:{.a.example=x}", true, "b.a.example", 0 },
		{ "inline:{example=x}", true, "a.example", 1 },
		{ "!inline:{a.example=x}, static:all", false, "a.example", 0 },
		{ "!inline:{a.example=x}, static:all", false, "b.example", 1 },
		{ "regexp:{{/^example$$/ x}}", true, "a.example", 0 },
		{ "regexp:{{/^a.example$$/ x}}", true, "a.example", 1 },
		{ "static:x", false, "", 1 },
		{ "[192.0.2.1]", false, "[192.0.2.1]", 1 },
		{ "192.0.2.0/24", false, "192.0.2.1", 0 },
		{ "inline:{.=x}", false, "a.", 0 },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct why why = WHY_INIT;
		struct config *c;
		struct match_list *l =
		    open_list(&c, rows[i].list, MATCH_DOMAIN, rows[i].parents, &why);

		if (l == NULL)
			fail_msg("%s: %s", rows[i].list, why.text);
		if (match_list_find(l, str_of(rows[i].name), TICKS_NEVER, &why) != rows[i].result)
			fail_msg("%s: %s", rows[i].list, rows[i].name);
		match_list_close(l);
		config_free(c);
	}
}

static void
test_clients(void **state)
{
	static const struct {
		const char *list;
		const char *name, *address;
		int result;
	} rows[] = {
		{ "127.0.0.0/8 [::1]/128", "", "127.1.2.3", 1 },
		{ "127.0.0.0/8 [::1]/128", "", "::1", 1 },
		{ "127.0.0.0/8 [::1/128]", "", "::1", 1 },
		{ "127.0.0.0/8, ::1", "", "::1", 1 },
		{ "127.0.0.0/8", "localhost", "192.0.2.1", 0 },
		{ "localhost", "localhost", "192.0.2.1", 1 },
		{ "localhost", "", "192.0.2.1", 0 },
		{ "!192.0.2.1, 192.0.2.0/24", "", "192.0.2.1", 0 },
		{ "!192.0.2.1, 192.0.2.0/24", "", "192.0.2.2", 1 },
		{ "cidr:{{192.0.2.0/24 x}}", "h.example", "192.0.2.2", 1 },
		{ "inline:{192.0.2.2=x}", "h.example", "192.0.2.2", 1 },
		{ "inline:{h.example=x}", "H.example", "192.0.2.2", 1 },
		{ ".example", "h.example", "192.0.2.2", 1 },
		{ "static:x", "", "unknown", 0 },
		{ "192.0.2.0/24", "", "::ffff:192.0.2.9", 1 },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct why why = WHY_INIT;
		struct config *c;
		struct match_list *l = open_list(&c, rows[i].list, MATCH_CLIENT, false, &why);

		if (l == NULL)
			fail_msg("%s: %s", rows[i].list, why.text);
		if (match_list_find_client(l, str_of(rows[i].name), str_of(rows[i].address),
		        TICKS_NEVER, &why) != rows[i].result)
			fail_msg("%s: %s [%s]", rows[i].list, rows[i].name, rows[i].address);
		match_list_close(l);
		config_free(c);
	}
}

static void
test_words(void **state)
{
	struct why why = WHY_INIT;
	struct config *c;
	struct match_list *l =
	    open_list(&c, "root, .dot !nobody inline:{user=x}", MATCH_TEXT, true, &why);

	(void)state;
	assert_int_equal(match_list_find(l, STR("ROOT"), TICKS_NEVER, &why), 1);
	assert_int_equal(match_list_find(l, STR("a.root"), TICKS_NEVER, &why), 1);
	assert_int_equal(match_list_find(l, STR(".dot"), TICKS_NEVER, &why), 1);
	assert_int_equal(match_list_find(l, STR("nobody"), TICKS_NEVER, &why), 0);
	assert_int_equal(match_list_find(l, STR("user"), TICKS_NEVER, &why), 1);
	assert_int_equal(match_list_find(l, STR("x.user"), TICKS_NEVER, &why), 0);
	match_list_close(l);
	config_free(c);
}

static void
test_files(void **state)
{
	struct why why = WHY_INIT;
	struct config *c;
	struct match_list *l;
	char value[500];

	(void)state;
	scratch_write(
	    "one", "# comment\na.example, b.example\n\n  c.example # more\n!d.example\n.example");
	snprintf(value, sizeof(value), "!%s, z", scratch_path("one"));
	l = open_list(&c, value, MATCH_DOMAIN, false, &why);
	assert_non_null(l);
	assert_int_equal(match_list_find(l, STR("a.example"), TICKS_NEVER, &why), 0);
	assert_int_equal(match_list_find(l, STR("d.example"), TICKS_NEVER, &why), 1);
	assert_int_equal(match_list_find(l, STR("z"), TICKS_NEVER, &why), 1);
	match_list_close(l);
	config_free(c);
}

static void
test_mistakes(void **state)
{
	static const struct {
		const char *list;
		enum match_kind kind;
		const char *words;
	} rows[] = {
		{ "!", MATCH_DOMAIN, "mydestination: \"!\" without a pattern" },
		{ "/no/such/file", MATCH_DOMAIN, "mydestination: /no/such/file: No such file" },
		{ "nis:x", MATCH_DOMAIN, "mydestination: nis:x: tables of the type" },
		{ "192.0.2.1/24", MATCH_CLIENT, "bits set beyond" },
		{ "192.0.2", MATCH_CLIENT, "no IP address" },
		{ "[::1", MATCH_CLIENT, "no IP address" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct why why = WHY_INIT;
		struct config *c;

		assert_null(open_list(&c, rows[i].list, rows[i].kind, false, &why));
		if (strstr(why.text, rows[i].words) == NULL)
			fail_msg("%s: %s", rows[i].list, why.text);
		config_free(c);
	}
}

static void
test_a_file_that_holds_itself(void **state)
{
	struct why why = WHY_INIT;
	struct config *c;
	char text[300];

	(void)state;
	snprintf(text, sizeof(text), "\n%s\n", scratch_path("self"));
	scratch_write("self", text);
	assert_null(open_list(&c, scratch_path("self"), MATCH_DOMAIN, false, &why));
	assert_non_null(strstr(why.text, "self, line 2: "));
	config_free(c);
}

static void
build_empty_index(void)
{
	static const struct index_build_options o = { .format = &index_hash,
		.file = { .mode = 0600, .final_nul = true } };
	struct why why = WHY_INIT;
	struct index_build *b = index_build_open(scratch_path("t"), &o, &why);

	assert_int_equal(index_build_commit(b, &why), 0);
	index_build_close(b);
}

/* The index goes away once the list is open. */
static void
test_could_not_find_out(void **state)
{
	struct why why = WHY_INIT;
	struct config *c;
	struct match_list *l;
	char value[300];

	(void)state;
	snprintf(value, sizeof(value), "a, hash:%s, b", scratch_path("t"));
	for (int kind = MATCH_DOMAIN; kind <= MATCH_TEXT; kind++) {
		build_empty_index();
		l = open_list(&c, value, (enum match_kind)kind, false, &why);
		assert_non_null(l);
		assert_int_equal(unlink(scratch_path("t.db")), 0);
		if (kind == MATCH_CLIENT) {
			assert_int_equal(
			    match_list_find_client(l, STR("a"), STR("::1"), TICKS_NEVER, &why), 1);
			assert_true(
			    match_list_find_client(l, STR("b"), STR("::1"), TICKS_NEVER, &why) < 0);
			assert_true(
			    match_list_find_client(l, STR(""), STR("::1"), TICKS_NEVER, &why) < 0);
		} else {
			assert_int_equal(match_list_find(l, STR("a"), TICKS_NEVER, &why), 1);
			assert_true(match_list_find(l, STR("b"), TICKS_NEVER, &why) < 0);
		}
		match_list_close(l);
		config_free(c);
	}
	match_list_close(NULL);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_domains),
		cmocka_unit_test(test_clients),
		cmocka_unit_test(test_words),
		cmocka_unit_test(test_files),
		cmocka_unit_test(test_mistakes),
		cmocka_unit_test(test_a_file_that_holds_itself),
		cmocka_unit_test(test_could_not_find_out),
	};
	return cmocka_run_group_tests(tests, scratch_make, scratch_drop);
}
