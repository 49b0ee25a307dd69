/* SPDX-License-Identifier: BSD-2-Clause */
#include "tests/unit/test.h"

#include <errno.h>

#include "lib/base/err.h"
#include "lib/base/mem.h"
#include "local/mailbox_path.h"
#include "local/outcome.h"

static void
test_paths(void **state)
{
	static const struct {
		const char *base, *found;
		const char *path; /* NULL: refused */
	} rows[] = {
		{ "/mail", "user/", "/mail/user/" },
		{ "/mail", "example.com/user", "/mail/example.com/user" },
		{ "/mail", "/user/", "/mail//user/" },
		{ "/mail", "..user/", "/mail/..user/" },
		{ "/mail", "user../x...", "/mail/user../x..." },
		{ "", "/var/user/", "/var/user/" },
		{ "", "user/", NULL },
		{ "/mail", "", NULL },
		{ "/mail", "..", NULL },
		{ "/mail", "../x", NULL },
		{ "/mail", "a/../x", NULL },
		{ "/mail", "a/..", NULL },
		{ "/mail", "a/../", NULL },
		{ "/mail", "a/./b", NULL },
		{ "/mail", ".", NULL },
		{ "/mail", "a\nb", NULL },
		{ "/mail", "a\177b", NULL },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		AUTO(buf) path = BUF_INIT(MAILBOX_PATH_MAX);
		struct why why = WHY_INIT;
		int result =
		    mailbox_path_make(&path, str_of(rows[i].base), str_of(rows[i].found), &why);

		if ((result == 0) != (rows[i].path != NULL))
			fail_msg("\"%s\", \"%s\": %d", rows[i].base, rows[i].found, result);
		assert_string_equal(buf_text(&path), result == 0 ? rows[i].path : "");
		assert_int_equal(why.text[0] == '\0', result == 0);
	}
}

static void
test_a_path_with_nul_or_too_long(void **state)
{
	AUTO(buf) path = BUF_INIT(10);
	struct why why;

	(void)state;
	assert_int_equal(
	    mailbox_path_make(&path, STR("/m"), str_make("a\0b", 3), &why), ERR_REFUSED);
	assert_int_equal(mailbox_path_make(&path, STR("/mail"), STR("abcde"), &why), ERR_TOO_LONG);
	assert_int_equal(path.n, 0);
	assert_int_equal(mailbox_path_make(&path, STR("/mail"), STR("abcd"), &why), 0);
}

static void
test_ids(void **state)
{
	static const struct {
		const char *text;
		uint64_t least;
		bool valid;
	} rows[] = {
		{ "5000", 100, true },
		{ "100", 100, true },
		{ "99", 100, false },
		{ "0", 0, false },
		{ "000", 0, false },
		{ "-1", 0, false },
		{ "4294967294", 100, true },
		{ "4294967295", 100, false },
		{ "4294967296", 100, false },
		{ "4294968296", 100, false },
		{ "18446744073709551716", 100, false },
		{ "", 0, false },
		{ "root", 0, false },
		{ "1000 ", 0, false },
		{ "0x3e8", 0, false },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct why why = WHY_INIT;
		uint32_t id = 0;
		int result = mailbox_id_parse(str_of(rows[i].text), rows[i].least, &id, &why);

		if ((result == 0) != rows[i].valid || (result == 0) != (id != 0))
			fail_msg("\"%s\"", rows[i].text);
	}
}

static void
test_base(void **state)
{
	static const char *const rows[][2] = { { "/mail", "/mail" }, { "/mail///", "/mail" },
		{ "/", "" }, { "", "" } };

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		char *base = mailbox_path_base(rows[i][0]);

		assert_string_equal(base, rows[i][1]);
		mem_free(base);
	}
}

static void
test_outcomes(void **state)
{
	static const struct {
		int code;
		const char *dsn;
	} rows[] = { { -EDQUOT, "4.2.2" }, { -EFBIG, "4.2.2" }, { -ENOSPC, "4.3.1" },
		{ -EMFILE, "4.3.0" }, { -EIO, "4.3.0" }, { -EACCES, "4.2.0" },
		{ ERR_EOF, "4.2.0" } };
	struct outcome o;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		outcome_of_failure(&o, "cannot write", "/x", rows[i].code);
		assert_string_equal(o.dsn, rows[i].dsn);
		assert_int_equal(o.status, OUTCOME_DEFERRED);
		assert_string_equal(outcome_status_name(&o), "deferred");
	}
	outcome_set(&o, "2.0.0", "x %d", 7);
	assert_int_equal(o.status, OUTCOME_DELIVERED);
	assert_string_equal(outcome_status_name(&o), "sent");
	assert_string_equal(o.text, "x 7");
	outcome_set(&o, "5.1.1", "no");
	assert_int_equal(o.status, OUTCOME_BOUNCED);
	assert_string_equal(outcome_status_name(&o), "bounced");
	outcome_take(&o, OUTCOME_DELIVERED, STR("2.0.0"), STR("done"));
	assert_int_equal(o.status, OUTCOME_DELIVERED);
	for (uint32_t status = 0; status < 8; status++) {
		outcome_take(&o, status, STR(""), STR("done"));
		assert_int_equal(o.status, OUTCOME_DEFERRED);
	}
	outcome_take(&o, 4, STR("2.0.0"), STR("done"));
	assert_int_equal(o.status, OUTCOME_DEFERRED);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_paths),
		cmocka_unit_test(test_a_path_with_nul_or_too_long),
		cmocka_unit_test(test_ids),
		cmocka_unit_test(test_base),
		cmocka_unit_test(test_outcomes),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
