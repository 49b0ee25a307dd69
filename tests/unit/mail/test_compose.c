/* SPDX-License-Identifier: BSD-2-Clause */
#include "tests/unit/test.h"

#include "lib/base/err.h"
#include "lib/base/ticks.h"
#include "lib/mail/compose.h"
#include "lib/mail/received.h"

#define DATE_TEXT "Thu, 01 Jan 1970 00:00:01 +0000"
#define ID_TEXT   "00000000000G0000"

static void
test_survey(void **state)
{
	static const struct {
		const char *text;
		unsigned fields;
		unsigned hops;
		const char *message_id;
		size_t length;
		bool has_blank_line;
	} rows[] = {
		{ "", 0, 0, "", 0, false },
		{ "body\r\n", 0, 0, "", 0, false },
		{ "\r\nbody\r\n", 0, 0, "", 0, true },
		{ "date: x\r\nFROM: y\r\nMessage-Id: <a>\r\nMessage-ID: <b>\r\n\r\n",
		    HEAD_DATE | HEAD_FROM | HEAD_MESSAGE_ID, 0, " <a>", 52, true },
		{ "Received: a\r\nX: y\r\nreceived: b\r\nbody", 0, 2, "", 32, false },
		{ "Resent-To: a\n\n", HEAD_RESENT | HEAD_RECIPIENTS, 0, "", 13, true },
		{ "Resent-Date: a\nResent-From: b\nResent-Message-ID: c\n",
		    HEAD_RESENT | HEAD_RESENT_DATE | HEAD_RESENT_FROM | HEAD_RESENT_MESSAGE_ID, 0,
		    "", 51, false },
		{ "Dates: x\r\nFro: y\r\n", 0, 0, "", 18, false },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct head_survey s;

		head_survey(str_of(rows[i].text), &s);
		if (s.fields != rows[i].fields)
			fail_msg("<%s>: %x", rows[i].text, s.fields);
		assert_int_equal(s.hops, rows[i].hops);
		assert_str_is(s.message_id, rows[i].message_id);
		assert_int_equal(s.length, rows[i].length);
		assert_int_equal(s.has_blank_line, rows[i].has_blank_line);
	}
}

static void
test_missing(void **state)
{
	static const struct address sender = { .local = STR_INIT("jo"), .domain = STR_INIT("b.c") };
	static const struct address null_sender = { .local = STR_INIT("") };
	static const struct {
		unsigned fields;
		const struct address *sender;
		const char *full_name;
		const char *added;
	} rows[] = {
		{ HEAD_FROM | HEAD_DATE | HEAD_MESSAGE_ID, &sender, "", "" },
		{ 0, &sender, "",
		    "Message-ID: <" ID_TEXT "@h.x>\r\nDate: " DATE_TEXT "\r\nFrom: jo@b.c\r\n" },
		{ HEAD_DATE | HEAD_MESSAGE_ID, &sender, "Jo Doe", "From: Jo Doe <jo@b.c>\r\n" },
		{ HEAD_DATE | HEAD_MESSAGE_ID, &null_sender, "Jo Doe",
		    "From: Mail Delivery System <MAILER-DAEMON@h.x>\r\n" },
		{ HEAD_FROM | HEAD_MESSAGE_ID, &sender, "", "Date: " DATE_TEXT "\r\n" },
		{ HEAD_FROM | HEAD_DATE, &sender, "", "Message-ID: <" ID_TEXT "@h.x>\r\n" },
		{ HEAD_RESENT, &sender, "",
		    "Resent-Message-ID: <" ID_TEXT "@h.x>\r\nResent-Date: " DATE_TEXT
		    "\r\nResent-From: jo@b.c\r\n" },
		{ HEAD_RESENT | HEAD_RESENT_FROM | HEAD_RESENT_DATE | HEAD_RESENT_MESSAGE_ID,
		    &sender, "", "" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct queue_id id = queue_id_make(1, 0);
		struct head_survey head = { .fields = rows[i].fields };
		struct compose_source source = {
			.id = &id,
			.host = STR("h.x"),
			.sender = rows[i].sender,
			.full_name = str_of(rows[i].full_name),
			.wall = TICKS_SECOND,
		};
		size_t length = strlen(rows[i].added);

		for (size_t max = 0; max <= length; max++) {
			AUTO(buf) out = BUF_INIT(max);

			assert_int_equal(
			    compose_missing(&head, &source, &out), max < length ? ERR_TOO_LONG : 0);
			assert_str_is(buf_str(&out), max < length ? "" : rows[i].added);
		}
	}
}

static void
test_received(void **state)
{
	static const struct address one = { .local = STR_INIT("a b"), .domain = STR_INIT("c.d") };
	static const struct {
		const char *name;
		struct received r;
		const char *text;
	} rows[] = {
		{ "network",
		    { .helo = STR_INIT("client.example"),
		        .client_name = STR_INIT("unknown"),
		        .client_address = STR_INIT("192.0.2.1"),
		        .host = STR_INIT("mx.x"),
		        .software = STR_INIT("Postroad"),
		        .protocol = STR_INIT("ESMTP") },
		    "Received: from client.example (unknown [192.0.2.1])\r\n"
		    "\tby mx.x (Postroad) with ESMTP id " ID_TEXT ";\r\n"
		    "\t" DATE_TEXT "\r\n" },
		{ "one recipient, IPv6, literal as helo",
		    { .helo = STR_INIT("[IPv6:::1]"),
		        .client_name = STR_INIT("localhost"),
		        .client_address = STR_INIT("::1"),
		        .host = STR_INIT("mx.x"),
		        .protocol = STR_INIT("SMTP"),
		        .recipient = &one },
		    "Received: from [IPv6:::1] (localhost [IPv6:::1])\r\n"
		    "\tby mx.x with SMTP id " ID_TEXT "\r\n"
		    "\tfor <\"a b\"@c.d>; " DATE_TEXT "\r\n" },
		{ "hostile helo",
		    { .helo = STR_INIT("a) (b\r\nX: y"),
		        .client_name = STR_INIT("unknown"),
		        .client_address = STR_INIT("192.0.2.1"),
		        .host = STR_INIT("mx.x"),
		        .protocol = STR_INIT("ESMTP") },
		    "Received: from a???b??X:?y (unknown [192.0.2.1])\r\n"
		    "\tby mx.x with ESMTP id " ID_TEXT ";\r\n\t" DATE_TEXT "\r\n" },
		{ "no helo",
		    { .client_name = STR_INIT("unknown"),
		        .client_address = STR_INIT("192.0.2.1"),
		        .host = STR_INIT("mx.x"),
		        .protocol = STR_INIT("SMTP") },
		    "Received: from unknown (unknown [192.0.2.1])\r\n"
		    "\tby mx.x with SMTP id " ID_TEXT ";\r\n\t" DATE_TEXT "\r\n" },
		{ "hidden client",
		    { .helo = STR_INIT("client.example"),
		        .client_name = STR_INIT("unknown"),
		        .client_address = STR_INIT("192.0.2.1"),
		        .hides_client = true,
		        .host = STR_INIT("mx.x"),
		        .software = STR_INIT("Postroad"),
		        .protocol = STR_INIT("ESMTP"),
		        .recipient = &one },
		    "Received: by mx.x (Postroad) id " ID_TEXT "\r\n"
		    "\tfor <\"a b\"@c.d>; " DATE_TEXT "\r\n" },
		{ "local user",
		    { .host = STR_INIT("mx.x"), .software = STR_INIT("Postroad"), .uid = 1000 },
		    "Received: by mx.x (Postroad, from userid 1000)\r\n"
		    "\tid " ID_TEXT ";\r\n\t" DATE_TEXT "\r\n" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct queue_id id = queue_id_make(1, 0);
		struct received r = rows[i].r;
		size_t length = strlen(rows[i].text);

		r.id = &id;
		r.wall = TICKS_SECOND;
		for (size_t max = 0; max <= length; max++) {
			AUTO(buf) out = BUF_INIT(max);

			assert_int_equal(received_add(&r, &out), max < length ? ERR_TOO_LONG : 0);
			assert_str_is(buf_str(&out), max < length ? "" : rows[i].text);
		}
	}
}

static void
test_long_helo_is_cut(void **state)
{
	AUTO(buf) helo = BUF_INIT(70000);
	AUTO(buf) out = BUF_INIT(600);
	struct queue_id id = queue_id_make(1, 0);
	struct received r = { .client_address = STR("192.0.2.1"), .id = &id };

	(void)state;
	while (helo.n < 65536)
		assert_int_equal(buf_add_byte(&helo, 'x'), 0);
	r.helo = buf_str(&helo);
	assert_int_equal(received_add(&r, &out), 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_survey),
		cmocka_unit_test(test_missing),
		cmocka_unit_test(test_received),
		cmocka_unit_test(test_long_helo_is_cut),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
