/* SPDX-License-Identifier: BSD-2-Clause */
#include "tests/unit/test.h"

#include "lib/base/buf.h"
#include "lib/base/err.h"

static void
test_grows_up_to_its_bound_and_adds_all_or_nothing(void **state)
{
	AUTO(buf) b = BUF_INIT(10);

	(void)state;
	assert_int_equal(buf_add(&b, STR("12345")), 0);
	assert_int_equal(buf_add(&b, STR("67890")), 0);
	assert_int_equal(buf_add_byte(&b, 'x'), ERR_TOO_LONG);
	assert_int_equal(buf_addf(&b, "%d", 1), ERR_TOO_LONG);
	assert_str_is(buf_str(&b), "1234567890");
	assert_string_equal(buf_text(&b), "1234567890");
}

static void
test_is_a_c_string_when_empty(void **state)
{
	AUTO(buf) b = BUF_INIT(10);

	(void)state;
	assert_string_equal(buf_text(&b), "");
	assert_int_equal(buf_add(&b, STR_NONE), 0);
	assert_string_equal(buf_text(&b), "");
}

static void
test_consume_keeps_the_rest(void **state)
{
	AUTO(buf) b = BUF_INIT(100);

	(void)state;
	assert_int_equal(buf_addf(&b, "%s %d", "line", 42), 0);
	buf_consume(&b, 5);
	assert_str_is(buf_str(&b), "42");
	buf_consume(&b, 2);
	assert_int_equal(b.n, 0);
}

static void
test_trim_keeps_the_bytes_and_nothing_more(void **state)
{
	AUTO(buf) b = BUF_INIT(1000);

	(void)state;
	assert_non_null(buf_reserve(&b, 900));
	assert_int_equal(buf_add(&b, STR("abc")), 0);
	buf_trim(&b);
	assert_int_equal(b.room, 3);
	assert_string_equal(buf_text(&b), "abc");
	assert_int_equal(buf_add(&b, STR("def")), 0);
	assert_string_equal(buf_text(&b), "abcdef");
	buf_consume(&b, 6);
	buf_trim(&b);
	assert_null(b.p);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_grows_up_to_its_bound_and_adds_all_or_nothing),
		cmocka_unit_test(test_is_a_c_string_when_empty),
		cmocka_unit_test(test_consume_keeps_the_rest),
		cmocka_unit_test(test_trim_keeps_the_bytes_and_nothing_more),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
