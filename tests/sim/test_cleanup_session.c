/* SPDX-License-Identifier: BSD-2-Clause */
/* Clients, good and bad: limits, verdicts, ends, log lines. */
#include "tests/sim/cleanup_scene.h"

PARKS static void
run_completion(void *arg)
{
	static const struct {
		const char *name;
		uint32_t flags;
		const char *in;
		bool completed;
	} rows[] = {
		{ "remote", 0, "Subject: x\r\n\r\n", false },
		{ "local", SUBMIT_LOCAL, "Subject: x\r\n\r\n", true },
		{ "trusted", SUBMIT_TRUSTED, "Subject: x\r\n\r\n", true },
		{ "internal", SUBMIT_INTERNAL, "Subject: x\r\n\r\n", false },
		{ "complete", SUBMIT_LOCAL, "From: a@b\r\nDate: b\r\nMessage-ID: <c>\r\n\r\n",
		    false },
	};
	struct scene s;

	(void)arg;
	scene_begin(&s, "");
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		AUTO(buf) content = BUF_INIT((size_t)10000);
		struct answer a = scene_submit(&s, rows[i].flags, str_of(rows[i].in), 1000);
		bool has;

		scene_settle(&s);
		scene_take_stored(&a.id, &content, NULL, NULL);
		has = str_find(buf_str(&content), STR("\r\nFrom: sender@example.org\r\n")) <
		          content.n &&
		      str_find(buf_str(&content), STR("\r\nMessage-ID: <")) < content.n &&
		      str_find(buf_str(&content), STR("\r\nDate: ")) < content.n;
		if (has != rows[i].completed)
			fail_msg("%s: %s", rows[i].name, buf_text(&content));
		if (!has)
			assert_str_is(scene_behind_received(&content), rows[i].in);
		scene_empty_journal();
	}
	scene_end(&s);
}

static void
test_completes_own_mail_only(void **state)
{
	(void)state;
	in_spool(run_completion, NULL);
}

/* A second copy of a recipient goes, as far as they are remembered. */
PARKS static void
run_duplicates(void *arg)
{
	static const struct {
		size_t known_max;
		uint32_t left;
	} rows[] = { { 0, 4 }, { 1000, 4 }, { 1, 6 } };
	struct message_recipient list[7] = {
		{ .address = STR("a@example.com") },
		{ .address = STR("A@Example.com") },
		{ .address = STR("a@example.com"), .notify = 1 },
		{ .address = STR("a@example.com"), .original = STR("b@example.com") },
		{ .address = STR("b@example.com") },
		{ .address = STR("b@example.com") },
		{ .address = STR("a@example.com"), .notify = 1 },
	};

	(void)arg;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		AUTO(buf) content = BUF_INIT((size_t)10000);
		AUTO(arena) arena = ARENA_INIT((size_t)1000000);
		struct message_submit m = scene_make_submit(0);
		struct stored stored;
		struct scene s;
		struct answer a;

		m.recipients = list;
		m.recipients_count = ARRAY_LEN(list);
		scene_begin(&s, "");
		s.k.duplicates_max = rows[i].known_max;
		assert_int_equal(channel_send_submit(&s.client, 1, &m, DEADLINE), 0);
		scene_send_end(&s, 1);
		a = scene_read_answer(&s);
		scene_settle(&s);
		scene_take_stored(&a.id, &content, &stored, &arena);
		assert_int_equal(stored.envelope.recipients_count, rows[i].left);
		assert_str_is(stored.envelope.recipients[0].address, "a@example.com");
		scene_end(&s);
	}
}

static void
test_drops_second_copies(void **state)
{
	(void)state;
	in_spool(run_duplicates, NULL);
}

/* As many recipients as there may be, and one more by a rule. */
PARKS static void
run_most_recipients(void *arg)
{
	enum { COUNT = 100000 };
	AUTO(arena) arena = ARENA_INIT((size_t)100000000);
	struct message_submit m = scene_make_submit(0);

	(void)arg;
	m.recipients = mem_array(COUNT, sizeof(*m.recipients));
	m.recipients_count = COUNT;
	for (unsigned i = 0; i < COUNT; i++)
		m.recipients[i] = (struct message_recipient){ .address = str_of(arena_printf(
			                                          &arena, "r%u@example.com", i)) };
	for (unsigned more = 0; more < 2; more++) {
		struct scene s;
		struct answer a;

		scene_begin(&s, more != 0 ? "always_bcc = archive@example.com\n" : "");
		assert_int_equal(channel_send_submit(&s.client, 1, &m, DEADLINE), 0);
		scene_send_end(&s, 1);
		a = scene_read_answer(&s);
		assert_int_equal(a.code, more != 0 ? 452 : 250);
		assert_string_equal(a.dsn, more != 0 ? "4.5.3" : "2.0.0");
		scene_end(&s);
	}
	mem_free(m.recipients);
}

static void
test_most_recipients(void **state)
{
	(void)state;
	in_spool(run_most_recipients, NULL);
}

/* Limits: the verdict, at the limit and beyond; nothing is left; and the channel serves on. */
PARKS static void
run_limits(void *arg)
{
	enum { HUGE_SIZE = 1100000 };
	struct scene s;
	struct answer a;
	struct message_submit m;
	char *text = mem_new(HUGE_SIZE);

	(void)arg;
	memset(text, 'x', HUGE_SIZE);
	memcpy(text, "A: b\r\n\r\n", 8);
	scene_begin(&s, "");
	a = scene_submit(&s, 0, str_make(text, 1000000), 65536);
	assert_int_equal(a.code, 250);

	/* Answered before its end; the rest of it is passed over. */
	scene_send_submit(&s, 8, 0);
	scene_send_content(&s, 8, str_make(text, HUGE_SIZE), 65536);
	scene_send_end(&s, 8);
	a = scene_read_answer(&s);
	assert_int_equal(a.code, 552);
	assert_int_equal(a.request, 8);
	assert_string_equal(a.dsn, "5.3.4");

	m = scene_make_submit(0);
	m.size = 1000001;
	assert_int_equal(channel_send_submit(&s.client, 9, &m, DEADLINE), 0);
	assert_int_equal(scene_read_answer(&s).code, 552);

	m = scene_make_submit(0);
	m.recipients_count = 0;
	assert_int_equal(channel_send_submit(&s.client, 10, &m, DEADLINE), 0);
	assert_int_equal(scene_read_answer(&s).code, 554);

	m = scene_make_submit(0);
	m.sender = STR("a\nb@example.org");
	assert_int_equal(channel_send_submit(&s.client, 11, &m, DEADLINE), 0);
	assert_int_equal(scene_read_answer(&s).code, 501);

	a = scene_submit(&s, 0,
	    STR("Received: a\r\nReceived: b\r\nReceived: c\r\nReceived: d\r\nReceived: e\r\n\r\n"),
	    50);
	assert_int_equal(a.code, 554);
	assert_string_equal(a.dsn, "5.4.0");
	assert_string_equal(a.text, "Error: too many hops");

	memcpy(text, "Subject: ", 9);
	memcpy(text + 102401, "\r\n\r\n", 4);
	a = scene_submit(&s, 0, str_make(text, 102405), 65536);
	assert_int_equal(a.code, 552);
	memset(text + 102401, 'x', 4);
	memcpy(text + 102398, "\r\n\r\n", 4);
	a = scene_submit(&s, 0, str_make(text, 102402), 65536);
	assert_int_equal(a.code, 250);

	/* A header without end. */
	for (size_t i = 0; i + 8 <= HUGE_SIZE; i += 8)
		memcpy(text + i, "A: bcd\r\n", 8);
	a = scene_submit(&s, 0, str_make(text, 900000), 65536);
	assert_int_equal(a.code, 552);

	a = scene_submit(&s, 0, STR("A: b\r\n\r\n"), 100);
	assert_int_equal(a.code, 250);
	assert_int_equal(count_files("incoming", ".tmp"), 0);
	assert_int_equal(count_files("incoming", ""), 2);
	mem_free(text);
	scene_end(&s);
	assert_int_equal(s.k.journal.messages, 1);
}

static void
test_limits(void **state)
{
	(void)state;
	in_spool(run_limits, NULL);
}

PARKS static void
run_interleaved(void *arg)
{
	enum { COUNT = 50 };
	struct scene s;
	bool answered[COUNT] = { false };

	(void)arg;
	scene_begin(&s, "");
	for (uint32_t i = 0; i < COUNT; i++)
		scene_send_submit(&s, i, 0);
	for (unsigned k = 0; k < 3; k++) {
		for (uint32_t i = 0; i < COUNT; i++) {
			char text[64];

			snprintf(
			    text, sizeof(text), "%sline %u of %u\r\n", k == 0 ? "\r\n" : "", k, i);
			scene_send_content(&s, i, str_of(text), 5);
		}
	}
	for (uint32_t i = 0; i < COUNT; i++) {
		if (i % 10 == 3)
			assert_int_equal(channel_send_content_abort(&s.client, i,
			                     &(struct message_content_abort){ 0 }, DEADLINE),
			    0);
		else
			scene_send_end(&s, i);
	}
	for (uint32_t i = 0; i < COUNT - COUNT / 10; i++) {
		AUTO(buf) content = BUF_INIT((size_t)10000);
		struct answer a = scene_read_answer(&s);
		char text[128];

		assert_int_equal(a.code, 250);
		assert_true(a.request < COUNT && a.request % 10 != 3 && !answered[a.request]);
		answered[a.request] = true;
		scene_settle(&s);
		scene_take_stored(&a.id, &content, NULL, NULL);
		snprintf(text, sizeof(text), "\r\nline 0 of %u\r\nline 1 of %u\r\nline 2 of %u\r\n",
		    a.request, a.request, a.request);
		assert_str_is(scene_behind_received(&content), text);
	}
	scene_end(&s);
	assert_int_equal(s.k.journal.messages, COUNT - COUNT / 10);
	assert_in_range(s.k.journal.batches, 1, 5);
}

static void
test_many_messages_at_once(void **state)
{
	(void)state;
	in_spool(run_interleaved, NULL);
}

/* Who breaks the rules loses the channel; nobody else notices. */
PARKS static void
run_bad_clients(void *arg)
{
	struct scene s;
	struct frame f;

	(void)arg;
	scene_begin(&s, "");
	/* Frames of no request are what came after a verdict. */
	scene_send_content(&s, 99, STR("x"), 1);
	scene_send_end(&s, 99);
	assert_int_equal(scene_submit(&s, 0, STR("A: b\r\n\r\n"), 100).code, 250);
	scene_send_submit(&s, 5, 0);
	scene_send_submit(&s, 5, 0);
	assert_true(channel_receive(&s.client, &f, DEADLINE) < 0);
	channel_close(&s.client);
	assert_int_equal(group_wait(&s.servers, DEADLINE), 0);

	scene_connect(&s);
	assert_int_equal(
	    channel_send_queue_list(&s.client, 1, &(struct message_queue_list){ 0 }, DEADLINE), 0);
	assert_true(channel_receive(&s.client, &f, DEADLINE) < 0);
	channel_close(&s.client);
	assert_int_equal(group_wait(&s.servers, DEADLINE), 0);

	/* Gone in the middle: nothing is left. */
	scene_connect(&s);
	scene_send_submit(&s, 1, 0);
	scene_send_content(&s, 1, STR("A: b\r\n\r\n"), 100);
	assert_int_equal(channel_flush(&s.client, DEADLINE), 0);
	channel_close(&s.client);
	assert_int_equal(group_wait(&s.servers, DEADLINE), 0);
	scene_connect(&s);
	assert_int_equal(scene_submit(&s, 0, STR("A: b\r\n\r\n"), 100).code, 250);
	scene_end(&s);
	assert_int_equal(s.k.journal.messages, 2);
	assert_int_equal(s.k.journal.expected, 0);
}

static void
test_bad_clients(void **state)
{
	(void)state;
	scene_expected_warnings = 2;
	in_spool(run_bad_clients, NULL);
}

PARKS static void
run_drain(void *arg)
{
	struct scene s;
	struct frame f;

	(void)arg;
	scene_begin(&s, "");
	scene_send_submit(&s, 1, 0);
	assert_int_equal(channel_flush(&s.client, DEADLINE), 0);
	assert_int_equal(task_sleep(run_deadline(TICKS_MS)), 0);
	session_drain_all(&s.k);
	assert_int_equal(channel_receive(&s.client, &f, DEADLINE), 0);
	assert_int_equal(f.number, MESSAGE_NUMBER_leaving);
	/* What has begun may end, and so may what crossed that word. */
	scene_send_content(&s, 1, STR("A: b\r\n\r\n"), 100);
	scene_send_end(&s, 1);
	assert_int_equal(scene_read_answer(&s).code, 250);
	assert_int_equal(scene_submit(&s, 0, STR("A: b\r\n\r\n"), 100).code, 250);
	assert_int_equal(stream_end_output(&s.client.stream, DEADLINE), 0);
	assert_int_equal(channel_receive(&s.client, &f, DEADLINE), ERR_EOF);
	scene_end(&s);
}

static void
test_drains(void **state)
{
	(void)state;
	in_spool(run_drain, NULL);
}

/* The client comes first, in the name of the process that spoke with it. */
PARKS static void
run_logs(void *arg)
{
	static const struct {
		const char *name;
		uint32_t flags, port;
		bool local, is_network, log_port;
		const char *content;
		const char *log; /* after the queue id, which stands before each line */
		struct str forward_id, forward_client;
	} rows[] = {
		{ "client", 0, 25, false, false, false, "Message-ID: <a@b>\r\n\r\n",
		    "client=client.example[192.0.2.1]|message-id=<a@b>" },
		{ "port", 0, 25, false, false, true, "\r\n",
		    "client=client.example[192.0.2.1]:25|message-id=<>" },
		{ "port unknown", 0, 0, false, false, true, "\r\n",
		    "client=client.example[192.0.2.1]|message-id=<>" },
		{ "where it was before", 0, 25, false, false, true, "\r\n",
		    "client=client.example[192.0.2.1]:25, orig_queue_id=A1, "
		    "orig_client=o.example[192.0.2.9]|message-id=<>",
		    STR_INIT("A1"), STR_INIT("o.example[192.0.2.9]") },
		{ "local", SUBMIT_LOCAL, 0, true, false, false, "Message-ID: <a@b>\r\n\r\n",
		    "uid=7 from=<sender@example.org>|message-id=<a@b>" },
		{ "local, says the network", SUBMIT_LOCAL, 0, true, true, false, "\r\n",
		    "message-id=<>" },
		{ "internal", SUBMIT_INTERNAL, 0, true, false, false, "\r\n", "message-id=<>" },
	};

	(void)arg;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct message_submit m = scene_make_submit(rows[i].flags);
		AUTO(buf) want = BUF_INIT((size_t)1000);
		struct str rest = str_of(rows[i].log), line;
		struct scene s;
		struct answer a;

		scene_begin(&s, "");
		s.who.is_network = rows[i].is_network;
		s.k.log_port = rows[i].log_port;
		m.client_port = rows[i].port;
		m.forward_id = rows[i].forward_id;
		m.forward_client = rows[i].forward_client;
		m.uid = 7;
		if (rows[i].local)
			m.client_address = STR_NONE;
		buf_clear(&scene_seen);
		assert_int_equal(channel_send_submit(&s.client, 7, &m, DEADLINE), 0);
		scene_send_content(&s, 7, str_of(rows[i].content), 100);
		scene_send_end(&s, 7);
		a = scene_read_answer(&s);
		while (str_split(&rest, '|', &line))
			assert_int_equal(
			    buf_addf(&want, "%s: %.*s\n", a.id.text, STR_ARG(line)), 0);
		if (!str_equal(buf_str(&scene_seen), buf_str(&want)))
			fail_msg("%s: %s", rows[i].name, buf_text(&scene_seen));
		scene_end(&s);
	}
}

static void
test_logs(void **state)
{
	(void)state;
	in_spool(run_logs, NULL);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cleanup_test(test_completes_own_mail_only),
		cleanup_test(test_drops_second_copies),
		cleanup_test(test_most_recipients),
		cleanup_test(test_limits),
		cleanup_test(test_many_messages_at_once),
		cleanup_test(test_bad_clients),
		cleanup_test(test_drains),
		cleanup_test(test_logs),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
