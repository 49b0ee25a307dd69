/* SPDX-License-Identifier: BSD-2-Clause */
/* What qmgr is told (N1 to N3). */
#include "tests/sim/cleanup_scene.h"

PARKS static void
run_qmgr_away(void *arg)
{
	struct scene s;
	struct answer a;
	struct queue_id first;

	(void)arg;
	scene_begin(&s, "");
	a = scene_submit(&s, 0, STR("A: b\r\n\r\n"), 100);
	assert_int_equal(a.code, 250);
	assert_int_equal(s.heard_count, 1);
	first = s.heard[0].name;

	/* It dies. Mail is taken in all the same. */
	s.qmgr_is_away = true;
	group_end(&s.qmgr_tasks);
	group_init(&s.qmgr_tasks);
	for (unsigned i = 0; i < 3; i++) {
		a = scene_submit(&s, 0, STR("A: b\r\n\r\n"), 100);
		assert_int_equal(a.code, 250);
		assert_int_equal(task_sleep(run_deadline(3 * TICKS_SECOND)), 0);
	}
	assert_int_equal(s.heard_count, 1);

	/* N2: it is back, and hears that the segment in which it missed something is closed. */
	s.qmgr_is_away = false;
	assert_int_equal(task_sleep(run_deadline(10 * TICKS_SECOND)), 0);
	assert_int_equal(s.qmgr_connects, 2);
	assert_int_equal(s.heard_count, 2);
	assert_int_equal(s.heard[1].number, MESSAGE_NUMBER_segment_closed);
	assert_string_equal(s.heard[1].name.text, first.text);
	assert_int_equal(s.heard[1].length, 4 * s.heard[0].length);
	a = scene_submit(&s, 0, STR("A: b\r\n\r\n"), 100);
	assert_int_equal(s.heard[2].number, MESSAGE_NUMBER_stored_record);
	assert_string_not_equal(s.heard[2].name.text, first.text);
	assert_int_equal(s.heard[2].position, 0);
	scene_end(&s);
}

static void
test_qmgr_goes_and_comes(void **state)
{
	(void)state;
	scene_expected_warnings = 1;
	in_spool(run_qmgr_away, NULL);
}

/* N3: notices of files wait. */
PARKS static void
run_file_notices(void *arg)
{
	struct scene s;
	struct answer a;
	char *text = mem_new(100000);

	(void)arg;
	memset(text, 'x', 100000);
	memcpy(text, "A: b\r\n\r\n", 8);
	scene_begin(&s, "");
	s.qmgr_is_away = true;
	group_end(&s.qmgr_tasks);
	group_init(&s.qmgr_tasks);
	a = scene_submit(&s, 0, str_make(text, 100000), 65536);
	assert_int_equal(a.code, 250);
	assert_int_equal(task_sleep(run_deadline(TICKS_SECOND)), 0);
	assert_int_equal(s.heard_count, 0);
	s.qmgr_is_away = false;
	assert_int_equal(task_sleep(run_deadline(10 * TICKS_SECOND)), 0);
	assert_int_equal(s.heard_count, 1);
	assert_int_equal(s.heard[0].number, MESSAGE_NUMBER_stored_file);
	assert_string_equal(s.heard[0].name.text, a.id.text);
	mem_free(text);
	scene_end(&s);
}

static void
test_file_notices_wait(void **state)
{
	(void)state;
	in_spool(run_file_notices, NULL);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cleanup_test(test_qmgr_goes_and_comes),
		cleanup_test(test_file_notices_wait),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
