/* SPDX-License-Identifier: BSD-2-Clause */
/* What is stored is what came, or nothing (M1 to M3). */
#include "tests/sim/cleanup_scene.h"

#include <time.h>

PARKS static void
run_queued(void *arg)
{
	AUTO(buf) content = BUF_INIT((size_t)1000000);
	AUTO(arena) arena = ARENA_INIT((size_t)1000000);
	struct scene s;
	struct answer a;
	struct stored m;

	(void)arg;
	scene_begin(&s, "");
	a = scene_submit(&s, SUBMIT_8BITMIME, STR("Subject: x\r\n\r\nbody\xff\r\n..\r\n"), 1000);
	assert_int_equal(a.code, 250);
	assert_int_equal(a.request, 7);
	assert_string_equal(a.dsn, "2.0.0");
	assert_true(str_starts(str_of(a.text), STR("Ok: queued as ")));
	assert_string_equal(a.text + strlen("Ok: queued as "), a.id.text);
	scene_settle(&s);
	scene_take_stored(&a.id, &content, &m, &arena);
	assert_true(str_starts(buf_str(&content),
	    STR("Received: from client.example (client.example [192.0.2.1])\r\n\tby mx.example "
	        "(Postroad) with ESMTP id ")));
	assert_true(str_find(buf_str(&content), STR("for <rcpt@example.com>; ")) < content.n);
	assert_str_is(scene_behind_received(&content), "Subject: x\r\n\r\nbody\xff\r\n..\r\n");
	assert_str_is(m.envelope.sender, "sender@example.org");
	assert_int_equal(m.envelope.flags, SUBMIT_8BITMIME);
	assert_str_is(m.envelope.client_address, "192.0.2.1");
	assert_str_is(m.envelope.recipients[0].address, "rcpt@example.com");
	assert_int_equal(m.envelope.arrival, queue_id_wall(&a.id));
	assert_int_equal(s.heard_count, 2);
	assert_int_equal(s.heard[0].number, MESSAGE_NUMBER_stored_record);
	assert_int_equal(s.heard[1].number, MESSAGE_NUMBER_segment_closed);
	assert_string_equal(s.heard[0].name.text, s.heard[1].name.text);
	assert_int_equal(s.heard[0].length, s.heard[1].length);
	scene_end(&s);
}

static void
test_queues(void **state)
{
	(void)state;
	in_spool(run_queued, NULL);
}

/* Messages of every shape and size, in pieces of every kind: what is stored is what came. */
PARKS static void
run_byte_for_byte(void *arg)
{
	static const size_t sizes[] = { 0, 1, 2, 100, 4096, 65000, 65536, 65537, 131072, 300000 };
	static const size_t pieces[] = { 1000, 65536, 4097 };
	struct scene s;
	char *text = mem_new(400000);

	(void)arg;
	scene_begin(&s, "");
	memcpy(text, "Subject: bytes\r\n\r\n", 18);
	for (size_t i = 18; i < 400000; i++) {
		unsigned c = (unsigned)(i * 2654435761u >> 11) & 0xff;

		text[i] = c == '\r' || c == '\n' ? 'x' : (char)c;
		if (i % 77 == 0) {
			text[i - 1] = '\r';
			text[i] = '\n';
		}
	}
	for (size_t i = 0; i < ARRAY_LEN(sizes) * ARRAY_LEN(pieces); i++) {
		AUTO(buf) content = BUF_INIT((size_t)1000000);
		struct str sent = str_make(text, 18 + sizes[i % ARRAY_LEN(sizes)] / 77 * 77);
		struct answer a;

		sent.n = sent.n / 77 * 77 + 1;
		if (sent.n < 18)
			sent.n = 18;
		a = scene_submit(&s, 0, sent, pieces[i % ARRAY_LEN(pieces)]);
		assert_int_equal(a.code, 250);
		scene_settle(&s);
		scene_take_stored(&a.id, &content, NULL, NULL);
		assert_true(str_equal(scene_behind_received(&content), sent));
	}
	assert_in_range(count_files("incoming", ""), 9, 15);
	mem_free(text);
	scene_end(&s);
}

static void
test_byte_for_byte(void **state)
{
	(void)state;
	in_spool(run_byte_for_byte, NULL);
}

/* A header that comes byte by byte is not gone through again for each of them. */
PARKS static void
run_slow_header(void *arg)
{
	AUTO(buf) in = BUF_INIT((size_t)400000);
	clock_t begin = clock();
	struct scene s;
	struct answer a;

	(void)arg;
	scene_begin(&s, "header_size_limit = 1000000\n");
	while (in.n < 300000)
		assert_int_equal(buf_add(&in, STR("X: y\r\n")), 0);
	a = scene_submit(&s, 0, buf_str(&in), 1);
	assert_int_equal(a.code, 250);
	assert_true((clock() - begin) / CLOCKS_PER_SEC < 20);
	scene_settle(&s);
	scene_end(&s);
}

static void
test_slow_header(void **state)
{
	(void)state;
	in_spool(run_slow_header, NULL);
}

/* The largest journal_message_limit holds for a message of that size. */
PARKS static void
run_largest_record(void *arg)
{
	AUTO(buf) in = BUF_INIT((size_t)1000000);
	AUTO(buf) content = BUF_INIT((size_t)1100000);
	struct scene s;
	struct answer a;

	(void)arg;
	scene_begin(&s, "journal_message_limit = 1048576\n");
	assert_int_equal(buf_add(&in, STR("A: b\r\n\r\n")), 0);
	while (in.n < 990000)
		assert_int_equal(buf_add(&in, STR("filling text\r\n")), 0);
	a = scene_submit(&s, 0, buf_str(&in), 65536);
	assert_int_equal(a.code, 250);
	scene_settle(&s);
	scene_take_stored(&a.id, &content, NULL, NULL);
	assert_true(str_equal(scene_behind_received(&content), buf_str(&in)));
	scene_end(&s);
}

static void
test_largest_record(void **state)
{
	(void)state;
	in_spool(run_largest_record, NULL);
}

/* CR and LF at every place of a piece's edge. */
PARKS static void
run_stray(void *arg)
{
	static const struct {
		const char *in;
		const char *out;
	} rows[] = {
		{ "A: b\r\n\r\nx\r\n.\r\ny\r\n", "A: b\r\n\r\nx\r\n.\r\ny\r\n" },
		{ "A: b\r\n\r\nx\n.\ny\r\n", "A: b\r\n\r\nx . y\r\n" },
		{ "A: b\r\n\r\nx\n.\r\ny\r\n", "A: b\r\n\r\nx .\r\ny\r\n" },
		{ "A: b\r\n\r\nx\r.\r\ny\r\n", "A: b\r\n\r\nx .\r\ny\r\n" },
		{ "A: b\r\n\r\nx\r\n.\ry\r\n", "A: b\r\n\r\nx\r\n. y\r\n" },
		{ "A: b\r\n\r\nx\r\r\ny\r", "A: b\r\n\r\nx \r\ny " },
		{ "A: b\r\n\r\nx\r", "A: b\r\n\r\nx " },
	};
	struct scene s;

	(void)arg;
	scene_begin(&s, "");
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		for (size_t piece = 1; piece <= strlen(rows[i].in); piece++) {
			AUTO(buf) content = BUF_INIT((size_t)10000);
			struct answer a = scene_submit(&s, 0, str_of(rows[i].in), piece);

			assert_int_equal(a.code, 250);
			scene_settle(&s);
			scene_take_stored(&a.id, &content, NULL, NULL);
			assert_str_is(scene_behind_received(&content), rows[i].out);
			scene_empty_journal();
		}
	}
	scene_end(&s);
}

/* The same while a message streams. */
PARKS static void
run_stray_streaming(void *arg)
{
	struct scene s;
	char *text = mem_new(200000);

	(void)arg;
	scene_begin(&s, "");
	for (unsigned shift = 0; shift < 3; shift++) {
		AUTO(buf) content = BUF_INIT((size_t)1000000);
		struct answer a;
		struct str stored;

		memset(text, 'x', 200000);
		memcpy(text, "A: b\r\n\r\n", 8);
		memcpy(text + 131072 - shift, "\r\n", 2);
		memcpy(text + 150000, "\n.\r", 3);
		a = scene_submit(&s, 0, str_make(text, 200000), 65536);
		assert_int_equal(a.code, 250);
		scene_settle(&s);
		scene_take_stored(&a.id, &content, NULL, NULL);
		stored = scene_behind_received(&content);
		memcpy(text + 150000, " . ", 3);
		assert_true(str_equal(stored, str_make(text, 200000)));
	}
	mem_free(text);
	scene_end(&s);
}

static void
test_stray_line_ends(void **state)
{
	(void)state;
	in_spool(run_stray, NULL);
	in_spool(run_stray_streaming, NULL);
}

#ifdef ENABLE_FAULTS

/* S2, M1: no 250 without its sync. What failed leaves nothing, and the service goes on by itself. */
PARKS static void
run_disk_failures(void *arg)
{
	static const struct {
		const char *rules;
		size_t size;
		uint32_t code;
		const char *dsn;
	} rows[] = {
		{ "fail:write:ENOSPC:1-", 100, 452, "4.3.1" },
		{ "fail:write:EIO:1-", 100, 451, "4.3.0" },
		{ "fail:sync:EIO:1-", 100, 451, "4.3.0" },
		{ "fail:open:EMFILE:1-", 100000, 451, "4.3.0" },
		{ "fail:write:ENOSPC:1-", 100000, 452, "4.3.1" },
		{ "fail:sync:EIO:1-", 100000, 451, "4.3.0" },
		{ "fail:rename:EIO:1-", 100000, 451, "4.3.0" },
	};
	char *text = mem_new(100000);

	(void)arg;
	memset(text, 'x', 100000);
	memcpy(text, "A: b\r\n\r\n", 8);
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct scene s;
		struct answer a;

		scene_begin(&s, "");
		fault_rules(rows[i].rules);
		a = scene_submit(&s, 0, str_make(text, rows[i].size), 65536);
		fault_rules(NULL);
		if (a.code != rows[i].code || strcmp(a.dsn, rows[i].dsn) != 0)
			fail_msg("%s: %u %s", rows[i].rules, a.code, a.text);
		assert_int_equal(s.heard_count, 0);
		assert_int_equal(count_files("incoming", ""), 0);
		a = scene_submit(&s, 0, str_make(text, 100), 65536);
		assert_int_equal(a.code, 250);
		scene_end(&s);
		assert_int_equal(s.k.journal.messages, 1);
	}
	mem_free(text);
}

static void
test_disk_failures(void **state)
{
	(void)state;
	/* Of each row one by the message, and of the journal's three one more. */
	scene_expected_warnings = 7 + 3;
	in_spool(run_disk_failures, NULL);
}

#endif

PARKS static void
run_no_room(void *arg)
{
	struct scene s;

	(void)arg;
	scene_begin(&s, "");
	room_init(&s.k.room, UINT64_MAX / 2, 0);
	scene_send_submit(&s, 1, 0);
	assert_int_equal(scene_read_answer(&s).code, 452);
	room_init(&s.k.room, 0, 0);
	assert_int_equal(scene_submit(&s, 0, STR("A: b\r\n\r\n"), 100).code, 250);
	scene_end(&s);
}

static void
test_no_room(void **state)
{
	(void)state;
	scene_expected_warnings = 1;
	in_spool(run_no_room, NULL);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cleanup_test(test_queues),
		cleanup_test(test_byte_for_byte),
		cleanup_test(test_slow_header),
		cleanup_test(test_largest_record),
		cleanup_test(test_stray_line_ends),
#ifdef ENABLE_FAULTS
		cleanup_test(test_disk_failures),
#endif
		cleanup_test(test_no_room),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
