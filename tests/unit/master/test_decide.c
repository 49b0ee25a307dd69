/* SPDX-License-Identifier: BSD-2-Clause */
#include "tests/unit/test.h"

#include "lib/base/ticks.h"
#include "master/decide.h"

static void
test_what_is_to_be_done(void **state)
{
	static const struct {
		const char *name;
		struct situation s;
		enum decision want;
	} rows[] = {
		{ "nobody came yet", { .workers = 2 }, DECIDE_WATCH },
		{ "a client is at the door", { .workers = 2, .demand = true }, DECIDE_START },
		{ "one is starting for that client", { .workers = 2, .current = 1, .free = 1 },
		    DECIDE_REST },
		{ "one with room takes who comes",
		    { .workers = 2, .demand = true, .current = 1, .free = 1 }, DECIDE_REST },
		{ "all are busy", { .workers = 2, .current = 1 }, DECIDE_WATCH },
		{ "all are busy and another comes", { .workers = 2, .demand = true, .current = 1 },
		    DECIDE_START },
		{ "all there may be are busy", { .workers = 2, .demand = true, .current = 2 },
		    DECIDE_REST },
		{ "resident, at start", { .workers = 1, .resident = true }, DECIDE_START },
		{ "resident, and there",
		    { .workers = 1, .resident = true, .current = 1, .free = 1 }, DECIDE_REST },
		{ "resident, after a failure",
		    { .workers = 1, .resident = true, .now = 10, .not_before = 11 }, DECIDE_WAIT },
		{ "resident, when the pause is over",
		    { .workers = 1, .resident = true, .now = 11, .not_before = 11 }, DECIDE_START },
		{ "a client must wait after a failure",
		    { .workers = 1, .demand = true, .now = 10, .not_before = 11 }, DECIDE_WAIT },
		{ "reload: those that serve are replaced", { .workers = 1, .older = 2 },
		    DECIDE_START },
		{ "reload: the successor failed",
		    { .workers = 1, .older = 2, .now = 1, .not_before = 2 }, DECIDE_WAIT },
		{ "reload: the successor is there",
		    { .workers = 1, .older = 2, .current = 1, .free = 1 }, DECIDE_REST },
		{ "leaving starts nothing",
		    { .workers = 2, .leaving = true, .resident = true, .demand = true },
		    DECIDE_REST },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		if (decide(&rows[i].s) != rows[i].want)
			fail_msg("%s: %d", rows[i].name, (int)decide(&rows[i].s));
	}
}

static void
test_pauses_grow_up_to_a_bound(void **state)
{
	static const struct {
		unsigned failed;
		bool was_ready;
		int64_t want;
	} rows[] = {
		{ 1, false, TICKS_SECOND },
		{ 2, false, 2 * TICKS_SECOND },
		{ 3, false, 4 * TICKS_SECOND },
		{ 6, false, 32 * TICKS_SECOND },
		{ 7, false, TICKS_MINUTE },
		{ UINT32_MAX, false, TICKS_MINUTE },
		{ 1, true, 0 },
		{ 2, true, 100 * TICKS_MS },
		{ 3, true, 200 * TICKS_MS },
		{ 5, true, 800 * TICKS_MS },
		{ 6, true, TICKS_SECOND },
		{ UINT32_MAX, true, TICKS_SECOND },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		int64_t got = decide_pause(rows[i].failed, rows[i].was_ready, TICKS_MINUTE);

		if (got != rows[i].want)
			fail_msg("%u %d: %lld", rows[i].failed, rows[i].was_ready, (long long)got);
	}
	assert_int_equal(decide_pause(1, false, TICKS_MS), TICKS_MS);
}

static void
test_stress_begins_when_all_are_full_and_lingers(void **state)
{
	const int64_t now = 1000 * TICKS_SECOND;
	const struct {
		const char *name;
		struct load load;
		bool want;
	} rows[] = {
		{ "calm", { 2, 0, false, 0, now }, false },
		{ "one is full", { 2, 1, false, 0, now }, false },
		{ "all are full", { 2, 2, false, TICKS_NEVER, now }, true },
		{ "still", { 2, 2, true, TICKS_NEVER, now }, true },
		{ "over a moment ago", { 2, 1, true, now, now }, true },
		{ "over for nearly long enough", { 2, 0, true, now - STRESS_LINGER + 1, now },
		    true },
		{ "over", { 2, 0, true, now - STRESS_LINGER, now }, false },
		{ "never was", { 2, 1, false, now, now }, false },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		if (decide_stress(&rows[i].load) != rows[i].want)
			fail_msg("%s", rows[i].name);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_stress_begins_when_all_are_full_and_lingers),
		cmocka_unit_test(test_what_is_to_be_done),
		cmocka_unit_test(test_pauses_grow_up_to_a_bound),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
