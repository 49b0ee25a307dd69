/* SPDX-License-Identifier: BSD-2-Clause */
#include "tests/unit/test.h"

#include <errno.h>

#include "lib/base/err.h"
#include "lib/base/why.h"

static void
test_words_are_bounded_and_clean(void **state)
{
	struct why why = WHY_INIT;
	char large[2000];

	(void)state;
	why_set(&why, "file %s: line %d", "a\nb\177", 3);
	assert_string_equal(why.text, "file a?b?: line 3");
	why_prefix(&why, "main.cf\t%d: ", 9);
	assert_string_equal(why.text, "main.cf?9: file a?b?: line 3");

	memset(large, 'x', sizeof(large) - 1);
	large[sizeof(large) - 1] = '\0';
	why_set(&why, "%s", large);
	assert_int_equal(strlen(why.text), sizeof(why.text) - 1);
	why_prefix(&why, "head: ");
	assert_int_equal(strlen(why.text), sizeof(why.text) - 1);
	assert_memory_equal(why.text, "head: xxx", 9);
	why_prefix(&why, "%s", large);
	assert_memory_equal(why.text, "xxx", 3);
}

static void
test_each_failure_has_words_and_its_own_number(void **state)
{
	static const int codes[] = {
#define ERR(name, text) ERR_##name,
#include "lib/base/err.def"
#undef ERR
	};

	(void)state;
	assert_string_equal(err_text(ERR_TIMEOUT), "time limit exceeded");
	assert_string_equal(err_text(-ENOENT), "No such file or directory");
	assert_string_equal(err_text(ENOENT), "No such file or directory");
	assert_string_equal(err_text(-4000), "unknown error");
	for (size_t i = 0; i < ARRAY_LEN(codes); i++) {
		assert_true(codes[i] < -4096);
		for (size_t j = 0; j < i; j++)
			assert_string_not_equal(err_text(codes[i]), err_text(codes[j]));
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_words_are_bounded_and_clean),
		cmocka_unit_test(test_each_failure_has_words_and_its_own_number),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
