/* SPDX-License-Identifier: BSD-2-Clause */
#include "tests/unit/test.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "lib/sys/memory.h"

static void
test_holds_its_bytes_and_never_changes(void **state)
{
	char room[16] = "";
	int fd = sys_sealed_file("test", STR("a = b\n"));

	(void)state;
	assert_true(fd >= 0);
	assert_int_equal(pread(fd, room, sizeof(room), 0), 6);
	assert_string_equal(room, "a = b\n");
	assert_int_equal(pwrite(fd, "x", 1, 0), -1);
	assert_int_equal(errno, EPERM);
	assert_int_equal(ftruncate(fd, 0), -1);
	assert_int_equal(ftruncate(fd, 100), -1);
	assert_int_equal(fcntl(fd, F_GETFD), FD_CLOEXEC);
	close(fd);
}

static void
test_may_be_empty(void **state)
{
	char byte;
	int fd = sys_sealed_file("test", STR_NONE);

	(void)state;
	assert_true(fd >= 0);
	assert_int_equal(pread(fd, &byte, 1, 0), 0);
	close(fd);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_holds_its_bytes_and_never_changes),
		cmocka_unit_test(test_may_be_empty),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
