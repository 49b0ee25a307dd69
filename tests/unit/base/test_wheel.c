/* SPDX-License-Identifier: BSD-2-Clause */
#include "tests/unit/test.h"

#include "lib/base/ticks.h"
#include "lib/base/wheel.h"

static struct wheel wheel;

/* Waits as wheel_next() says, until e comes; the ticks that it came at. */
static int64_t
time_of(struct wheel_entry *e)
{
	int64_t now;

	for (;;) {
		now = wheel_next(&wheel);
		assert_true(now != TICKS_NEVER);
		if (wheel_take_due(&wheel, now) == e)
			return now;
	}
}

static void
test_comes_at_its_time_and_never_before(void **state)
{
	static const struct {
		const char *name;
		int64_t grain, start, due, comes;
	} rows[] = {
		{ "past", 10, 1000, 500, 1000 },
		{ "below zero", 10, 1000, -7, 1000 },
		{ "now", 10, 1000, 1000, 1000 },
		{ "within a grain", 10, 1000, 1001, 1010 },
		{ "next grain", 10, 1000, 1010, 1010 },
		{ "end of the first level", 1, 0, 63, 63 },
		{ "second level", 1, 0, 64, 64 },
		{ "second level, not aligned", 1, 5, 77, 77 },
		{ "third level", 1, 1, 64 * 64, 64 * 64 },
		{ "over a digit of each level", 1, 64 * 64 * 64 - 1, 64 * 64 * 64 + 1,
		    64 * 64 * 64 + 1 },
		{ "top level", 1, 3, (int64_t)1 << 31, (int64_t)1 << 31 },
		{ "over the ring's end", 1, ((int64_t)1 << 36) - 2, ((int64_t)1 << 36) + 7,
		    ((int64_t)1 << 36) + 7 },
		{ "far over the ring's end", 1, ((int64_t)1 << 36) - 2,
		    ((int64_t)1 << 36) + ((int64_t)1 << 35),
		    ((int64_t)1 << 36) + ((int64_t)1 << 35) },
		{ "too far", 1, 0, INT64_MAX, (int64_t)62 << 30 },
		{ "five days in seconds", TICKS_SECOND, 1700000000 * TICKS_SECOND,
		    1700432000 * TICKS_SECOND + 1, 1700432001 * TICKS_SECOND },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct wheel_entry e;
		int64_t came;

		wheel_init(&wheel, rows[i].grain, rows[i].start);
		assert_int_equal(wheel_next(&wheel), TICKS_NEVER);
		wheel_entry_init(&e);
		wheel_add(&wheel, &e, rows[i].due);
		if (rows[i].comes > rows[i].start)
			assert_null(wheel_take_due(&wheel, rows[i].start));
		came = time_of(&e);
		if (came != rows[i].comes)
			fail_msg("%s: %lld", rows[i].name, (long long)came);
		assert_int_equal(wheel.count, 0);
		assert_false(wheel_has(&e));
		assert_int_equal(wheel_next(&wheel), TICKS_NEVER);
	}
}

static void
test_remove(void **state)
{
	struct wheel_entry a, b, late;

	(void)state;
	wheel_init(&wheel, 1, 0);
	wheel_entry_init(&a);
	wheel_entry_init(&b);
	wheel_entry_init(&late);
	wheel_remove(&wheel, &a);
	wheel_add(&wheel, &a, 100);
	wheel_add(&wheel, &b, 100);
	wheel_add(&wheel, &late, 0);
	assert_int_equal(wheel.count, 3);
	wheel_remove(&wheel, &late);
	wheel_remove(&wheel, &a);
	wheel_remove(&wheel, &a);
	assert_int_equal(wheel.count, 1);
	assert_int_equal(wheel_next(&wheel), 64);
	wheel_remove(&wheel, &b);
	assert_int_equal(wheel_next(&wheel), TICKS_NEVER);
	wheel_add(&wheel, &a, 64 * 64 * 3);
	assert_null(wheel_take_due(&wheel, 64 * 64 * 3 - 1));
	wheel_remove(&wheel, &a);
	assert_int_equal(wheel_next(&wheel), TICKS_NEVER);
	assert_null(wheel_take_due(&wheel, TICKS_NEVER));
}

/* Thousands of entries, added, removed and moved on at random: none early, none late, none lost. */
static void
test_against_the_clock(void **state)
{
	enum { ENTRIES = 3000 };
	static struct {
		struct wheel_entry e;
		int64_t due;
	} rows[ENTRIES];
	struct wheel_entry *e;
	uint64_t x = 42;
	int64_t now = ((int64_t)1 << 36) - 100000;
	size_t waiting = 0;

	(void)state;
	wheel_init(&wheel, 1, now);
	for (size_t i = 0; i < ENTRIES; i++)
		wheel_entry_init(&rows[i].e);
	for (int turn = 0; turn < 20000; turn++) {
		size_t i;

		x = x * 6364136223846793005 + 1442695040888963407;
		i = (x >> 33) % ENTRIES;
		if (wheel_has(&rows[i].e)) {
			wheel_remove(&wheel, &rows[i].e);
			waiting--;
		} else {
			rows[i].due = now + (int64_t)((x >> 20) % ((uint64_t)1 << (x >> 59)));
			wheel_add(&wheel, &rows[i].e, rows[i].due);
			waiting++;
		}
		assert_int_equal(wheel.count, waiting);
		if (turn % 16 != 0)
			continue;
		now += (int64_t)(x >> 52);
		while ((e = wheel_take_due(&wheel, now)) != NULL) {
			i = (size_t)((char *)e - (char *)rows) / sizeof(rows[0]);
			assert_true(rows[i].due <= now);
			waiting--;
		}
		for (i = 0; i < ENTRIES; i++)
			assert_true(!wheel_has(&rows[i].e) || rows[i].due > now);
		assert_true(wheel_next(&wheel) > now);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_comes_at_its_time_and_never_before),
		cmocka_unit_test(test_remove),
		cmocka_unit_test(test_against_the_clock),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
