/* SPDX-License-Identifier: BSD-2-Clause */
#include "tests/unit/test.h"

#include "lib/base/err.h"
#include "lib/mail/encoded_word.h"
#include "lib/mail/mailbox.h"

#define L64  "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
#define L256 L64 L64 L64 L64

/* "name|local@domain", one for each mailbox, separated by blanks; "!" is a syntax error, "#" too
 * long. */
static void
describe(const char *value, struct buf *out)
{
	struct arena arena = ARENA_INIT(65536);
	struct mailbox_iter it;
	struct mailbox box;
	int result;

	mailbox_iter_init(&it, str_of(value), &arena);
	while ((result = mailbox_next(&it, &box)) != 0) {
		if (out->n != 0)
			assert_int_equal(buf_add_byte(out, ' '), 0);
		if (result < 0)
			assert_int_equal(buf_add_byte(out, result == ERR_SYNTAX ? '!' : '#'), 0);
		else
			assert_int_equal(
			    buf_addf(out, "%.*s|%.*s@%.*s", STR_ARG(box.name),
			        STR_ARG(box.address.local), STR_ARG(box.address.domain)),
			    0);
	}
	arena_drop(&arena);
}

/* Where each address stands in the value. */
static void
test_written(void **state)
{
	static const struct {
		const char *value;
		const char *written; /* with '|' between */
	} rows[] = {
		{ "a@b.c", "a@b.c" },
		{ " root (the boss), x", "root|x" },
		{ "Jo < a@b.c > (x)", "a@b.c" },
		{ "Jo <@r.s,@t.u:a @ b.c>, <>", "@r.s,@t.u:a @ b.c|" },
		{ "g: \"a b\"@c, (c) d@[1.2.3.4];", "\"a b\"@c|d@[1.2.3.4]" },
		{ "bad bad@x, good", "good" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		AUTO(arena) arena = ARENA_INIT((size_t)65536);
		AUTO(buf) got = BUF_INIT((size_t)1000);
		struct mailbox_iter it;
		struct mailbox box;
		int result;

		mailbox_iter_init(&it, str_of(rows[i].value), &arena);
		while ((result = mailbox_next(&it, &box)) != 0) {
			if (result > 0)
				assert_int_equal(buf_addf(&got, "|%.*s", STR_ARG(it.written)), 0);
		}
		if (strcmp(buf_text(&got) + 1, rows[i].written) != 0)
			fail_msg("\"%s\": %s", rows[i].value, buf_text(&got));
	}
}

static void
test_lists(void **state)
{
	static const struct {
		const char *value;
		const char *want;
	} rows[] = {
		{ "", "" },
		{ " , ,\r\n ,", "" },
		{ "a@b.c", "|a@b.c" },
		{ "<a@b.c>", "|a@b.c" },
		{ "root", "|root@" },
		{ "<>", "|@" },
		{ "Jo <a@b.c>", "Jo|a@b.c" },
		{ "Jo Q. Public <a@b.c>", "Jo Q. Public|a@b.c" },
		{ "\"Jo \\\"Q\\\" P\" <a@b.c>", "Jo \"Q\" P|a@b.c" },
		{ "jo@x.y <a@b.c>", "jo@x.y|a@b.c" },
		{ "Jo(comment)Doe<a@b.c>", "Jo Doe|a@b.c" },
		{ "a@b.c (Jo (nested \\) one) Doe)", "|a@b.c" },
		{ "a@b.c, d@e.f", "|a@b.c |d@e.f" },
		{ "a@b.c,\r\n\td@e.f,", "|a@b.c |d@e.f" },
		{ "a@b.c; d@e.f", "|a@b.c |d@e.f" },
		{ "group: a@b.c, Jo <d@e.f>; g@h.i", "|a@b.c Jo|d@e.f |g@h.i" },
		{ "undisclosed-recipients:;", "" },
		{ "g1: a@b; g2: c@d;", "|a@b |c@d" },
		{ "g: a@b", "|a@b" },
		{ "g: h: a@b; c@d", "! |c@d" },
		{ "<@r1,@r2:a@b.c>", "|a@b.c" },
		{ "<@r1:a@b.c>", "|a@b.c" },
		{ "<,@r1:a@b.c>", "|a@b.c" },
		{ "<@r1 a@b.c>", "!" },
		{ "<@r1", "!" },
		{ "<@r1 \"", "!" },
		{ "a . b @ c . d", "|a.b@c.d" },
		{ "a(x).(y)b@c.d", "|a.b@c.d" },
		{ "\"a b\"@c.d", "|a b@c.d" },
		{ "\"a\r\n b\"@c.d", "|a b@c.d" },
		{ "\"a\\\\\".x@c.d", "|a\\.x@c.d" },
		{ "a..b@c.d", "|a..b@c.d" },
		{ "a@[192.0.2.1]", "|a@[192.0.2.1]" },
		{ "a@[bad]", "!" },
		{ "a@[192.0.2.1]x", "!" },
		{ "a@[192.0.2.1", "!" },
		{ "A@B.C.", "|A@b.c" },
		{ "jo doe", "!" },
		{ "jo doe, a@b", "! |a@b" },
		{ "a@b c@d", "!" },
		{ "a@b c", "!" },
		{ "a@", "!" },
		{ "@b", "!" },
		{ "a@b@c", "!" },
		{ "<a@b", "!" },
		{ "<a@b, c@d", "! |c@d" },
		{ "<a b>, c@d", "! |c@d" },
		{ "Jo <a@b> x, c@d", "! |c@d" },
		{ "a@b > , c@d", "! |c@d" },
		{ "\"open <a@b>, c@d", "!" },
		{ "(open <a@b>, c@d", "!" },
		{ "a@b (open, c@d", "!" },
		{ "a\x01"
		  "b@c",
		    "!" },
		{ "a\\b@c, d@e", "! |d@e" },
		{ "a]b@c", "!" },
		{ "a\x7f"
		  "b@c",
		    "!" },
		{ "a)b@c", "!" },
		{ "\"a\x01"
		  "b\"@c",
		    "!" },
		{ "J\xc3\xbcrgen <j\xc3\xbc@x.y>", "J\xc3\xbcrgen|j\xc3\xbc@x.y" },
		{ L256 "@x", "|" L256 "@x" },
		{ L256 "a@x, b@c", "# |b@c" },
		{ "a@" L256 "aa, b@c", "# |b@c" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		AUTO(buf) got = BUF_INIT(1000);

		describe(rows[i].value, &got);
		if (!str_equal(buf_str(&got), str_of(rows[i].want)))
			fail_msg("<%s>: got <%s>", rows[i].value, buf_text(&got));
	}
}

/* Ten thousand nested comments, and as many open groups, cost neither stack nor time. */
static void
test_depth(void **state)
{
	AUTO(buf) value = BUF_INIT(100000);
	AUTO(buf) got = BUF_INIT(100000);

	(void)state;
	for (int i = 0; i < 10000; i++)
		assert_int_equal(buf_add_byte(&value, '('), 0);
	for (int i = 0; i < 10000; i++)
		assert_int_equal(buf_add_byte(&value, ')'), 0);
	assert_int_equal(buf_add(&value, STR("a@b")), 0);
	describe(buf_text(&value), &got);
	assert_str_is(buf_str(&got), "|a@b");
}

static void
test_add(void **state)
{
	static const struct {
		const char *name;
		const char *local;
		const char *text;
	} rows[] = {
		{ "", "a", "a@b" },
		{ "  ", "a", "a@b" },
		{ "Jo Doe", "a", "Jo Doe <a@b>" },
		{ "Jo\x7f"
		  "Doe",
		    "a", "\"Jo?Doe\" <a@b>" },
		{ " Jo\tDoe ", "a", "\"Jo?Doe\" <a@b>" },
		{ "Jo Q. Doe", "a b", "\"Jo Q. Doe\" <\"a b\"@b>" },
		{ "Jo \"Q\\\" Doe", "a", "\"Jo \\\"Q\\\\\\\" Doe\" <a@b>" },
		{ "Jo\r\nBcc: x", "a", "\"Jo??Bcc: x\" <a@b>" },
		{ "Jo <x@y>", "a", "\"Jo <x@y>\" <a@b>" },
		{ "J\xc3\xbcrgen", "a", "=?utf-8?Q?J=C3=BCrgen?= <a@b>" },
		{ "J\xc3\xbc D_?=", "a", "=?utf-8?Q?J=C3=BC_D=5F=3F=3D?= <a@b>" },
		{ "J\xfc\xc3\n\xc3\xbc", "a", "=?utf-8?Q?J=3F=3F=3F=C3=BC?= <a@b>" },
		{ "\xf0\x9f\x93\xac\xe2\x82\xac", "a", "=?utf-8?Q?=F0=9F=93=AC=E2=82=AC?= <a@b>" },
		{ "\xc3\xbcxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx\xc3\xbc", "a",
		    "=?utf-8?Q?=C3=BCxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx?=\r\n"
		    " =?utf-8?Q?=C3=BC?= <a@b>" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct mailbox box = { .name = str_of(rows[i].name) };
		size_t length = strlen(rows[i].text);

		box.address.local = str_of(rows[i].local);
		box.address.domain = STR("b");
		for (size_t max = 0; max <= length; max++) {
			AUTO(buf) text = BUF_INIT(max);

			assert_int_equal(mailbox_add(&box, &text), max < length ? ERR_TOO_LONG : 0);
			assert_str_is(buf_str(&text), max < length ? "" : rows[i].text);
		}
	}
}

static void
test_long_name_is_cut(void **state)
{
	struct arena arena = ARENA_INIT(65536);
	AUTO(buf) value = BUF_INIT(4000);
	struct mailbox_iter it;
	struct mailbox box;

	(void)state;
	while (value.n < 3 * MAILBOX_NAME_MAX)
		assert_int_equal(buf_add(&value, STR("word ")), 0);
	assert_int_equal(buf_add(&value, STR("<a@b>")), 0);
	mailbox_iter_init(&it, buf_str(&value), &arena);
	assert_int_equal(mailbox_next(&it, &box), 1);
	assert_int_equal(box.name.n, MAILBOX_NAME_MAX);
	assert_str_is(box.address.domain, "b");
	arena_drop(&arena);
}

/* No encoded-word is longer than 75, and none splits a character, whatever the text's length. */
static void
test_encoded_word_length(void **state)
{
	AUTO(buf) name = BUF_INIT(400);
	struct str rest, word;

	(void)state;
	while (name.n < 300) {
		AUTO(buf) text = BUF_INIT(4000);

		assert_int_equal(buf_add(&name, name.n % 3 != 0 ? STR("\xc3\xbc") : STR("x")), 0);
		assert_int_equal(encoded_word_add(buf_str(&name), &text), 0);
		rest = buf_str(&text);
		while (str_word(&rest, "\r\n ", &word)) {
			assert_true(word.n <= 75);
			assert_true(str_starts(word, STR("=?utf-8?Q?")));
			assert_true(str_ends(word, STR("?=")));
			assert_false(str_starts(str_from(word, 10), STR("=BC")));
		}
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_written),
		cmocka_unit_test(test_lists),
		cmocka_unit_test(test_depth),
		cmocka_unit_test(test_add),
		cmocka_unit_test(test_long_name_is_cut),
		cmocka_unit_test(test_encoded_word_length),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
