/* SPDX-License-Identifier: BSD-2-Clause */
#include "tests/unit/sys/folder_of_test.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sys/stat.h>

#include "lib/base/err.h"
#include "lib/sys/file.h"
#include "lib/sys/socket.h"

static void
test_addresses_from_and_to_text(void **state)
{
	static const struct {
		const char *text;
		int result;
		const char *back;
	} rows[] = {
		{ "192.0.2.1", 0, "192.0.2.1" },
		{ "0.0.0.0", 0, "0.0.0.0" },
		{ "2001:db8::1", 0, "2001:db8::1" },
		{ "2001:DB8:0::0001", 0, "2001:db8::1" },
		{ "::ffff:192.0.2.1", 0, "192.0.2.1" },
		{ "ffff:ffff:ffff:ffff:ffff:ffff:255.255.255.255", 0,
		    "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff" },
		{ "", ERR_SYNTAX, NULL },
		{ "192.0.2", ERR_SYNTAX, NULL },
		{ "192.0.2.256", ERR_SYNTAX, NULL },
		{ "192.0.2.1 ", ERR_SYNTAX, NULL },
		{ "[::1]", ERR_SYNTAX, NULL },
		{ "fe80::1%lo", ERR_SYNTAX, NULL },
		{ "localhost", ERR_SYNTAX, NULL },
		{ "1111:2222:3333:4444:5555:6666:7777:8888:9999:0000", ERR_SYNTAX, NULL },
	};
	char text[ENDPOINT_TEXT_MAX];

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct endpoint e = { .length = 77 };

		if (endpoint_parse(str_of(rows[i].text), 25, &e) != rows[i].result)
			fail_msg("%s", rows[i].text);
		if (rows[i].result < 0) {
			assert_int_equal(e.length, 77);
			continue;
		}
		assert_string_equal(endpoint_text(&e, text), rows[i].back);
		assert_int_equal(endpoint_port(&e), 25);
	}
	assert_int_equal(endpoint_parse(STR("::1\0x"), 1, &(struct endpoint){ 0 }), ERR_SYNTAX);
}

static void
test_other_endpoints(void **state)
{
	struct endpoint e = { .length = 0 };
	char text[ENDPOINT_TEXT_MAX], path[110];

	(void)state;
	assert_string_equal(endpoint_text(&e, text), "unknown");
	assert_int_equal(endpoint_port(&e), 0);
	memset(path, 'x', sizeof(path));
	path[108] = '\0';
	assert_int_equal(endpoint_unix(path, &e), ERR_TOO_LONG);
	assert_int_equal(endpoint_unix("", &e), ERR_TOO_LONG);
	path[107] = '\0';
	assert_int_equal(endpoint_unix(path, &e), 0);
	assert_string_equal(endpoint_text(&e, text), "local");
	assert_int_equal(endpoint_port(&e), 0);
}

static void
is_non_blocking_and_private(int fd)
{
	assert_true(fd >= 0);
	assert_int_equal(fcntl(fd, F_GETFD), FD_CLOEXEC);
	assert_true((fcntl(fd, F_GETFL) & O_NONBLOCK) != 0);
}

static void
await(int fd, short what)
{
	struct pollfd p = { .fd = fd, .events = what };

	assert_int_equal(poll(&p, 1, 5000), 1);
}

static void
test_tcp(void **state)
{
	struct endpoint any, e, peer, back;
	int listening, client, server;
	const struct str pieces[] = { STR("he"), STR(""), STR("llo") };
	char got[10], text[ENDPOINT_TEXT_MAX];

	(void)state;
	assert_int_equal(endpoint_parse(STR("127.0.0.1"), 0, &any), 0);
	listening = sys_listen_tcp(&any, 5);
	is_non_blocking_and_private(listening);
	assert_int_equal(sys_accept(listening, &peer), -EAGAIN);
	assert_int_equal(sys_local_endpoint(listening, &e), 0);
	assert_int_equal(sys_listen_tcp(&e, 5), -EADDRINUSE);
	client = sys_connect_start(&e);
	is_non_blocking_and_private(client);
	await(client, POLLOUT);
	assert_int_equal(sys_connect_result(client), 0);
	await(listening, POLLIN);
	server = sys_accept(listening, &peer);
	is_non_blocking_and_private(server);
	assert_string_equal(endpoint_text(&peer, text), "127.0.0.1");
	assert_int_equal(sys_local_endpoint(client, &back), 0);
	assert_int_equal(endpoint_port(&back), endpoint_port(&peer));
	assert_int_equal(sys_peer_endpoint(client, &back), 0);
	assert_int_equal(endpoint_port(&back), endpoint_port(&e));
	assert_int_equal(sys_send(client, pieces, 3, -1), 5);
	assert_int_equal(sys_shutdown_write(client), 0);
	await(server, POLLIN);
	assert_int_equal(sys_receive(server, got, sizeof(got), NULL, 0, NULL), 5);
	assert_memory_equal(got, "hello", 5);
	assert_int_equal(sys_receive(server, got, sizeof(got), NULL, 0, NULL), 0);
	sys_close(client);
	sys_close(server);
	sys_close(listening);
	client = sys_connect_start(&e);
	if (client >= 0) {
		await(client, POLLOUT);
		assert_int_equal(sys_connect_result(client), -ECONNREFUSED);
		sys_close(client);
	} else {
		assert_int_equal(client, -ECONNREFUSED);
	}
}

static void
test_unix_sockets_replace_only_what_is_stale(void **state)
{
	struct stat st;
	int fd = sys_listen_unix("s", 0620, 5);

	(void)state;
	is_non_blocking_and_private(fd);
	assert_int_equal(stat("s", &st), 0);
	assert_int_equal(st.st_mode & 0777, 0620);
	assert_int_equal(sys_listen_unix("s", 0600, 5), -EADDRINUSE);
	sys_close(fd);
	fd = sys_listen_unix("s", 0600, 5);
	assert_true(fd >= 0);
	sys_close(fd);
	assert_int_equal(sys_unlink("s"), 0);
	fd = sys_open("file", O_CREAT | O_WRONLY, 0600);
	sys_close(fd);
	assert_int_equal(sys_listen_unix("file", 0600, 5), -EEXIST);
	assert_int_equal(sys_unlink("file"), 0);
	assert_int_equal(sys_listen_unix("nothing/s", 0600, 5), -ENOENT);
}

static void
test_peers_and_descriptors_of_a_pair(void **state)
{
	struct peer_ids ids;
	const struct str letter = STR("x");
	int fds[2], passed[2], null = open("/dev/null", O_RDONLY);
	unsigned count;
	char got[10];

	(void)state;
	assert_int_equal(sys_socketpair(fds), 0);
	is_non_blocking_and_private(fds[0]);
	assert_int_equal(sys_peer_ids(fds[0], &ids), 0);
	assert_int_equal(ids.pid, getpid());
	assert_int_equal(ids.uid, getuid());
	assert_int_equal(ids.gid, getgid());
	assert_int_equal(sys_send(fds[0], &letter, 1, null), 1);
	assert_int_equal(sys_receive(fds[1], got, 10, passed, 2, &count), 1);
	assert_int_equal(count, 1);
	assert_int_equal(fcntl(passed[0], F_GETFD), FD_CLOEXEC);
	close(passed[0]);
	assert_int_equal(sys_receive(fds[1], got, 10, passed, 2, &count), -EAGAIN);
	assert_int_equal(count, 0);
	/* Without room the descriptor is closed, and the sender has broken the rules. */
	assert_int_equal(sys_send(fds[0], &letter, 1, null), 1);
	assert_int_equal(sys_receive(fds[1], got, 10, passed, 0, &count), ERR_PROTOCOL);
	assert_int_equal(fcntl(passed[0], F_GETFD), -1);
	sys_close(fds[1]);
	assert_int_equal(sys_send(fds[0], &letter, 1, -1), -EPIPE);
	sys_close(fds[0]);
	sys_close(null);
	assert_int_equal(sys_peer_ids(fds[0], &ids), -EBADF);
}

#define IN_FOLDER(test) cmocka_unit_test_setup_teardown(test, enter_folder, leave_folder)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_addresses_from_and_to_text),
		cmocka_unit_test(test_other_endpoints),
		cmocka_unit_test(test_tcp),
		IN_FOLDER(test_unix_sockets_replace_only_what_is_stale),
		cmocka_unit_test(test_peers_and_descriptors_of_a_pair),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
