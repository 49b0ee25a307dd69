/* SPDX-License-Identifier: BSD-2-Clause */
#include "tests/unit/test.h"

#include "lib/base/arena.h"

static void
test_pieces_are_zeroed_aligned_and_apart(void **state)
{
	AUTO(arena) a = ARENA_INIT((size_t)1 << 20);
	char *last = NULL;

	(void)state;
	for (size_t size = 1; size < 300; size++) {
		char *piece = arena_new(&a, size);

		assert_int_equal((uintptr_t)piece % _Alignof(max_align_t), 0);
		for (size_t i = 0; i < size; i++)
			assert_int_equal(piece[i], 0);
		memset(piece, 0xff, size);
		assert_ptr_not_equal(piece, last);
		last = piece;
	}
	assert_non_null(arena_new(&a, 100000));
	assert_non_null(arena_new(&a, 1));
}

static void
test_cap(void **state)
{
	static const struct {
		const char *name;
		size_t cap, first, second;
		bool fits;
	} rows[] = {
		{ "within", 1024, 512, 512, true },
		{ "one over", 1024, 512, 513, false },
		{ "rounding counts", 1024, 1, 1009, false },
		{ "alone too large", 1024, 16, 1025, false },
		{ "size that would wrap", 1024, 16, SIZE_MAX, false },
		{ "size that rounds to zero", SIZE_MAX, 16, SIZE_MAX - 1, false },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		AUTO(arena) a = ARENA_INIT(rows[i].cap);

		assert_non_null(arena_try(&a, rows[i].first));
		if ((arena_try(&a, rows[i].second) != NULL) != rows[i].fits)
			fail_msg("%s", rows[i].name);
	}
}

static void
test_drop_leaves_it_usable(void **state)
{
	AUTO(arena) a = ARENA_INIT(64);

	(void)state;
	assert_non_null(arena_try(&a, 64));
	assert_null(arena_try(&a, 1));
	arena_drop(&a);
	assert_int_equal(a.used, 0);
	assert_non_null(arena_try(&a, 64));
}

static void
test_copies(void **state)
{
	AUTO(arena) a = ARENA_INIT(4096);
	struct str s = arena_str(&a, STR("abc"));
	int *numbers = ARENA_ARRAY(&a, int, 10);
	int64_t *one = ARENA_NEW(&a, int64_t);

	(void)state;
	assert_str_is(s, "abc");
	assert_string_equal(s.p, "abc");
	assert_string_equal(arena_text(&a, STR_NONE), "");
	assert_string_equal(arena_printf(&a, "%s-%d", "x", 7), "x-7");
	assert_int_equal(numbers[9], 0);
	assert_int_equal(*one, 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_pieces_are_zeroed_aligned_and_apart),
		cmocka_unit_test(test_cap),
		cmocka_unit_test(test_drop_leaves_it_usable),
		cmocka_unit_test(test_copies),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
