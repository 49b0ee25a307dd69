/* SPDX-License-Identifier: BSD-2-Clause */
/* Tasks, conditions, groups, cancellation: on both loops. */
#include <fenv.h>
#include <stdio.h>

#include "tests/unit/run/in_loop.h"

static char trace[64];
static size_t traced;

static void
mark(char c)
{
	assert_true(traced < sizeof(trace) - 1);
	trace[traced++] = c;
	trace[traced] = '\0';
}

static void
trace_reset(void)
{
	traced = 0;
	trace[0] = '\0';
}

static void
mark_twice(void *arg)
{
	const char *letters = arg;

	mark(letters[0]);
	assert_int_equal(task_yield(), 0);
	mark(letters[1]);
}

static void
order_main(void *arg)
{
	struct group g;
	static char ab[] = "ab", cd[] = "cd";

	(void)arg;
	trace_reset();
	group_init(&g);
	assert_int_equal(task_start(&g, "ab", mark_twice, ab), 0);
	assert_int_equal(task_start(&g, "cd", mark_twice, cd), 0);
	mark('1');
	assert_int_equal(g.count, 2);
	assert_int_equal(group_wait(&g, TICKS_NEVER), 0);
	assert_int_equal(g.count, 0);
	assert_string_equal(trace, "1acbd");
	group_end(&g);
}

static void
test_runs_when_the_starter_parks_and_in_turn(void **state)
{
	(void)state;
	in_both(order_main, NULL);
}

/* --- Conditions ---------------------------------------------------------------------------- */

struct waiter {
	struct cond *cond;
	int64_t deadline;
	char letter;
	int result;
};

static void
wait_and_mark(void *arg)
{
	struct waiter *w = arg;

	w->result = cond_wait(w->cond, w->deadline);
	mark(w->letter);
}

static void
cond_main(void *arg)
{
	struct cond c;
	struct group g;
	struct waiter w[3];

	(void)arg;
	trace_reset();
	cond_init(&c);
	group_init(&g);
	for (int i = 0; i < 3; i++) {
		w[i] = (struct waiter){ &c, TICKS_NEVER, (char)('a' + i), 1 };
		assert_int_equal(task_start(&g, "waiter", wait_and_mark, &w[i]), 0);
	}
	assert_int_equal(task_yield(), 0);
	cond_signal(&c);
	assert_int_equal(task_yield(), 0);
	assert_string_equal(trace, "a");
	cond_broadcast(&c);
	assert_int_equal(group_wait(&g, TICKS_NEVER), 0);
	assert_string_equal(trace, "abc");
	cond_signal(&c); /* nobody waits: nothing happens, and nothing is remembered */
	assert_int_equal(cond_wait(&c, run_deadline(TICKS_MS)), ERR_TIMEOUT);
}

static void
test_a_signal_wakes_the_longest_waiting_and_a_broadcast_all(void **state)
{
	(void)state;
	in_both(cond_main, NULL);
}

static void
deadline_main(void *arg)
{
	struct cond c;
	int64_t before = run_now();

	(void)arg;
	cond_init(&c);
	assert_int_equal(cond_wait(&c, before - 1), ERR_TIMEOUT);
	assert_int_equal(cond_wait(&c, before), ERR_TIMEOUT);
	assert_int_equal(run_now(), before);
	assert_int_equal(cond_wait(&c, before + 20 * TICKS_MS), ERR_TIMEOUT);
	assert_true(run_now() >= before + 20 * TICKS_MS);
	assert_int_equal(task_sleep(before), 0);
	assert_int_equal(task_sleep(before + 30 * TICKS_MS), 0);
	assert_true(run_now() >= before + 30 * TICKS_MS);
}

static void
test_a_deadline_ends_a_wait_not_before_its_time(void **state)
{
	(void)state;
	in_both(deadline_main, NULL);
}

/* A wake-up and a timeout, a wake-up and a cancellation in the same turn: the first one counts. */
static void
wake_race_main(void *arg)
{
	struct cond c;
	struct group g;
	struct waiter a = { &c, TICKS_NEVER, 'a', 1 }, b = { &c, TICKS_NEVER, 'b', 1 };

	(void)arg;
	trace_reset();
	cond_init(&c);
	group_init(&g);
	assert_int_equal(task_start(&g, "a", wait_and_mark, &a), 0);
	assert_int_equal(task_start(&g, "b", wait_and_mark, &b), 0);
	assert_int_equal(task_yield(), 0);
	cond_signal(&c);
	group_cancel(&g);
	group_end(&g);
	assert_int_equal(a.result, 0);
	assert_int_equal(b.result, ERR_CANCELLED);
}

static void
test_a_wake_up_is_not_lost_to_a_cancellation(void **state)
{
	(void)state;
	in_both(wake_race_main, NULL);
}

/* --- Cancellation in each wait ------------------------------------------------------------- */

static struct cond never;
static struct group inner;

static int
wait_cond(void)
{
	return cond_wait(&never, TICKS_NEVER);
}

static int
wait_sleep(void)
{
	return task_sleep(run_deadline(TICKS_HOUR));
}

static int
wait_yield(void)
{
	return task_yield();
}

static void
sleep_long(void *arg)
{
	int *result = arg;

	*result = task_sleep(run_deadline(TICKS_DAY));
}

static int
wait_group(void)
{
	int inner_result = 1;
	int result;

	group_init(&inner);
	if (task_start(&inner, "inner", sleep_long, &inner_result) < 0)
		return 1;
	result = group_wait(&inner, TICKS_NEVER);
	group_end(&inner); /* works in a cancelled task, and waits */
	return inner_result == ERR_CANCELLED ? result : 1;
}

struct cancel_row {
	const char *name;
	int (*wait)(void);
	int first; /* -1: cancelled while it waits; 0: born cancelled */
	int result, again;
	bool seen;
};

static void
cancelled_task(void *arg)
{
	struct cancel_row *row = arg;

	row->result = row->wait();
	while (row->wait == wait_yield && row->result == 0)
		row->result = row->wait();
	row->seen = task_is_cancelled();
	row->again = row->wait();
}

static void
cancel_main(void *arg)
{
	struct cancel_row *row = arg;
	struct group g;

	cond_init(&never);
	group_init(&g);
	if (row->first == 0)
		group_cancel(&g);
	assert_int_equal(task_start(&g, row->name, cancelled_task, row), 0);
	for (int i = 0; i < 3; i++)
		assert_int_equal(task_yield(), 0);
	assert_int_equal(g.count, row->first == 0 ? 0 : 1);
	group_end(&g);
}

static void
test_cancellation_ends_every_wait_and_all_later_ones(void **state)
{
	struct cancel_row rows[] = {
		{ "cond", wait_cond, -1, 1, 1, false },
		{ "sleep", wait_sleep, -1, 1, 1, false },
		{ "yield", wait_yield, -1, 1, 1, false },
		{ "group", wait_group, -1, 1, 1, false },
		{ "cond, born cancelled", wait_cond, 0, 1, 1, false },
		{ "sleep, born cancelled", wait_sleep, 0, 1, 1, false },
		{ "yield, born cancelled", wait_yield, 0, 1, 1, false },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		in_both(cancel_main, &rows[i]);
		if (rows[i].result != ERR_CANCELLED || rows[i].again != ERR_CANCELLED ||
		    !rows[i].seen)
			fail_msg("%s: %d, then %d", rows[i].name, rows[i].result, rows[i].again);
	}
}

static void
group_deadline_main(void *arg)
{
	struct group g;
	int result = 1;

	(void)arg;
	group_init(&g);
	assert_int_equal(group_wait(&g, run_now() - 1), 0); /* empty: nothing to wait for */
	assert_int_equal(task_start(&g, "long", sleep_long, &result), 0);
	assert_int_equal(group_wait(&g, run_deadline(10 * TICKS_MS)), ERR_TIMEOUT);
	assert_int_equal(g.count, 1);
	group_end(&g);
	assert_int_equal(result, ERR_CANCELLED);
	assert_int_equal(g.count, 0);
}

static void
test_a_group_ends_after_its_members(void **state)
{
	(void)state;
	in_both(group_deadline_main, NULL);
}

/* --- What a switch keeps ------------------------------------------------------------------- */

static void
rounds_upward(void *arg)
{
	double *third = arg;
	volatile double one = 1, three = 3;

	assert_int_equal(fegetround(), FE_TONEAREST);
	assert_int_equal(fesetround(FE_UPWARD), 0);
	assert_int_equal(task_yield(), 0);
	assert_int_equal(fegetround(), FE_UPWARD);
	*third = one / three;
}

static void
registers_main(void *arg)
{
	struct group g;
	double up = 0;
	volatile double one = 1, three = 3;

	(void)arg;
	group_init(&g);
	assert_int_equal(task_start(&g, "upward", rounds_upward, &up), 0);
	assert_int_equal(task_yield(), 0);
	assert_int_equal(fegetround(), FE_TONEAREST);
	assert_int_equal(group_wait(&g, TICKS_NEVER), 0);
	assert_int_equal(fegetround(), FE_TONEAREST);
	assert_true(up > one / three);
}

static void
test_each_task_has_its_own_floating_point_mode(void **state)
{
	(void)state;
	in_both(registers_main, NULL);
}

static int
deep(int n)
{
	char line[512];

	snprintf(line, sizeof(line), "%d", n);
	if (n == 0)
		return task_yield();
	return deep(n - 1) + (line[0] == 'x');
}

static void
go_deep(void *arg)
{
	size_t *watermark = arg;
	size_t before = task_stack_watermark();

	assert_int_equal(deep(60), 0);
	*watermark = task_stack_watermark();
	assert_true(before < *watermark);
}

static void
watermark_main(void *arg)
{
	struct group g;
	size_t watermark = 0;

	(void)arg;
	group_init(&g);
	assert_int_equal(task_start(&g, "deep", go_deep, &watermark), 0);
	assert_int_equal(group_wait(&g, TICKS_NEVER), 0);
	assert_true(watermark > 30 * 1024);
	assert_true(watermark <= 128 * 1024);
}

static void
test_watermark_tells_how_deep_a_stack_was_used(void **state)
{
	(void)state;
	in_sim(0, watermark_main, NULL);
}

struct idler {
	size_t deep, trimmed;
	char kept[64];
};

static void
go_deep_and_idle(void *arg)
{
	struct idler *i = arg;
	char text[64] = "what lies on the stack in use stays";

	assert_int_equal(deep(60), 0);
	i->deep = task_stack_watermark();
	assert_int_equal(task_sleep(run_deadline(100 * TICKS_MS)), 0);
	i->trimmed = task_stack_watermark();
	memcpy(i->kept, text, sizeof(text));
	assert_int_equal(deep(60), 0);
}

static void
idle_main(void *arg)
{
	struct idler idlers[5] = { { .deep = 0 } };
	struct group g;

	(void)arg;
	group_init(&g);
	for (size_t i = 0; i < ARRAY_LEN(idlers); i++)
		assert_int_equal(task_start(&g, "idler", go_deep_and_idle, &idlers[i]), 0);
	assert_int_equal(group_wait(&g, TICKS_NEVER), 0);
	for (size_t i = 0; i < ARRAY_LEN(idlers); i++) {
		assert_true(idlers[i].deep > 30 * 1024);
		assert_true(idlers[i].trimmed <= 16 * 1024);
		assert_string_equal(idlers[i].kept, "what lies on the stack in use stays");
	}
}

static void
test_an_idle_stack_gives_its_depth_back(void **state)
{
	struct run_options o = { .trim_after = 20 * TICKS_MS };

	(void)state;
	assert_int_equal(in_loop(&o, idle_main, NULL), 0);
}

/* --- Many ---------------------------------------------------------------------------------- */

static unsigned ended;

static void
sleep_some(void *arg)
{
	char *copy;

	assert_int_equal(task_sleep(run_deadline((int64_t)(intptr_t)arg % 7 * TICKS_MS)), 0);
	copy = arena_printf(task_arena(), "%s", "dies with the task");
	assert_string_equal(copy, "dies with the task");
	ended++;
}

static void
many_main(void *arg)
{
	struct group g;

	(void)arg;
	ended = 0;
	group_init(&g);
	for (int round = 0; round < 3; round++) {
		for (intptr_t i = 0; i < 1000; i++)
			assert_int_equal(task_start(&g, "one of many", sleep_some, (void *)i), 0);
		assert_int_equal(group_wait(&g, TICKS_NEVER), 0);
	}
	assert_int_equal(ended, 3000);
}

static void
test_a_thousand_tasks_three_times(void **state)
{
	(void)state;
	in_both(many_main, NULL);
}

static unsigned started;

static void
wait_for_ever(void *arg)
{
	int result = cond_wait(arg, TICKS_NEVER);

	assert_int_equal(result, ERR_CANCELLED);
}

/* More stacks than there are addresses for. */
static void
no_stack_main(void *arg)
{
	struct group g;
	int result;

	(void)arg;
	cond_init(&never);
	group_init(&g);
	started = 0;
	while ((result = task_start(&g, "huge", wait_for_ever, &never)) == 0)
		started++;
	assert_int_equal(result, -ENOMEM);
	assert_true(started > 0);
	assert_int_equal(task_yield(), 0);
	group_end(&g);
	group_init(&g);
	assert_int_equal(task_start(&g, "after", sleep_some, NULL), 0);
	assert_int_equal(group_wait(&g, TICKS_NEVER), 0);
}

static void
test_no_stack_to_be_had_is_an_error_and_passes(void **state)
{
	/* 2^47 bytes of addresses hold fewer than 64 of these. */
	struct run_options o = { .simulated = true, .stack_size = (size_t)1 << 41 };

	(void)state;
#ifdef ENABLE_SANITIZERS
	skip(); /* the sanitizer keeps a shadow of every stack, however large */
#endif
	assert_int_equal(in_loop(&o, no_stack_main, NULL), 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_runs_when_the_starter_parks_and_in_turn),
		cmocka_unit_test(test_a_signal_wakes_the_longest_waiting_and_a_broadcast_all),
		cmocka_unit_test(test_a_deadline_ends_a_wait_not_before_its_time),
		cmocka_unit_test(test_a_wake_up_is_not_lost_to_a_cancellation),
		cmocka_unit_test(test_cancellation_ends_every_wait_and_all_later_ones),
		cmocka_unit_test(test_a_group_ends_after_its_members),
		cmocka_unit_test(test_each_task_has_its_own_floating_point_mode),
		cmocka_unit_test(test_watermark_tells_how_deep_a_stack_was_used),
		cmocka_unit_test(test_an_idle_stack_gives_its_depth_back),
		cmocka_unit_test(test_a_thousand_tasks_three_times),
		cmocka_unit_test(test_no_stack_to_be_had_is_an_error_and_passes),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
