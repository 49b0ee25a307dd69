/* SPDX-License-Identifier: BSD-2-Clause */
#include "tests/unit/test.h"

#include "lib/base/err.h"
#include "lib/base/ticks.h"
#include "lib/mail/queue_id.h"

static void
test_known_values(void **state)
{
	static const struct {
		const char *name;
		int64_t wall;
		uint32_t nonce;
		const char *text;
	} rows[] = {
		{ "zero", 0, 0, "0000000000000000" },
		{ "nonce only", 0, 0xffffff, "00000000000FZZZZ" },
		{ "one tick", 1, 0, "00000000000G0000" },
		{ "across the halves", 0x10000, 0, "0000000100000000" },
		{ "largest", QUEUE_ID_WALL_MAX, 0xffffff, "ZZZZZZZZZZZZZZZZ" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct queue_id id = queue_id_make(rows[i].wall, rows[i].nonce);

		if (strcmp(id.text, rows[i].text) != 0)
			fail_msg("%s: got %s", rows[i].name, id.text);
		assert_int_equal(queue_id_wall(&id), rows[i].wall);
		assert_int_equal(queue_id_nonce(&id), rows[i].nonce);
	}
}

/* A clock that stands, goes back, or is before 1970 still gives new and growing ids. */
static void
test_never_repeats(void **state)
{
	static const int64_t clock[] = { -5, -5, 100, 100, 100, 50, 101, 1000, 0, 1001 };
	static const int64_t want[] = { 0, 1, 100, 101, 102, 103, 104, 1000, 1001, 1002 };
	struct queue_id_source source;
	struct queue_id id, before = { .text = "" };

	(void)state;
	queue_id_source_init(&source, 0xab123456u);
	for (size_t i = 0; i < ARRAY_LEN(clock); i++) {
		id = queue_id_next(&source, clock[i]);
		assert_int_equal(queue_id_wall(&id), want[i]);
		assert_int_equal(queue_id_nonce(&id), 0x123456);
		assert_true(strcmp(before.text, id.text) < 0);
		before = id;
	}
}

static void
test_parse(void **state)
{
	static const struct {
		const char *name;
		const char *text;
		size_t n;
		bool valid;
	} rows[] = {
		{ "digits", "0123456789ABCDEF", 16, true },
		{ "letters", "GHJKMNPQRSTVWXYZ", 16, true },
		{ "empty", "", 0, false },
		{ "short", "0123456789ABCDE", 15, false },
		{ "long", "0123456789ABCDEFG", 17, false },
		{ "lower case", "0123456789abcdef", 16, false },
		{ "letter I", "I123456789ABCDEF", 16, false },
		{ "letter L", "L123456789ABCDEF", 16, false },
		{ "letter O", "O123456789ABCDEF", 16, false },
		{ "letter U", "U123456789ABCDEF", 16, false },
		{ "slash", "0123456/89ABCDEF", 16, false },
		{ "dots", "..23456789ABCDEF", 16, false },
		{ "NUL", "0123456789ABCDE\0", 16, false },
		{ "8-bit", "0123456789ABCDE\xc9", 16, false },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct str text = str_make(rows[i].text, rows[i].n);
		struct queue_id id = { .text = "untouched" };
		int result = queue_id_parse(text, &id);

		if (queue_id_is_valid(text) != rows[i].valid)
			fail_msg("%s", rows[i].name);
		assert_int_equal(result, rows[i].valid ? 0 : ERR_SYNTAX);
		assert_string_equal(id.text, rows[i].valid ? rows[i].text : "untouched");
	}
}

static void
test_sorts_by_time(void **state)
{
	static const int64_t walls[] = { 0, 31, 32, 65535, 65536, TICKS_SECOND, TICKS_DAY,
		20000 * TICKS_DAY, QUEUE_ID_WALL_MAX };

	(void)state;
	for (size_t i = 1; i < ARRAY_LEN(walls); i++) {
		struct queue_id a = queue_id_make(walls[i - 1], QUEUE_ID_NONCE_MAX);
		struct queue_id b = queue_id_make(walls[i], 0);

		assert_true(str_compare(queue_id_str(&a), queue_id_str(&b)) < 0);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_known_values),
		cmocka_unit_test(test_never_repeats),
		cmocka_unit_test(test_parse),
		cmocka_unit_test(test_sorts_by_time),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
