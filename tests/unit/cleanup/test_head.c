/* SPDX-License-Identifier: BSD-2-Clause */
/* Where a header ends, and what is put in front of it. */
#include "tests/unit/test.h"

#include "cleanup/head.h"
#include "lib/base/err.h"

#define OURS "Received: by us\r\n"

static void
test_is_whole(void **state)
{
	static const struct {
		const char *text;
		bool whole;
	} rows[] = {
		{ "", false },
		{ "Subject: x", false },
		{ "Subject: x\r\n", false },
		{ "Subject: x\r\n\r", false },
		{ "Subject: x\r\n\r\n", true },
		{ "Subject: x\r\n folded\r\n\r\nbody", true },
		{ "\r\n", true },
		{ "no header", false },
		{ "no header\r\n", true },
		{ "Subject: x\r\nno header\r\n", true },
		{ "Subject: x\r\nno hea", false },
		{ " folded at the start\r\n", true },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		if (head_is_whole(str_of(rows[i].text)) != rows[i].whole)
			fail_msg("\"%s\"", rows[i].text);
	}
}

static void
test_from_lines(void **state)
{
	static const struct {
		const char *in;
		const char *out;
	} rows[] = {
		{ "", "" },
		{ "F", "F" },
		{ "From", "From" },
		{ "From ", "From " },
		{ "From: a\r\n", "From: a\r\n" },
		{ "From a b\r\n", "X-Mailbox-Line: From a b\r\n" },
		{ "From a b", "From a b" },
		{ ">>From a\r\nTo: b\r\n", "X-Mailbox-Line: >>From a\r\nTo: b\r\n" },
		{ "From a\r\n>From b\r\nTo: c\r\nFrom d\r\n",
		    "X-Mailbox-Line: From a\r\nX-Mailbox-Line: >From b\r\nTo: c\r\nFrom d\r\n" },
		{ "\r\nFrom a\r\n", "\r\nFrom a\r\n" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		AUTO(buf) b = BUF_INIT((size_t)1000);
		AUTO(buf) want = BUF_INIT((size_t)1000);

		assert_int_equal(buf_addf(&b, "%s%s", OURS, rows[i].in), 0);
		assert_int_equal(buf_addf(&want, "%s%s", OURS, rows[i].out), 0);
		assert_int_equal(head_mask_from(&b, strlen(OURS)), 0);
		assert_str_is(buf_str(&b), buf_text(&want));
		assert_int_equal(head_mask_from(&b, strlen(OURS)), 0);
		assert_str_is(buf_str(&b), buf_text(&want));
	}
}

static void
test_first_line_continues_nothing(void **state)
{
	static const struct {
		const char *in;
		const char *out;
	} rows[] = {
		{ "", "" },
		{ "A: b\r\n", "A: b\r\n" },
		{ " x\r\n", "\r\n x\r\n" },
		{ "\tx", "\r\n\tx" },
		{ "\r\n x", "\r\n x" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		AUTO(buf) b = BUF_INIT((size_t)1000);

		assert_int_equal(buf_addf(&b, "%s%s", OURS, rows[i].in), 0);
		assert_int_equal(head_part_from_ours(&b, strlen(OURS)), 0);
		assert_str_is(str_from(buf_str(&b), strlen(OURS)), rows[i].out);
	}
}

/* Content that fills its bound: refused, not cut. */
static void
test_no_room(void **state)
{
	AUTO(buf) b = BUF_INIT((size_t)10);

	(void)state;
	assert_int_equal(buf_add(&b, STR("From a\r\nxy")), 0);
	assert_int_equal(head_mask_from(&b, 0), ERR_TOO_LONG);
	b.p[0] = ' ';
	assert_int_equal(head_part_from_ours(&b, 0), ERR_TOO_LONG);
	assert_str_is(buf_str(&b), " rom a\r\nxy");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_is_whole),
		cmocka_unit_test(test_from_lines),
		cmocka_unit_test(test_first_line_continues_nothing),
		cmocka_unit_test(test_no_room),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
