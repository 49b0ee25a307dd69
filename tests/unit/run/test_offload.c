/* SPDX-License-Identifier: BSD-2-Clause */
/* Jobs on threads, and in place in the simulated loop. */
#include <pthread.h>
#include <time.h>

#include "tests/unit/run/in_loop.h"

#include "lib/run/offload.h"

#define JOBS 40

static pthread_t loop_thread;

struct work {
	int number;
	int result;
	bool elsewhere;
	long pause_ms;
};

static int
job(void *arg)
{
	struct work *w = arg;

	w->elsewhere = !pthread_equal(pthread_self(), loop_thread);
	nanosleep(&(struct timespec){ .tv_nsec = w->pause_ms * 1000000 }, NULL);
	return w->number * 2;
}

static void
run_job(void *arg)
{
	struct work *w = arg;

	w->result = offload(job, w);
}

static void
jobs_main(void *arg)
{
	struct work work[JOBS];
	struct group g;

	loop_thread = pthread_self();
	group_init(&g);
	for (int i = 0; i < JOBS; i++) {
		work[i] = (struct work){ .number = i, .pause_ms = i % 5 };
		assert_int_equal(task_start(&g, "job", run_job, &work[i]), 0);
	}
	assert_int_equal(group_wait(&g, run_deadline(10 * TICKS_SECOND)), 0);
	for (int i = 0; i < JOBS; i++) {
		assert_int_equal(work[i].result, i * 2);
		assert_int_equal(work[i].elsewhere, *(bool *)arg);
	}
}

static void
test_answers_what_the_job_answers(void **state)
{
	bool elsewhere = true;

	(void)state;
	in_real(jobs_main, &elsewhere);
	in_real(jobs_main, &elsewhere); /* a second life of the pool */
	elsewhere = false;
	in_sim(7, jobs_main, &elsewhere);
}

static void
count_turns(void *arg)
{
	unsigned *turns = arg;

	while (task_yield() == 0)
		++*turns;
}

static void
beside_main(void *arg)
{
	struct work w = { .number = 21, .pause_ms = 20 };
	unsigned turns = 0;
	struct group g;

	(void)arg;
	group_init(&g);
	assert_int_equal(task_start(&g, "turns", count_turns, &turns), 0);
	assert_int_equal(offload(job, &w), 42);
	assert_true(turns > 10);
	group_end(&g);
}

static void
test_others_run_meanwhile(void **state)
{
	(void)state;
	in_real(beside_main, NULL);
}

/* --- Cancellation --------------------------------------------------------------------------- */

static void
run_two_jobs(void *arg)
{
	struct work *w = arg;

	w[0].result = offload(job, &w[0]);
	w[1].result = offload(job, &w[1]);
}

static void
cancel_main(void *arg)
{
	struct work w[2] = { { .number = 1, .pause_ms = 20 }, { .number = 2 } };
	struct group g;

	(void)arg;
	group_init(&g);
	assert_int_equal(task_start(&g, "two", run_two_jobs, w), 0);
	assert_int_equal(task_yield(), 0);
	group_end(&g);
	assert_int_equal(w[0].result, 2);
	assert_int_equal(w[1].result, ERR_CANCELLED);
}

static void
test_a_job_is_waited_for_and_the_next_not_begun(void **state)
{
	(void)state;
	in_real(cancel_main, NULL);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_answers_what_the_job_answers),
		cmocka_unit_test(test_others_run_meanwhile),
		cmocka_unit_test(test_a_job_is_waited_for_and_the_next_not_begun),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
