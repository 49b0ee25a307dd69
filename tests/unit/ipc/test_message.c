/* SPDX-License-Identifier: BSD-2-Clause */
#include "tests/unit/test.h"

#include "lib/base/err.h"
#include "lib/ipc/message.h"

static const struct message_recipient two[] = {
	{ .address = STR_INIT("a@example.com"),
	    .original = STR_INIT("A@example.com"),
	    .notify = 3 },
	{ .address = STR_INIT("b@example.com") },
};

static const struct message_submit submit = {
	.sender = STR_INIT("me@example.org"),
	.flags = SUBMIT_LOCAL | SUBMIT_8BITMIME,
	.protocol = STR_INIT("ESMTP"),
	.helo = STR_INIT("client.example.org"),
	.client_name = STR_INIT("unknown"),
	.client_address = STR_INIT("192.0.2.1"),
	.uid = 0xfffffffffffffffeu,
	.size = 4096,
	.recipients = (struct message_recipient *)(uintptr_t)two,
	.recipients_count = 2,
};

static struct frame
split(struct str bytes)
{
	struct frame f;
	size_t used;

	assert_int_equal(frame_split(bytes, FRAME_MAX, &f, &used), 1);
	assert_int_equal(used, bytes.n);
	return f;
}

static void
test_every_kind_of_field_comes_back(void **state)
{
	AUTO(buf) wire = BUF_INIT(1000);
	AUTO(arena) arena = ARENA_INIT(100000);
	struct message_submit got;
	struct frame f;

	(void)state;
	assert_int_equal(message_encode_submit(&submit, 42, &wire), 0);
	f = split(buf_str(&wire));
	assert_int_equal(f.number, 10);
	assert_int_equal(f.request, 42);
	assert_int_equal(f.fds, 0);
	assert_int_equal(message_decode_submit(&f, &arena, &got), 0);
	assert_str_is(got.sender, "me@example.org");
	assert_int_equal(got.flags, SUBMIT_LOCAL | SUBMIT_8BITMIME);
	assert_str_is(got.envid, "");
	assert_true(got.uid == submit.uid);
	assert_int_equal(got.recipients_count, 2);
	assert_str_is(got.recipients[0].original, "A@example.com");
	assert_int_equal(got.recipients[0].notify, 3);
	assert_str_is(got.recipients[1].address, "b@example.com");
}

static void
test_negative_numbers_and_no_fields(void **state)
{
	AUTO(buf) wire = BUF_INIT(1000);
	AUTO(arena) arena = ARENA_INIT(1000);
	const struct message_delivered delivered = { .connected = -12345678901234 };
	const struct message_content_abort end = { 0 };
	struct message_delivered got;
	struct message_content_abort got_end;
	struct frame f;

	(void)state;
	assert_int_equal(message_encode_delivered(&delivered, 1, &wire), 0);
	f = split(buf_str(&wire));
	assert_int_equal(message_decode_delivered(&f, &arena, &got), 0);
	assert_true(got.connected == -12345678901234);
	assert_int_equal(got.outcomes_count, 0);
	buf_clear(&wire);
	assert_int_equal(message_encode_content_abort(&end, 2, &wire), 0);
	assert_int_equal(wire.n, FRAME_HEAD);
	f = split(buf_str(&wire));
	assert_int_equal(message_decode_content_abort(&f, NULL, &got_end), 0);
}

static void
test_bounds_are_kept_by_the_writer(void **state)
{
	static char long_text[70000];
	AUTO(buf) wire = BUF_INIT(FRAME_MAX);
	AUTO(buf) small = BUF_INIT(100);
	struct message_content content = { .bytes = str_make(long_text, 65536) };
	struct message_submit long_record = submit;
	struct message_recipient recipient = { .address = str_make(long_text, 1025) };

	(void)state;
	assert_int_equal(message_encode_content(&content, 1, &wire), 0);
	assert_int_equal(wire.n, FRAME_HEAD + 5 + 65536);
	content.bytes.n++;
	assert_int_equal(message_encode_content(&content, 1, &wire), ERR_TOO_LONG);
	long_record.recipients = &recipient;
	long_record.recipients_count = 1;
	assert_int_equal(message_encode_submit(&long_record, 1, &wire), ERR_TOO_LONG);
	recipient.address.n--;
	assert_int_equal(message_encode_submit(&long_record, 1, &wire), 0);
	assert_int_equal(buf_add(&small, STR("before")), 0);
	assert_int_equal(message_encode_submit(&submit, 1, &small), ERR_TOO_LONG);
	assert_str_is(buf_str(&small), "before");
}

/* Cut at each byte, and with each byte changed: never more than a refusal. */
static void
test_damaged_frames_are_refused(void **state)
{
	AUTO(buf) wire = BUF_INIT(1000);
	AUTO(buf) again = BUF_INIT(1000);
	AUTO(arena) arena = ARENA_INIT((size_t)1024 * 1024);
	struct message_submit got = { .flags = 77 };
	struct frame whole, f;

	(void)state;
	assert_int_equal(message_encode_submit(&submit, 42, &wire), 0);
	whole = f = split(buf_str(&wire));
	for (size_t n = 0; n < whole.fields.n; n++) {
		f.fields = str_part(whole.fields, 0, n);
		assert_int_equal(message_decode_submit(&f, &arena, &got), ERR_PROTOCOL);
		assert_int_equal(got.flags, 77);
	}
	for (size_t i = FRAME_HEAD; i < wire.n; i++) {
		wire.p[i] = (char)(wire.p[i] ^ 0x41);
		if (message_decode_submit(&whole, &arena, &got) == 0) {
			buf_clear(&again);
			assert_int_equal(message_encode_submit(&got, 42, &again), 0);
			assert_true(str_equal(buf_str(&again), buf_str(&wire)));
		}
		wire.p[i] = (char)(wire.p[i] ^ 0x41);
	}
}

static void
test_what_the_decoder_refuses(void **state)
{
	static const struct {
		const char *name;
		uint32_t number;
		struct str fields;
		int result;
	} rows[] = {
		{ "failed", 2, STR_INIT("\1\1\0\0\0\4\2\0\0\0hi"), 0 },
		{ "another message", 14, STR_INIT("\1\1\0\0\0\4\2\0\0\0hi"), ERR_PROTOCOL },
		{ "surplus byte", 2, STR_INIT("\1\1\0\0\0\4\2\0\0\0hi!"), ERR_PROTOCOL },
		{ "surplus field", 2, STR_INIT("\1\1\0\0\0\4\2\0\0\0hi\1\0\0\0\0"), ERR_PROTOCOL },
		{ "field missing", 2, STR_INIT("\1\1\0\0\0"), ERR_PROTOCOL },
		{ "no fields", 2, STR_INIT(""), ERR_PROTOCOL },
		{ "other kind of field", 2, STR_INIT("\2\1\0\0\0\4\2\0\0\0hi"), ERR_PROTOCOL },
		{ "unknown kind of field", 2, STR_INIT("\1\1\0\0\0\x09\2\0\0\0hi"), ERR_PROTOCOL },
		{ "text longer than the frame", 2, STR_INIT("\1\1\0\0\0\4\3\0\0\0hi"),
		    ERR_PROTOCOL },
		{ "text of 4 GiB", 2, STR_INIT("\1\1\0\0\0\4\xff\xff\xff\xffhi"), ERR_PROTOCOL },
		{ "text beyond its bound", 2, STR_INIT("\1\1\0\0\0\4\1\2\0\0hi"), ERR_PROTOCOL },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct frame f = { .number = rows[i].number, .fields = rows[i].fields };
		struct message_failed got = { .temporary = 7 };

		if (message_decode_failed(&f, NULL, &got) != rows[i].result)
			fail_msg("%s", rows[i].name);
		assert_int_equal(got.temporary, rows[i].result == 0 ? 1 : 7);
	}
}

/* A list that says it is long allocates nothing before its records are there. */
static void
test_list_lengths_are_not_believed(void **state)
{
	static const struct {
		const char *name;
		struct str fields;
		int result;
	} rows[] = {
		{ "empty", STR_INIT("\3\0\0\0\0\0\0\0\0\5\0\0\0\0"), 0 },
		{ "no room for one", STR_INIT("\3\0\0\0\0\0\0\0\0\5\1\0\0\0"), ERR_PROTOCOL },
		{ "a thousand", STR_INIT("\3\0\0\0\0\0\0\0\0\5\xe8\3\0\0"), ERR_PROTOCOL },
		{ "more than the bound", STR_INIT("\3\0\0\0\0\0\0\0\0\5\xe9\3\0\0"), ERR_PROTOCOL },
		{ "4 G", STR_INIT("\3\0\0\0\0\0\0\0\0\5\xff\xff\xff\xff"), ERR_PROTOCOL },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		AUTO(arena) arena = ARENA_INIT(100);
		struct frame f = { .number = 31, .fields = rows[i].fields };
		struct message_delivered got;

		if (message_decode_delivered(&f, &arena, &got) != rows[i].result)
			fail_msg("%s", rows[i].name);
		assert_int_equal(arena.used, 0);
	}
}

static void
test_frames_are_split(void **state)
{
	static const struct {
		const char *name;
		struct str bytes;
		int result;
		size_t used;
	} rows[] = {
		{ "nothing", STR_INIT(""), 0, FRAME_HEAD },
		{ "head cut", STR_INIT("\x8\0\0\0\xc\0\0\0\1\0\0"), 0, FRAME_HEAD },
		{ "whole", STR_INIT("\x8\0\0\0\xc\0\0\0\1\0\0\0"), 1, FRAME_HEAD },
		{ "with descriptor", STR_INIT("\x8\0\0\0\xc\0\1\0\1\0\0\0"), 1, FRAME_HEAD },
		{ "whole and more", STR_INIT("\x8\0\0\0\xc\0\0\0\1\0\0\0\x8\0"), 1, FRAME_HEAD },
		{ "fields cut", STR_INIT("\x9\0\0\0\xc\0\0\0\1\0\0\0"), 0, FRAME_HEAD + 1 },
		{ "too short", STR_INIT("\x7\0\0\0\xc\0\0\0\1\0\0\0"), ERR_PROTOCOL, 0 },
		{ "zero", STR_INIT("\0\0\0\0\xc\0\0\0\1\0\0\0"), ERR_PROTOCOL, 0 },
		{ "longer than allowed", STR_INIT("\xf5\0\0\0\xc\0\0\0\1\0\0\0"), ERR_PROTOCOL, 0 },
		{ "as long as allowed", STR_INIT("\xf4\0\0\0\xc\0\0\0\1\0\0\0"), 0, 248 },
		{ "length wraps", STR_INIT("\xff\xff\xff\xff\xc\0\0\0\1\0\0\0"), ERR_PROTOCOL, 0 },
		{ "unknown message", STR_INIT("\x8\0\0\0\x9\0\0\0\1\0\0\0"), ERR_PROTOCOL, 0 },
		{ "two descriptors", STR_INIT("\x8\0\0\0\xc\0\2\0\1\0\0\0"), ERR_PROTOCOL, 0 },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct frame f;
		size_t used;

		if (frame_split(rows[i].bytes, 248, &f, &used) != rows[i].result)
			fail_msg("%s", rows[i].name);
		if (rows[i].result >= 0 && used != rows[i].used)
			fail_msg("%s: %zu bytes used", rows[i].name, used);
	}
}

static void
test_names(void **state)
{
	(void)state;
	assert_string_equal(message_name(10), "submit");
	assert_string_equal(message_name(9), "?");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_every_kind_of_field_comes_back),
		cmocka_unit_test(test_negative_numbers_and_no_fields),
		cmocka_unit_test(test_bounds_are_kept_by_the_writer),
		cmocka_unit_test(test_damaged_frames_are_refused),
		cmocka_unit_test(test_what_the_decoder_refuses),
		cmocka_unit_test(test_list_lengths_are_not_believed),
		cmocka_unit_test(test_frames_are_split),
		cmocka_unit_test(test_names),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
