/* SPDX-License-Identifier: BSD-2-Clause */
#include "tests/unit/test.h"

#include "lib/base/err.h"
#include "lib/base/event.h"
#include "lib/base/ticks.h"

static const struct event_origin origin = { "mail", "postroad/smtpd", 123 };

#define FIELDS(...) ((const struct event_field[]){ __VA_ARGS__ __VA_OPT__(, ) F_END })

static void
test_words(void **state)
{
	static const struct event_field connect[] = {
		{ FIELD_client_name, EVENT_KIND_STR, { "a.example", 9 }, 0 },
		{ FIELD_client_address, EVENT_KIND_STR, { "192.0.2.1", 9 }, 0 },
		{ FIELD_NONE },
	};
	const struct {
		const char *name;
		enum event_id id;
		const struct event_field *fields;
		const char *words;
	} rows[] = {
		{ "plain", EVENT_CONNECT, connect, "connect from a.example[192.0.2.1]" },
		{ "number", EVENT_MASTER_STOP, FIELDS(F_NUM(number, -15)),
		    "terminating on signal -15" },
		{ "a field not given", EVENT_MESSAGE_ID, FIELDS(F_STR(queue_id, STR("1"))),
		    "1: message-id=" },
		{ "no field given", EVENT_REMOVED, FIELDS(), ": removed" },
		{ "given twice", EVENT_REMOVED,
		    FIELDS(F_STR(queue_id, STR("1")), F_STR(queue_id, STR("2"))), "1: removed" },
		{ "template ends in a field", EVENT_PANIC, FIELDS(F_STR(text, STR("x"))),
		    "panic: x" },
		{ "optional part left out", EVENT_DELIVERY,
		    FIELDS(F_STR(queue_id, STR("Q")), F_STR(recipient, STR("a@b")),
		        F_STR(relay, STR("virtual")), F_DELAY(delay, 1234567),
		        F_STR(delays, STR("1/0/0/0.2")), F_STR(dsn, STR("2.0.0")),
		        F_STR(status, STR("sent")), F_STR(text, STR("delivered to maildir"))),
		    "Q: to=<a@b>, relay=virtual, delay=1.2, delays=1/0/0/0.2, dsn=2.0.0, "
		    "status=sent (delivered to maildir)" },
		{ "optional part given", EVENT_DELIVERY,
		    FIELDS(F_STR(queue_id, STR("Q")), F_STR(orig_to, STR("c"))),
		    "Q: to=<>, orig_to=<c>, relay=, delay=, delays=, dsn=, status= ()" },
		{ "optional parts at the end", EVENT_REJECT,
		    FIELDS(F_STR(queue_id, STR("NOQUEUE")), F_STR(command, STR("RCPT")),
		        F_STR(client_name, STR("c")), F_STR(client_address, STR("::1")),
		        F_STR(reply, STR("554 5.7.1 no")), F_STR(helo, STR("h")),
		        F_STR(sender, STR_NONE)),
		    "NOQUEUE: reject: RCPT from c[::1]: 554 5.7.1 no; from=<> helo=<h>" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		AUTO(buf) out = BUF_INIT(1000);
		struct event e = { .id = rows[i].id, .fields = rows[i].fields };

		assert_int_equal(event_render_words(&e, &out), 0);
		if (strcmp(buf_text(&out), rows[i].words) != 0)
			fail_msg("%s: %s", rows[i].name, buf_text(&out));
	}
}

static void
test_values_are_cleaned(void **state)
{
	static const struct {
		const char *name;
		struct str value;
		const char *text;
		const char *json;
	} rows[] = {
		{ "newline", { "a\r\nb", 4 }, "a??b", "a??b" },
		{ "nul", { "a\0b", 3 }, "a?b", "a?b" },
		{ "delete and escape", { "\177\033[1m", 5 }, "??[1m", "??[1m" },
		{ "utf-8 stays", { "gr\xc3\xbc\xc3\x9f", 6 }, "gr\xc3\xbc\xc3\x9f",
		    "gr\xc3\xbc\xc3\x9f" },
		{ "bad byte",
		    { "a\xff"
		      "b",
		        3 },
		    "a?b", "a?b" },
		{ "cut sequence", { "a\xe2\x82", 3 }, "a??", "a??" },
		{ "overlong", { "\xc0\xaf", 2 }, "??", "??" },
		{ "quotes", { "\"\\", 2 }, "\"\\", "\\\"\\\\" },
		{ "format", { "%s%n", 4 }, "%s%n", "%s%n" },
		{ "template", { "{text}[[", 8 }, "{text}[[", "{text}[[" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		AUTO(buf) text = BUF_INIT(1000);
		AUTO(buf) json = BUF_INIT(1000);
		char want[200];
		struct event e = { .id = EVENT_MESSAGE,
			.fields = FIELDS(F_STR(text, rows[i].value)) };

		assert_int_equal(event_render_words(&e, &text), 0);
		if (strcmp(buf_text(&text), rows[i].text) != 0)
			fail_msg("%s: %s", rows[i].name, buf_text(&text));
		assert_int_equal(event_render_json(&e, &origin, &json), 0);
		snprintf(want, sizeof(want), ",\"text\":\"%s\"}\n", rows[i].json);
		if (!str_ends(buf_str(&json), str_of(want)))
			fail_msg("%s: %s", rows[i].name, buf_text(&json));
	}
}

static void
test_lines(void **state)
{
	AUTO(buf) out = BUF_INIT(1000);
	struct event e = { .id = EVENT_QUEUE_ACTIVE,
		.level = LEVEL_INFO,
		.wall = 1700753647 * TICKS_SECOND + 5,
		.zone = -5 * TICKS_HOUR };

	(void)state;
	e.fields = FIELDS(F_STR(queue_id, STR("Q1")), F_STR(sender, STR("a\"@b")), F_NUM(size, 42),
	    F_NUM(nrcpt, 1), F_DELAY(delay, 1500001), F_DELAY(delays, -1), F_NUM(size, 43));
	assert_int_equal(event_render_text(&e, &origin, &out), 0);
	assert_string_equal(buf_text(&out),
	    "Nov 23 10:34:07 mail postroad/smtpd[123]: Q1: from=<a\"@b>, size=42, nrcpt=1 "
	    "(queue active)\n");
	buf_clear(&out);
	assert_int_equal(event_render_json(&e, &origin, &out), 0);
	assert_string_equal(buf_text(&out),
	    "{\"time\":\"2023-11-23T15:34:07.000005Z\",\"host\":\"mail\","
	    "\"program\":\"postroad/smtpd\",\"pid\":123,\"level\":\"info\","
	    "\"event\":\"queue_active\",\"queue_id\":\"Q1\",\"sender\":\"a\\\"@b\",\"size\":42,"
	    "\"nrcpt\":1,\"delay\":1.500001,\"delays\":0.000000}\n");
}

/* At each bound below the need: an error, and what was there before is still there. */
static void
test_too_long_adds_nothing(void **state)
{
	struct event e = { .id = EVENT_DELIVERY, .level = LEVEL_INFO };
	int (*const render[])(const struct event *, const struct event_origin *, struct buf *) = {
		event_render_text,
		event_render_json,
	};

	(void)state;
	e.fields = FIELDS(F_STR(queue_id, STR("Q")), F_STR(orig_to, STR("a\"\n")), F_NUM(size, 1),
	    F_DELAY(delay, 50000));
	for (size_t i = 0; i < ARRAY_LEN(render); i++) {
		AUTO(buf) whole = BUF_INIT(1000);

		assert_int_equal(render[i](&e, &origin, &whole), 0);
		for (size_t max = 4; max < whole.n + 4; max++) {
			AUTO(buf) out = BUF_INIT(max);

			assert_int_equal(buf_add(&out, STR("old:")), 0);
			assert_int_equal(render[i](&e, &origin, &out), ERR_TOO_LONG);
			assert_str_is(buf_str(&out), "old:");
		}
	}
}

static void
test_delays(void **state)
{
	static const struct {
		int64_t ticks;
		const char *shown;
	} rows[] = {
		{ -5, "0" },
		{ 0, "0" },
		{ 4999, "0" },
		{ 5000, "0.01" },
		{ 52000, "0.05" },
		{ 123456, "0.12" },
		{ 200000, "0.2" },
		{ 994999, "0.99" },
		{ 995000, "1" },
		{ 1049999, "1" },
		{ 1050000, "1.1" },
		{ 9949999, "9.9" },
		{ 9950000, "10" },
		{ 10499999, "10" },
		{ 345678000, "346" },
		{ 5 * TICKS_DAY, "432000" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		AUTO(buf) out = BUF_INIT(100);

		assert_int_equal(event_add_delay(rows[i].ticks, &out), 0);
		assert_string_equal(buf_text(&out), rows[i].shown);
	}
}

/* What event.h says of templates: braces are closed and name fields, groups are closed. */
static void
test_templates_are_well_formed(void **state)
{
	static const char *const templates[] = {
#define EVENT(name, level, template) template,
#include "lib/base/event.def"
#undef EVENT
	};
	static const char *const names[] = {
#define FIELD(name) "{" #name "}",
#include "lib/base/event_field.def"
#undef FIELD
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(templates); i++) {
		const char *p = templates[i];

		while ((p = strchr(p, '{')) != NULL) {
			bool known = false;

			for (size_t j = 0; j < ARRAY_LEN(names); j++)
				known = known || str_starts(str_of(p), str_of(names[j]));
			if (!known)
				fail_msg("unknown field: %s", p);
			p++;
		}
		for (p = templates[i]; (p = strstr(p, "[[")) != NULL; p++) {
			if (strstr(p, "]]") == NULL || strstr(p, "]]") < strchr(p, '{'))
				fail_msg("group without field or end: %s", p);
		}
	}
	assert_int_equal(event_level_of(EVENT_CORRUPT), LEVEL_WARNING);
	assert_int_equal(event_level_of(EVENT_MESSAGE), LEVEL_INFO);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_words),
		cmocka_unit_test(test_values_are_cleaned),
		cmocka_unit_test(test_lines),
		cmocka_unit_test(test_too_long_adds_nothing),
		cmocka_unit_test(test_delays),
		cmocka_unit_test(test_templates_are_well_formed),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
