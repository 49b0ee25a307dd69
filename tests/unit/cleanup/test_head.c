/* SPDX-License-Identifier: BSD-2-Clause */
/* Where a header ends, what is refused, what is added, and that nothing else changes. */
#include "tests/unit/test.h"

#include "cleanup/head.h"
#include "lib/base/ticks.h"

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

struct row {
	const char *name;
	const char *in;
	const char *out; /* NULL: not looked at */
	const char *message_id;
	enum verdict verdict;
};

static const struct queue_id id = { .text = "06DNNQXE1B5X0001" };

static void
run_row(const struct row *r, const struct head_rules *rules)
{
	AUTO(buf) b = BUF_INIT((size_t)10000);
	AUTO(buf) want = BUF_INIT((size_t)10000);
	AUTO(buf) message_id = BUF_INIT((size_t)1000);
	enum verdict v;

	assert_int_equal(buf_addf(&b, "%s%s", OURS, r->in), 0);
	v = head_finish(&b, strlen(OURS), rules, &message_id);
	if (v != r->verdict)
		fail_msg("%s: verdict %d", r->name, (int)v);
	if (r->out == NULL)
		return;
	assert_int_equal(buf_addf(&want, "%s%s", OURS, r->out), 0);
	if (!str_equal(buf_str(&b), buf_str(&want)))
		fail_msg("%s: got \"%s\"", r->name, buf_text(&b));
	assert_string_equal(buf_text(&message_id), r->message_id);
}

static void
test_other_hosts_mail(void **state)
{
	static const struct row rows[] = {
		{ "nothing", "", "", "", VERDICT_NONE },
		{ "header only", "Subject: x\r\n", "Subject: x\r\n", "", VERDICT_NONE },
		{ "whole", "Subject: x\r\n\r\nbody\r\n", "Subject: x\r\n\r\nbody\r\n", "",
		    VERDICT_NONE },
		{ "id", "Message-ID:\r\n <a@b>\r\n\r\n", "Message-ID:\r\n <a@b>\r\n\r\n", "<a@b>",
		    VERDICT_NONE },
		{ "two ids", "Message-Id: <a>\r\nMESSAGE-ID: <b>\r\n\r\n",
		    "Message-Id: <a>\r\nMESSAGE-ID: <b>\r\n\r\n", "<a>", VERDICT_NONE },
		{ "body at once", "hello\r\n", "\r\nhello\r\n", "", VERDICT_NONE },
		{ "no empty line", "Subject: x\r\nhello\r\n", "Subject: x\r\n\r\nhello\r\n", "",
		    VERDICT_NONE },
		{ "empty line first", "\r\nhello\r\n", "\r\nhello\r\n", "", VERDICT_NONE },
		{ "Bcc stays", "Bcc: a@b\r\n\r\n", "Bcc: a@b\r\n\r\n", "", VERDICT_NONE },
		{ "two hops", "Received: a\r\nReceived: b\r\n\r\n",
		    "Received: a\r\nReceived: b\r\n\r\n", "", VERDICT_NONE },
		{ "three hops", "Received: a\r\nreceived: b\r\nRECEIVED: c\r\n\r\n", NULL, NULL,
		    VERDICT_TOO_MANY_HOPS },
		{ "hops in the body",
		    "Subject: x\r\n\r\nReceived: a\r\nReceived: b\r\nReceived: c\r\n",
		    "Subject: x\r\n\r\nReceived: a\r\nReceived: b\r\nReceived: c\r\n", "",
		    VERDICT_NONE },
		{ "40 bytes", "X: 345678901234567890123456789012345678\r\n\r\n",
		    "X: 345678901234567890123456789012345678\r\n\r\n", "", VERDICT_NONE },
		{ "41 bytes", "X: 3456789012345678901234567890123456789\r\n\r\n", NULL, NULL,
		    VERDICT_HEADER_TOO_LARGE },
		{ "41 bytes folded", "X: 3456789012345678901234567890\r\n 4567890\r\n\r\n", NULL,
		    NULL, VERDICT_HEADER_TOO_LARGE },
	};
	const struct head_rules rules = { .field_max = 41, .hops_max = 3 };

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		run_row(&rows[i], &rules);
}

static void
test_own_mail_is_completed(void **state)
{
#define FROM "From: jo@example.org\r\n"

#define ID "Message-ID: <06DNNQXE1B5X0001@host.example>\r\n"
	static const struct row rows[] = {
		{ "all there", "From: a@b\r\nDate: x\r\nMessage-ID: <y>\r\n\r\nbody",
		    "From: a@b\r\nDate: x\r\nMessage-ID: <y>\r\n\r\nbody", "<y>", VERDICT_NONE },
		{ "body without header", "hello\r\n", NULL, NULL, VERDICT_NONE },
		{ "Bcc goes",
		    "From: a\r\nBCC: c,\r\n d\r\nDate: x\r\nbcc: e\r\nMessage-ID: <y>\r\n\r\nBcc: "
		    "f",
		    "From: a\r\nDate: x\r\nMessage-ID: <y>\r\n\r\nBcc: f", "<y>", VERDICT_NONE },
		{ "id missing", "From: a\r\nDate: x\r\n\r\nbody",
		    "From: a\r\nDate: x\r\n" ID "\r\nbody", "<06DNNQXE1B5X0001@host.example>",
		    VERDICT_NONE },
		{ "last line without end", "From: a\r\nDate: x", "From: a\r\nDate: x\r\n" ID,
		    "<06DNNQXE1B5X0001@host.example>", VERDICT_NONE },
		{ "no empty line", "From: a\r\nDate: x\r\nhello\r\n",
		    "From: a\r\nDate: x\r\n" ID "\r\nhello\r\n", "<06DNNQXE1B5X0001@host.example>",
		    VERDICT_NONE },
	};
	static const struct str names[] = { STR_INIT("bcc"), STR_INIT("return-path") };
	static const struct config_list drop = { names, 2 };
	const struct address sender = { .local = STR("jo"), .domain = STR("example.org") };
	const struct compose_source source = {
		.id = &id,
		.host = STR("host.example"),
		.sender = &sender,
		.wall = (int64_t)1795392000 * TICKS_SECOND,
	};
	const struct head_rules rules = {
		.field_max = 1000, .hops_max = 3, .complete = &source, .drop = &drop
	};
	AUTO(buf) b = BUF_INIT((size_t)1000);
	AUTO(buf) message_id = BUF_INIT((size_t)1000);

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		run_row(&rows[i], &rules);

	/* All three, then the empty line that was missing, then what came. */
	assert_int_equal(buf_addf(&b, "%shello\r\n", OURS), 0);
	assert_int_equal(head_finish(&b, strlen(OURS), &rules, &message_id), VERDICT_NONE);
	assert_true(str_starts(buf_str(&b), STR(OURS)));
	assert_true(str_ends(buf_str(&b), STR("\r\n\r\nhello\r\n")));
	assert_true(str_find(buf_str(&b), STR(FROM)) < b.n);
	assert_true(str_find(buf_str(&b), STR("\r\nDate: ")) < b.n);
	assert_true(str_find(buf_str(&b), STR(ID)) < b.n);
}

/* Content that fills its bound: refused, not cut. */
static void
test_no_room_to_add(void **state)
{
	static const char text[] = "hello, this is a body\r\n";
	AUTO(buf) b = BUF_INIT(sizeof(text) - 1);
	AUTO(buf) message_id = BUF_INIT((size_t)1000);
	const struct head_rules rules = { .field_max = 1000, .hops_max = 3 };

	(void)state;
	assert_int_equal(buf_add(&b, str_of(text)), 0);
	assert_int_equal(head_finish(&b, 0, &rules, &message_id), VERDICT_HEADER_TOO_LARGE);
	assert_str_is(buf_str(&b), text);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_is_whole),
		cmocka_unit_test(test_from_lines),
		cmocka_unit_test(test_other_hosts_mail),
		cmocka_unit_test(test_own_mail_is_completed),
		cmocka_unit_test(test_no_room_to_add),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
