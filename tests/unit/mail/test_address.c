/* SPDX-License-Identifier: BSD-2-Clause */
#include "tests/unit/test.h"

#include "lib/base/err.h"
#include "lib/base/mem.h"
#include "lib/mail/address.h"

#define L64  "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
#define L63  "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
#define L256 L64 L64 L64 L64
#define D255 L63 "." L63 "." L63 "." L63

static void
test_parse(void **state)
{
	static const struct {
		const char *text;
		int result;
		const char *local;
		const char *domain;
		const char *external; /* NULL: as text */
	} rows[] = {
		{ "", 0, "", "", NULL },
		{ "postmaster", 0, "postmaster", "", NULL },
		{ "user@example.com", 0, "user", "example.com", NULL },
		{ "User@Example.COM", 0, "User", "example.com", "User@example.com" },
		{ "user@example.com.", 0, "user", "example.com", "user@example.com" },
		{ "user@example.com..", ERR_SYNTAX, "", "", NULL },
		{ "user@.", ERR_SYNTAX, "", "", NULL },
		{ "\"user\"@x.y", 0, "user", "x.y", "user@x.y" },
		{ "\"a b\"@x.y", 0, "a b", "x.y", NULL },
		{ "\"a\\\"b\\\\\"@x.y", 0, "a\"b\\", "x.y", NULL },
		{ "\"\\a\\b\"@x.y", 0, "ab", "x.y", "ab@x.y" },
		{ "\"a@b\"@x.y", 0, "a@b", "x.y", NULL },
		{ "\"lonely\"", 0, "lonely", "", "lonely" },
		{ "\"\"@x.y", ERR_SYNTAX, "", "", NULL },
		{ "\"\"", ERR_SYNTAX, "", "", NULL },
		{ "\"open@x.y", ERR_SYNTAX, "", "", NULL },
		{ "\"open\\", ERR_SYNTAX, "", "", NULL },
		{ "\"a\"b@x.y", ERR_SYNTAX, "", "", NULL },
		{ "\"a\tb\"@x.y", ERR_SYNTAX, "", "", NULL },
		{ "\"a\\\tb\"@x.y", ERR_SYNTAX, "", "", NULL },
		{ "\"a\x7f\"@x.y", ERR_SYNTAX, "", "", NULL },
		{ "a..b@x.y", 0, "a..b", "x.y", "\"a..b\"@x.y" },
		{ ".a@x.y", 0, ".a", "x.y", "\".a\"@x.y" },
		{ "a.@x.y", 0, "a.", "x.y", "\"a.\"@x.y" },
		{ "<.!>", ERR_SYNTAX, "", "", NULL },
		{ ".!", 0, ".!", "", "\".!\"" },
		{ "a b@x.y", ERR_SYNTAX, "", "", NULL },
		{ "a,b@x.y", ERR_SYNTAX, "", "", NULL },
		{ "a@", ERR_SYNTAX, "", "", NULL },
		{ "@x.y", ERR_SYNTAX, "", "", NULL },
		{ "a@b@c", ERR_SYNTAX, "", "", NULL },
		{ "a@x..y", ERR_SYNTAX, "", "", NULL },
		{ "a@.x", ERR_SYNTAX, "", "", NULL },
		{ "a@-x.y", ERR_SYNTAX, "", "", NULL },
		{ "a@x-.y", ERR_SYNTAX, "", "", NULL },
		{ "a@my_host.x-1.y", 0, "a", "my_host.x-1.y", NULL },
		{ "a@x y", ERR_SYNTAX, "", "", NULL },
		{ "a@x.y>", ERR_SYNTAX, "", "", NULL },
		{ "a@[192.0.2.1]", 0, "a", "[192.0.2.1]", NULL },
		{ "a@[ipv6:2001:DB8:0::1]", 0, "a", "[IPv6:2001:db8::1]", "a@[IPv6:2001:db8::1]" },
		{ "a@[192.0.2]", ERR_SYNTAX, "", "", NULL },
		{ "a@[192.0.2.1", ERR_SYNTAX, "", "", NULL },
		{ "a@[", ERR_SYNTAX, "", "", NULL },
		{ "a@[]", ERR_SYNTAX, "", "", NULL },
		{ "a@[2001:db8::1]", ERR_SYNTAX, "", "", NULL },
		{ "a@[IPv6:192.0.2.1]", ERR_SYNTAX, "", "", NULL },
		{ "a@[tag:content]", ERR_SYNTAX, "", "", NULL },
		{ "a@[1111:1111:1111:1111:1111:1111:1111:1111:1111:1111:1111:1111:1111]",
		    ERR_SYNTAX, "", "", NULL },
		{ "[ip]:service!@host", ERR_SYNTAX, "", "", NULL },
		{ "user%other@x.y", 0, "user%other", "x.y", NULL },
		{ "host!user@x.y", 0, "host!user", "x.y", NULL },
		{ "j\xc3\xbcrgen@b\xc3\xbc"
		  "cher.example",
		    0, "j\xc3\xbcrgen",
		    "b\xc3\xbc"
		    "cher.example",
		    NULL },
		{ "j\xfcrgen@x.y", ERR_SYNTAX, "", "", NULL },
		{ "a@b\xfc.y", ERR_SYNTAX, "", "", NULL },
		{ L256 "@x.y", 0, L256, "x.y", NULL },
		{ "a" L256 "@x.y", ERR_TOO_LONG, "", "", NULL },
		{ "\"a" L256 "\"@x.y", ERR_TOO_LONG, "", "", NULL },
		{ "a@" D255, 0, "a", D255, NULL },
		{ "a@" D255 ".", 0, "a", D255, "a@" D255 },
		{ "a@a" D255, ERR_TOO_LONG, "", "", NULL },
		{ "a@" L64 ".x", ERR_SYNTAX, "", "", NULL },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct arena arena = ARENA_INIT(8192);
		AUTO(buf) text = BUF_INIT(2 * ADDRESS_MAX);
		struct address a = { .local = STR(""), .domain = STR("") };
		int result = address_parse(str_of(rows[i].text), &arena, &a);

		if (result != rows[i].result)
			fail_msg("<%s>: %d", rows[i].text, result);
		assert_str_is(a.local, rows[i].local);
		assert_str_is(a.domain, rows[i].domain);
		if (result == 0) {
			assert_int_equal(address_add_external(&a, &text), 0);
			assert_str_is(buf_str(&text),
			    rows[i].external != NULL ? rows[i].external : rows[i].text);
			assert_int_equal(a.utf8, !str_is_ascii(str_of(rows[i].text)));
			assert_int_equal(address_is_null(&a), rows[i].text[0] == '\0');
		}
		arena_drop(&arena);
	}
}

/* What str_of() cannot hold. */
static void
test_parse_nul(void **state)
{
	struct arena arena = ARENA_INIT(4096);
	struct address a;

	(void)state;
	assert_int_equal(address_parse(STR("a\0b@x.y"), &arena, &a), ERR_SYNTAX);
	assert_int_equal(address_parse(STR("\"a\0b\"@x.y"), &arena, &a), ERR_SYNTAX);
	assert_int_equal(address_parse(STR("a@[192.0.2.1\0]"), &arena, &a), ERR_SYNTAX);
	assert_int_equal(address_parse(STR("a@x\0.y"), &arena, &a), ERR_SYNTAX);
	arena_drop(&arena);
}

static void
test_extension_nul(void **state)
{
	struct str base, extension;

	(void)state;
	assert_true(address_split_extension(STR("a\0b+c"), "+", &base, &extension));
	assert_int_equal(base.n, 3);
	assert_false(address_split_extension(STR("a\0b"), "+", &base, &extension));
}

static void
test_make(void **state)
{
	struct arena arena = ARENA_INIT(4096);
	struct address a;

	(void)state;
	assert_int_equal(address_make(STR("a b"), STR("X.y"), &arena, &a), 0);
	assert_str_is(a.local, "a b");
	assert_str_is(a.domain, "x.y");
	assert_int_equal(address_make(STR_NONE, STR_NONE, &arena, &a), 0);
	assert_true(address_is_null(&a));
	assert_int_equal(address_make(STR_NONE, STR("x.y"), &arena, &a), ERR_SYNTAX);
	assert_int_equal(address_make(STR("a\nb"), STR("x.y"), &arena, &a), ERR_SYNTAX);
	arena_drop(&arena);
}

static void
test_internal(void **state)
{
	static const struct {
		const char *text;
		const char *local;
		const char *domain;
	} rows[] = {
		{ "", "", "" },
		{ "postmaster", "postmaster", "" },
		{ "a@b", "a", "b" },
		{ "a@b@c", "a@b", "c" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		AUTO(buf) text = BUF_INIT(64);
		struct address a = address_from_internal(str_of(rows[i].text));

		assert_str_is(a.local, rows[i].local);
		assert_str_is(a.domain, rows[i].domain);
		assert_false(a.utf8);
		assert_int_equal(address_add_internal(&a, &text), 0);
		assert_str_is(buf_str(&text), rows[i].text);
	}
	assert_true(address_from_internal(STR("\xc3\xbc@b")).utf8);
}

/* Adding to a buffer of each size gives all or nothing. */
static void
test_bounds(void **state)
{
	static const struct address rows[] = {
		{ .local = STR_INIT("user"), .domain = STR_INIT("x.y") },
		{ .local = STR_INIT("a \"b"), .domain = STR_INIT("x.y") },
	};
	static const size_t internal[] = { 8, 8 }, external[] = { 8, 11 };

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		for (size_t max = 0; max <= external[i]; max++) {
			AUTO(buf) in = BUF_INIT(max);
			AUTO(buf) ex = BUF_INIT(max);

			assert_int_equal(address_add_internal(&rows[i], &in),
			    max < internal[i] ? ERR_TOO_LONG : 0);
			assert_int_equal(in.n, max < internal[i] ? 0 : internal[i]);
			assert_int_equal(address_add_external(&rows[i], &ex),
			    max < external[i] ? ERR_TOO_LONG : 0);
			assert_int_equal(ex.n, max < external[i] ? 0 : external[i]);
		}
	}
}

static void
test_domain(void **state)
{
	(void)state;
	assert_true(domain_is_valid(STR("a")));
	assert_false(domain_is_valid(STR("")));
	assert_false(domain_is_valid(STR("a.")));
	assert_false(domain_is_valid(STR("[192.0.2.1]")));
	assert_true(domain_is_literal(STR("[192.0.2.1]")));
	assert_true(domain_is_literal(STR("[IPv6:::1]")));
	assert_false(domain_is_literal(STR("192.0.2.1")));
	assert_false(domain_is_literal(STR("")));
}

static void
test_extension(void **state)
{
	static const struct {
		const char *local;
		const char *delimiters;
		const char *base; /* NULL: stays whole */
		const char *extension;
	} rows[] = {
		{ "user+ext", "+", "user", "ext" },
		{ "user+a+b", "+", "user", "a+b" },
		{ "user+", "+", "user", "" },
		{ "+ext", "+", NULL, NULL },
		{ "user", "+", NULL, NULL },
		{ "", "+", NULL, NULL },
		{ "user+ext", "", NULL, NULL },
		{ "user-ext", "+", NULL, NULL },
		{ "user-a+b", "+-", "user", "a+b" },
		{ "owner-list", "-", NULL, NULL },
		{ "Owner-list", "+-", NULL, NULL },
		{ "owner-list+x", "+", "owner-list", "x" },
		{ "list-request", "-", NULL, NULL },
		{ "list-requests", "-", "list", "requests" },
		{ "Postmaster", "o", NULL, NULL },
		{ "MAILER-DAEMON", "-", NULL, NULL },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct str base, extension;
		bool split = address_split_extension(
		    str_of(rows[i].local), rows[i].delimiters, &base, &extension);

		if (split != (rows[i].base != NULL))
			fail_msg("%s", rows[i].local);
		if (split) {
			assert_str_is(base, rows[i].base);
			assert_str_is(extension, rows[i].extension);
		}
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_parse),
		cmocka_unit_test(test_parse_nul),
		cmocka_unit_test(test_extension_nul),
		cmocka_unit_test(test_make),
		cmocka_unit_test(test_internal),
		cmocka_unit_test(test_bounds),
		cmocka_unit_test(test_domain),
		cmocka_unit_test(test_extension),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
