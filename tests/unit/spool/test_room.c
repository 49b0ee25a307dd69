/* SPDX-License-Identifier: BSD-2-Clause */
/* Room: limits on free space and on the journal, looked at once a second. */
#include "tests/unit/spool/spool_test.h"

#include "lib/spool/room.h"

static void
fill_journal(size_t size)
{
	int fd = open("journal/x", O_WRONLY | O_CREAT, 0600);

	assert_true(fd >= 0);
	assert_int_equal(ftruncate(fd, (off_t)size), 0);
	close(fd);
}

static void
run_limits(void *arg)
{
	struct room none, disk, journal;
	struct why why;

	(void)arg;
	room_init(&none, 0, 0);
	assert_int_equal(room_check(&none, UINT64_MAX / 2, &why), 0);

	room_init(&disk, UINT64_MAX / 2, 0);
	assert_int_equal(room_check(&disk, 1, &why), ERR_FULL);
	assert_non_null(strstr(why.text, "disk"));

	fill_journal(6000);
	room_init(&journal, 1, 10000);
	assert_int_equal(room_check(&journal, 3000, &why), 0);
	/* What was admitted counts, although nobody has looked again. */
	assert_int_equal(room_check(&journal, 3000, &why), ERR_FULL);
	assert_non_null(strstr(why.text, "journal"));
	assert_int_equal(room_check(&journal, 1000, &why), 0);
	fill_journal(0);
	assert_int_equal(room_check(&journal, 3000, &why), ERR_FULL);
	assert_int_equal(task_sleep(run_deadline(TICKS_SECOND)), 0);
	assert_int_equal(room_check(&journal, 3000, &why), 0);
}

static void
test_limits(void **state)
{
	(void)state;
	in_spool(run_limits, NULL);
}

static void
run_blind(void *arg)
{
	struct room r;
	struct why why;

	(void)arg;
	assert_int_equal(rmdir("journal"), 0);
	room_init(&r, 1, 1);
	assert_int_equal(room_check(&r, 1, &why), -ENOENT);
	assert_true(why.text[0] != '\0');
}

static void
test_cannot_look(void **state)
{
	(void)state;
	in_spool(run_blind, NULL);
}

static void
test_errors(void **state)
{
	(void)state;
	assert_int_equal(room_error(-ENOSPC), ERR_FULL);
	assert_int_equal(room_error(-EDQUOT), ERR_FULL);
	assert_int_equal(room_error(-EIO), -EIO);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		spool_test(test_limits),
		spool_test(test_cannot_look),
		cmocka_unit_test(test_errors),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
