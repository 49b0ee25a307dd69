/* SPDX-License-Identifier: BSD-2-Clause */
#include "tests/unit/test.h"

#include "lib/base/err.h"
#include "lib/config/master_edit.h"

static const char before[] = "# head\n"
                             "smtp inet n - n - - smtpd -o a=1\n"
                             "  # inner\n"
                             "  -o { b = two words } -v rest\n"
                             "bad line\n"
                             "foo unix - n n - - pipe user=x";

static void
test_texts(void **state)
{
	static const struct {
		const char *name;
		enum master_edit_kind kind;
		const char *service, *type, *field, *value;
		const char *after; /* of "smtp" to the end; NULL: as before */
		bool matched;
	} rows[] = {
		{ "no such service", MASTER_EDIT_FIELD, "smtp", "unix", "chroot", "y", NULL,
		    false },
		{ "field", MASTER_EDIT_FIELD, "smtp", "inet", "wakeup", "5?",
		    "smtp       inet  n       -       n       5?      -       smtpd\n"
		    "    -o a=1\n    -o {b=two words}\n    -v rest\n  # inner\n"
		    "bad line\nfoo unix - n n - - pipe user=x",
		    true },
		{ "override", MASTER_EDIT_OVERRIDE, "*", "*", "b", "3",
		    "smtp       inet  n       -       n       -       -       smtpd\n"
		    "    -o a=1\n    -o b=3\n    -v rest\n  # inner\n"
		    "bad line\n"
		    "foo        unix  -       n       n       -       -       pipe\n"
		    "    -o b=3\n    user=x\n",
		    true },
		{ "unset", MASTER_EDIT_UNSET, "smtp", "inet", "a", "",
		    "smtp       inet  n       -       n       -       -       smtpd\n"
		    "    -o {b=two words}\n    -v rest\n  # inner\n"
		    "bad line\nfoo unix - n n - - pipe user=x",
		    true },
		{ "removed", MASTER_EDIT_REMOVE, "smtp", "*", "", "",
		    "  # inner\nbad line\nfoo unix - n n - - pipe user=x", true },
		{ "commented out", MASTER_EDIT_COMMENT, "smtp", "inet", "", "",
		    "#smtp inet n - n - - smtpd -o a=1\n  # inner\n"
		    "#  -o { b = two words } -v rest\nbad line\nfoo unix - n n - - pipe user=x",
		    true },
		{ "new", MASTER_EDIT_ENTRY, "bar", "unix", "", "bar unix - - - - - local",
		    "smtp inet n - n - - smtpd -o a=1\n  # inner\n  -o { b = two words } -v rest\n"
		    "bad line\nfoo unix - n n - - pipe user=x\n"
		    "bar        unix  -       -       -       -       -       local\n",
		    false },
		{ "replaced", MASTER_EDIT_ENTRY, "foo", "unix", "", "foo unix - - - - - local",
		    "smtp inet n - n - - smtpd -o a=1\n  # inner\n  -o { b = two words } -v rest\n"
		    "bad line\n"
		    "foo        unix  -       -       -       -       -       local\n",
		    true },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		AUTO(buf) out = BUF_INIT(10000);
		struct master_edit edit = { str_of(rows[i].service), str_of(rows[i].type),
			str_of(rows[i].field), str_of(rows[i].value), false };
		struct why why = WHY_INIT;

		if (master_edit_text(STR(before), rows[i].kind, &edit, 1, &out, &why) < 0)
			fail_msg("%s: %s", rows[i].name, why.text);
		if (!str_equal(str_from(buf_str(&out), 7),
		        rows[i].after != NULL ? str_of(rows[i].after) : str_from(STR(before), 7)))
			fail_msg("%s: \"%s\"", rows[i].name, buf_text(&out));
		if (edit.matched != rows[i].matched)
			fail_msg("%s: matched", rows[i].name);
	}
}

static void
test_errors(void **state)
{
	static const struct {
		const char *name;
		enum master_edit_kind kind;
		const char *field, *value;
		const char *words;
	} rows[] = {
		{ "bad field", MASTER_EDIT_FIELD, "chroot", "maybe", "bad column chroot" },
		{ "too few columns", MASTER_EDIT_ENTRY, "", "smtp inet n", "columns" },
		{ "an open brace", MASTER_EDIT_OVERRIDE, "x", "{", "{" },
		{ "two lines", MASTER_EDIT_ENTRY, "", "a unix - - - - - b\nc unix - - - - - d",
		    "not one entry" },
		{ "no command", MASTER_EDIT_FIELD, "command", "", "columns" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		AUTO(buf) out = BUF_INIT(10000);
		struct master_edit edit = { STR("smtp"), STR("inet"), str_of(rows[i].field),
			str_of(rows[i].value), false };
		struct why why = WHY_INIT;

		if (master_edit_text(STR(before), rows[i].kind, &edit, 1, &out, &why) != ERR_SYNTAX)
			fail_msg("%s: no error", rows[i].name);
		if (strstr(why.text, rows[i].words) == NULL)
			fail_msg("%s: %s", rows[i].name, why.text);
	}
}

static void
test_bounds(void **state)
{
	struct master_edit edit = { STR("smtp"), STR("inet"), STR("wakeup"), STR("1"), false };
	struct why why;

	(void)state;
	for (size_t room = 0; room < sizeof(before); room++) {
		struct buf out = BUF_INIT(room);

		assert_int_equal(
		    master_edit_text(STR(before), MASTER_EDIT_FIELD, &edit, 1, &out, &why),
		    ERR_TOO_LONG);
		buf_drop(&out);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_texts),
		cmocka_unit_test(test_errors),
		cmocka_unit_test(test_bounds),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
