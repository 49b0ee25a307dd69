/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * pickup on the simulated loop: real sessions and a real maildrop in a temporary folder; sendmail
 * and cleanup are tasks at the other ends of channels in memory.
 */
#include "tests/unit/spool/spool_test.h"

#include "lib/spool/maildrop.h"
#include "lib/sys/log.h"
#include "services/pickup/pickup.h"

#define DEADLINE run_deadline(60 * TICKS_SECOND)
#define UID      4242

/* --- The log ---------------------------------------------------------------------------------- */

static struct buf seen = BUF_INIT((size_t)100000);

static void
see(const struct event *e)
{
	int result = event_render_words(e, &seen);

	if (result == 0)
		result = buf_add_byte(&seen, '\n');
	assert_int_equal(result, 0);
}

static int
setup(void **state)
{
	log_divert(see);
	return spool_setup(state);
}

static int
teardown(void **state)
{
	log_divert(NULL);
	buf_drop(&seen);
	return spool_teardown(state);
}

#define pickup_test(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

/* --- cleanup ---------------------------------------------------------------------------------- */

enum behaviour {
	TAKES,         /* 250 */
	REFUSES,       /* 552 at the end */
	REFUSES_EARLY, /* 552 after the envelope */
	DEFERS,        /* 452 at the end */
	DEFERS_THIS,   /* 451 at the end, for a reason of the message */
	DIES,          /* hangs up when the content ends */
	IS_AWAY,       /* nobody listens */
};

struct scene {
	struct pickup pickup;
	enum behaviour behaviour;
	struct group tasks;
	unsigned aborts;
	struct buf got; /* what cleanup was told, in words */
	struct channel client, server;
	int ended; /* why the session ended */
};

/* cleanup's end of a connection. */
struct cleanup_end {
	struct scene *scene;
	struct channel channel;
	bool in_message; /* one has begun and not ended */
};

PARKS static void
give_verdict(struct cleanup_end *e, uint32_t request)
{
	const struct scene *s = e->scene;
	struct message_verdict v = { .code = 250, .dsn = STR("2.0.0"), .queue_id = STR("QID") };

	if (s->behaviour == DEFERS)
		verdict_set(&v, 452, "4.3.1", "full");
	else if (s->behaviour == DEFERS_THIS)
		verdict_set(&v, 451, "4.6.0", "Alias expansion error");
	else if (s->behaviour != TAKES)
		verdict_set(&v, 552, "5.3.4", "too big");
	assert_int_equal(channel_send_verdict(&e->channel, request, &v, DEADLINE), 0);
}

static void
note_envelope(struct scene *s, const struct frame *f)
{
	struct arena arena = ARENA_INIT((size_t)1024 * 1024);
	struct message_submit m;

	assert_int_equal(message_decode_submit(f, &arena, &m), 0);
	assert_int_equal(buf_addf(&s->got, "uid=%d flags=%u from=<%.*s> name=<%.*s>", (int)m.uid,
	                     m.flags, STR_ARG(m.sender), STR_ARG(m.full_name)),
	    0);
	for (uint32_t i = 0; i < m.recipients_count; i++)
		assert_int_equal(
		    buf_addf(&s->got, " to=<%.*s>", STR_ARG(m.recipients[i].address)), 0);
	assert_int_equal(buf_add(&s->got, STR(" [")), 0);
	arena_drop(&arena);
}

/* False: it hangs up. */
PARKS static bool
hear_frame(struct cleanup_end *e, const struct frame *f)
{
	struct scene *s = e->scene;
	struct message_content content;

	switch (f->number) {
	case MESSAGE_NUMBER_submit:
		note_envelope(s, f);
		e->in_message = s->behaviour != REFUSES_EARLY;
		if (s->behaviour == REFUSES_EARLY)
			give_verdict(e, f->request);
		return true;
	case MESSAGE_NUMBER_content:
		assert_int_equal(message_decode_content(f, NULL, &content), 0);
		assert_int_equal(buf_add(&s->got, content.bytes), 0);
		return true;
	case MESSAGE_NUMBER_content_end:
		assert_int_equal(buf_add(&s->got, STR("] ")), 0);
		e->in_message = false;
		if (s->behaviour == DIES)
			return false;
		if (s->behaviour != REFUSES_EARLY)
			give_verdict(e, f->request);
		return true;
	default:
		return true;
	}
}

PARKS static void
run_cleanup(void *arg)
{
	static const struct channel_options options = {
		.protocol = CHANNEL_SUBMIT, .program = "cleanup", .capacity = 1
	};
	struct cleanup_end *e = arg;
	struct frame f;
	struct why why;

	assert_int_equal(channel_open_stream(&e->channel, &options, DEADLINE, &why), 0);
	while (channel_receive(&e->channel, &f, TICKS_NEVER) == 0 && hear_frame(e, &f))
		;
	e->scene->aborts += e->in_message;
	channel_close(&e->channel);
	mem_free(e);
}

PARKS static int
open_cleanup(void *context, struct submit_call *c, int64_t deadline, struct why *why)
{
	struct scene *s = context;
	struct cleanup_end *e;

	c->is_open = false;
	if (s->behaviour == IS_AWAY) {
		why_set(why, "nobody is there");
		return -ECONNREFUSED;
	}
	e = NEW(struct cleanup_end);
	e->scene = s;
	stream_open_pair(&c->caller.channel.stream, &e->channel.stream, (size_t)64 * 1024);
	assert_int_equal(task_start(&s->tasks, "cleanup", run_cleanup, e), 0);
	return submit_call_open_stream(c, "pickup", deadline, why);
}

/* --- sendmail --------------------------------------------------------------------------------- */

PARKS static void
run_server(void *arg)
{
	static const struct channel_options options = {
		.protocol = CHANNEL_SUBMIT, .program = "pickup", .capacity = 1
	};
	struct scene *s = arg;
	struct why why;

	assert_int_equal(channel_open_stream(&s->server, &options, DEADLINE, &why), 0);
	s->ended = session_run(&s->pickup, &s->server, UID);
	channel_close(&s->server);
}

static void
prepare(struct scene *s, enum behaviour behaviour)
{
	*s = (struct scene){
		.pickup = {
			.open = open_cleanup,
			.context = s,
			.timeout = 60 * TICKS_SECOND,
		},
		.behaviour = behaviour,
	};
	buf_init(&s->got, (size_t)1024 * 1024);
	group_init(&s->tasks);
}

PARKS static void
connect_client(struct scene *s)
{
	static const struct channel_options options = {
		.protocol = CHANNEL_SUBMIT, .program = "sendmail", .capacity = 1
	};
	struct why why;

	stream_open_pair(&s->client.stream, &s->server.stream, (size_t)64 * 1024);
	assert_int_equal(task_start(&s->tasks, "server", run_server, s), 0);
	assert_int_equal(channel_open_stream(&s->client, &options, DEADLINE, &why), 0);
}

PARKS static void
finish(struct scene *s)
{
	channel_close(&s->client);
	assert_int_equal(group_wait(&s->tasks, DEADLINE), 0);
	buf_drop(&s->got);
}

PARKS static void
send_content(struct scene *s, uint32_t request, const char *text)
{
	struct message_content content = { .bytes = str_of(text) };

	assert_int_equal(channel_send_content(&s->client, request, &content, DEADLINE), 0);
}

PARKS static void
send_end(struct scene *s, uint32_t request)
{
	static const struct message_content_end end;

	assert_int_equal(channel_send_content_end(&s->client, request, &end, DEADLINE), 0);
}

PARKS static void
send_envelope(struct scene *s, uint32_t request, struct str sender, struct str recipient)
{
	struct message_recipient r = { .address = recipient };
	struct message_submit m = {
		.sender = sender,
		.flags = SUBMIT_INTERNAL | SUBMIT_8BITMIME,
		.full_name = STR("Full Name"),
		.uid = 1,
		.recipients = &r,
		.recipients_count = recipient.p != NULL,
	};

	assert_int_equal(channel_send_submit(&s->client, request, &m, DEADLINE), 0);
}

/* The verdict on this request: "250 2.0.0 QID", "550 5.1.3 bad recipient address". */
PARKS static void
expect_verdict(struct scene *s, uint32_t request, const char *words)
{
	AUTO(buf) got = BUF_INIT(1000);
	struct message_verdict v;
	struct frame f;

	assert_int_equal(channel_receive(&s->client, &f, DEADLINE), 0);
	assert_int_equal(f.request, request);
	assert_int_equal(message_decode_verdict(&f, NULL, &v), 0);
	assert_int_equal(buf_addf(&got, "%u %.*s %.*s%.*s", v.code, STR_ARG(v.dsn), STR_ARG(v.text),
	                     STR_ARG(v.queue_id)),
	    0);
	assert_string_equal(buf_text(&got), words);
}

/* --- Sessions --------------------------------------------------------------------------------- */

PARKS static void
two_messages(void *arg)
{
	struct scene s;

	(void)arg;
	prepare(&s, TAKES);
	connect_client(&s);
	send_envelope(&s, 1, STR("me"), STR("you@example.com"));
	send_content(&s, 1, "one ");
	send_content(&s, 1, "two");
	send_end(&s, 1);
	expect_verdict(&s, 1, "250 2.0.0 QID");
	send_envelope(&s, 2, STR(""), STR("root"));
	send_end(&s, 2);
	expect_verdict(&s, 2, "250 2.0.0 QID");
	assert_string_equal(buf_text(&s.got),
	    "uid=4242 flags=9 from=<me> name=<Full Name> to=<you@example.com> "
	    "[one two] "
	    "uid=4242 flags=9 from=<> name=<Full Name> to=<root> [] ");
	assert_string_equal(buf_text(&seen), "");
	assert_int_equal(s.aborts, 0);
	finish(&s);
	assert_int_equal(s.ended, ERR_EOF);
}

static void
test_messages_are_completed_and_taken(void **state)
{
	(void)state;
	in_spool(two_messages, NULL);
}

PARKS static void
bad_envelopes(void *arg)
{
	static const struct {
		struct str sender, recipient;
		const char *verdict;
	} rows[] = {
		{ STR_INIT("me"), { NULL, 0 }, "550 5.5.1 no recipients" },
		{ STR_INIT("a\nb@x.y"), STR_INIT("a@x.y"), "550 5.1.7 bad sender address" },
		{ STR_INIT("@x.y"), STR_INIT("a@x.y"), "550 5.1.7 bad sender address" },
		{ STR_INIT("-oQ/tmp"), STR_INIT("a@x.y"), "550 5.1.7 bad sender address" },
		{ STR_INIT("me"), STR_INIT("a@x..y"), "550 5.1.3 bad recipient address" },
		{ STR_INIT("me"), STR_INIT("-a@x.y"), "550 5.1.3 bad recipient address" },
		{ STR_INIT("me"), STR_INIT(""), "550 5.1.3 bad recipient address" },
		{ STR_INIT("me"), STR_INIT("a\r\nb@x.y"), "550 5.1.3 bad recipient address" },
	};
	struct scene s;

	(void)arg;
	prepare(&s, TAKES);
	connect_client(&s);
	for (uint32_t i = 0; i < ARRAY_LEN(rows); i++) {
		send_envelope(&s, i, rows[i].sender, rows[i].recipient);
		send_content(&s, i, "passed over");
		send_end(&s, i);
		expect_verdict(&s, i, rows[i].verdict);
	}
	assert_int_equal(s.got.n, 0); /* cleanup heard nothing */
	send_envelope(&s, 99, STR("me"), STR("you@[192.0.2.1]"));
	send_end(&s, 99);
	expect_verdict(&s, 99, "250 2.0.0 QID");
	finish(&s);
}

static void
test_bad_envelopes_are_refused_and_the_session_goes_on(void **state)
{
	(void)state;
	in_spool(bad_envelopes, NULL);
}

PARKS static void
one_message(void *arg)
{
	static const struct {
		enum behaviour behaviour;
		const char *verdict;
	} rows[] = {
		{ REFUSES, "552 5.3.4 too big" },
		{ REFUSES_EARLY, "552 5.3.4 too big" },
		{ DEFERS, "452 4.3.1 full" },
		{ DIES, "451 4.3.0 the mail system cannot take the message now" },
		{ IS_AWAY, "451 4.3.0 the mail system cannot take the message now" },
	};

	(void)arg;
	for (uint32_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct scene s;

		prepare(&s, rows[i].behaviour);
		connect_client(&s);
		send_envelope(&s, 5, STR("me"), STR("you@example.com"));
		send_content(&s, 5, "text");
		send_end(&s, 5);
		expect_verdict(&s, 5, rows[i].verdict);
		finish(&s);
	}
}

static void
test_failures_of_cleanup_are_answers(void **state)
{
	(void)state;
	in_spool(one_message, NULL);
}

PARKS static void
given_up(void *arg)
{
	static const struct message_content_abort abort;
	struct scene s;

	(void)arg;
	prepare(&s, TAKES);
	connect_client(&s);
	send_envelope(&s, 1, STR("me"), STR("you@example.com"));
	send_content(&s, 1, "half");
	assert_int_equal(channel_send_content_abort(&s.client, 1, &abort, DEADLINE), 0);
	send_envelope(&s, 2, STR("me"), STR("you@example.com"));
	send_content(&s, 2, "half");
	finish(&s); /* and hangs up */
	assert_int_equal(s.aborts, 2);
	assert_int_equal(s.ended, ERR_EOF);
	assert_int_equal(seen.n, 0);
}

static void
test_nothing_comes_of_a_message_that_has_no_end(void **state)
{
	(void)state;
	in_spool(given_up, NULL);
}

PARKS static void
wrong_frames(void *arg)
{
	static const struct message_queue_list list;
	struct scene s;

	(void)arg;
	prepare(&s, TAKES);
	connect_client(&s);
	assert_int_equal(channel_send_queue_list(&s.client, 1, &list, DEADLINE), 0);
	finish(&s);
	assert_int_equal(s.ended, ERR_PROTOCOL);
	prepare(&s, TAKES);
	connect_client(&s);
	send_envelope(&s, 1, STR("me"), STR("you@example.com"));
	send_content(&s, 2, "of another request");
	finish(&s);
	assert_int_equal(s.ended, ERR_PROTOCOL);
}

static void
test_what_is_not_expected_ends_the_session(void **state)
{
	(void)state;
	in_spool(wrong_frames, NULL);
}

/* --- The maildrop ----------------------------------------------------------------------------- */

/* Leaves a message there, now by the loop's clock; only its beginning when it is to be torn. */
static void
leave(const char *content, bool torn, bool ready)
{
	static const struct message_content_end end;
	struct message_recipient r = { .address = STR("you") };
	struct message_submit m = { .sender = STR("me"), .recipients = &r, .recipients_count = 1 };
	struct message_content c = { .bytes = str_of(content) };
	AUTO(buf) frame = BUF_INIT(10000);
	struct maildrop_writer w;
	struct why why;

	assert_int_equal(maildrop_create(&w, &why), 0);
	assert_int_equal(message_encode_submit(&m, 1, &frame), 0);
	assert_int_equal(message_encode_content(&c, 1, &frame), 0);
	if (!torn)
		assert_int_equal(message_encode_content_end(&end, 1, &frame), 0);
	assert_int_equal(maildrop_add(&w, buf_str(&frame), &why), 0);
	assert_int_equal(sys_set_times_fd(w.fd, run_wall(), run_wall()), 0);
	if (ready)
		assert_int_equal(maildrop_commit(&w, &why), 0);
	else
		sys_close(w.fd);
}

PARKS static void
collect_good(void *arg)
{
	struct scene s;

	(void)arg;
	prepare(&s, TAKES);
	leave("first", false, true);
	leave("second", false, true);
	leave("not yet", false, false);
	maildrop_collect(&s.pickup);
	assert_int_equal(count_files(MAILDROP_FOLDER, ""), 1);
	assert_non_null(strstr(buf_text(&s.got), "from=<me>"));
	assert_non_null(strstr(buf_text(&s.got), "to=<you> [first] "));
	assert_non_null(strstr(buf_text(&s.got), "[second] "));
	assert_null(strstr(buf_text(&s.got), "not yet"));
	assert_int_equal(group_wait(&s.tasks, DEADLINE), 0);
	buf_drop(&s.got);
}

static void
test_what_was_left_is_submitted(void **state)
{
	(void)state;
	in_spool(collect_good, NULL);
}

PARKS static void
collect_deferred(void *arg)
{
	struct scene s;

	(void)arg;
	prepare(&s, DEFERS);
	leave("first", false, true);
	leave("second", false, true);
	maildrop_collect(&s.pickup);
	assert_int_equal(count_files(MAILDROP_FOLDER, ""), 2);
	assert_null(strstr(buf_text(&s.got), "second")); /* not tried in vain */
	assert_int_equal(group_wait(&s.tasks, DEADLINE), 0);
	buf_clear(&s.got);
	s.behaviour = TAKES;
	maildrop_collect(&s.pickup);
	assert_int_equal(count_files(MAILDROP_FOLDER, ""), 0);
	assert_int_equal(group_wait(&s.tasks, DEADLINE), 0);
	buf_drop(&s.got);
}

static void
test_what_cannot_be_taken_now_stays(void **state)
{
	(void)state;
	in_spool(collect_deferred, NULL);
}

/* One message that is deferred for ever does not hold up the others. */
PARKS static void
collect_around(void *arg)
{
	static const enum behaviour rows[] = { DEFERS_THIS, DIES };

	(void)arg;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct scene s;

		prepare(&s, rows[i]);
		leave("first", false, true);
		leave("second", false, true);
		maildrop_collect(&s.pickup);
		assert_int_equal(count_files(MAILDROP_FOLDER, ""), 2);
		assert_non_null(strstr(buf_text(&s.got), "first"));
		assert_non_null(strstr(buf_text(&s.got), "second"));
		assert_int_equal(group_wait(&s.tasks, DEADLINE), 0);
		s.behaviour = TAKES;
		maildrop_collect(&s.pickup);
		assert_int_equal(count_files(MAILDROP_FOLDER, ""), 0);
		assert_int_equal(group_wait(&s.tasks, DEADLINE), 0);
		buf_drop(&s.got);
	}
}

static void
test_one_that_is_deferred_stops_no_other(void **state)
{
	(void)state;
	in_spool(collect_around, NULL);
}

PARKS static void
collect_bad(void *arg)
{
	struct scene s;

	(void)arg;
	prepare(&s, REFUSES);
	leave("refused", false, true);
	leave("torn", true, true);
	maildrop_collect(&s.pickup);
	assert_int_equal(count_files(MAILDROP_FOLDER, ""), 0);
	assert_int_equal(count_files("corrupt", ""), 2);
	assert_non_null(strstr(buf_text(&seen), ": refused"));
	assert_non_null(strstr(buf_text(&seen), ": end of stream"));
	assert_int_equal(group_wait(&s.tasks, DEADLINE), 0);
	buf_drop(&s.got);
}

static void
test_what_is_bad_is_kept_apart(void **state)
{
	(void)state;
	in_spool(collect_bad, NULL);
}

PARKS static void
collect_stale(void *arg)
{
	struct scene s;

	(void)arg;
	prepare(&s, TAKES);
	leave("never finished", false, false);
	assert_int_equal(task_sleep(run_deadline(35 * TICKS_HOUR)), 0);
	maildrop_collect(&s.pickup);
	assert_int_equal(count_files(MAILDROP_FOLDER, ""), 1);
	assert_int_equal(task_sleep(run_deadline(2 * TICKS_HOUR)), 0);
	maildrop_collect(&s.pickup);
	assert_int_equal(count_files(MAILDROP_FOLDER, ""), 0);
	assert_int_equal(count_files("corrupt", ""), 0);
	assert_non_null(strstr(buf_text(&seen), "was never finished"));
	buf_drop(&s.got);
}

static void
test_what_was_never_finished_goes_in_the_end(void **state)
{
	(void)state;
	in_spool(collect_stale, NULL);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		pickup_test(test_messages_are_completed_and_taken),
		pickup_test(test_bad_envelopes_are_refused_and_the_session_goes_on),
		pickup_test(test_failures_of_cleanup_are_answers),
		pickup_test(test_nothing_comes_of_a_message_that_has_no_end),
		pickup_test(test_what_is_not_expected_ends_the_session),
		pickup_test(test_what_was_left_is_submitted),
		pickup_test(test_what_cannot_be_taken_now_stays),
		pickup_test(test_one_that_is_deferred_stops_no_other),
		pickup_test(test_what_is_bad_is_kept_apart),
		pickup_test(test_what_was_never_finished_goes_in_the_end),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
