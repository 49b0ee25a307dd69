/* SPDX-License-Identifier: BSD-2-Clause */
/* Faults on order; without --enable-faults, that there are none. */
#include "tests/unit/sys/folder_of_test.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/wait.h>

#include "lib/base/le.h"
#include "lib/sys/fault.h"
#include "lib/sys/file.h"
#include "lib/sys/process.h"

/* Runs fn in a child with rules from the environment; its exit status, or 1000 + signal. */
static int
with_rules(const char *rules, const char *file, int (*fn)(void))
{
	int status;
	pid_t pid = fork();

	if (pid == 0) {
#ifdef ENABLE_FAULTS
		fault_rules(NULL); /* a new program would not have read the environment yet */
#endif
		if (rules != NULL)
			setenv("POSTROAD_FAULT", rules, 1);
		if (file != NULL)
			setenv("POSTROAD_FAULT_FILE", file, 1);
		_exit(fn());
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	return WIFSIGNALED(status) ? 1000 + WTERMSIG(status) : WEXITSTATUS(status);
}

static int
pass_points(void)
{
	for (int i = 0; i < 3; i++) {
		FAULT_POINT("test.first");
		FAULT_POINT("test.second");
	}
	return 0;
}

/* The first of ten opens that fails, and the first after it that does not, in decimal digits. */
static int
open_ten(void)
{
	int first = 0, after = 0;

	for (int i = 1; i <= 9; i++) {
		int fd = sys_open("/dev/null", O_RDONLY, 0);

		if (fd < 0 && first == 0)
			first = fd == -EMFILE ? i : 100;
		if (fd >= 0 && first != 0 && after == 0)
			after = i;
		sys_close(fd);
	}
	return 10 * first + after;
}

#ifdef ENABLE_FAULTS

static void
test_kills_at_the_nth_pass(void **state)
{
	static const struct {
		const char *rules;
		int result;
	} rows[] = {
		{ "kill:test.first:1", 1000 + SIGKILL },
		{ "kill:test.second:3", 1000 + SIGKILL },
		{ "kill:test.second:4", 0 },
		{ "kill:test.other:1", 0 },
		{ "kill:*:6", 1000 + SIGKILL },
		{ "kill:*:7", 0 },
		{ "kill:test.first:1:program=another", 0 },
		{ "kill:test.first:1:program=test_fault", 1000 + SIGKILL },
		{ "sleep:test.first:1:ms=1 kill:test.second:2", 1000 + SIGKILL },
		{ "", 0 },
		{ "kill:test.first", 1000 + SIGABRT },
		{ "kill:test.first:x", 1000 + SIGABRT },
		{ "kill:test.first:0", 1000 + SIGABRT },
		{ "maim:test.first:1", 1000 + SIGABRT },
		{ "fail:open:EMFILES:1", 1000 + SIGABRT },
		{ "fail:opens:EMFILE:1", 1000 + SIGABRT },
		{ "kill:test.first:1:colour=red", 1000 + SIGABRT },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		if (with_rules(rows[i].rules, NULL, pass_points) != rows[i].result)
			fail_msg("%s", rows[i].rules);
	}
}

static void
test_fails_the_nth_call(void **state)
{
	static const struct {
		const char *rules;
		int result;
	} rows[] = {
		{ "fail:open:EMFILE:3", 34 },
		{ "fail:open:EMFILE:2-5", 26 },
		{ "fail:open:EMFILE:4-", 40 },
		{ "fail:open:EMFILE:1-2 fail:open:EMFILE:1-2", 15 },
		{ "fail:write:EMFILE:1-", 0 },
		{ "fail:open:EMFILE:10", 0 },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		int result = with_rules(rows[i].rules, NULL, open_ten);

		if (result != rows[i].result)
			fail_msg("%s: %d", rows[i].rules, result);
	}
}

/* Every call of every kind, one after the other: the failure arrives, and nothing was done. */
static void
test_each_kind_fails(void **state)
{
	char got[4];
	struct file_info info;
	int fd = sys_open("f", O_CREAT | O_RDWR, 0600);

	(void)state;
	fault_rules("fail:open:EIO:1- fail:read:EIO:1- fail:write:ENOSPC:1- fail:sync:EIO:1- "
	            "fail:rename:EIO:1- fail:link:EIO:1- fail:unlink:EIO:1- fail:mkdir:EIO:1- "
	            "fail:truncate:EIO:1- fail:lock:EIO:1- fail:stat:EIO:1- fail:fork:EAGAIN:1-");
	assert_int_equal(sys_open("g", O_CREAT, 0600), -EIO);
	assert_int_equal(sys_read(fd, got, 1), -EIO);
	assert_int_equal(sys_write(fd, STR("x")), -ENOSPC);
	assert_int_equal(sys_write_all(fd, STR("x")), -ENOSPC);
	assert_int_equal(sys_pwrite_all(fd, STR("x"), 0), -ENOSPC);
	assert_int_equal(sys_sync(fd), -EIO);
	assert_int_equal(sys_sync_data(fd), -EIO);
	assert_int_equal(sys_rename("f", "g"), -EIO);
	assert_int_equal(sys_link("f", "g"), -EIO);
	assert_int_equal(sys_unlink("f"), -EIO);
	assert_int_equal(sys_make_folder("g", 0700), -EIO);
	assert_int_equal(sys_truncate(fd, 0), -EIO);
	assert_int_equal(sys_lock(fd, true), -EIO);
	assert_int_equal(sys_info("f", &info), -EIO);
	assert_int_equal(sys_fork(), -EAGAIN);
	fault_rules(NULL);
	assert_int_equal(sys_info("g", &info), -ENOENT);
	assert_int_equal(sys_info_fd(fd, &info), 0);
	assert_int_equal(info.size, 0);
	sys_close(fd);
	assert_int_equal(sys_unlink("f"), 0);
}

static void
test_writes_come_out_short(void **state)
{
	AUTO(buf) file = BUF_INIT(100);
	int fd = sys_open("f", O_CREAT | O_WRONLY, 0600);

	(void)state;
	fault_rules("fail:write:SHORT:1-2");
	assert_int_equal(sys_write(fd, STR("12345678")), 4);
	assert_int_equal(sys_write_all(fd, STR("abcdefgh")), 0);
	assert_int_equal(sys_write(fd, STR("XY")), 2);
	fault_rules("fail:write:SHORT:1-");
	assert_int_equal(sys_write_all(fd, STR("0123456789")), 0);
	fault_rules(NULL);
	sys_close(fd);
	assert_int_equal(sys_read_file("f", &file), 0);
	assert_str_is(buf_str(&file), "1234abcdefghXY0123456789");
	assert_int_equal(sys_unlink("f"), 0);
}

static char *
make_control_file(void)
{
	int fd = open("control", O_RDWR | O_CREAT, 0600);
	char *p;

	assert_int_equal(ftruncate(fd, 4096), 0);
	p = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	assert_true(p != MAP_FAILED);
	close(fd);
	le_put(p, 0x54465250, 4);
	return p;
}

static void
write_rules(char *control, const char *rules)
{
	memset(control + 8, 0, 48);
	snprintf(control + 64, 4000, "%s", rules);
	le_put(control + 4, le_get(control + 4, 4) + 1, 4);
}

static void
test_the_control_file_switches_and_fires_once(void **state)
{
	char *control = make_control_file();

	(void)state;
	assert_int_equal(with_rules(NULL, "control", pass_points), 0);
	write_rules(control, "kill:nowhere:1 kill:test.second:2");
	assert_int_equal(with_rules(NULL, "control", pass_points), 1000 + SIGKILL);
	assert_int_equal(le_get(control + 8, 4), 0);
	assert_int_equal(le_get(control + 12, 4), 1);
	/* Once over all processes. */
	assert_int_equal(with_rules(NULL, "control", pass_points), 0);
	write_rules(control, "kill:test.first:1");
	assert_int_equal(with_rules(NULL, "control", pass_points), 1000 + SIGKILL);
	write_rules(control, "fail:open:EMFILE:4-5");
	assert_int_equal(with_rules(NULL, "control", open_ten), 46);
	assert_int_equal(with_rules(NULL, "control", open_ten), 46);
	assert_int_equal(le_get(control + 8, 4), 4);
	assert_int_equal(with_rules(NULL, "f", pass_points), 1000 + SIGABRT);
	munmap(control, 4096);
	assert_int_equal(sys_unlink("control"), 0);
}

static int
keep_rules(void)
{
	if (sys_clean_environment(NULL, 0) < 0 || sys_environment("PATH") != NULL)
		return 1;
	return sys_environment("POSTROAD_FAULT") != NULL ? 0 : 2;
}

static void
test_the_rules_survive_a_clean_environment(void **state)
{
	(void)state;
	assert_int_equal(with_rules("kill:nowhere:1", NULL, keep_rules), 0);
}

#else

static void
test_without_faults_there_are_none(void **state)
{
	(void)state;
	assert_int_equal(with_rules("kill:*:1", NULL, pass_points), 0);
	assert_int_equal(with_rules("fail:open:EMFILE:1-", NULL, open_ten), 0);
}

#endif

#define IN_FOLDER(test) cmocka_unit_test_setup_teardown(test, enter_folder, leave_folder)

int
main(void)
{
	const struct CMUnitTest tests[] = {
#ifdef ENABLE_FAULTS
		cmocka_unit_test(test_kills_at_the_nth_pass),
		cmocka_unit_test(test_fails_the_nth_call),
		IN_FOLDER(test_each_kind_fails),
		IN_FOLDER(test_writes_come_out_short),
		IN_FOLDER(test_the_control_file_switches_and_fires_once),
		cmocka_unit_test(test_the_rules_survive_a_clean_environment),
#else
		cmocka_unit_test(test_without_faults_there_are_none),
#endif
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
