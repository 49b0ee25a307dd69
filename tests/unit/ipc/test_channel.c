/* SPDX-License-Identifier: BSD-2-Clause */
/* Channels over memory, on the simulated loop, and over sockets, on the real one. */
#include "tests/unit/run/in_loop.h"

#include "lib/base/mem.h"
#include "lib/ipc/channel.h"
#include "lib/sys/file.h"
#include "lib/sys/process.h"

#define LONG_WAIT run_deadline(10 * TICKS_SECOND)

static const struct channel_options one = { .protocol = "submit", .program = "one", .capacity = 5 };
static const struct channel_options two = { .protocol = "submit", .program = "two", .capacity = 9 };

/* Two ends, each with a task; the same test over memory and over a socket. */
struct ends {
	void (*left)(struct channel *c);
	void (*right)(struct channel *c);
	bool sockets;
	size_t capacity;
};

struct side {
	struct channel channel;
	const struct channel_options *options;
	void (*run)(struct channel *c);
};

static void
run_side(void *arg)
{
	struct side *side = arg;
	struct why why = WHY_INIT;

	if (channel_open_stream(&side->channel, side->options, LONG_WAIT, &why) < 0)
		fail_msg("%s", why.text);
	side->run(&side->channel);
	channel_close(&side->channel);
}

static void
open_streams(struct stream *a, struct stream *b, const struct ends *e)
{
	int fds[2];

	if (!e->sockets) {
		stream_open_pair(a, b, e->capacity);
		return;
	}
	assert_int_equal(sys_socketpair(fds), 0);
	assert_int_equal(stream_open_passing(a, fds[0]), 0);
	assert_int_equal(stream_open_passing(b, fds[1]), 0);
}

static void
ends_main(void *arg)
{
	const struct ends *e = arg;
	struct side left = { .options = &one, .run = e->left };
	struct side right = { .options = &two, .run = e->right };
	struct group g;

	open_streams(&left.channel.stream, &right.channel.stream, e);
	group_init(&g);
	assert_int_equal(task_start(&g, "left", run_side, &left), 0);
	assert_int_equal(task_start(&g, "right", run_side, &right), 0);
	assert_int_equal(group_wait(&g, TICKS_NEVER), 0);
}

static void
talk(void (*left)(struct channel *c), void (*right)(struct channel *c))
{
	struct ends e = { .left = left, .right = right, .capacity = 64 * 1024 };

	in_sim(0, ends_main, &e);
	e.capacity = 7;
	in_sim(11, ends_main, &e);
	e.sockets = true;
	in_real(ends_main, &e);
}

static void
wait_for_end(struct channel *c)
{
	struct frame f;

	assert_int_equal(channel_receive(c, &f, LONG_WAIT), ERR_EOF);
}

static void
send_failed(struct channel *c, uint32_t request, struct str text)
{
	struct message_failed m = { .text = text };

	assert_int_equal(channel_send_failed(c, request, &m, LONG_WAIT), 0);
}

static void
receive_failed(struct channel *c, uint32_t request, const char *text)
{
	struct message_failed m;
	struct frame f;

	assert_int_equal(channel_receive(c, &f, LONG_WAIT), 0);
	assert_int_equal(f.request, request);
	assert_int_equal(message_decode_failed(&f, NULL, &m), 0);
	assert_str_is(m.text, text);
}

/* --- Frames -------------------------------------------------------------------------------- */

static void
ask(struct channel *c)
{
	assert_string_equal(c->peer, "two");
	assert_int_equal(c->peer_capacity, 9);
	send_failed(c, 1, STR("first"));
	send_failed(c, 2, STR("second"));
	receive_failed(c, 3, "answer");
}

static void
answer(struct channel *c)
{
	assert_string_equal(c->peer, "one");
	assert_int_equal(c->peer_capacity, 5);
	receive_failed(c, 1, "first");
	receive_failed(c, 2, "second");
	send_failed(c, 3, STR("answer"));
	wait_for_end(c);
}

static void
test_greets_and_carries_frames_both_ways(void **state)
{
	(void)state;
	talk(ask, answer);
}

#define SENDERS 20
#define FRAMES  30

static void
send_many(void *arg)
{
	struct channel *c = arg;
	char text[500];

	memset(text, 'x', sizeof(text));
	for (uint32_t i = 0; i < FRAMES; i++)
		send_failed(c, i, str_make(text, sizeof(text)));
}

static void
send_from_many_tasks(struct channel *c)
{
	struct group g;

	group_init(&g);
	for (int i = 0; i < SENDERS; i++)
		assert_int_equal(task_start(&g, "sender", send_many, c), 0);
	assert_int_equal(group_wait(&g, TICKS_NEVER), 0);
	assert_int_equal(channel_flush(c, LONG_WAIT), 0);
}

static void
count_frames(struct channel *c)
{
	struct frame f;
	int count = 0, n;

	while ((n = channel_receive(c, &f, LONG_WAIT)) == 0) {
		struct message_failed m;

		assert_int_equal(message_decode_failed(&f, NULL, &m), 0);
		assert_int_equal(m.text.n, 500);
		count++;
	}
	assert_int_equal(n, ERR_EOF);
	assert_int_equal(count, SENDERS * FRAMES);
}

static void
test_frames_of_many_tasks_never_mix(void **state)
{
	(void)state;
	talk(send_from_many_tasks, count_frames);
}

static void
send_three(void *arg)
{
	for (uint32_t i = 0; i < 3; i++)
		send_failed(arg, i, STR("short"));
}

static void
send_in_one_turn(struct channel *c)
{
	struct group g;

	group_init(&g);
	for (int i = 0; i < 3; i++)
		assert_int_equal(task_start(&g, "sender", send_three, c), 0);
	assert_int_equal(group_wait(&g, TICKS_NEVER), 0);
	assert_int_equal(channel_flush(c, LONG_WAIT), 0);
	wait_for_end(c);
}

static void
receive_one_write(struct channel *c)
{
	struct frame f;

	assert_int_equal(channel_receive(c, &f, LONG_WAIT), 0);
	/* The others came with it: 9 frames of 27 bytes. */
	assert_int_equal(stream_buffered(&c->stream).n, 9 * 27);
}

static void
test_frames_of_one_turn_leave_in_one_write(void **state)
{
	struct ends e = { .left = send_in_one_turn, .right = receive_one_write, .sockets = true };

	(void)state;
	in_real(ends_main, &e);
}

/* --- Large frames -------------------------------------------------------------------------- */

#define RECIPIENTS 5000

static void
send_large(struct channel *c)
{
	char *bytes = mem_new(65536);
	struct message_recipient *recipients = mem_array(RECIPIENTS, sizeof(*recipients));
	struct message_content content = { .bytes = str_make(bytes, 65536) };
	struct message_submit submit = { .recipients = recipients, .recipients_count = RECIPIENTS };

	for (size_t i = 0; i < 65536; i++)
		bytes[i] = (char)(i % 251);
	for (size_t i = 0; i < RECIPIENTS; i++)
		recipients[i].address = str_make(bytes, 100);
	assert_int_equal(channel_send_content(c, 1, &content, LONG_WAIT), 0);
	assert_int_equal(channel_send_submit(c, 2, &submit, LONG_WAIT), 0);
	assert_int_equal(channel_send_content(c, 3, &content, LONG_WAIT), 0);
	send_failed(c, 4, STR("last"));
	assert_int_equal(channel_flush(c, LONG_WAIT), 0);
	mem_free(recipients);
	mem_free(bytes);
}

static void
content_is_whole(struct channel *c, uint32_t request)
{
	struct message_content content;
	struct frame f;

	assert_int_equal(channel_receive(c, &f, LONG_WAIT), 0);
	assert_int_equal(f.request, request);
	assert_int_equal(message_decode_content(&f, NULL, &content), 0);
	assert_int_equal(content.bytes.n, 65536);
	for (size_t i = 0; i < 65536; i++)
		assert_int_equal(content.bytes.p[i], (char)(i % 251));
}

static void
receive_large(struct channel *c)
{
	AUTO(arena) arena = ARENA_INIT((size_t)1024 * 1024);
	struct message_submit submit;
	struct frame f;

	content_is_whole(c, 1);
	assert_int_equal(channel_receive(c, &f, LONG_WAIT), 0);
	assert_true(f.fields.n > STREAM_IN_MAX);
	assert_int_equal(message_decode_submit(&f, &arena, &submit), 0);
	assert_int_equal(submit.recipients_count, RECIPIENTS);
	assert_int_equal(submit.recipients[RECIPIENTS - 1].address.n, 100);
	content_is_whole(c, 3);
	receive_failed(c, 4, "last");
	assert_null(c->in.p);
	wait_for_end(c);
}

static void
test_large_texts_and_large_frames(void **state)
{
	(void)state;
	talk(send_large, receive_large);
}

/* --- Senders that cannot wait -------------------------------------------------------------- */

static char lent[40000];

static void
send_lent(void *arg)
{
	struct message_content content = { .bytes = str_make(lent, sizeof(lent)) };
	char copy[30000];

	memset(lent, 'a', sizeof(lent));
	assert_int_equal(channel_send_content(arg, 1, &content, LONG_WAIT), 0);
	/* What was lent is ours again. */
	memset(lent, 'z', sizeof(lent));
	memset(copy, 'b', sizeof(copy));
	content.bytes = str_make(copy, sizeof(copy));
	assert_int_equal(channel_send_content(arg, 2, &content, run_now()), 0);
	memset(copy, 'z', sizeof(copy));
}

static void
cancel_the_sender(struct channel *c)
{
	struct group g;

	group_init(&g);
	assert_int_equal(task_start(&g, "sender", send_lent, c), 0);
	assert_int_equal(task_yield(), 0);
	group_end(&g);
	send_failed(c, 3, STR("after"));
	assert_int_equal(channel_flush(c, LONG_WAIT), 0);
}

static void
content_is(struct channel *c, uint32_t request, size_t size, char letter)
{
	struct message_content content;
	struct frame f;

	assert_int_equal(channel_receive(c, &f, LONG_WAIT), 0);
	assert_int_equal(f.request, request);
	assert_int_equal(message_decode_content(&f, NULL, &content), 0);
	assert_int_equal(content.bytes.n, size);
	for (size_t i = 0; i < size; i++)
		assert_int_equal(content.bytes.p[i], letter);
}

static void
receive_whole_frames(struct channel *c)
{
	assert_int_equal(task_sleep(run_deadline(20 * TICKS_MS)), 0);
	content_is(c, 1, 40000, 'a');
	content_is(c, 2, 30000, 'b');
	receive_failed(c, 3, "after");
	wait_for_end(c);
}

static void
test_a_cancelled_sender_tears_no_frame(void **state)
{
	(void)state;
	talk(cancel_the_sender, receive_whole_frames);
}

static void
send_until_full(struct channel *c)
{
	static char bytes[15000];
	struct message_content content = { .bytes = str_make(bytes, sizeof(bytes)) };
	uint32_t sent = 0;
	int n;

	while ((n = channel_send_content(c, sent, &content, run_deadline(5 * TICKS_MS))) == 0)
		sent++;
	assert_int_equal(n, ERR_TIMEOUT);
	assert_true(sent >= 4);
	send_failed(c, sent, STR("last"));
	assert_int_equal(channel_flush(c, LONG_WAIT), 0);
}

static void
receive_late(struct channel *c)
{
	struct frame f;
	uint32_t next = 0;

	assert_int_equal(task_sleep(run_deadline(500 * TICKS_MS)), 0);
	do {
		assert_int_equal(channel_receive(c, &f, LONG_WAIT), 0);
		assert_int_equal(f.request, next++);
	} while (f.number == MESSAGE_NUMBER_content);
	wait_for_end(c);
}

static void
test_a_full_queue_refuses_before_the_frame_has_begun(void **state)
{
	(void)state;
	talk(send_until_full, receive_late);
}

static void
lose_the_peer(struct channel *c)
{
	struct message_failed m = { .text = STR("x") };
	int n;

	do
		n = channel_send_failed(c, 1, &m, LONG_WAIT);
	while (n == 0 && task_yield() == 0);
	assert_int_equal(n, -EPIPE);
	assert_int_equal(channel_flush(c, LONG_WAIT), -EPIPE);
}

static void
leave(struct channel *c)
{
	(void)c;
}

static void
test_a_peer_that_is_gone_fails_the_senders(void **state)
{
	(void)state;
	talk(lose_the_peer, leave);
}

/* --- Descriptors --------------------------------------------------------------------------- */

#define PASSED 20

static void
pass_descriptors(struct channel *c)
{
	struct message_queue_end m = { .count = 1 };
	char bytes[20000] = "";
	struct message_content content = { .bytes = str_make(bytes, sizeof(bytes)) };

	for (uint32_t i = 0; i < PASSED; i++) {
		int fds[2];

		assert_int_equal(sys_pipe(fds), 0);
		assert_int_equal(
		    sys_write(fds[1], str_make(&"abcdefghijklmnopqrstuvwxyz"[i], 1)), 1);
		sys_close(fds[1]);
		assert_int_equal(channel_send_content(c, i, &content, LONG_WAIT), 0);
		assert_int_equal(
		    channel_send_fd(c, MESSAGE_NUMBER_queue_end, i, &m, fds[0], LONG_WAIT), 0);
	}
	assert_int_equal(channel_flush(c, LONG_WAIT), 0);
}

static void
receive_descriptors(struct channel *c)
{
	for (uint32_t i = 0; i < PASSED; i++) {
		struct frame f;
		char letter;
		int fd;

		assert_int_equal(channel_receive(c, &f, LONG_WAIT), 0);
		assert_int_equal(f.number, MESSAGE_NUMBER_content);
		assert_int_equal(channel_take_fd(c), -1);
		assert_int_equal(channel_receive(c, &f, LONG_WAIT), 0);
		assert_int_equal(f.fds, 1);
		if (i % 2 == 0)
			continue; /* not taken: closed with the next receive */
		fd = channel_take_fd(c);
		assert_int_equal(sys_read(fd, &letter, 1), 1);
		assert_int_equal(letter, "abcdefghijklmnopqrstuvwxyz"[i]);
		assert_int_equal(channel_take_fd(c), -1);
		sys_close(fd);
	}
	wait_for_end(c);
}

static void
test_descriptors_come_with_their_frames(void **state)
{
	(void)state;
	talk(pass_descriptors, receive_descriptors);
}

/* --- Peers that are not ours --------------------------------------------------------------- */

struct stranger {
	const char *name;
	struct str says;
	int result;
	const char *words;
};

static void
speak(void *arg)
{
	struct stream *s = ((void **)arg)[0];
	const struct stranger *who = ((void **)arg)[1];

	assert_int_equal(stream_write(s, who->says, LONG_WAIT), 0);
	assert_int_equal(stream_flush(s, LONG_WAIT), 0);
	stream_close(s);
}

static void
stranger_main(void *arg)
{
	const struct stranger *who = arg;
	struct stream s;
	struct channel c;
	struct why why = WHY_INIT;
	void *both[2] = { &s, arg };
	struct group g;

	stream_open_pair(&s, &c.stream, 1000);
	group_init(&g);
	assert_int_equal(task_start(&g, "stranger", speak, both), 0);
	if (channel_open_stream(&c, &one, LONG_WAIT, &why) != who->result)
		fail_msg("%s: %s", who->name, why.text);
	if (strstr(why.text, who->words) == NULL)
		fail_msg("%s: words are \"%s\"", who->name, why.text);
	assert_int_equal(group_wait(&g, TICKS_NEVER), 0);
}

static void
test_strangers_are_refused_with_words(void **state)
{
	static struct stranger rows[] = {
		{ "other protocol",
		    STR_INIT(
		        "\x25\0\0\0\1\0\0\0\0\0\0\0\4\6\0\0\0queue1\1\1\0\0\0\4\3\0\0\0old\1\1\0\0"
		        "\0"),
		    ERR_PROTOCOL,
		    "old speaks protocol queue1 version 1, we speak submit version 3" },
		{ "other version",
		    STR_INIT(
		        "\x25\0\0\0\1\0\0\0\0\0\0\0\4\6\0\0\0submit\1\x63\0\0\0\4\3\0\0\0old\1\1\0"
		        "\0\0"),
		    ERR_PROTOCOL, "old speaks protocol submit version 99" },
		{ "first message is no greeting", STR_INIT("\x8\0\0\0\xc\0\0\0\1\0\0\0"),
		    ERR_PROTOCOL, "not a greeting (content_end)" },
		{ "speaks SMTP", STR_INIT("EHLO localhost\r\n"), ERR_PROTOCOL, "no greeting" },
		{ "says nothing", STR_INIT(""), ERR_EOF,
		    "no greeting from the peer: end of stream" },
		{ "stops in the greeting", STR_INIT("\x25\0\0\0\1\0\0\0\0\0\0\0\4\6\0"),
		    ERR_PROTOCOL, "no greeting from the peer: protocol violation" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		in_sim(0, stranger_main, &rows[i]);
}

static void
check_peer_main(void *arg)
{
	uid_t others[] = { 12345, 54321 };
	struct why why = WHY_INIT;
	int fds[2];

	(void)arg;
	assert_int_equal(sys_socketpair(fds), 0);
	/* Our own user is trusted; so is root, which the tests may be run by. */
	assert_int_equal(channel_check_peer(fds[0], others, 2, &why), 0);
	assert_int_equal(channel_check_peer(0x7fffff, others, 2, &why), -EBADF);
	assert_string_not_equal(why.text, "");
	sys_close(fds[0]);
	sys_close(fds[1]);
}

static void
test_the_peer_is_who_the_kernel_says(void **state)
{
	(void)state;
	in_real(check_peer_main, NULL);
}

/* --- Several protocols ------------------------------------------------------------------------ */

struct choice {
	const char *name;
	const char *left, *right;
	const char *agreed; /* NULL: none */
};

struct chooser {
	struct channel channel;
	struct channel_options options;
	const char *agreed;
};

static void
choose(void *arg)
{
	struct chooser *side = arg;
	struct why why = WHY_INIT;
	int result = channel_open_stream(&side->channel, &side->options, LONG_WAIT, &why);

	if (side->agreed == NULL) {
		assert_true(result < 0);
		return;
	}
	assert_int_equal(result, 0);
	assert_string_equal(side->channel.protocol, side->agreed);
	channel_close(&side->channel);
}

static void
choice_main(void *arg)
{
	const struct choice *row = arg;
	struct chooser left = { .options = one, .agreed = row->agreed };
	struct chooser right = { .options = two, .agreed = row->agreed };
	struct group g;

	left.options.protocol = row->left;
	right.options.protocol = row->right;
	stream_open_pair(&left.channel.stream, &right.channel.stream, 1000);
	group_init(&g);
	assert_int_equal(task_start(&g, row->name, choose, &left), 0);
	assert_int_equal(task_start(&g, row->name, choose, &right), 0);
	assert_int_equal(group_wait(&g, TICKS_NEVER), 0);
}

static void
test_one_of_several_protocols_is_agreed_upon(void **state)
{
	struct choice rows[] = {
		{ "the first of two", "stored queue", "stored", "stored" },
		{ "the second of two", "stored queue", "queue", "queue" },
		{ "neither", "stored queue", "submit", NULL },
		{ "no prefix counts", "stored queue", "stor", NULL },
		{ "one word in common", "stored queue", "submit queue", "queue" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		in_sim(0, choice_main, &rows[i]);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_greets_and_carries_frames_both_ways),
		cmocka_unit_test(test_frames_of_many_tasks_never_mix),
		cmocka_unit_test(test_frames_of_one_turn_leave_in_one_write),
		cmocka_unit_test(test_large_texts_and_large_frames),
		cmocka_unit_test(test_a_cancelled_sender_tears_no_frame),
		cmocka_unit_test(test_a_full_queue_refuses_before_the_frame_has_begun),
		cmocka_unit_test(test_a_peer_that_is_gone_fails_the_senders),
		cmocka_unit_test(test_descriptors_come_with_their_frames),
		cmocka_unit_test(test_strangers_are_refused_with_words),
		cmocka_unit_test(test_the_peer_is_who_the_kernel_says),
		cmocka_unit_test(test_one_of_several_protocols_is_agreed_upon),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
