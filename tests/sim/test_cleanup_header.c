/* SPDX-License-Identifier: BSD-2-Clause */
/* What becomes of a header, by who sent it and by configuration. */
#include "tests/sim/cleanup_scene.h"

#define MADE "#" /* what stands in the place of an id or date that was made */

struct row {
	const char *name;
	const char *config;
	uint32_t flags;
	const char *in;
	const char *out;       /* behind our Received; NULL: refused */
	const char *refused;   /* "code dsn text" */
	uint32_t stored_flags; /* beyond those that were sent */
};

/* Makes what differs from run to run equal. */
static void
mask_made(struct str text, struct buf *out)
{
	struct header_field f;
	struct header_iter it;

	header_iter_init(&it, text);
	while (header_next(&it, &f) > 0) {
		bool is_made = str_find(f.value, STR("@mx.example>")) < f.value.n ||
		               str_find(f.value, STR("2026")) < f.value.n;

		if (is_made)
			assert_int_equal(buf_addf(out, "%.*s: " MADE "\r\n", STR_ARG(f.name)), 0);
		else
			assert_int_equal(buf_add(out, f.whole), 0);
	}
	if (it.has_blank_line)
		assert_int_equal(buf_add(out, STR("\r\n")), 0);
	assert_int_equal(buf_add(out, it.rest), 0);
}

PARKS static void
run_row(void *arg)
{
	AUTO(buf) content = BUF_INIT((size_t)1000000);
	AUTO(arena) arena = ARENA_INIT((size_t)1000000);
	AUTO(buf) got = BUF_INIT((size_t)1000000);
	const struct row *r = arg;
	struct stored stored;
	struct scene s;
	struct answer a;

	scene_begin(&s, r->config);
	a = scene_submit(&s, r->flags, str_of(r->in), 1000);
	if (r->out == NULL) {
		assert_int_equal(buf_addf(&got, "%u %s %s", a.code, a.dsn, a.text), 0);
		if (strcmp(buf_text(&got), r->refused) != 0)
			fail_msg("%s: %s", r->name, buf_text(&got));
	} else {
		if (a.code != 250)
			fail_msg("%s: %u %s", r->name, a.code, a.text);
		scene_settle(&s);
		scene_take_stored(&a.id, &content, &stored, &arena);
		mask_made(scene_behind_received(&content), &got);
		if (strcmp(buf_text(&got), r->out) != 0)
			fail_msg("%s: %s", r->name, buf_text(&got));
		if (stored.envelope.flags != (r->flags | r->stored_flags))
			fail_msg("%s: flags %u", r->name, stored.envelope.flags);
		scene_empty_journal();
	}
	scene_end(&s);
}

static void
run_rows(const struct row *rows, size_t count)
{
	for (size_t i = 0; i < count; i++)
		in_spool(run_row, (void *)(uintptr_t)&rows[i]);
}

#define DATE_ID "Date: x\r\nMessage-ID: <y>\r\n"
#define WHOLE   "From: a@b.c\r\nTo: d@e.f\r\n" DATE_ID

static void
test_rewriting(void **state)
{
	static const struct row rows[] = {
		{ "a stranger's", "append_dot_mydomain = yes\n", 0, "From: root\r\nTo: a@b\r\n\r\n",
		    "From: root\r\nTo: a@b\r\n\r\n", NULL, 0 },
		{ "complete", "", SUBMIT_LOCAL, WHOLE "\r\nx", WHOLE "\r\nx", NULL, 0 },
		{ "qualified", "append_dot_mydomain = yes\n", SUBMIT_LOCAL,
		    DATE_ID
		    "From: root\r\nTo: \"The Boss\" <boss> , a@b,\r\n\tsite!user,x%y.z\r\n\r\n",
		    DATE_ID "From: root@origin.example\r\nTo: \"The Boss\" <boss@origin.example> , "
		            "a@b.example,\r\n\tuser@site.example,x@y.z\r\n\r\n",
		    NULL, 0 },
		{ "routes, groups, comments", "", SUBMIT_TRUSTED,
		    DATE_ID "From: <@a.b,@c.d:e@f.g>\r\nTo: g: root (me), x@y.z; , bad bad\r\n\r\n",
		    DATE_ID "From: <e@f.g>\r\nTo: g: root@origin.example (me), x@y.z; , bad bad\r\n"
		            "\r\n",
		    NULL, 0 },
		{ "quoted", "", SUBMIT_LOCAL, DATE_ID "From: \"a b\"\r\n\r\n",
		    DATE_ID "From: \"a b\"@origin.example\r\n\r\n", NULL, 0 },
		{ "null", "", SUBMIT_LOCAL, DATE_ID "From: <>\r\n\r\n", DATE_ID "From: <>\r\n\r\n",
		    NULL, 0 },
		{ "every field with addresses", "", SUBMIT_LOCAL,
		    WHOLE
		    "Cc: a\r\nReply-To: a\r\nSender: a\r\nErrors-To: a\r\nReturn-Receipt-To: a\r\n"
		    "Subject: a\r\nX-To: a\r\n\r\n",
		    WHOLE "Cc: a@origin.example\r\nReply-To: a@origin.example\r\n"
		          "Sender: a@origin.example\r\nErrors-To: a@origin.example\r\n"
		          "Return-Receipt-To: a@origin.example\r\nSubject: a\r\nX-To: a\r\n\r\n",
		    NULL, 0 },
		{ "resent", "", SUBMIT_LOCAL,
		    WHOLE "Resent-From: a\r\nResent-To: b\r\nResent-Date: x\r\n"
		          "Resent-Message-ID: <z>\r\n\r\n",
		    WHOLE "Resent-From: a@origin.example\r\nResent-To: b@origin.example\r\n"
		          "Resent-Date: x\r\nResent-Message-ID: <z>\r\n\r\n",
		    NULL, 0 },
		{ "remote domain", "remote_header_rewrite_domain = domain.invalid\n", 0,
		    WHOLE "Cc: a\r\n\r\n", WHOLE "Cc: a@domain.invalid\r\n\r\n", NULL, 0 },
		{ "limit", "header_address_token_limit = 2\n", SUBMIT_LOCAL,
		    WHOLE "Cc: a, b, c\r\n\r\n",
		    WHOLE "Cc: a@origin.example, b@origin.example, c\r\n\r\n", NULL, 0 },
	};

	(void)state;
	run_rows(rows, ARRAY_LEN(rows));
}

static void
test_completion(void **state)
{
#define ADDED "Message-ID: #\r\nDate: #\r\nFrom: sender@example.org\r\n"
	static const struct row rows[] = {
		{ "a stranger's", "", 0, "Subject: x\r\n\r\n", "Subject: x\r\n\r\n", NULL, 0 },
		{ "local", "", SUBMIT_LOCAL, "Subject: x\r\n\r\nbody\r\n",
		    "Subject: x\r\n" ADDED "\r\nbody\r\n", NULL, 0 },
		{ "no header", "", SUBMIT_LOCAL, "hello\r\n", ADDED "\r\nhello\r\n", NULL, 0 },
		{ "nothing", "", SUBMIT_LOCAL, "", ADDED, NULL, 0 },
		{ "last line without end", "", SUBMIT_LOCAL, "Subject: x", "Subject: x\r\n" ADDED,
		    NULL, 0 },
		{ "resent", "", SUBMIT_LOCAL, WHOLE "Resent-To: a@b.c\r\n\r\n",
		    WHOLE "Resent-To: a@b.c\r\nResent-Message-ID: #\r\nResent-Date: #\r\n"
		          "Resent-From: sender@example.org\r\n\r\n",
		    NULL, 0 },
		{ "always", "always_add_missing_headers = yes\n", 0, "\r\n", ADDED "\r\n", NULL,
		    0 },
		{ "undisclosed", "undisclosed_recipients_header = To: undisclosed-recipients:;\n",
		    SUBMIT_LOCAL, DATE_ID "From: a@b.c\r\n\r\n",
		    DATE_ID "From: a@b.c\r\nTo: undisclosed-recipients:;\r\n\r\n", NULL, 0 },
		{ "disclosed", "undisclosed_recipients_header = To: undisclosed-recipients:;\n",
		    SUBMIT_LOCAL, DATE_ID "From: a@b.c\r\nCc: a@b.c\r\n\r\n",
		    DATE_ID "From: a@b.c\r\nCc: a@b.c\r\n\r\n", NULL, 0 },
		{ "dropped", "", 0,
		    "Bcc: a,\r\n b\r\nSubject: x\r\nReturn-Path: <a>\r\nCONTENT-LENGTH: 5\r\n"
		    "Resent-Bcc: c\r\n\r\nBcc: stays\r\n",
		    "Subject: x\r\n\r\nBcc: stays\r\n", NULL, 0 },
		{ "nothing is dropped", "message_drop_headers =\n", 0, "Bcc: a\r\n\r\n",
		    "Bcc: a\r\n\r\n", NULL, 0 },
	};

	(void)state;
	run_rows(rows, ARRAY_LEN(rows));
}

/* Malformed input: the rules of the README. */
static void
test_malformed(void **state)
{
	static const struct row rows[] = {
		{ "body at once", "", 0, "hello\r\nyou\r\n", "\r\nhello\r\nyou\r\n", NULL, 0 },
		{ "no empty line", "", 0, "A: b\r\nhello\r\n", "A: b\r\n\r\nhello\r\n", NULL, 0 },
		{ "no empty line, marked", "non_empty_end_of_header_action = add_header\n", 0,
		    "A: b\r\nhello\r\n",
		    "A: b\r\nMIME-Error: message header was ended by a line that is not empty\r\n"
		    "\r\nhello\r\n",
		    NULL, 0 },
		{ "no empty line, refused", "non_empty_end_of_header_action = reject\n", 0,
		    "A: b\r\nhello\r\n", NULL, "550 5.6.0 non-empty end of message header", 0 },
		{ "an empty line is not odd", "non_empty_end_of_header_action = reject\n", 0,
		    "A: b\r\n\r\nhello\r\n", "A: b\r\n\r\nhello\r\n", NULL, 0 },
		{ "blank before the first field", "", 0, " A: b\r\nC: d\r\n\r\n",
		    "\r\n A: b\r\nC: d\r\n\r\n", NULL, 0 },
		{ "blank name", "", 0, "A: b\r\n: c\r\nD: e\r\n\r\n",
		    "A: b\r\n\r\n: c\r\nD: e\r\n\r\n", NULL, 0 },
		{ "8-bit name", "", 0, "A: b\r\nCaf\xe9: c\r\n\r\n",
		    "A: b\r\n\r\nCaf\xe9: c\r\n\r\n", NULL, 0 },
		{ "8-bit value", "", 0, "A: caf\xe9\r\n\r\n", "A: caf\xe9\r\n\r\n", NULL, 0 },
		{ "blanks before the colon", "message_drop_headers = a\n", 0,
		    "A \t: b\r\nC: d\r\n\r\n", "C: d\r\n\r\n", NULL, 0 },
		{ "field too long", "header_size_limit = 280\n", 0,
		    "A: 1234567890123456789012345678901234567890123456789012345678901234567890\r\n"
		    " 1234567890123456789012345678901234567890123456789012345678901234567890\r\n"
		    " 1234567890123456789012345678901234567890123456789012345678901234567890\r\n"
		    " 1234567890123456789012345678901234567890123456789012345678901234567890\r\n"
		    "\r\n",
		    NULL, "552 5.3.4 Message header size exceeds fixed limit", 0 },
		{ "hops", "", 0,
		    "Received: a\r\nReceived : b\r\nreceived: c\r\nX-Received: d\r\n\r\n",
		    "Received: a\r\nReceived : b\r\nreceived: c\r\nX-Received: d\r\n\r\n", NULL,
		    0 },
		{ "too many hops", "", 0,
		    "Received: a\r\nReceived : b\r\nreceived: c\r\nRECEIVED: d\r\n\r\n", NULL,
		    "554 5.4.0 Error: too many hops", 0 },
	};

	(void)state;
	run_rows(rows, ARRAY_LEN(rows));
}

static void
test_needs(void **state)
{
#define UTF8 "A: caf\xc3\xa9\r\n\r\n"
	static const struct row rows[] = {
		{ "a stranger's", "", 0, UTF8, UTF8, NULL, 0 },
		{ "local", "", SUBMIT_LOCAL, WHOLE UTF8, WHOLE UTF8, NULL, SUBMIT_SMTPUTF8 },
		{ "local, not UTF-8", "", SUBMIT_LOCAL, WHOLE "A: \xe9\r\n\r\n",
		    WHOLE "A: \xe9\r\n\r\n", NULL, 0 },
		{ "body only", "", SUBMIT_LOCAL, WHOLE "\r\n\xc3\xa9", WHOLE "\r\n\xc3\xa9", NULL,
		    0 },
		{ "all", "smtputf8_autodetect_classes = all\n", 0, UTF8, UTF8, NULL,
		    SUBMIT_SMTPUTF8 },
		{ "off", "smtputf8_autodetect_classes = all\nsmtputf8_enable = no\n", 0, UTF8, UTF8,
		    NULL, 0 },
		{ "8 bit", "", 0, "Content-Transfer-Encoding: 8BIT\r\n\r\n",
		    "Content-Transfer-Encoding: 8BIT\r\n\r\n", NULL, SUBMIT_8BITMIME },
		{ "8 bit, off", "detect_8bit_encoding_header = no\n", 0,
		    "Content-Transfer-Encoding: 8bit\r\n\r\n",
		    "Content-Transfer-Encoding: 8bit\r\n\r\n", NULL, 0 },
	};

	(void)state;
	run_rows(rows, ARRAY_LEN(rows));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cleanup_test(test_rewriting),
		cleanup_test(test_completion),
		cleanup_test(test_malformed),
		cleanup_test(test_needs),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
