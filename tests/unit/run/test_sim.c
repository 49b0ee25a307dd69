/* SPDX-License-Identifier: BSD-2-Clause */
/* What only the simulated loop does: a clock that jumps, orders by seed, deadlocks seen. */
#include <stdio.h>
#include <unistd.h>

#include "tests/unit/run/in_loop.h"

#define TASKS 12

static void
years_main(void *arg)
{
	int64_t now = run_now(), wall = run_wall();

	(void)arg;
	assert_int_equal(wall, 1700000000 * TICKS_SECOND);
	for (int i = 0; i < 1000; i++)
		assert_int_equal(task_sleep(run_deadline(TICKS_DAY)), 0);
	assert_int_equal(run_now() - now, 1000 * TICKS_DAY);
	assert_int_equal(run_wall() - wall, 1000 * TICKS_DAY);
}

static void
test_the_clock_jumps_and_both_clocks_agree(void **state)
{
	struct run_options o = { .simulated = true, .wall = 1700000000 * TICKS_SECOND };

	(void)state;
	assert_int_equal(in_loop(&o, years_main, NULL), 0);
}

static void
hour(void *arg)
{
	int64_t *ended = arg;

	assert_int_equal(task_sleep(run_deadline(TICKS_HOUR)), 0);
	*ended = run_now();
}

static void
still_main(void *arg)
{
	struct group g;
	int64_t ended = 0, began = run_now();

	(void)arg;
	group_init(&g);
	assert_int_equal(task_start(&g, "hour", hour, &ended), 0);
	for (int i = 0; i < 5000; i++) {
		assert_int_equal(task_yield(), 0);
		assert_int_equal(run_now(), began);
	}
	assert_int_equal(group_wait(&g, TICKS_NEVER), 0);
	assert_int_equal(ended, began + TICKS_HOUR);
}

static void
test_time_stands_still_while_a_task_can_run(void **state)
{
	(void)state;
	in_sim(3, still_main, NULL);
}

/* --- Seeds ---------------------------------------------------------------------------------- */

static char order[TASKS * 3 + 1];
static size_t ordered;

static void
leave_mark(void *arg)
{
	for (int i = 0; i < 3; i++) {
		order[ordered++] = (char)('a' + (intptr_t)arg);
		assert_int_equal(task_sleep(run_deadline(TICKS_SECOND)), 0);
	}
}

static void
order_main(void *arg)
{
	struct group g;

	(void)arg;
	ordered = 0;
	group_init(&g);
	for (intptr_t i = 0; i < TASKS; i++)
		assert_int_equal(task_start(&g, "mark", leave_mark, (void *)i), 0);
	assert_int_equal(group_wait(&g, TICKS_NEVER), 0);
	order[ordered] = '\0';
}

static void
test_a_seed_decides_the_order(void **state)
{
	char first[sizeof(order)];

	(void)state;
	in_sim(0, order_main, NULL);
	assert_memory_equal(order, "abcdefghijkl", TASKS);
	in_sim(42, order_main, NULL);
	memcpy(first, order, sizeof(first));
	assert_memory_not_equal(first, "abcdefghijkl", TASKS);
	in_sim(42, order_main, NULL);
	assert_string_equal(order, first);
	in_sim(43, order_main, NULL);
	assert_string_not_equal(order, first);
}

/* --- Deadlock ------------------------------------------------------------------------------- */

static void
hang_main(void *arg)
{
	struct cond c;

	(void)arg;
	cond_init(&c);
	(void)!cond_wait(&c, TICKS_NEVER);
	fail();
}

static void
test_a_deadlock_is_reported_and_ends_the_run(void **state)
{
	char text[200] = "";
	int saved = dup(2), ends[2];

	(void)state;
	assert_int_equal(pipe(ends), 0);
	assert_int_equal(dup2(ends[1], 2), 2);
	assert_int_equal(
	    in_loop(&(struct run_options){ .simulated = true }, hang_main, NULL), -EDEADLK);
	assert_int_equal(dup2(saved, 2), 2);
	assert_true(read(ends[0], text, sizeof(text) - 1) > 0);
	assert_non_null(strstr(text, "deadlock"));
	close(saved);
	close(ends[0]);
	close(ends[1]);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_the_clock_jumps_and_both_clocks_agree),
		cmocka_unit_test(test_time_stands_still_while_a_task_can_run),
		cmocka_unit_test(test_a_seed_decides_the_order),
		cmocka_unit_test(test_a_deadlock_is_reported_and_ends_the_run),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
