/* SPDX-License-Identifier: BSD-2-Clause */
#include "tests/sim/cleanup_scene.h"

/* --- The log: what is not expected fails the test -------------------------------------------- */

struct buf scene_seen = BUF_INIT((size_t)1000000);
unsigned scene_expected_warnings;
static unsigned warnings;

static void
see(const struct event *e)
{
	int result = event_render_words(e, &scene_seen);

	if (result == 0)
		result = buf_add_byte(&scene_seen, '\n');
	assert_int_equal(result, 0);
	warnings += e->level >= LEVEL_WARNING;
}

int
scene_setup(void **state)
{
	log_divert(see);
	warnings = scene_expected_warnings = 0;
	return spool_setup(state);
}

int
scene_teardown(void **state)
{
	int result = spool_teardown(state);

	log_divert(NULL);
	if (warnings != scene_expected_warnings)
		print_error("warnings:\n%s", buf_text(&scene_seen));
	buf_drop(&scene_seen);
	return warnings == scene_expected_warnings ? result : -1;
}

/* --- The scene ------------------------------------------------------------------------------- */

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

void
scene_connect(struct scene *s)
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

static void
config_trouble(void *context, bool is_error, const char *text)
{
	(void)context;
	if (is_error)
		fail_msg("%s", text);
}

#define BASE                                                                       \
	"myhostname = mx.example\nmyorigin = origin.example\nmydomain = example\n" \
	"message_size_limit = 1000000\nhopcount_limit = 5\nmydestination = local.example\n"

static struct config *
load(const char *main_cf)
{
	AUTO(buf) text = BUF_INIT((size_t)10000);
	struct config_source source = {
		.directory = "/", .program = "cleanup", .service = "cleanup"
	};
	struct config *c;

	assert_int_equal(buf_addf(&text, BASE "%s", main_cf), 0);
	source.text = buf_text(&text);
	c = config_load(&source, config_trouble, NULL);
	assert_non_null(c);
	return c;
}

void
scene_begin(struct scene *s, const char *main_cf)
{
	struct why why = WHY_INIT;

	*s = (struct scene){ .config = load(main_cf) };
	if (cleanup_init(&s->k, s->config, &why) < 0)
		fail_msg("%s", why.text);
	group_init(&s->servers);
	group_init(&s->qmgr_tasks);
	mem_free(s->k.notifier.context);
	s->k.notifier.connect = connect_qmgr;
	s->k.notifier.context = s;
	assert_int_equal(cleanup_start(&s->k, &why), 0);
	scene_connect(s);
}

void
scene_end(struct scene *s)
{
	channel_close(&s->client);
	assert_int_equal(group_wait(&s->servers, DEADLINE), 0);
	cleanup_close(&s->k);
	assert_int_equal(group_wait(&s->qmgr_tasks, DEADLINE), 0);
	config_free(s->config);
}

/* --- The client ------------------------------------------------------------------------------ */

static struct message_recipient one_recipient = { .notify = 0 };

struct message_submit
scene_make_submit(uint32_t flags)
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

void
scene_send_submit(struct scene *s, uint32_t request, uint32_t flags)
{
	struct message_submit m = scene_make_submit(flags);

	assert_int_equal(channel_send_submit(&s->client, request, &m, DEADLINE), 0);
}

void
scene_send_content(struct scene *s, uint32_t request, struct str content, size_t piece)
{
	for (size_t i = 0; i < content.n; i += piece) {
		struct message_content m = { .bytes = str_part(content, i, piece) };

		assert_int_equal(channel_send_content(&s->client, request, &m, DEADLINE), 0);
	}
}

void
scene_send_end(struct scene *s, uint32_t request)
{
	assert_int_equal(channel_send_content_end(
	                     &s->client, request, &(struct message_content_end){ 0 }, DEADLINE),
	    0);
}

struct answer
scene_read_answer(struct scene *s)
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

struct answer
scene_submit(struct scene *s, uint32_t flags, struct str content, size_t piece)
{
	scene_send_submit(s, 7, flags);
	scene_send_content(s, 7, content, piece);
	scene_send_end(s, 7);
	return scene_read_answer(s);
}

/* --- The spool ------------------------------------------------------------------------------- */

/* The content of the one message that is in the spool, which is then emptied. */
void
scene_take_stored(
    const struct queue_id *id, struct buf *content, struct stored *out, struct arena *arena)
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
void
scene_empty_journal(void)
{
	remove_tree("journal");
	assert_int_equal(mkdir("journal", 0700), 0);
}

/* What stands behind our Received field. */
struct str
scene_behind_received(const struct buf *content)
{
	struct header_iter it;
	struct header_field f;

	header_iter_init(&it, buf_str(content));
	assert_int_equal(header_next(&it, &f), 1);
	assert_true(header_is(&f, STR("Received")));
	return it.rest;
}

/* Lets the segment be closed, so that it can be read. */
void
scene_settle(struct scene *s)
{
	journal_rotate(&s->k.journal);
	assert_int_equal(task_sleep(run_deadline(TICKS_MS)), 0);
}
