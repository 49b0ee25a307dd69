/* SPDX-License-Identifier: BSD-2-Clause */
/* Envelopes and histories: round trips, bounds, damage; invariants S7 and S9. */
#include "tests/unit/test.h"

#include "lib/base/err.h"
#include "lib/base/le.h"
#include "lib/spool/envelope.h"

#define ARENA_CAP ((size_t)64 * 1024 * 1024)

static struct envelope_recipient recipients[2];

static struct envelope
sample(void)
{
	recipients[0] =
	    (struct envelope_recipient){ STR("a@example.com"), STR("rfc822;A@example.com"), 7 };
	recipients[1] = (struct envelope_recipient){ .address = STR("b@example.com") };
	return (struct envelope){
		.queue_id = STR("06DNNQXE1B5X0001"),
		.arrival = 1795449247123456,
		.sender = STR("jo@example.org"),
		.flags = 5,
		.envid = STR("id-1"),
		.recipients = recipients,
		.recipients_count = 2,
		.protocol = STR("ESMTP"),
		.helo = STR("client.example.org"),
		.client_name = STR("client.example.org"),
		.client_address = STR("192.0.2.1"),
		.uid = UINT64_MAX,
	};
}

static void
assert_same(const struct envelope *a, const struct envelope *b)
{
	assert_true(str_equal(a->queue_id, b->queue_id));
	assert_true(a->arrival == b->arrival);
	assert_true(str_equal(a->sender, b->sender));
	assert_true(a->flags == b->flags);
	assert_true(str_equal(a->envid, b->envid));
	assert_true(str_equal(a->protocol, b->protocol));
	assert_true(str_equal(a->helo, b->helo));
	assert_true(str_equal(a->client_name, b->client_name));
	assert_true(str_equal(a->client_address, b->client_address));
	assert_true(a->uid == b->uid);
	assert_int_equal(a->recipients_count, b->recipients_count);
	for (uint32_t i = 0; i < a->recipients_count; i++) {
		assert_true(str_equal(a->recipients[i].address, b->recipients[i].address));
		assert_true(str_equal(a->recipients[i].original, b->recipients[i].original));
		assert_true(a->recipients[i].notify == b->recipients[i].notify);
	}
}

static void
test_comes_back_as_it_was(void **state)
{
	AUTO(buf) bytes = BUF_INIT(ENVELOPE_MAX);
	AUTO(arena) arena = ARENA_INIT(ARENA_CAP);
	struct envelope e = sample(), null_sender = sample(), back;

	(void)state;
	assert_int_equal(envelope_encode(&e, &bytes), 0);
	assert_int_equal(envelope_decode(buf_str(&bytes), &arena, &back), 0);
	assert_same(&e, &back);

	null_sender.sender = STR_NONE;
	null_sender.arrival = -5;
	null_sender.recipients_count = 0;
	null_sender.recipients = NULL;
	buf_clear(&bytes);
	assert_int_equal(envelope_encode(&null_sender, &bytes), 0);
	assert_int_equal(envelope_decode(buf_str(&bytes), &arena, &back), 0);
	assert_same(&null_sender, &back);
}

static void
test_refuses_to_encode_what_is_out_of_bounds(void **state)
{
	static char long_text[1025];
	AUTO(buf) bytes = BUF_INIT(ENVELOPE_MAX);
	AUTO(buf) small = BUF_INIT(100);
	struct envelope e;

	(void)state;
	assert_int_equal(buf_add(&bytes, STR("before")), 0);
	memset(long_text, 'x', sizeof(long_text));

	e = sample();
	e.sender = str_make(long_text, 1024);
	assert_int_equal(envelope_encode(&e, &bytes), 0);
	buf_cut(&bytes, 6);
	e.sender = str_make(long_text, 1025);
	assert_int_equal(envelope_encode(&e, &bytes), ERR_TOO_LONG);
	assert_str_is(buf_str(&bytes), "before");

	e = sample();
	e.recipients_count = 100001;
	assert_int_equal(envelope_encode(&e, &bytes), ERR_TOO_MANY);
	assert_str_is(buf_str(&bytes), "before");

	e = sample();
	assert_int_equal(envelope_encode(&e, &small), ERR_TOO_LONG);
	assert_int_equal(small.n, 0);
}

/* S7: no text holds a control character, neither out nor in. */
static void
test_no_control_character_passes(void **state)
{
	AUTO(buf) bytes = BUF_INIT(ENVELOPE_MAX);
	AUTO(arena) arena = ARENA_INIT(ARENA_CAP);

	(void)state;
	for (unsigned c = 0; c < 256; c++) {
		bool bad = c < 0x20 || c == 0x7f;
		char text[3] = { 'a', (char)c, 'b' };
		struct envelope e = { .sender = str_make(text, 3) }, back;

		buf_clear(&bytes);
		assert_int_equal(envelope_encode(&e, &bytes), bad ? ERR_SYNTAX : 0);
		text[1] = 'x';
		if (bad)
			assert_int_equal(envelope_encode(&e, &bytes), 0);
		bytes.p[7] = (char)c;
		assert_int_equal(
		    envelope_decode(buf_str(&bytes), &arena, &back), bad ? ERR_CORRUPT : 0);
	}
}

static void
add_field(struct buf *out, unsigned tag, struct str value)
{
	char header[6];

	le_put(header, tag, 2);
	le_put(header + 2, value.n, 4);
	assert_int_equal(buf_add(out, str_make(header, 6)), 0);
	assert_int_equal(buf_add(out, value), 0);
}

static void
test_odd_fields(void **state)
{
	static const char eight[8] = { 1 };
	static const char big[8] = { 0, 0, 0, 0, 1 };
	static const struct {
		const char *name;
		struct {
			unsigned tag;
			const char *value;
			size_t n;
		} fields[3];
		int result;
	} rows[] = {
		{ "nothing", { { 0 } }, 0 },
		{ "a number", { { 2, eight, 8 } }, 0 },
		{ "unknown and optional", { { 3, "s", 1 }, { 0xfff0, "what", 4 } }, 0 },
		{ "unknown and needed", { { 0x7fff, "x", 1 } }, ERR_UNSUPPORTED },
		{ "tag 0x7fff", { { 0x7fff, "x", 1 } }, ERR_UNSUPPORTED },
		{ "text twice", { { 3, "s", 1 }, { 3, "t", 1 } }, ERR_CORRUPT },
		{ "number twice", { { 4, eight, 8 }, { 4, eight, 8 } }, ERR_CORRUPT },
		{ "descending tags", { { 3, "s", 1 }, { 2, eight, 8 } }, ERR_CORRUPT },
		{ "short number", { { 2, eight, 7 } }, ERR_CORRUPT },
		{ "number too large for its type", { { 4, big, 8 } }, ERR_CORRUPT },
		{ "recipient of rubbish", { { 6, "rubbish", 7 } }, ERR_CORRUPT },
		{ "empty recipient", { { 6, "", 0 } }, 0 },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		AUTO(buf) bytes = BUF_INIT(1000);
		AUTO(arena) arena = ARENA_INIT(ARENA_CAP);
		struct envelope e;
		int result;

		for (size_t k = 0; k < 3 && rows[i].fields[k].value != NULL; k++)
			add_field(&bytes, rows[i].fields[k].tag,
			    str_make(rows[i].fields[k].value, rows[i].fields[k].n));
		result = envelope_decode(buf_str(&bytes), &arena, &e);
		if (result != rows[i].result)
			fail_msg("%s: %d", rows[i].name, result);
	}
}

/* Cut anywhere, an envelope is damaged or lacks fields; nothing is read beyond the cut. */
static void
test_cut_at_every_byte(void **state)
{
	AUTO(buf) bytes = BUF_INIT(ENVELOPE_MAX);
	struct envelope e = sample(), back;
	unsigned damaged = 0;

	(void)state;
	assert_int_equal(envelope_encode(&e, &bytes), 0);
	for (size_t n = 0; n < bytes.n; n++) {
		AUTO(arena) arena = ARENA_INIT(ARENA_CAP);
		char *exact = malloc(n + 1);
		int result;

		memcpy(exact, bytes.p, n);
		result = envelope_decode(str_make(exact, n), &arena, &back);
		assert_true(result == 0 || result == ERR_CORRUPT);
		damaged += result != 0;
		free(exact);
	}
	assert_true(damaged > bytes.n / 2);
}

static void
test_list_beyond_its_bound(void **state)
{
	AUTO(buf) bytes = BUF_INIT(ENVELOPE_MAX);
	AUTO(arena) arena = ARENA_INIT(ARENA_CAP);
	AUTO(arena) small = ARENA_INIT(1000);
	struct envelope e;

	(void)state;
	for (unsigned i = 0; i < 100000; i++)
		add_field(&bytes, 6, STR_NONE);
	assert_int_equal(envelope_decode(buf_str(&bytes), &arena, &e), 0);
	assert_int_equal(e.recipients_count, 100000);
	assert_int_equal(envelope_decode(buf_str(&bytes), &small, &e), ERR_FULL);
	add_field(&bytes, 6, STR_NONE);
	assert_int_equal(envelope_decode(buf_str(&bytes), &arena, &e), ERR_CORRUPT);
}

static void
test_history_comes_back_and_merges(void **state)
{
	AUTO(buf) bytes = BUF_INIT(ENVELOPE_MAX);
	AUTO(arena) arena = ARENA_INIT(ARENA_CAP);
	struct history_result first[] = {
		{ .index = 0,
		    .status = 2,
		    .attempts = 1,
		    .text = STR("busy"),
		    .dsn = STR("4.2.0") },
		{ .index = 2, .status = 2, .attempts = 1, .text = STR("full") },
	};
	struct history_result second[] = {
		{ .index = 2,
		    .status = 1,
		    .attempts = 2,
		    .text = STR("ok"),
		    .relay = STR("mx[::1]") },
		{ .index = 9, .status = 1 },
	};
	struct history a = { .written = 5,
		.next = 10,
		.flags = HISTORY_DELAY_REPORTED,
		.results = first,
		.results_count = 2 };
	struct history b = { .written = 6, .next = 20, .results = second, .results_count = 2 };
	struct history back, none = { 0 };

	(void)state;
	assert_int_equal(history_encode(&a, &bytes), 0);
	assert_int_equal(history_decode(buf_str(&bytes), &arena, &back), 0);
	assert_int_equal(back.results_count, 2);
	assert_str_is(back.results[0].dsn, "4.2.0");

	assert_int_equal(history_merge(&back, &b, 3, &arena), 0);
	assert_int_equal(back.results_count, 2);
	assert_true(back.next == 20 && back.written == 6);
	assert_int_equal(back.flags, HISTORY_DELAY_REPORTED);
	assert_str_is(back.results[0].text, "busy");
	assert_int_equal(back.results[1].index, 2);
	assert_str_is(back.results[1].text, "ok");
	assert_str_is(back.results[1].relay, "mx[::1]");

	assert_int_equal(history_merge(&none, &b, 0, &arena), 0);
	assert_int_equal(none.results_count, 0);
	assert_true(none.next == 20);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_comes_back_as_it_was),
		cmocka_unit_test(test_refuses_to_encode_what_is_out_of_bounds),
		cmocka_unit_test(test_no_control_character_passes),
		cmocka_unit_test(test_odd_fields),
		cmocka_unit_test(test_cut_at_every_byte),
		cmocka_unit_test(test_list_beyond_its_bound),
		cmocka_unit_test(test_history_comes_back_and_merges),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
