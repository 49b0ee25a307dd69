/* SPDX-License-Identifier: BSD-2-Clause */
/* Listening and connecting, over loopback and UNIX sockets. */
#include <stdio.h>

#include "tests/unit/run/in_loop.h"

#include "lib/io/connect.h"
#include "lib/io/listen.h"
#include "lib/io/stream.h"
#include "lib/sys/file.h"
#include "lib/sys/process.h"

#define LONG_WAIT run_deadline(10 * TICKS_SECOND)

static void
greet(int fd)
{
	struct stream s;

	assert_int_equal(stream_open(&s, fd), 0);
	assert_int_equal(stream_write(&s, STR("220 hello\r\n"), LONG_WAIT), 0);
	assert_int_equal(stream_flush(&s, LONG_WAIT), 0);
	stream_close(&s);
}

static void
serve_two(void *arg)
{
	struct endpoint peer;
	int fd;

	for (int i = 0; i < 2; i++) {
		assert_int_equal(listener_accept(arg, &fd, &peer, LONG_WAIT), 0);
		greet(fd);
	}
	assert_int_equal(
	    listener_accept(arg, &fd, &peer, run_deadline(10 * TICKS_MS)), ERR_TIMEOUT);
}

static void
be_greeted(const struct endpoint *e)
{
	struct stream s;
	struct str line;
	int fd;

	assert_int_equal(connect_to(e, &fd, LONG_WAIT), 0);
	assert_int_equal(stream_open(&s, fd), 0);
	assert_int_equal(stream_read_line(&s, 100, &line, LONG_WAIT), 0);
	assert_str_is(line, "220 hello\r\n");
	assert_int_equal(stream_read_line(&s, 100, &line, LONG_WAIT), ERR_EOF);
	stream_close(&s);
}

static void
meet(int listening, const struct endpoint *e)
{
	struct listener l;
	struct group g;

	assert_true(listening >= 0);
	assert_int_equal(listener_open(&l, listening), 0);
	group_init(&g);
	assert_int_equal(task_start(&g, "server", serve_two, &l), 0);
	be_greeted(e);
	be_greeted(e);
	assert_int_equal(group_wait(&g, TICKS_NEVER), 0);
	group_end(&g);
	listener_close(&l);
}

static void
tcp_main(void *arg)
{
	struct endpoint any, e;
	int fd;

	assert_int_equal(endpoint_parse(str_of(arg), 0, &any), 0);
	fd = sys_listen_tcp(&any, 5);
	assert_true(fd >= 0);
	assert_int_equal(sys_local_endpoint(fd, &e), 0);
	assert_int_not_equal(endpoint_port(&e), 0);
	meet(fd, &e);
	assert_int_equal(connect_to(&e, &fd, LONG_WAIT), -ECONNREFUSED);
}

static void
test_over_tcp(void **state)
{
	static char v4[] = "127.0.0.1";

	(void)state;
	in_real(tcp_main, v4);
}

static void
unix_main(void *arg)
{
	const char *path = arg;
	struct endpoint e;
	int fd;

	assert_int_equal(endpoint_unix(path, &e), 0);
	meet(sys_listen_unix(path, 0600, 5), &e);
	assert_int_equal(connect_unix(path, &fd, LONG_WAIT), -ECONNREFUSED);
	assert_int_equal(sys_unlink(path), 0);
	assert_int_equal(connect_unix(path, &fd, LONG_WAIT), -ENOENT);
}

/* A listener with a full queue: connecting waits, and goes through when there is room. */
static void
accept_late(void *arg)
{
	struct endpoint peer;
	int fd;

	assert_int_equal(task_sleep(run_deadline(50 * TICKS_MS)), 0);
	for (int i = 0; i < 3; i++) {
		assert_int_equal(listener_accept(arg, &fd, &peer, LONG_WAIT), 0);
		sys_close(fd);
	}
}

static void
full_main(void *arg)
{
	const char *path = arg;
	struct listener l;
	struct group g;
	int fds[3], fd;

	assert_int_equal(listener_open(&l, sys_listen_unix(path, 0600, 1)), 0);
	group_init(&g);
	assert_int_equal(connect_unix(path, &fds[0], LONG_WAIT), 0);
	assert_int_equal(connect_unix(path, &fds[1], LONG_WAIT), 0);
	assert_int_equal(connect_unix(path, &fd, run_deadline(5 * TICKS_MS)), ERR_TIMEOUT);
	assert_int_equal(task_start(&g, "late", accept_late, &l), 0);
	assert_int_equal(connect_unix(path, &fds[2], LONG_WAIT), 0);
	for (int i = 0; i < 3; i++)
		sys_close(fds[i]);
	assert_int_equal(group_wait(&g, TICKS_NEVER), 0);
	group_end(&g);
	listener_close(&l);
	assert_int_equal(sys_unlink(path), 0);
}

static void
test_over_a_unix_socket(void **state)
{
	char path[64];

	(void)state;
	snprintf(path, sizeof(path), "/tmp/test_listen.%d", (int)sys_pid());
	in_real(unix_main, path);
	in_real(full_main, path);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_over_tcp),
		cmocka_unit_test(test_over_a_unix_socket),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
