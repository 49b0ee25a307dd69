/* SPDX-License-Identifier: BSD-2-Clause */
/* Waiting for descriptors: on both loops. */
#include <fcntl.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

#include "tests/unit/run/in_loop.h"

#include "lib/run/watch.h"

static struct pair {
	int fds[2];
	struct watch a, b;
} pair;

static void
pair_open(void)
{
	const int kind = SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC;

	assert_int_equal(socketpair(AF_UNIX, kind, 0, pair.fds), 0);
	assert_int_equal(watch_open(&pair.a, pair.fds[0]), 0);
	assert_int_equal(watch_open(&pair.b, pair.fds[1]), 0);
}

static void
pair_close(void)
{
	watch_close(&pair.a);
	watch_close(&pair.b);
	watch_close(&pair.b); /* twice is fine */
	close(pair.fds[0]);
	close(pair.fds[1]);
}

static ssize_t
read_when_ready(struct watch *w, char *p, size_t size)
{
	ssize_t n;

	while ((n = read(w->fd, p, size)) < 0) {
		int result = watch_in(w, run_deadline(5 * TICKS_SECOND));

		if (result < 0)
			return result;
	}
	return n;
}

static void
echo(void *arg)
{
	char c;

	(void)arg;
	while (read_when_ready(&pair.b, &c, 1) == 1)
		assert_int_equal(write(pair.b.fd, &c, 1), 1);
}

static void
echo_main(void *arg)
{
	struct group g;
	char c;

	(void)arg;
	pair_open();
	group_init(&g);
	assert_int_equal(task_start(&g, "echo", echo, NULL), 0);
	for (char i = 0; i < 100; i++) {
		assert_int_equal(write(pair.a.fd, &i, 1), 1);
		assert_int_equal(read_when_ready(&pair.a, &c, 1), 1);
		assert_int_equal(c, i);
	}
	assert_int_equal(shutdown(pair.a.fd, SHUT_WR), 0);
	assert_int_equal(group_wait(&g, TICKS_NEVER), 0);
	pair_close();
}

static void
test_reads_what_another_task_writes(void **state)
{
	(void)state;
	in_both(echo_main, NULL);
}

/* The bytes come after the -EAGAIN and before the wait: the edge is remembered. */
static void
early_edge_main(void *arg)
{
	char c;

	(void)arg;
	pair_open();
	assert_true(read(pair.a.fd, &c, 1) < 0);
	assert_int_equal(write(pair.b.fd, "x", 1), 1);
	assert_int_equal(task_yield(), 0); /* the loop sees it while nobody waits */
	assert_int_equal(task_yield(), 0);
	assert_int_equal(watch_in(&pair.a, run_deadline(5 * TICKS_SECOND)), 0);
	assert_int_equal(read(pair.a.fd, &c, 1), 1);
	/* Nothing more comes: at most one answer is old news, then the wait lasts. */
	if (watch_in(&pair.a, run_deadline(10 * TICKS_MS)) == 0)
		assert_int_equal(watch_in(&pair.a, run_deadline(10 * TICKS_MS)), ERR_TIMEOUT);
	pair_close();
}

static void
test_an_edge_before_the_wait_is_not_lost(void **state)
{
	(void)state;
	in_both(early_edge_main, NULL);
}

static void
fill_then_wait(void *arg)
{
	char block[4096] = "";
	int *waits = arg;
	size_t left = (size_t)4 * 1024 * 1024;

	while (left > 0) {
		ssize_t n = write(pair.a.fd, block, left < sizeof(block) ? left : sizeof(block));

		if (n > 0) {
			left -= (size_t)n;
			continue;
		}
		++*waits;
		assert_int_equal(watch_out(&pair.a, run_deadline(5 * TICKS_SECOND)), 0);
	}
	assert_int_equal(shutdown(pair.a.fd, SHUT_WR), 0);
}

static void
flow_main(void *arg)
{
	struct group g;
	char block[1000];
	size_t got = 0;
	ssize_t n;
	int waits = 0;

	(void)arg;
	pair_open();
	group_init(&g);
	assert_int_equal(task_start(&g, "fill", fill_then_wait, &waits), 0);
	while ((n = read_when_ready(&pair.b, block, sizeof(block))) > 0)
		got += (size_t)n;
	assert_int_equal(got, 4 * 1024 * 1024);
	assert_true(waits > 1);
	assert_int_equal(group_wait(&g, TICKS_NEVER), 0);
	pair_close();
}

static void
test_waits_for_room_and_goes_on(void **state)
{
	(void)state;
	in_both(flow_main, NULL);
}

/* --- How a wait ends otherwise -------------------------------------------------------------- */

static int ended_with[2];

static void
wait_in(void *arg)
{
	(void)arg;
	ended_with[0] = watch_in(&pair.a, TICKS_NEVER);
	ended_with[1] = watch_in(&pair.b, TICKS_NEVER);
}

static void
close_main(void *arg)
{
	struct group g;

	(void)arg;
	pair_open();
	group_init(&g);
	assert_int_equal(task_start(&g, "wait", wait_in, NULL), 0);
	assert_int_equal(task_yield(), 0);
	watch_close(&pair.a);
	assert_int_equal(task_yield(), 0);
	assert_int_equal(ended_with[0], ERR_CANCELLED);
	group_end(&g);
	assert_int_equal(ended_with[1], ERR_CANCELLED);
	watch_close(&pair.b);
	close(pair.fds[0]);
	close(pair.fds[1]);
}

static void
test_closing_or_cancelling_ends_the_wait(void **state)
{
	(void)state;
	in_both(close_main, NULL);
}

static void
timeout_main(void *arg)
{
	int64_t before = run_now();

	(void)arg;
	pair_open();
	assert_int_equal(watch_in(&pair.a, before + 15 * TICKS_MS), ERR_TIMEOUT);
	assert_true(run_now() >= before + 15 * TICKS_MS);
	pair_close();
}

static void
test_a_silent_peer_times_out(void **state)
{
	(void)state;
	in_both(timeout_main, NULL);
}

/* The peer is gone: both directions wake, whatever they waited for. */
static void
hangup_main(void *arg)
{
	char c;

	(void)arg;
	pair_open();
	watch_close(&pair.b);
	close(pair.fds[1]);
	assert_int_equal(read_when_ready(&pair.a, &c, 1), 0);
	watch_close(&pair.a);
	close(pair.fds[0]);
}

static void
test_a_hangup_wakes(void **state)
{
	(void)state;
	in_both(hangup_main, NULL);
}

static void
file_main(void *arg)
{
	struct watch w;
	int fd = open("/dev/null", O_RDONLY | O_CLOEXEC);

	(void)arg;
	assert_true(fd >= 0);
	close(fd);
	assert_true(watch_open(&w, fd) < 0);
	assert_int_equal(w.fd, -1);
	watch_close(&w);
}

static void
test_what_cannot_be_watched_is_an_error(void **state)
{
	(void)state;
	in_real(file_main, NULL);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_reads_what_another_task_writes),
		cmocka_unit_test(test_an_edge_before_the_wait_is_not_lost),
		cmocka_unit_test(test_waits_for_room_and_goes_on),
		cmocka_unit_test(test_closing_or_cancelling_ends_the_wait),
		cmocka_unit_test(test_a_silent_peer_times_out),
		cmocka_unit_test(test_a_hangup_wakes),
		cmocka_unit_test(test_what_cannot_be_watched_is_an_error),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
