/* SPDX-License-Identifier: BSD-2-Clause */
#include "tests/unit/test.h"

#include "lib/base/err.h"
#include "lib/esmtp/reply.h"

static void
check_wire(const struct reply *r, const char *want)
{
	AUTO(buf) wire = BUF_INIT(4096);

	assert_int_equal(reply_render(r, &wire), 0);
	assert_str_is(buf_str(&wire), want);
}

/* Each row of the table: an enhanced code of the right class or none, and words that fit a line. */
static void
test_table(void **state)
{
	static const struct {
		enum reply_id id;
		const char *dsn;
		const char *text;
	} rows[] = {
#define REPLY(name, code, dsn, text) { REPLY_##name, dsn, text },
#include "lib/esmtp/reply.def"
#undef REPLY
	};
	struct str values[4] = { STR("v"), STR("v"), STR("v"), STR("v") };

	(void)state;
	assert_int_equal(ARRAY_LEN(rows), REPLY_COUNT - 1);
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		AUTO(buf) wire = BUF_INIT(REPLY_LINE_MAX);
		struct str text = str_of(rows[i].text);
		struct reply r;
		size_t count = 0;

		for (; str_find(text, STR("{}")) < text.n; count++)
			text = str_from(text, str_find(text, STR("{}")) + 2);
		reply_fill_from(&r, rows[i].id, values, count);
		assert_true(r.code >= 200 && r.code <= 599);
		if (rows[i].dsn[0] != '\0' && !dsn_fits(&r.dsn, r.code))
			fail_msg("%s: %d %s", rows[i].text, r.code, r.dsn.text);
		assert_int_equal(reply_render(&r, &wire), 0);
		assert_int_equal(str_find(buf_str(&wire), STR("{}")), wire.n);
	}
}

static void
test_fill(void **state)
{
	struct reply r;

	(void)state;
	reply_set(&r, REPLY_OK);
	check_wire(&r, "250 2.0.0 Ok\r\n");
	assert_false(reply_is_error(&r));
	assert_false(reply_ends_session(&r));
	reply_fill(&r, REPLY_ADDRESS_UNCHECKED, STR("a@b"));
	check_wire(&r, "451 4.3.0 <a@b>: Temporary lookup failure\r\n");
	assert_true(reply_is_error(&r));
	reply_fill(&r, REPLY_ACCESS_DENIED, STR("x\r\n250 forged"), STR("\x7f\x01"));
	check_wire(&r, "503 5.7.0 Error: access denied for x??250 forged[??]\r\n");
	reply_set_about(&r, REPLY_UNKNOWN_PARAMETER, STR("X"));
	check_wire(&r, "555 5.5.4 Unsupported option: X\r\n");
	reply_set_about(&r, REPLY_BAD_SENDER, STR("X"));
	check_wire(&r, "501 5.1.7 Bad sender address syntax\r\n");
	reply_fill(&r, REPLY_SHUTTING_DOWN, STR("mx.x"));
	assert_true(reply_ends_session(&r));
	reply_make(&r, 521, STR_NONE, STR("gone"));
	assert_true(reply_ends_session(&r));
}

static void
test_make(void **state)
{
	static const struct {
		int code;
		const char *dsn;
		const char *text;
		const char *wire;
	} rows[] = {
		{ 250, "2.0.0", "Ok: queued as X", "250 2.0.0 Ok: queued as X\r\n" },
		{ 550, "5.7.1", "one\ntwo", "550-5.7.1 one\r\n550 5.7.1 two\r\n" },
		{ 550, "5.7.1", "one\r\ntwo\r\n", "550-5.7.1 one\r\n550 5.7.1 two\r\n" },
		{ 550, "4.7.1", "class", "550 5.0.0 class\r\n" },
		{ 550, "bad", "none", "550 5.0.0 none\r\n" },
		{ 550, "", "", "550 5.0.0\r\n" },
		{ 354, "", "", "354 \r\n" },
		{ 450, "4.2.0", "a\rb\tc", "450 4.2.0 a?b?c\r\n" },
		{ 0, "", "zero", "451 4.0.0 zero\r\n" },
		{ 199, "", "low", "451 4.0.0 low\r\n" },
		{ 600, "", "high", "451 4.0.0 high\r\n" },
		{ -550, "", "negative", "451 4.0.0 negative\r\n" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct reply r;

		reply_make(&r, rows[i].code, str_of(rows[i].dsn), str_of(rows[i].text));
		check_wire(&r, rows[i].wire);
	}
}

static void
test_lines(void **state)
{
	AUTO(buf) words = BUF_INIT(100);
	struct reply r;

	(void)state;
	reply_fill(&r, REPLY_HELO_OK, STR("mx.x"));
	reply_add_line(&r, STR("PIPELINING"));
	reply_add_line(&r, STR("SIZE 0"));
	check_wire(&r, "250-mx.x\r\n250-PIPELINING\r\n250 SIZE 0\r\n");
	assert_int_equal(reply_words(&r, &words), 0);
	assert_str_is(buf_str(&words), "250 mx.x PIPELINING SIZE 0");
	reply_fill(&r, REPLY_ADDRESS_UNCHECKED, STR("a@b"));
	buf_clear(&words);
	assert_int_equal(reply_words(&r, &words), 0);
	assert_str_is(buf_str(&words), "451 4.3.0 <a@b>: Temporary lookup failure");
}

/* Too much text is cut; too long a line is broken, at a blank if it has one; no line passes 512. */
static void
test_bounds(void **state)
{
	AUTO(buf) text = BUF_INIT(4000);
	struct str rest, line;
	struct reply r;

	(void)state;
	while (text.n < 1500)
		assert_int_equal(buf_add_byte(&text, text.n % 300 == 299 ? ' ' : 'x'), 0);
	for (size_t skip = 0; skip < 2; skip++) {
		AUTO(buf) wire = BUF_INIT(4000);

		reply_make(&r, 550, STR("5.7.1"), buf_str(&text));
		if (skip == 1) { /* no blank at all */
			for (size_t i = 0; i < REPLY_TEXT_MAX; i++)
				r.text[i] = 'y';
		}
		assert_int_equal(strlen(r.text), REPLY_TEXT_MAX);
		reply_add_line(&r, STR("no room"));
		assert_int_equal(strlen(r.text), REPLY_TEXT_MAX);
		assert_int_equal(reply_render(&r, &wire), 0);
		rest = buf_str(&wire);
		assert_true(str_split(&rest, '\n', &line));
		assert_int_equal(line.n + 1, skip == 0 ? 4 + 6 + 299 + 2 : 4 + 6 + 496 + 2);
		while (rest.n != 0) {
			assert_true(line.n < REPLY_LINE_MAX);
			assert_true(str_starts(line, STR("550-5.7.1 ")));
			assert_true(str_split(&rest, '\n', &line));
		}
		assert_true(str_starts(line, STR("550 5.7.1 ")));
	}
}

/* A blank at the very start is no place to break at. */
static void
test_break_at_first_blank(void **state)
{
	AUTO(buf) wire = BUF_INIT(4000);
	struct str rest, line;
	struct reply r;

	(void)state;
	reply_make(&r, 550, STR("5.7.1"), STR("x"));
	memset(r.text, 'y', REPLY_TEXT_MAX);
	r.text[0] = ' ';
	assert_int_equal(reply_render(&r, &wire), 0);
	rest = buf_str(&wire);
	assert_true(str_split(&rest, '\n', &line));
	assert_int_equal(line.n + 1, 4 + 6 + 496 + 2);
}

static void
test_no_room(void **state)
{
	struct reply r;

	(void)state;
	reply_make(&r, 550, STR("5.7.1"), STR("one\ntwo"));
	for (size_t max = 0; max < 30; max++) {
		AUTO(buf) wire = BUF_INIT(max);

		assert_int_equal(reply_render(&r, &wire), ERR_TOO_LONG);
		assert_int_equal(wire.n, 0);
	}
	for (size_t max = 0; max < 17; max++) {
		AUTO(buf) words = BUF_INIT(max);

		assert_int_equal(reply_words(&r, &words), ERR_TOO_LONG);
		assert_int_equal(words.n, 0);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_table),
		cmocka_unit_test(test_fill),
		cmocka_unit_test(test_make),
		cmocka_unit_test(test_lines),
		cmocka_unit_test(test_bounds),
		cmocka_unit_test(test_break_at_first_blank),
		cmocka_unit_test(test_no_room),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
