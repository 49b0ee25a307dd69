/* SPDX-License-Identifier: BSD-2-Clause */
/* Streams over memory, on the simulated loop, and over sockets, on the real one. */
#include <poll.h>

#include "tests/unit/run/in_loop.h"

#include "lib/base/mem.h"
#include "lib/io/stream.h"
#include "lib/sys/file.h"
#include "lib/sys/process.h"
#include "lib/sys/socket.h"

#define LONG_WAIT run_deadline(10 * TICKS_SECOND)

/* Two ends and a task for each; the same test over memory and over a socket. */
struct dialogue {
	void (*left)(struct stream *s);
	void (*right)(struct stream *s);
	bool sockets;
	size_t capacity;
};

struct side {
	struct stream stream;
	void (*run)(struct stream *s);
};

static void
run_side(void *arg)
{
	struct side *side = arg;

	side->run(&side->stream);
	stream_close(&side->stream);
}

static void
dialogue_main(void *arg)
{
	const struct dialogue *d = arg;
	struct side left = { .run = d->left }, right = { .run = d->right };
	struct group g;
	int fds[2];

	if (d->sockets) {
		assert_int_equal(sys_socketpair(fds), 0);
		assert_int_equal(stream_open_passing(&left.stream, fds[0]), 0);
		assert_int_equal(stream_open_passing(&right.stream, fds[1]), 0);
	} else {
		stream_open_pair(&left.stream, &right.stream, d->capacity);
	}
	group_init(&g);
	assert_int_equal(task_start(&g, "left", run_side, &left), 0);
	assert_int_equal(task_start(&g, "right", run_side, &right), 0);
	assert_int_equal(group_wait(&g, TICKS_NEVER), 0);
	group_end(&g);
}

/* Over memory (one byte at a time too), and over sockets. */
static void
talk(void (*left)(struct stream *s), void (*right)(struct stream *s))
{
	struct dialogue d = { .left = left, .right = right, .capacity = 64 * 1024 };

	in_sim(0, dialogue_main, &d);
	d.capacity = 1;
	in_sim(7, dialogue_main, &d);
	d.sockets = true;
	in_real(dialogue_main, &d);
}

static void
put(struct stream *s, const char *text)
{
	assert_int_equal(stream_write(s, str_of(text), LONG_WAIT), 0);
	assert_int_equal(stream_flush(s, LONG_WAIT), 0);
}

static void
line_is(struct stream *s, const char *text)
{
	struct str line;

	assert_int_equal(stream_read_line(s, 100, &line, LONG_WAIT), 0);
	assert_str_is(line, text);
}

/* --- Lines --------------------------------------------------------------------------------- */

static void
write_lines(struct stream *s)
{
	put(s, "one\r\ntwo\nfo");
	assert_int_equal(task_yield(), 0);
	put(s, "ur\r\n\nlost");
}

static void
read_lines(struct stream *s)
{
	struct str line = STR("untouched");

	line_is(s, "one\r\n");
	line_is(s, "two\n");
	line_is(s, "four\r\n");
	line_is(s, "\n");
	assert_int_equal(stream_read_line(s, 100, &line, LONG_WAIT), ERR_EOF);
	assert_str_is(line, "untouched");
	assert_int_equal(stream_buffered(s).n, 0);
	assert_int_equal(stream_read(s, 10, &line, LONG_WAIT), ERR_EOF);
}

static void
test_lines_end_at_lf_however_they_arrive(void **state)
{
	(void)state;
	talk(write_lines, read_lines);
}

static void
write_long_line(struct stream *s)
{
	put(s, "12345678\n1234567\n123456789\nx");
}

static void
read_long_line(struct stream *s)
{
	struct str line;

	assert_int_equal(stream_read_line(s, 8, &line, LONG_WAIT), ERR_TOO_LONG);
	assert_str_is(line, "12345678");
	line_is(s, "\n");
	assert_int_equal(stream_read_line(s, 8, &line, LONG_WAIT), 0);
	assert_str_is(line, "1234567\n");
	assert_int_equal(stream_read_line(s, 8, &line, LONG_WAIT), ERR_TOO_LONG);
	assert_str_is(line, "12345678");
	assert_int_equal(stream_read_line(s, 1, &line, LONG_WAIT), ERR_TOO_LONG);
	assert_str_is(line, "9");
	assert_int_equal(stream_read_line(s, 1, &line, LONG_WAIT), 0);
	assert_str_is(line, "\n");
	assert_int_equal(stream_read_line(s, 8, &line, LONG_WAIT), ERR_EOF);
}

static void
test_a_line_too_long_is_cut_at_its_bound(void **state)
{
	(void)state;
	talk(write_long_line, read_long_line);
}

/* --- Pieces -------------------------------------------------------------------------------- */

static void
write_pieces(struct stream *s)
{
	put(s, "abcdefghijklmnopqrstuvwxyz");
}

static void
read_pieces(struct stream *s)
{
	struct str bytes;

	assert_int_equal(stream_read_exact(s, 3, &bytes, LONG_WAIT), 0);
	assert_str_is(bytes, "abc");
	assert_int_equal(stream_read_exact(s, 0, &bytes, LONG_WAIT), 0);
	assert_int_equal(bytes.n, 0);
	assert_int_equal(stream_peek(s, 4, &bytes, LONG_WAIT), 0);
	assert_true(bytes.n > 4 && str_starts(bytes, STR("defgh")));
	stream_consume(s, 2);
	assert_int_equal(stream_read_exact(s, 2, &bytes, LONG_WAIT), 0);
	assert_str_is(bytes, "fg");
	assert_int_equal(stream_read(s, 2, &bytes, LONG_WAIT), 0);
	assert_true(bytes.n >= 1 && bytes.n <= 2 && bytes.p[0] == 'h');
	assert_int_equal(stream_peek(s, STREAM_IN_MAX, &bytes, LONG_WAIT), ERR_TOO_LONG);
	assert_int_equal(stream_read_exact(s, 26, &bytes, LONG_WAIT), ERR_EOF);
}

static void
test_reads_exactly_or_what_there_is(void **state)
{
	(void)state;
	talk(write_pieces, read_pieces);
}

static void
write_then_discard(struct stream *s)
{
	put(s, "220 go\r\nMAIL FROM:<>\r\n");
	line_is(s, "hello\n");
	put(s, "fresh\n");
}

static void
read_and_discard(struct stream *s)
{
	struct str bytes;

	line_is(s, "220 go\r\n");
	assert_int_equal(stream_peek(s, 13, &bytes, LONG_WAIT), 0);
	stream_discard_input(s);
	assert_int_equal(stream_buffered(s).n, 0);
	put(s, "hello\n");
	line_is(s, "fresh\n");
}

static void
test_discards_what_is_buffered(void **state)
{
	(void)state;
	talk(write_then_discard, read_and_discard);
}

/* --- Output -------------------------------------------------------------------------------- */

static void
answer_pipelined(struct stream *s)
{
	struct str line;

	while (stream_read_line(s, 100, &line, LONG_WAIT) == 0)
		assert_int_equal(stream_printf(s, LONG_WAIT, "250 %zu\r\n", line.n), 0);
}

static void
ask_pipelined(struct stream *s)
{
	struct str bytes;

	put(s, "a\nbb\nccc\n");
	assert_int_equal(stream_read_exact(s, 21, &bytes, LONG_WAIT), 0);
	assert_str_is(bytes, "250 2\r\n250 3\r\n250 4\r\n");
}

static void
test_a_read_that_parks_sends_the_replies_first(void **state)
{
	struct dialogue d = { .left = ask_pipelined, .right = answer_pipelined, .capacity = 16 };

	(void)state;
	in_sim(0, dialogue_main, &d);
	in_sim(5, dialogue_main, &d);
}

static void
ask_at_once(struct stream *s)
{
	struct str bytes;

	put(s, "a\nbb\nccc\n");
	assert_int_equal(stream_peek(s, 0, &bytes, LONG_WAIT), 0);
	assert_str_is(bytes, "250 2\r\n250 3\r\n250 4\r\n");
}

static void
test_replies_to_pipelined_commands_leave_in_one_write(void **state)
{
	struct dialogue d = { .left = ask_at_once, .right = answer_pipelined, .sockets = true };

	(void)state;
	in_real(dialogue_main, &d);
}

#define BULK 300000

static void
write_bulk(struct stream *s)
{
	char *bulk = mem_new(BULK);

	for (size_t i = 0; i < BULK; i++)
		bulk[i] = (char)(i * 31 / 7);
	assert_int_equal(stream_write(s, STR("head"), LONG_WAIT), 0);
	assert_int_equal(stream_write_through(s, str_make(bulk, BULK), LONG_WAIT), 0);
	for (size_t i = 0; i < BULK; i += 1000)
		assert_int_equal(stream_write(s, str_make(bulk + i, 1000), LONG_WAIT), 0);
	assert_int_equal(stream_write(s, str_make(bulk, BULK), LONG_WAIT), 0);
	assert_int_equal(stream_flush(s, LONG_WAIT), 0);
	mem_free(bulk);
}

static void
read_bulk(struct stream *s)
{
	struct str bytes;

	assert_int_equal(stream_read_exact(s, 4, &bytes, LONG_WAIT), 0);
	assert_str_is(bytes, "head");
	for (int round = 0; round < 3; round++) {
		for (size_t i = 0; i < BULK; i += bytes.n) {
			size_t left = BULK - i;

			assert_int_equal(
			    stream_read(s, left < 5000 ? left : 5000, &bytes, LONG_WAIT), 0);
			for (size_t k = 0; k < bytes.n; k++)
				assert_int_equal(bytes.p[k], (char)((i + k) * 31 / 7));
		}
	}
	assert_int_equal(stream_read(s, 1, &bytes, LONG_WAIT), ERR_EOF);
}

static void
test_bulk_arrives_in_order(void **state)
{
	struct dialogue d = { .left = write_bulk, .right = read_bulk, .capacity = 1000 };

	(void)state;
	in_sim(0, dialogue_main, &d);
	in_sim(3, dialogue_main, &d);
	d.sockets = true;
	in_real(dialogue_main, &d);
}

/* --- Failures ------------------------------------------------------------------------------ */

static void
be_silent(struct stream *s)
{
	struct str bytes;

	put(s, "half a line");
	assert_int_equal(stream_read(s, 1, &bytes, LONG_WAIT), ERR_EOF);
}

static void
lose_patience(struct stream *s)
{
	struct str line;
	int64_t deadline = run_deadline(50 * TICKS_MS);

	assert_int_equal(stream_read_line(s, 100, &line, deadline), ERR_TIMEOUT);
	assert_true(run_now() >= deadline);
	assert_str_is(stream_buffered(s), "half a line");
	/* Nothing beyond those bytes is held while waiting. */
	assert_int_equal(s->in.room, 11);
	stream_discard_input(s);
	assert_int_equal(stream_read_line(s, 100, &line, run_deadline(10 * TICKS_MS)), ERR_TIMEOUT);
	assert_null(s->in.p);
}

static void
test_a_deadline_ends_the_wait_and_drops_nothing(void **state)
{
	(void)state;
	talk(be_silent, lose_patience);
}

static void
never_read(struct stream *s)
{
	(void)s;
	assert_int_equal(task_sleep(run_deadline(200 * TICKS_MS)), 0);
}

static void
write_in_vain(struct stream *s)
{
	static const char bytes[1000000];
	struct str input;
	int n =
	    stream_write_through(s, str_make(bytes, sizeof(bytes)), run_deadline(20 * TICKS_MS));

	assert_int_equal(n, ERR_TIMEOUT);
	assert_int_equal(stream_write(s, STR("x"), LONG_WAIT), ERR_TIMEOUT);
	assert_int_equal(stream_flush(s, LONG_WAIT), ERR_TIMEOUT);
	assert_int_equal(stream_read(s, 1, &input, LONG_WAIT), ERR_TIMEOUT);
}

static void
test_a_failed_write_stays_failed(void **state)
{
	(void)state;
	talk(never_read, write_in_vain);
}

static void
leave_at_once(struct stream *s)
{
	(void)s;
}

static void
write_to_nobody(struct stream *s)
{
	struct str input;

	assert_int_equal(stream_read(s, 1, &input, LONG_WAIT), ERR_EOF);
	assert_int_equal(stream_write(s, STR("x"), LONG_WAIT), 0);
	assert_int_equal(stream_flush(s, LONG_WAIT), -EPIPE);
	assert_int_equal(stream_write(s, STR("x"), LONG_WAIT), -EPIPE);
}

static void
test_a_peer_that_is_gone_is_a_failure_not_a_signal(void **state)
{
	(void)state;
	talk(leave_at_once, write_to_nobody);
}

static void
end_output(struct stream *s)
{
	assert_int_equal(stream_write(s, STR("last\n"), LONG_WAIT), 0);
	assert_int_equal(stream_end_output(s, LONG_WAIT), 0);
	line_is(s, "answer\n");
	assert_int_equal(stream_write(s, STR("x"), LONG_WAIT), 0);
	assert_int_equal(stream_flush(s, LONG_WAIT), -EPIPE);
	assert_int_equal(stream_end_output(s, LONG_WAIT), -EPIPE);
}

static void
answer_behind_the_end(struct stream *s)
{
	struct str bytes;

	line_is(s, "last\n");
	assert_int_equal(stream_read(s, 10, &bytes, LONG_WAIT), ERR_EOF);
	put(s, "answer\n");
}

static void
test_output_ends_alone(void **state)
{
	(void)state;
	talk(end_output, answer_behind_the_end);
}

/* --- Descriptors --------------------------------------------------------------------------- */

static void
send_pipes(struct stream *s)
{
	int fds[2];

	assert_int_equal(sys_pipe(fds), 0);
	assert_int_equal(stream_write(s, STR("plain"), LONG_WAIT), 0);
	assert_int_equal(stream_flush(s, LONG_WAIT), 0);
	assert_int_equal(stream_write_fd(s, fds[1], LONG_WAIT), 0);
	assert_int_equal(stream_write(s, STR("first"), LONG_WAIT), 0);
	assert_int_equal(stream_write_fd(s, fds[1], LONG_WAIT), 0);
	assert_int_equal(stream_write(s, STR("second"), LONG_WAIT), 0);
	assert_int_equal(stream_flush(s, LONG_WAIT), 0);
	sys_close(fds[1]);
	line_is(s, "written\n");
	{
		char text[8];

		assert_int_equal(sys_read(fds[0], text, sizeof(text)), 8);
		assert_memory_equal(text, "mailmail", 8);
		assert_int_equal(sys_read(fds[0], text, sizeof(text)), 0);
	}
	sys_close(fds[0]);
}

static void
receive_pipes(struct stream *s)
{
	struct str bytes;
	int fd;

	assert_int_equal(stream_read_exact(s, 5, &bytes, LONG_WAIT), 0);
	assert_int_equal(stream_read_exact(s, 11, &bytes, LONG_WAIT), 0);
	assert_str_is(bytes, "firstsecond");
	for (int i = 0; i < 2; i++) {
		fd = stream_take_fd(s);
		assert_true(fd >= 0);
		assert_int_equal(sys_write(fd, STR("ma")), 2);
		assert_int_equal(sys_write(fd, STR("il")), 2);
		sys_close(fd);
	}
	assert_int_equal(stream_take_fd(s), -1);
	put(s, "written\n");
}

static void
test_descriptors_pass_in_order(void **state)
{
	(void)state;
	talk(send_pipes, receive_pipes);
}

/* --- Ends that come together with bytes ------------------------------------------------------ */

struct ending {
	const char *name;
	const char *bytes;
	bool answer; /* before the next read: the stream then believes that it has read all */
	bool reset;
	int result;
};

static int
meet_over_tcp(int *client)
{
	struct endpoint e, peer;
	struct pollfd ready;
	int listening, server;

	assert_int_equal(endpoint_parse(STR("127.0.0.1"), 0, &e), 0);
	listening = sys_listen_tcp(&e, 1);
	assert_int_equal(sys_local_endpoint(listening, &e), 0);
	*client = sys_connect_start(&e);
	assert_true(*client >= 0);
	ready = (struct pollfd){ .fd = listening, .events = POLLIN };
	assert_int_equal(poll(&ready, 1, 5000), 1);
	server = sys_accept(listening, &peer);
	assert_true(server >= 0);
	sys_close(listening);
	return server;
}

/* Runs while the other waits; bytes and end are there before the loop looks: one edge for both. */
static void
end_together(void *arg)
{
	int client = *(int *)((void **)arg)[0];
	const struct ending *e = ((void **)arg)[1];
	const struct linger hard = { .l_onoff = 1, .l_linger = 0 };
	const struct str bytes = str_of(e->bytes);

	assert_int_equal(sys_send(client, &bytes, 1, -1), (int)bytes.n);
	if (!e->reset) {
		assert_int_equal(sys_shutdown_write(client), 0);
		return;
	}
	assert_int_equal(setsockopt(client, SOL_SOCKET, SO_LINGER, &hard, sizeof(hard)), 0);
	sys_close(client);
}

static void
ending_main(void *arg)
{
	const struct ending *e = arg;
	struct stream s;
	struct str line;
	int client, server = meet_over_tcp(&client), n;
	int64_t deadline = run_deadline(2 * TICKS_SECOND);
	void *both[2] = { &client, arg };
	struct group g;

	group_init(&g);
	assert_int_equal(stream_open(&s, server), 0);
	/* The edge that says that we may write is old by then. */
	assert_int_equal(task_sleep(run_deadline(10 * TICKS_MS)), 0);
	s.watch.in_edge = false;
	assert_int_equal(task_start(&g, "client", end_together, both), 0);
	n = stream_read_line(&s, 100, &line, deadline);
	if (n == 0 && e->answer) {
		n = stream_write(&s, STR("250 ok\r\n"), deadline);
		n = n == 0 ? stream_flush(&s, deadline) : n;
	}
	if (n == 0)
		n = stream_read_line(&s, 100, &line, deadline);
	if (n != e->result)
		fail_msg("%s: %s", e->name, err_text(n));
	stream_close(&s);
	if (!e->reset)
		sys_close(client);
	group_end(&g);
}

/* None may end in a wait for what never comes (stream_fd.c). */
static void
test_an_end_that_came_with_bytes_is_seen(void **state)
{
	static struct ending rows[] = {
		{ "end after a line", "one\n", false, false, ERR_EOF },
		{ "end after a line, answered", "one\n", true, false, ERR_EOF },
		{ "end after half a line", "one\ntwo", true, false, ERR_EOF },
		{ "end in the first line", "one", false, false, ERR_EOF },
		{ "reset after a line", "one\n", false, true, -ECONNRESET },
		{ "reset after a line, answered", "one\n", true, true, -ECONNRESET },
		{ "reset in the first line", "one", false, true, -ECONNRESET },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		in_real(ending_main, &rows[i]);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_lines_end_at_lf_however_they_arrive),
		cmocka_unit_test(test_a_line_too_long_is_cut_at_its_bound),
		cmocka_unit_test(test_reads_exactly_or_what_there_is),
		cmocka_unit_test(test_discards_what_is_buffered),
		cmocka_unit_test(test_a_read_that_parks_sends_the_replies_first),
		cmocka_unit_test(test_replies_to_pipelined_commands_leave_in_one_write),
		cmocka_unit_test(test_bulk_arrives_in_order),
		cmocka_unit_test(test_a_deadline_ends_the_wait_and_drops_nothing),
		cmocka_unit_test(test_a_failed_write_stays_failed),
		cmocka_unit_test(test_a_peer_that_is_gone_is_a_failure_not_a_signal),
		cmocka_unit_test(test_output_ends_alone),
		cmocka_unit_test(test_descriptors_pass_in_order),
		cmocka_unit_test(test_an_end_that_came_with_bytes_is_seen),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
