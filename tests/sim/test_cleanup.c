/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * cleanup on the simulated loop: real sessions and a real spool in a temporary folder, a client and a
 * qmgr made of tasks at the other ends of channels in memory.
 */
#include "tests/unit/spool/spool_test.h"

#include "cleanup/session.h"
#include "lib/mail/header.h"
#include "lib/sys/log.h"

#define DEADLINE run_deadline(60 * TICKS_SECOND)

/* --- The log: what is not expected fails the test -------------------------------------------- */

static struct buf seen = BUF_INIT((size_t)1000000);
static unsigned warnings, expected_warnings;

static void
see(const struct event *e)
{
	int result = event_render_words(e, &seen);

	if (result == 0)
		result = buf_add_byte(&seen, '\n');
	assert_int_equal(result, 0);
	warnings += e->level >= LEVEL_WARNING;
}

static int
setup(void **state)
{
	log_divert(see);
	warnings = expected_warnings = 0;
	return spool_setup(state);
}

static int
teardown(void **state)
{
	int result = spool_teardown(state);

	log_divert(NULL);
	if (warnings != expected_warnings)
		print_error("warnings:\n%s", buf_text(&seen));
	buf_drop(&seen);
	return warnings == expected_warnings ? result : -1;
}

#define cleanup_test(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

/* --- The scene ------------------------------------------------------------------------------- */

struct heard {
	enum message_number number;
	struct queue_id name;
	uint64_t position, length;
};

struct scene {
	struct cleanup k;
	struct group servers;
	struct submitter who;
	struct channel server, client;
	/* qmgr */
	bool qmgr_is_away;
	unsigned qmgr_connects;
	struct group qmgr_tasks;
	struct channel qmgr_end;
	struct heard heard[600];
	unsigned heard_count;
};

PARKS static void
run_server(void *arg)
{
	static const struct channel_options options = {
		.protocol = CHANNEL_SUBMIT, .program = "cleanup", .capacity = SESSION_MESSAGES_MAX
	};
	struct scene *s = arg;
	struct why why;

	assert_int_equal(channel_open_stream(&s->server, &options, DEADLINE, &why), 0);
	session_serve(&s->k, &s->server, &s->who);
	channel_close(&s->server);
}

PARKS static void
connect_client(struct scene *s)
{
	static const struct channel_options options = {
		.protocol = CHANNEL_SUBMIT, .program = "client", .capacity = 1
	};
	struct why why;

	stream_open_pair(&s->client.stream, &s->server.stream, (size_t)256 * 1024);
	assert_int_equal(task_start(&s->servers, "server", run_server, s), 0);
	assert_int_equal(channel_open_stream(&s->client, &options, DEADLINE, &why), 0);
}

static void
hear(struct scene *s, const struct frame *f)
{
	struct heard *h = &s->heard[s->heard_count];
	struct message_stored_record record;
	struct message_stored_file file;
	struct message_segment_closed closed;
	struct str name = STR_NONE;

	assert_true(s->heard_count < ARRAY_LEN(s->heard));
	h->number = f->number;
	if (f->number == MESSAGE_NUMBER_stored_record) {
		assert_int_equal(message_decode_stored_record(f, NULL, &record), 0);
		name = record.segment;
		h->position = record.offset;
		h->length = record.length;
	} else if (f->number == MESSAGE_NUMBER_segment_closed) {
		assert_int_equal(message_decode_segment_closed(f, NULL, &closed), 0);
		name = closed.segment;
		h->length = closed.length;
	} else {
		assert_int_equal(message_decode_stored_file(f, NULL, &file), 0);
		name = file.queue_id;
	}
	assert_int_equal(queue_id_parse(name, &h->name), 0);
	s->heard_count++;
}

PARKS static void
run_qmgr(void *arg)
{
	static const struct channel_options options = {
		.protocol = CHANNEL_STORED, .program = "qmgr", .capacity = 1
	};
	struct scene *s = arg;
	struct frame f;
	struct why why;

	if (channel_open_stream(&s->qmgr_end, &options, DEADLINE, &why) < 0)
		return;
	while (channel_receive(&s->qmgr_end, &f, TICKS_NEVER) == 0)
		hear(s, &f);
	channel_close(&s->qmgr_end);
}

PARKS static int
connect_qmgr(void *context, struct channel *c, int64_t deadline, struct why *why)
{
	static const struct channel_options options = {
		.protocol = CHANNEL_STORED, .program = "cleanup", .capacity = 1
	};
	struct scene *s = context;

	if (s->qmgr_is_away) {
		why_set(why, "nobody is there");
		return -ECONNREFUSED;
	}
	s->qmgr_connects++;
	stream_open_pair(&c->stream, &s->qmgr_end.stream, (size_t)256 * 1024);
	assert_int_equal(task_start(&s->qmgr_tasks, "qmgr", run_qmgr, s), 0);
	return channel_open_stream(c, &options, deadline, why);
}

PARKS static void
begin(struct scene *s)
{
	static const struct str drop[] = { STR_INIT("bcc") };
	struct why why;

	*s = (struct scene){ .k = {
		                 .host = STR("mx.example"),
		                 .software = STR("Postroad"),
		                 .message_max = 1000000,
		                 .field_max = 102400,
		                 .hops_max = 5,
		                 .journal_max = 65536,
		                 .replace_stray = true,
		                 .drop = { drop, 1 },
		             } };
	room_init(&s->k.room, 0, 0);
	list_init(&s->k.sessions);
	group_init(&s->servers);
	group_init(&s->qmgr_tasks);
	notifier_init(&s->k.notifier, "");
	mem_free(s->k.notifier.context);
	s->k.notifier.connect = connect_qmgr;
	s->k.notifier.context = s;
	assert_int_equal(cleanup_start(&s->k, &why), 0);
	connect_client(s);
}

PARKS static void
end(struct scene *s)
{
	channel_close(&s->client);
	assert_int_equal(group_wait(&s->servers, DEADLINE), 0);
	cleanup_close(&s->k);
	assert_int_equal(group_wait(&s->qmgr_tasks, DEADLINE), 0);
}

/* --- The client ------------------------------------------------------------------------------ */

static struct message_recipient one_recipient = { .notify = 0 };

static struct message_submit
make_submit(uint32_t flags)
{
	one_recipient.address = STR("rcpt@example.com");
	return (struct message_submit){
		.sender = STR("sender@example.org"),
		.flags = flags,
		.protocol = STR("ESMTP"),
		.helo = STR("client.example"),
		.client_name = STR("client.example"),
		.client_address = STR("192.0.2.1"),
		.recipients = &one_recipient,
		.recipients_count = 1,
	};
}

PARKS static void
send_submit(struct scene *s, uint32_t request, uint32_t flags)
{
	struct message_submit m = make_submit(flags);

	assert_int_equal(channel_send_submit(&s->client, request, &m, DEADLINE), 0);
}

PARKS static void
send_content(struct scene *s, uint32_t request, struct str content, size_t piece)
{
	for (size_t i = 0; i < content.n; i += piece) {
		struct message_content m = { .bytes = str_part(content, i, piece) };

		assert_int_equal(channel_send_content(&s->client, request, &m, DEADLINE), 0);
	}
}

PARKS static void
send_end(struct scene *s, uint32_t request)
{
	assert_int_equal(channel_send_content_end(
	                     &s->client, request, &(struct message_content_end){ 0 }, DEADLINE),
	    0);
}

struct answer {
	uint32_t request;
	uint32_t code;
	char dsn[16];
	char text[128];
	struct queue_id id;
};

PARKS static struct answer
read_answer(struct scene *s)
{
	struct message_verdict v;
	struct answer a = { .code = 0 };
	struct frame f;

	assert_int_equal(channel_receive(&s->client, &f, DEADLINE), 0);
	assert_int_equal(message_decode_verdict(&f, NULL, &v), 0);
	a.request = f.request;
	a.code = v.code;
	snprintf(a.dsn, sizeof(a.dsn), "%.*s", STR_ARG(v.dsn));
	snprintf(a.text, sizeof(a.text), "%.*s", STR_ARG(v.text));
	if (v.queue_id.n != 0)
		assert_int_equal(queue_id_parse(v.queue_id, &a.id), 0);
	assert_int_equal(v.queue_id.n != 0, v.code == 250);
	return a;
}

PARKS static struct answer
submit(struct scene *s, uint32_t flags, struct str content, size_t piece)
{
	send_submit(s, 7, flags);
	send_content(s, 7, content, piece);
	send_end(s, 7);
	return read_answer(s);
}

/* --- The spool ------------------------------------------------------------------------------- */

/* The content of the one message that is in the spool, which is then emptied. */
PARKS static void
take_stored(const struct queue_id *id, struct buf *content, struct stored *out, struct arena *arena)
{
	struct journal j;
	struct recover r;
	struct found f;
	unsigned found = 0;
	struct why why;

	journal_init(&j);
	recover_open(&r, &j);
	while (recover_next(&r, &f) > 0) {
		char *p;
		int fd;

		if (f.kind != FOUND_MESSAGE || strcmp(f.message.id.text, id->text) != 0)
			continue;
		found++;
		p = buf_reserve(content, (size_t)f.message.content_length);
		assert_non_null(p);
		if (f.segment != NULL) {
			assert_int_equal(segment_read_content(f.segment, &f.message, p), 0);
		} else {
			assert_int_equal(message_open(&f.message, true, &fd, &why), 0);
			assert_int_equal(sys_pread_all(fd, p, (size_t)f.message.content_length,
			                     f.message.content_offset),
			    0);
			sys_close(fd);
		}
		buf_grow(content, (size_t)f.message.content_length);
		if (out != NULL) {
			struct str bytes = arena_str(arena, f.message.envelope_bytes);

			*out = f.message;
			assert_int_equal(envelope_decode(bytes, arena, &out->envelope), 0);
		}
	}
	recover_close(&r);
	journal_drop(&j);
	assert_int_equal(found, 1);
}

/* What was looked at goes, so that the next look is quick. */
static void
empty_journal(void)
{
	remove_tree("journal");
	assert_int_equal(mkdir("journal", 0700), 0);
}

/* What stands behind our Received field. */
static struct str
behind_received(const struct buf *content)
{
	struct header_iter it;
	struct header_field f;

	header_iter_init(&it, buf_str(content));
	assert_int_equal(header_next(&it, &f), 1);
	assert_true(header_is(&f, STR("Received")));
	return it.rest;
}

/* Lets the segment be closed, so that it can be read. */
PARKS static void
settle(struct scene *s)
{
	journal_rotate(&s->k.journal);
	assert_int_equal(task_sleep(run_deadline(TICKS_MS)), 0);
}

/* --- Tests ----------------------------------------------------------------------------------- */

PARKS static void
run_queued(void *arg)
{
	AUTO(buf) content = BUF_INIT((size_t)1000000);
	AUTO(arena) arena = ARENA_INIT((size_t)1000000);
	struct scene s;
	struct answer a;
	struct stored m;

	(void)arg;
	begin(&s);
	a = submit(&s, SUBMIT_8BITMIME, STR("Subject: x\r\n\r\nbody\xff\r\n..\r\n"), 1000);
	assert_int_equal(a.code, 250);
	assert_int_equal(a.request, 7);
	assert_string_equal(a.dsn, "2.0.0");
	assert_true(str_starts(str_of(a.text), STR("Ok: queued as ")));
	assert_string_equal(a.text + strlen("Ok: queued as "), a.id.text);
	settle(&s);
	take_stored(&a.id, &content, &m, &arena);
	assert_true(str_starts(buf_str(&content),
	    STR("Received: from client.example (client.example [192.0.2.1])\r\n\tby mx.example "
	        "(Postroad) with ESMTP id ")));
	assert_true(str_find(buf_str(&content), STR("for <rcpt@example.com>; ")) < content.n);
	assert_str_is(behind_received(&content), "Subject: x\r\n\r\nbody\xff\r\n..\r\n");
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
	end(&s);
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
	begin(&s);
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
		a = submit(&s, 0, sent, pieces[i % ARRAY_LEN(pieces)]);
		assert_int_equal(a.code, 250);
		settle(&s);
		take_stored(&a.id, &content, NULL, NULL);
		assert_true(str_equal(behind_received(&content), sent));
	}
	assert_in_range(count_files("incoming", ""), 9, 15);
	mem_free(text);
	end(&s);
}

static void
test_byte_for_byte(void **state)
{
	(void)state;
	in_spool(run_byte_for_byte, NULL);
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
	begin(&s);
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		for (size_t piece = 1; piece <= strlen(rows[i].in); piece++) {
			AUTO(buf) content = BUF_INIT((size_t)10000);
			struct answer a = submit(&s, 0, str_of(rows[i].in), piece);

			assert_int_equal(a.code, 250);
			settle(&s);
			take_stored(&a.id, &content, NULL, NULL);
			assert_str_is(behind_received(&content), rows[i].out);
			empty_journal();
		}
	}
	end(&s);
}

/* The same while a message streams. */
PARKS static void
run_stray_streaming(void *arg)
{
	struct scene s;
	char *text = mem_new(200000);

	(void)arg;
	begin(&s);
	for (unsigned shift = 0; shift < 3; shift++) {
		AUTO(buf) content = BUF_INIT((size_t)1000000);
		struct answer a;
		struct str stored;

		memset(text, 'x', 200000);
		memcpy(text, "A: b\r\n\r\n", 8);
		memcpy(text + 131072 - shift, "\r\n", 2);
		memcpy(text + 150000, "\n.\r", 3);
		a = submit(&s, 0, str_make(text, 200000), 65536);
		assert_int_equal(a.code, 250);
		settle(&s);
		take_stored(&a.id, &content, NULL, NULL);
		stored = behind_received(&content);
		memcpy(text + 150000, " . ", 3);
		assert_true(str_equal(stored, str_make(text, 200000)));
	}
	mem_free(text);
	end(&s);
}

static void
test_stray_line_ends(void **state)
{
	(void)state;
	in_spool(run_stray, NULL);
	in_spool(run_stray_streaming, NULL);
}

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
		{ "complete", SUBMIT_LOCAL, "From: a\r\nDate: b\r\nMessage-ID: <c>\r\n\r\n",
		    false },
	};
	struct scene s;

	(void)arg;
	begin(&s);
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		AUTO(buf) content = BUF_INIT((size_t)10000);
		struct answer a = submit(&s, rows[i].flags, str_of(rows[i].in), 1000);
		bool has;

		settle(&s);
		take_stored(&a.id, &content, NULL, NULL);
		has = str_find(buf_str(&content), STR("\r\nFrom: sender@example.org\r\n")) <
		          content.n &&
		      str_find(buf_str(&content), STR("\r\nMessage-ID: <")) < content.n &&
		      str_find(buf_str(&content), STR("\r\nDate: ")) < content.n;
		if (has != rows[i].completed)
			fail_msg("%s: %s", rows[i].name, buf_text(&content));
		if (!has)
			assert_str_is(behind_received(&content), rows[i].in);
		empty_journal();
	}
	end(&s);
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
		struct message_submit m = make_submit(0);
		struct stored stored;
		struct scene s;
		struct answer a;

		m.recipients = list;
		m.recipients_count = ARRAY_LEN(list);
		begin(&s);
		s.k.duplicates_max = rows[i].known_max;
		assert_int_equal(channel_send_submit(&s.client, 1, &m, DEADLINE), 0);
		send_end(&s, 1);
		a = read_answer(&s);
		settle(&s);
		take_stored(&a.id, &content, &stored, &arena);
		assert_int_equal(stored.envelope.recipients_count, rows[i].left);
		assert_str_is(stored.envelope.recipients[0].address, "a@example.com");
		end(&s);
	}
}

static void
test_drops_second_copies(void **state)
{
	(void)state;
	in_spool(run_duplicates, NULL);
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
	begin(&s);
	a = submit(&s, 0, str_make(text, 1000000), 65536);
	assert_int_equal(a.code, 250);

	/* Answered before its end; the rest of it is passed over. */
	send_submit(&s, 8, 0);
	send_content(&s, 8, str_make(text, HUGE_SIZE), 65536);
	send_end(&s, 8);
	a = read_answer(&s);
	assert_int_equal(a.code, 552);
	assert_int_equal(a.request, 8);
	assert_string_equal(a.dsn, "5.3.4");

	m = make_submit(0);
	m.size = 1000001;
	assert_int_equal(channel_send_submit(&s.client, 9, &m, DEADLINE), 0);
	assert_int_equal(read_answer(&s).code, 552);

	m = make_submit(0);
	m.recipients_count = 0;
	assert_int_equal(channel_send_submit(&s.client, 10, &m, DEADLINE), 0);
	assert_int_equal(read_answer(&s).code, 554);

	m = make_submit(0);
	m.sender = STR("a\nb@example.org");
	assert_int_equal(channel_send_submit(&s.client, 11, &m, DEADLINE), 0);
	assert_int_equal(read_answer(&s).code, 501);

	a = submit(&s, 0,
	    STR("Received: a\r\nReceived: b\r\nReceived: c\r\nReceived: d\r\nReceived: e\r\n\r\n"),
	    50);
	assert_int_equal(a.code, 554);
	assert_string_equal(a.dsn, "5.4.0");
	assert_string_equal(a.text, "Error: too many hops");

	memcpy(text, "Subject: ", 9);
	memcpy(text + 102401, "\r\n\r\n", 4);
	a = submit(&s, 0, str_make(text, 102405), 65536);
	assert_int_equal(a.code, 552);
	memset(text + 102401, 'x', 4);
	memcpy(text + 102398, "\r\n\r\n", 4);
	a = submit(&s, 0, str_make(text, 102402), 65536);
	assert_int_equal(a.code, 250);

	/* A header without end. */
	for (size_t i = 0; i + 8 <= HUGE_SIZE; i += 8)
		memcpy(text + i, "A: bcd\r\n", 8);
	a = submit(&s, 0, str_make(text, 900000), 65536);
	assert_int_equal(a.code, 552);

	a = submit(&s, 0, STR("A: b\r\n\r\n"), 100);
	assert_int_equal(a.code, 250);
	assert_int_equal(count_files("incoming", ".tmp"), 0);
	assert_int_equal(count_files("incoming", ""), 2);
	mem_free(text);
	end(&s);
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
	begin(&s);
	for (uint32_t i = 0; i < COUNT; i++)
		send_submit(&s, i, 0);
	for (unsigned k = 0; k < 3; k++) {
		for (uint32_t i = 0; i < COUNT; i++) {
			char text[64];

			snprintf(
			    text, sizeof(text), "%sline %u of %u\r\n", k == 0 ? "\r\n" : "", k, i);
			send_content(&s, i, str_of(text), 5);
		}
	}
	for (uint32_t i = 0; i < COUNT; i++) {
		if (i % 10 == 3)
			assert_int_equal(channel_send_content_abort(&s.client, i,
			                     &(struct message_content_abort){ 0 }, DEADLINE),
			    0);
		else
			send_end(&s, i);
	}
	for (uint32_t i = 0; i < COUNT - COUNT / 10; i++) {
		AUTO(buf) content = BUF_INIT((size_t)10000);
		struct answer a = read_answer(&s);
		char text[128];

		assert_int_equal(a.code, 250);
		assert_true(a.request < COUNT && a.request % 10 != 3 && !answered[a.request]);
		answered[a.request] = true;
		settle(&s);
		take_stored(&a.id, &content, NULL, NULL);
		snprintf(text, sizeof(text), "\r\nline 0 of %u\r\nline 1 of %u\r\nline 2 of %u\r\n",
		    a.request, a.request, a.request);
		assert_str_is(behind_received(&content), text);
	}
	end(&s);
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
	begin(&s);
	/* Frames of no request are what came after a verdict. */
	send_content(&s, 99, STR("x"), 1);
	send_end(&s, 99);
	assert_int_equal(submit(&s, 0, STR("A: b\r\n\r\n"), 100).code, 250);
	send_submit(&s, 5, 0);
	send_submit(&s, 5, 0);
	assert_true(channel_receive(&s.client, &f, DEADLINE) < 0);
	channel_close(&s.client);
	assert_int_equal(group_wait(&s.servers, DEADLINE), 0);

	connect_client(&s);
	assert_int_equal(
	    channel_send_queue_list(&s.client, 1, &(struct message_queue_list){ 0 }, DEADLINE), 0);
	assert_true(channel_receive(&s.client, &f, DEADLINE) < 0);
	channel_close(&s.client);
	assert_int_equal(group_wait(&s.servers, DEADLINE), 0);

	/* Gone in the middle: nothing is left. */
	connect_client(&s);
	send_submit(&s, 1, 0);
	send_content(&s, 1, STR("A: b\r\n\r\n"), 100);
	assert_int_equal(channel_flush(&s.client, DEADLINE), 0);
	channel_close(&s.client);
	assert_int_equal(group_wait(&s.servers, DEADLINE), 0);
	connect_client(&s);
	assert_int_equal(submit(&s, 0, STR("A: b\r\n\r\n"), 100).code, 250);
	end(&s);
	assert_int_equal(s.k.journal.messages, 2);
	assert_int_equal(s.k.journal.expected, 0);
}

static void
test_bad_clients(void **state)
{
	(void)state;
	expected_warnings = 2;
	in_spool(run_bad_clients, NULL);
}

PARKS static void
run_drain(void *arg)
{
	struct scene s;
	struct frame f;

	(void)arg;
	begin(&s);
	send_submit(&s, 1, 0);
	assert_int_equal(channel_flush(&s.client, DEADLINE), 0);
	assert_int_equal(task_sleep(run_deadline(TICKS_MS)), 0);
	session_drain_all(&s.k);
	/* What has begun may end. */
	send_content(&s, 1, STR("A: b\r\n\r\n"), 100);
	send_end(&s, 1);
	assert_int_equal(read_answer(&s).code, 250);
	assert_int_equal(channel_receive(&s.client, &f, DEADLINE), ERR_EOF);
	end(&s);
}

static void
test_drains(void **state)
{
	(void)state;
	in_spool(run_drain, NULL);
}

/* --- qmgr (N1 to N3) ------------------------------------------------------------------------- */

PARKS static void
run_qmgr_away(void *arg)
{
	struct scene s;
	struct answer a;
	struct queue_id first;

	(void)arg;
	begin(&s);
	a = submit(&s, 0, STR("A: b\r\n\r\n"), 100);
	assert_int_equal(a.code, 250);
	assert_int_equal(s.heard_count, 1);
	first = s.heard[0].name;

	/* It dies. Mail is taken in all the same. */
	s.qmgr_is_away = true;
	group_end(&s.qmgr_tasks);
	group_init(&s.qmgr_tasks);
	for (unsigned i = 0; i < 3; i++) {
		a = submit(&s, 0, STR("A: b\r\n\r\n"), 100);
		assert_int_equal(a.code, 250);
		assert_int_equal(task_sleep(run_deadline(TICKS_SECOND)), 0);
	}
	assert_int_equal(s.heard_count, 1);

	/* N2: it is back, and hears that the segment in which it missed something is closed. */
	s.qmgr_is_away = false;
	assert_int_equal(task_sleep(run_deadline(10 * TICKS_SECOND)), 0);
	assert_int_equal(s.qmgr_connects, 2);
	assert_int_equal(s.heard_count, 2);
	assert_int_equal(s.heard[1].number, MESSAGE_NUMBER_segment_closed);
	assert_string_equal(s.heard[1].name.text, first.text);
	assert_int_equal(s.heard[1].length, 4 * s.heard[0].length);
	a = submit(&s, 0, STR("A: b\r\n\r\n"), 100);
	assert_int_equal(s.heard[2].number, MESSAGE_NUMBER_stored_record);
	assert_string_not_equal(s.heard[2].name.text, first.text);
	assert_int_equal(s.heard[2].position, 0);
	end(&s);
}

static void
test_qmgr_goes_and_comes(void **state)
{
	(void)state;
	expected_warnings = 1;
	in_spool(run_qmgr_away, NULL);
}

/* N3: notices of files wait. */
PARKS static void
run_file_notices(void *arg)
{
	struct scene s;
	struct answer a;
	char *text = mem_new(100000);

	(void)arg;
	memset(text, 'x', 100000);
	memcpy(text, "A: b\r\n\r\n", 8);
	begin(&s);
	s.qmgr_is_away = true;
	group_end(&s.qmgr_tasks);
	group_init(&s.qmgr_tasks);
	a = submit(&s, 0, str_make(text, 100000), 65536);
	assert_int_equal(a.code, 250);
	assert_int_equal(task_sleep(run_deadline(TICKS_SECOND)), 0);
	assert_int_equal(s.heard_count, 0);
	s.qmgr_is_away = false;
	assert_int_equal(task_sleep(run_deadline(10 * TICKS_SECOND)), 0);
	assert_int_equal(s.heard_count, 1);
	assert_int_equal(s.heard[0].number, MESSAGE_NUMBER_stored_file);
	assert_string_equal(s.heard[0].name.text, a.id.text);
	mem_free(text);
	end(&s);
}

static void
test_file_notices_wait(void **state)
{
	(void)state;
	expected_warnings = 1;
	in_spool(run_file_notices, NULL);
}

/* --- Failures -------------------------------------------------------------------------------- */

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

		begin(&s);
		fault_rules(rows[i].rules);
		a = submit(&s, 0, str_make(text, rows[i].size), 65536);
		fault_rules(NULL);
		if (a.code != rows[i].code || strcmp(a.dsn, rows[i].dsn) != 0)
			fail_msg("%s: %u %s", rows[i].rules, a.code, a.text);
		assert_int_equal(s.heard_count, 0);
		assert_int_equal(count_files("incoming", ""), 0);
		a = submit(&s, 0, str_make(text, 100), 65536);
		assert_int_equal(a.code, 250);
		end(&s);
		assert_int_equal(s.k.journal.messages, 1);
	}
	mem_free(text);
}

static void
test_disk_failures(void **state)
{
	(void)state;
	/* Of each row one by the message, and of the journal's three one more. */
	expected_warnings = 7 + 3;
	in_spool(run_disk_failures, NULL);
}

#endif

PARKS static void
run_no_room(void *arg)
{
	struct scene s;

	(void)arg;
	begin(&s);
	room_init(&s.k.room, UINT64_MAX / 2, 0);
	send_submit(&s, 1, 0);
	assert_int_equal(read_answer(&s).code, 452);
	room_init(&s.k.room, 0, 0);
	assert_int_equal(submit(&s, 0, STR("A: b\r\n\r\n"), 100).code, 250);
	end(&s);
}

static void
test_no_room(void **state)
{
	(void)state;
	expected_warnings = 1;
	in_spool(run_no_room, NULL);
}

/* --- Logs ------------------------------------------------------------------------------------ */

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
		struct message_submit m = make_submit(rows[i].flags);
		AUTO(buf) want = BUF_INIT((size_t)1000);
		struct str rest = str_of(rows[i].log), line;
		struct scene s;
		struct answer a;

		begin(&s);
		s.who.is_network = rows[i].is_network;
		s.k.log_port = rows[i].log_port;
		m.client_port = rows[i].port;
		m.forward_id = rows[i].forward_id;
		m.forward_client = rows[i].forward_client;
		m.uid = 7;
		if (rows[i].local)
			m.client_address = STR_NONE;
		buf_clear(&seen);
		assert_int_equal(channel_send_submit(&s.client, 7, &m, DEADLINE), 0);
		send_content(&s, 7, str_of(rows[i].content), 100);
		send_end(&s, 7);
		a = read_answer(&s);
		while (str_split(&rest, '|', &line))
			assert_int_equal(
			    buf_addf(&want, "%s: %.*s\n", a.id.text, STR_ARG(line)), 0);
		if (!str_equal(buf_str(&seen), buf_str(&want)))
			fail_msg("%s: %s", rows[i].name, buf_text(&seen));
		end(&s);
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
		cleanup_test(test_queues),
		cleanup_test(test_byte_for_byte),
		cleanup_test(test_stray_line_ends),
		cleanup_test(test_completes_own_mail_only),
		cleanup_test(test_drops_second_copies),
		cleanup_test(test_limits),
		cleanup_test(test_many_messages_at_once),
		cleanup_test(test_bad_clients),
		cleanup_test(test_drains),
		cleanup_test(test_qmgr_goes_and_comes),
		cleanup_test(test_file_notices_wait),
#ifdef ENABLE_FAULTS
		cleanup_test(test_disk_failures),
#endif
		cleanup_test(test_no_room),
		cleanup_test(test_logs),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
