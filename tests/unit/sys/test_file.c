/* SPDX-License-Identifier: BSD-2-Clause */
#include "tests/unit/sys/folder_of_test.h"

#include <errno.h>
#include <sys/wait.h>

#include "lib/base/err.h"
#include "lib/sys/file.h"

static int
make(const char *path, const char *text)
{
	int fd = sys_open(path, O_RDWR | O_CREAT | O_EXCL, 0600);

	assert_true(fd >= 0);
	assert_int_equal(sys_write_all(fd, str_of(text)), 0);
	return fd;
}

static void
content_is(int fd, struct str text)
{
	char got[200];

	assert_int_equal(sys_pread_all(fd, got, text.n, 0), 0);
	assert_memory_equal(got, text.p, text.n);
	assert_int_equal(sys_pread(fd, got, 1, text.n), 0);
}

static void
test_descriptors_are_born_close_on_exec(void **state)
{
	int fd = make("f", ""), copy = sys_dup(fd);

	(void)state;
	assert_int_equal(fcntl(fd, F_GETFD), FD_CLOEXEC);
	assert_int_equal(fcntl(copy, F_GETFD), FD_CLOEXEC);
	sys_close(copy);
	sys_close(fd);
	sys_close(-1);
	assert_int_equal(fcntl(fd, F_GETFD), -1);
	assert_int_equal(sys_unlink("f"), 0);
	assert_int_equal(sys_open("f", O_RDONLY, 0), -ENOENT);
	assert_int_equal(sys_dup(fd), -EBADF);
}

static void
test_reads_and_writes_at_places(void **state)
{
	int fd = make("f", "0123456789");
	char got[10];

	(void)state;
	assert_int_equal(sys_pwrite_all(fd, STR("abc"), 8), 0);
	content_is(fd, STR("01234567abc"));
	assert_int_equal(sys_pread_all(fd, got, 4, 8), ERR_EOF);
	assert_int_equal(sys_pread_all(fd, got, 0, 100), 0);
	assert_int_equal(sys_seek(fd, 3), 0);
	assert_int_equal(sys_read(fd, got, 2), 2);
	assert_memory_equal(got, "34", 2);
	assert_int_equal(sys_truncate(fd, 4), 0);
	content_is(fd, STR("0123"));
	assert_int_equal(sys_allocate(fd, 0, 6), 0);
	content_is(fd, STR("0123\0\0"));
	assert_int_equal(sys_sync(fd), 0);
	assert_int_equal(sys_sync_data(fd), 0);
	assert_int_equal(sys_sync_folder(AT_FDCWD, "."), 0);
	assert_int_equal(sys_sync_folder(AT_FDCWD, "f"), -ENOTDIR);
	sys_close(fd);
	assert_int_equal(sys_write_all(fd, STR("x")), -EBADF);
	assert_int_equal(sys_unlink("f"), 0);
}

static void
test_writes_many_pieces(void **state)
{
	struct str pieces[40];
	char want[400] = "", *end = want;
	int fd = make("f", "");

	(void)state;
	for (size_t i = 0; i < 40; i++) {
		pieces[i] = str_part(STR("abcdefghijklmnopqrstuvwxyz"), i % 20, i % 7);
		memcpy(end, pieces[i].p, pieces[i].n);
		end += pieces[i].n;
	}
	assert_int_equal(sys_write_pieces_all(fd, pieces, 40), 0);
	content_is(fd, str_of(want));
	assert_int_equal(sys_write_pieces_all(fd, pieces, 0), 0);
	assert_int_equal(sys_write_pieces(fd, NULL, 0), 0);
	sys_close(fd);
	assert_int_equal(sys_write_pieces_all(fd, pieces, 40), -EBADF);
	assert_int_equal(sys_unlink("f"), 0);
}

static void
test_copies_inside_the_kernel(void **state)
{
	int in = make("in", "0123456789"), out = make("out", ">");

	(void)state;
	assert_int_equal(sys_copy_range(out, in, 7, 2), 2);
	assert_int_equal(sys_copy_range(out, in, 9, 100), 1);
	assert_int_equal(sys_copy_range(out, in, 10, 100), 0);
	assert_int_equal(sys_send_file(out, in, 1, 3), 3);
	content_is(out, STR(">789123"));
	sys_close(in);
	sys_close(out);
	assert_int_equal(sys_unlink("in"), 0);
	assert_int_equal(sys_unlink("out"), 0);
}

static void
test_reads_a_file_up_to_a_bound(void **state)
{
	static const struct {
		const char *name;
		size_t max;
		int result;
		const char *text;
	} rows[] = {
		{ "more room", 100, 0, "=0123456789" },
		{ "just room", 11, 0, "=0123456789" },
		{ "one short", 10, ERR_TOO_LONG, "=" },
		{ "no room", 1, ERR_TOO_LONG, "=" },
	};

	(void)state;
	sys_close(make("f", "0123456789"));
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		AUTO(buf) b = BUF_INIT(rows[i].max);

		assert_int_equal(buf_add(&b, STR("=")), 0);
		if (sys_read_file("f", &b) != rows[i].result)
			fail_msg("%s", rows[i].name);
		assert_str_is(buf_str(&b), rows[i].text);
	}
	assert_int_equal(sys_unlink("f"), 0);
	{
		AUTO(buf) b = BUF_INIT(10);

		assert_int_equal(sys_read_file("f", &b), -ENOENT);
		assert_int_equal(sys_read_file(".", &b), -EISDIR);
	}
}

static void
test_a_large_file_is_read_whole(void **state)
{
	static char bytes[50000];
	AUTO(buf) b = BUF_INIT(60000);
	int fd = make("f", "");

	(void)state;
	for (size_t i = 0; i < sizeof(bytes); i++)
		bytes[i] = (char)(i * 7);
	assert_int_equal(sys_write_all(fd, str_make(bytes, sizeof(bytes))), 0);
	sys_close(fd);
	assert_int_equal(sys_read_file("f", &b), 0);
	assert_int_equal(b.n, sizeof(bytes));
	assert_memory_equal(b.p, bytes, sizeof(bytes));
	assert_int_equal(sys_unlink("f"), 0);
}

static void
test_non_blocking_is_switched(void **state)
{
	int fds[2];
	char c;

	(void)state;
	assert_int_equal(pipe(fds), 0);
	assert_int_equal(sys_set_nonblocking(fds[0], true), 0);
	assert_int_equal(sys_set_nonblocking(fds[0], true), 0);
	assert_int_equal(sys_read(fds[0], &c, 1), -EAGAIN);
	assert_int_equal(sys_set_nonblocking(fds[0], false), 0);
	assert_int_equal(sys_write(fds[1], STR("x")), 1);
	assert_int_equal(sys_read(fds[0], &c, 1), 1);
	close(fds[0]);
	close(fds[1]);
	assert_int_equal(sys_set_nonblocking(fds[0], true), -EBADF);
}

static void
test_locks_exclude_and_do_not_wait(void **state)
{
	int a = make("f", ""), b = sys_open("f", O_RDWR, 0);

	(void)state;
	assert_int_equal(sys_lock(a, false), 0);
	assert_int_equal(sys_lock(b, false), 0);
	assert_int_equal(sys_lock(b, true), -EAGAIN);
	assert_int_equal(sys_unlock(a), 0);
	assert_int_equal(sys_lock(b, true), 0);
	assert_int_equal(sys_lock(a, false), -EAGAIN);
	sys_close(b);
	assert_int_equal(sys_lock(a, true), 0);
	sys_close(a);
	assert_int_equal(sys_unlink("f"), 0);
}

static void
test_record_locks_exclude_other_processes(void **state)
{
	int fd = make("f", ""), status;
	pid_t pid;

	(void)state;
	assert_int_equal(sys_lock_record(fd, true), 0);
	pid = fork();
	if (pid == 0)
		_exit(sys_lock_record(fd, false) == -EAGAIN ? 42 : 1);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(WEXITSTATUS(status), 42);
	sys_close(fd);
	assert_int_equal(sys_unlink("f"), 0);
}

#define IN_FOLDER(test) cmocka_unit_test_setup_teardown(test, enter_folder, leave_folder)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		IN_FOLDER(test_descriptors_are_born_close_on_exec),
		IN_FOLDER(test_reads_and_writes_at_places),
		IN_FOLDER(test_writes_many_pieces),
		IN_FOLDER(test_copies_inside_the_kernel),
		IN_FOLDER(test_reads_a_file_up_to_a_bound),
		IN_FOLDER(test_a_large_file_is_read_whole),
		IN_FOLDER(test_non_blocking_is_switched),
		IN_FOLDER(test_locks_exclude_and_do_not_wait),
		IN_FOLDER(test_record_locks_exclude_other_processes),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
