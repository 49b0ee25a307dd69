/* SPDX-License-Identifier: BSD-2-Clause */
#include "tests/unit/test.h"

#include "lib/base/bug.h"
#include "lib/base/map.h"
#include "lib/base/mem.h"

/*
 * SipHash-1-3 of the bytes 0, 1, 2, … under the key 0, 1, … 15; the values come from a second
 * implementation, which agrees with the published SipHash-2-4 vector.
 */
static void
test_hash_known_values(void **state)
{
	static const struct hash_secret secret = { 0x0706050403020100, 0x0f0e0d0c0b0a0908 };
	static const struct {
		size_t n;
		uint64_t hash;
	} rows[] = {
		{ 0, 0xabac0158050fc4dc },
		{ 1, 0xc9f49bf37d57ca93 },
		{ 7, 0xd3927d989bb11140 },
		{ 8, 0x369095118d299a8e },
		{ 63, 0x9d199062b7bbb3a8 },
	};
	char bytes[63];

	(void)state;
	for (size_t i = 0; i < sizeof(bytes); i++)
		bytes[i] = (char)i;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		assert_int_equal(hash_str(&secret, str_make(bytes, rows[i].n)), rows[i].hash);
}

static void
test_empty(void **state)
{
	AUTO(map) m = MAP_INIT;
	struct map_cursor c = MAP_START;

	(void)state;
	assert_null(map_find(&m, STR("a")));
	assert_null(map_remove(&m, STR("a")));
	assert_false(map_next(&m, &c));
}

static void
test_put_find_replace_remove(void **state)
{
	AUTO(map) m = MAP_INIT;
	int a, b, c;

	(void)state;
	assert_null(map_put(&m, STR("key"), &a));
	assert_null(map_put(&m, STR_NONE, &c));
	assert_ptr_equal(map_find(&m, STR("key")), &a);
	assert_ptr_equal(map_find(&m, STR("")), &c);
	assert_null(map_find(&m, STR("Key")));
	assert_ptr_equal(map_put(&m, STR("key"), &b), &a);
	assert_int_equal(m.count, 2);
	assert_ptr_equal(map_remove(&m, STR("key")), &b);
	assert_null(map_remove(&m, STR("key")));
	assert_null(map_find(&m, STR("key")));
	assert_int_equal(m.count, 1);
	map_drop(&m);
	assert_null(map_find(&m, STR("")));
}

/* As a plain array says, through many rounds of adding and removing. */
static void
test_agrees_with_an_array(void **state)
{
	AUTO(map) m = MAP_INIT;
	static char keys[500][8];
	bool there[500] = { false };
	size_t count = 0;
	uint32_t x = 12345;

	(void)state;
	for (size_t i = 0; i < 500; i++)
		snprintf(keys[i], sizeof(keys[i]), "k%zu", i);
	for (int round = 0; round < 20000; round++) {
		size_t i;

		x = x * 1103515245 + 12345;
		i = (x >> 8) % (round % 4000 < 2000 ? 500 : 50);
		if (x >> 31) {
			assert_ptr_equal(
			    map_put(&m, str_of(keys[i]), keys[i]), there[i] ? keys[i] : NULL);
			count += !there[i];
			there[i] = true;
		} else {
			assert_ptr_equal(
			    map_remove(&m, str_of(keys[i])), there[i] ? keys[i] : NULL);
			count -= there[i];
			there[i] = false;
		}
		assert_int_equal(m.count, count);
		assert_true(m.used < m.room);
	}
	for (size_t i = 0; i < 500; i++)
		assert_ptr_equal(map_find(&m, str_of(keys[i])), there[i] ? keys[i] : NULL);
}

static void
test_walk_while_removing(void **state)
{
	static char keys[100][4];

	(void)state;
	for (size_t step = 1; step <= 3; step++) {
		AUTO(map) m = MAP_INIT;
		struct map_cursor c = MAP_START;
		size_t seen = 0;

		for (size_t i = 0; i < 100; i++) {
			snprintf(keys[i], sizeof(keys[i]), "%zu", i);
			assert_null(map_put(&m, str_of(keys[i]), keys[i]));
		}
		/* Removes the entry it stands on, and one that may lie ahead. */
		while (map_next(&m, &c)) {
			assert_ptr_equal(c.key.p, c.value);
			assert_ptr_equal(map_remove(&m, c.key), c.value);
			for (size_t i = 1; i < step; i++)
				(void)map_remove(&m, str_of(keys[(seen * 7 + i) % 100]));
			seen++;
		}
		assert_int_equal(m.count, 0);
		assert_true(step == 1 ? seen == 100 : seen < 100);
	}
}

static void
test_a_fixed_secret_repeats(void **state)
{
	struct hash_secret a, b;

	(void)state;
	a = hash_process_secret();
	b = hash_process_secret();
	assert_memory_equal(&a, &b, sizeof(a));
	hash_fix_secret(7);
	a = hash_process_secret();
	assert_memory_not_equal(&a, &b, sizeof(a));
	hash_fix_secret(7);
	b = hash_process_secret();
	assert_memory_equal(&a, &b, sizeof(a));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_hash_known_values),
		cmocka_unit_test(test_empty),
		cmocka_unit_test(test_put_find_replace_remove),
		cmocka_unit_test(test_agrees_with_an_array),
		cmocka_unit_test(test_walk_while_removing),
		cmocka_unit_test(test_a_fixed_secret_repeats),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
