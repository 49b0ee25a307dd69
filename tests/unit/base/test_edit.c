/* SPDX-License-Identifier: BSD-2-Clause */
#include "tests/unit/test.h"

#include "lib/base/edit.h"
#include "lib/base/err.h"

struct change {
	size_t at, n;
	const char *with;
};

static void
test_rows(void **state)
{
	static const struct {
		const char *name;
		const char *text;
		struct change changes[3];
		const char *result;
	} rows[] = {
		{ "nothing", "abc", { { 0 } }, "abc" },
		{ "empty", "", { { 0, 0, "x" } }, "x" },
		{ "first", "abc", { { 0, 1, "X" } }, "Xbc" },
		{ "last", "abc", { { 2, 1, "XY" } }, "abXY" },
		{ "insert", "abc", { { 1, 0, "-" }, { 1, 0, "+" } }, "a-+bc" },
		{ "remove", "abc", { { 0, 3, "" } }, "" },
		{ "append", "abc", { { 3, 0, "d" } }, "abcd" },
		{ "several", "abcdef", { { 0, 1, "" }, { 2, 2, "X" }, { 5, 1, "Y" } }, "bXeY" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		AUTO(buf) out = BUF_INIT((size_t)100);
		struct str result;
		struct edit e;

		assert_int_equal(buf_add(&out, STR("before ")), 0);
		edit_init(&e, str_of(rows[i].text), &out);
		for (size_t k = 0; k < ARRAY_LEN(rows[i].changes); k++) {
			const struct change *c = &rows[i].changes[k];

			if (c->with != NULL)
				assert_int_equal(edit_replace(&e, c->at, c->n, str_of(c->with)), 0);
		}
		assert_int_equal(edit_finish(&e, &result), 0);
		if (!str_equal(result, str_of(rows[i].result)))
			fail_msg("%s: \"%.*s\"", rows[i].name, STR_ARG(result));
		assert_int_equal(e.changed, rows[i].changes[0].with != NULL);
		assert_int_equal(result.p == rows[i].text, !e.changed);
	}
}

static void
test_bound(void **state)
{
	AUTO(buf) out = BUF_INIT((size_t)5);
	struct str result;
	struct edit e;

	(void)state;
	edit_init(&e, STR("abcdef"), &out);
	assert_int_equal(edit_replace(&e, 6, 0, STR("g")), ERR_TOO_LONG);
	buf_clear(&out);
	edit_init(&e, STR("abcdef"), &out);
	assert_int_equal(edit_replace(&e, 0, 0, STR("g")), 0);
	assert_int_equal(edit_finish(&e, &result), ERR_TOO_LONG);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rows),
		cmocka_unit_test(test_bound),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
