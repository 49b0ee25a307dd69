/* SPDX-License-Identifier: BSD-2-Clause */
#include "tests/unit/table/scratch.h"

#include <fcntl.h>

#include "lib/base/err.h"
#include "local/trace_headers.h"

static void
test_add(void **state)
{
	static const struct {
		const char *sender, *original, *recipient;
		const char *headers;
	} rows[] = {
		{ "a@b", "", "c@d",
		    "Return-Path: <a@b>\r\nX-Original-To: c@d\r\nDelivered-To: c@d\r\n" },
		{ "", "e@f", "c@d",
		    "Return-Path: <>\r\nX-Original-To: e@f\r\nDelivered-To: c@d\r\n" },
		{ "a b@c", "rfc822;x@y", "d\"@e",
		    "Return-Path: <\"a b\"@c>\r\nX-Original-To: x@y\r\nDelivered-To: "
		    "\"d\\\"\"@e\r\n" },
		{ "a", "UTF-8;x@y", "r",
		    "Return-Path: <a>\r\nX-Original-To: x@y\r\nDelivered-To: r\r\n" },
		{ "a", "x400;x@y", "r",
		    "Return-Path: <a>\r\nX-Original-To: \"x400;x\"@y\r\nDelivered-To: r\r\n" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		AUTO(buf) out = BUF_INIT(TRACE_HEADERS_MAX);

		assert_int_equal(trace_headers_add(&out, str_of(rows[i].sender),
		                     str_of(rows[i].original), str_of(rows[i].recipient)),
		    0);
		assert_string_equal(buf_text(&out), rows[i].headers);
	}
}

static void
test_add_is_whole_or_nothing(void **state)
{
	(void)state;
	for (size_t max = 4; max < 63; max++) {
		AUTO(buf) out = BUF_INIT(max);

		assert_int_equal(buf_add(&out, STR("old\n")), 0);
		assert_int_equal(
		    trace_headers_add(&out, STR("a@b"), STR("e@f"), STR("c@d")), ERR_TOO_LONG);
		assert_str_is(buf_str(&out), "old\n");
	}
}

static void
test_find_delivered(void **state)
{
	static const struct {
		const char *name;
		const char *content;
		const char *recipient;
		int found;
	} rows[] = {
		{ "none", "Subject: x\r\n\r\n", "a@b", 0 },
		{ "empty", "", "a@b", 0 },
		{ "there", "X: y\r\nDelivered-To: a@b\r\n\r\n", "a@b", 1 },
		{ "case", "delivered-to:A@B\r\n\r\n", "a@b", 1 },
		{ "bare LF", "Delivered-To: a@b\n\n", "a@b", 1 },
		{ "no line end", "Delivered-To: a@b", "a@b", 1 },
		{ "second of two", "Delivered-To: c@d\r\nDelivered-To: a@b\r\n", "a@b", 1 },
		{ "another", "Delivered-To: aa@b\r\nDelivered-To: a@bb\r\n", "a@b", 0 },
		{ "in the body", "X: y\r\n\r\nDelivered-To: a@b\r\n", "a@b", 0 },
		{ "another header", "X-Delivered-To: a@b\r\n\r\n", "a@b", 0 },
		{ "quoted", "Delivered-To: \"a b\"@c\r\n\r\n", "a b@c", 1 },
		{ "blanks", "Delivered-To:  a@b \t\r\n\r\n", "a@b", 1 },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct content c = { .bytes = str_of(rows[i].content),
			.fd = -1,
			.length = strlen(rows[i].content) };
		int fd;

		if (trace_headers_find_delivered(&c, str_of(rows[i].recipient)) != rows[i].found)
			fail_msg("%s", rows[i].name);
		scratch_write("file", "before");
		fd = open(scratch_path("file"), O_RDWR | O_APPEND);
		assert_int_equal(write(fd, rows[i].content, c.length), c.length);
		c = (struct content){ .fd = fd, .offset = 6, .length = c.length };
		if (trace_headers_find_delivered(&c, str_of(rows[i].recipient)) != rows[i].found)
			fail_msg("%s, in a file", rows[i].name);
		close(fd);
	}
}

static void
test_find_in_hostile_content(void **state)
{
	static char large[3 * 1024 * 1024];
	struct content c = { .bytes = { large, sizeof(large) }, .length = sizeof(large) };
	struct content cut = { .fd = open("/dev/null", O_RDONLY), .length = 10 };

	(void)state;
	memset(large, 'x', sizeof(large));
	assert_int_equal(trace_headers_find_delivered(&c, STR("a@b")), 0);
	memcpy(large, "Delivered-To: a@b", 17);
	assert_int_equal(trace_headers_find_delivered(&c, STR("a@b")), 0);
	memcpy(large + 17, "\r\n", 2);
	assert_int_equal(trace_headers_find_delivered(&c, STR("a@b")), 1);
	assert_int_equal(trace_headers_find_delivered(&cut, STR("a@b")), ERR_EOF);
	close(cut.fd);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_add),
		cmocka_unit_test(test_add_is_whole_or_nothing),
		cmocka_unit_test(test_find_delivered),
		cmocka_unit_test(test_find_in_hostile_content),
	};
	return cmocka_run_group_tests(tests, scratch_make, scratch_drop);
}
