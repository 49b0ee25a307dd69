/* SPDX-License-Identifier: BSD-2-Clause */
#include "tests/unit/test.h"

#include "lib/base/err.h"
#include "lib/esmtp/envelope.h"
#include "lib/esmtp/parameter.h"
#include "lib/esmtp/path.h"

#define ALL \
	(EXTENSION_SIZE | EXTENSION_8BITMIME | EXTENSION_SMTPUTF8 | EXTENSION_DSN | EXTENSION_AUTH)
#define A50  "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
#define A250 A50 A50 A50 A50 A50
#define A500 A250 A250

static void
test_paths(void **state)
{
	static const struct {
		const char *text;
		int strict;
		int relaxed;
		const char *local;
		const char *domain;
		const char *rest;
	} rows[] = {
		{ "<a@b>", 0, 0, "a", "b", "" },
		{ "<>", 0, 0, "", "", "" },
		{ "<> SIZE=1", 0, 0, "", "", " SIZE=1" },
		{ "<a@b>\tX", 0, 0, "a", "b", "\tX" },
		{ "<Postmaster>", 0, 0, "Postmaster", "", "" },
		{ "<\"a b>\\\"\"@c> X", 0, 0, "a b>\"", "c", " X" },
		{ "<a@[192.0.2.1]>", 0, 0, "a", "[192.0.2.1]", "" },
		{ "<@r1:a@b>", 0, 0, "a", "b", "" },
		{ "<@r1,@r2.x:a@b>", 0, 0, "a", "b", "" },
		{ "<@r1:>", ERR_RANGE, ERR_RANGE, "", "", "" },
		{ "<@r1>", ERR_RANGE, ERR_RANGE, "", "", "" },
		{ "<@:a@b>", ERR_RANGE, ERR_RANGE, "", "", "" },
		{ "<@r1,r2:a@b>", ERR_RANGE, ERR_RANGE, "", "", "" },
		{ "<@r1,:a@b>", ERR_RANGE, ERR_RANGE, "", "", "" },
		{ "<@r1::a@b>", ERR_RANGE, ERR_RANGE, "", "", "" },
		{ "<.!>", 0, 0, ".!", "", "" },
		{ "<[ip]:service!@host>", ERR_RANGE, ERR_RANGE, "", "", "" },
		{ "<a@b", ERR_SYNTAX, ERR_SYNTAX, "", "", "" },
		{ "<\"a@b>", ERR_SYNTAX, ERR_SYNTAX, "", "", "" },
		{ "<\"a\\", ERR_SYNTAX, ERR_SYNTAX, "", "", "" },
		{ "<a@b>x", ERR_SYNTAX, ERR_SYNTAX, "", "", "" },
		{ "<<a@b>>", ERR_SYNTAX, ERR_SYNTAX, "", "", "" },
		{ "<a b@c>", ERR_RANGE, ERR_RANGE, "", "", "" },
		{ "<a@b c>", ERR_RANGE, ERR_RANGE, "", "", "" },
		{ "< a@b>", ERR_RANGE, ERR_RANGE, "", "", "" },
		{ "<a@b@c>", ERR_RANGE, ERR_RANGE, "", "", "" },
		{ "<" A250 A50 "@b>", ERR_TOO_LONG, ERR_TOO_LONG, "", "", "" },
		{ "", ERR_SYNTAX, ERR_SYNTAX, "", "", "" },
		{ " ", ERR_SYNTAX, ERR_SYNTAX, "", "", "" },
		{ " <a@b>", ERR_SYNTAX, 0, "a", "b", "" },
		{ "a@b", ERR_SYNTAX, 0, "a", "b", "" },
		{ "  a@b X=1", ERR_SYNTAX, 0, "a", "b", " X=1" },
		{ "\"a b\"@c", ERR_SYNTAX, 0, "a b", "c", "" },
		{ "a>@b", ERR_SYNTAX, ERR_RANGE, "", "", "" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		for (int strict = 0; strict < 2; strict++) {
			struct arena arena = ARENA_INIT(8192);
			struct address a = { .utf8 = false };
			struct str rest = str_of(rows[i].text);
			int want = strict ? rows[i].strict : rows[i].relaxed;
			int result = path_parse(&rest, strict, &arena, &a);

			if (result != want)
				fail_msg("%s: %d", rows[i].text, result);
			if (result == 0) {
				assert_str_is(a.local, rows[i].local);
				assert_str_is(a.domain, rows[i].domain);
			}
			assert_str_is(rest, result == 0 ? rows[i].rest : rows[i].text);
			arena_drop(&arena);
		}
	}
}

static void
test_parameter(void **state)
{
	static const struct {
		struct str text;
		int result;
		const char *keyword;
		const char *value;
		bool has_value;
		const char *rest;
	} rows[] = {
		{ STR_INIT(""), 0, "", "", false, "" },
		{ STR_INIT("  \t"), 0, "", "", false, "" },
		{ STR_INIT(" A"), 1, "A", "", false, "" },
		{ STR_INIT(" A=b C=d"), 1, "A", "b", true, " C=d" },
		{ STR_INIT("1-a=<>;\xc3\xbc"), 1, "1-a", "<>;\xc3\xbc", true, "" },
		{ STR_INIT("="), ERR_SYNTAX, "", "", false, "" },
		{ STR_INIT("A="), ERR_SYNTAX, "", "", false, "" },
		{ STR_INIT("=b"), ERR_SYNTAX, "", "", false, "" },
		{ STR_INIT("A==b"), ERR_SYNTAX, "", "", false, "" },
		{ STR_INIT("A=b=c"), ERR_SYNTAX, "", "", false, "" },
		{ STR_INIT("-A=b"), ERR_SYNTAX, "", "", false, "" },
		{ STR_INIT("A_B=c"), ERR_SYNTAX, "", "", false, "" },
		{ STR_INIT("A=b\x01"), ERR_SYNTAX, "", "", false, "" },
		{ STR_INIT("A=b\0"), ERR_SYNTAX, "", "", false, "" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct parameter p = { .has_value = false };
		struct str rest = rows[i].text;
		int result = parameter_next(&rest, &p);

		if (result != rows[i].result)
			fail_msg("row %zu: %d", i, result);
		assert_str_is(p.keyword, rows[i].keyword);
		assert_str_is(p.value, rows[i].value);
		assert_int_equal(p.has_value, rows[i].has_value);
		if (result > 0)
			assert_str_is(rest, rows[i].rest);
	}
}

static void
test_mail(void **state)
{
	static const struct {
		const char *argument;
		unsigned extensions;
		enum reply_id id;
		struct mail_from want;
		const char *culprit;
	} rows[] = {
		{ "FROM:<a@b>", 0, REPLY_NONE, { .size = 0 }, "" },
		{ "from:<a@b>", 0, REPLY_NONE, { .size = 0 }, "" },
		{ "FROM:<>", 0, REPLY_NONE, { .size = 0 }, "" },
		{ "FROM:<a@b> SIZE=1000", ALL, REPLY_NONE, { .size = 1000 }, "" },
		{ "FROM:<a@b> size=0", ALL, REPLY_NONE, { .size = 0 }, "" },
		{ "FROM:<a@b> SIZE=9223372036854775807", ALL, REPLY_NONE, { .size = INT64_MAX },
		    "" },
		{ "FROM:<a@b> SIZE=9223372036854775808", ALL, REPLY_NONE, { .size = UINT64_MAX },
		    "" },
		{ "FROM:<a@b> SIZE=99999999999999999999", ALL, REPLY_NONE, { .size = UINT64_MAX },
		    "" },
		{ "FROM:<a@b> SIZE=999999999999999999999", ALL, REPLY_BAD_SIZE, { .size = 0 },
		    "SIZE" },
		{ "FROM:<a@b> SIZE=-1", ALL, REPLY_BAD_SIZE, { .size = 0 }, "SIZE" },
		{ "FROM:<a@b> SIZE=1k", ALL, REPLY_BAD_SIZE, { .size = 0 }, "SIZE" },
		{ "FROM:<a@b> SIZE", ALL, REPLY_BAD_SIZE, { .size = 0 }, "SIZE" },
		{ "FROM:<a@b> SIZE=1", ALL & ~EXTENSION_SIZE, REPLY_UNKNOWN_PARAMETER,
		    { .size = 0 }, "SIZE" },
		{ "FROM:<a@b> BODY=7bit", ALL, REPLY_NONE, { .body = BODY_7BIT }, "" },
		{ "FROM:<a@b> BODY=8BITMIME SIZE=5", ALL, REPLY_NONE,
		    { .body = BODY_8BITMIME, .size = 5 }, "" },
		{ "FROM:<a@b> BODY=BINARYMIME", ALL, REPLY_BAD_BODY, { .size = 0 }, "BODY" },
		{ "FROM:<a@b> BODY", ALL, REPLY_BAD_BODY, { .size = 0 }, "BODY" },
		{ "FROM:<a@b> BODY==", ALL, REPLY_PARAMETER_SYNTAX, { .size = 0 }, "BODY==" },
		{ "FROM:<>=", ALL, REPLY_MAIL_SYNTAX, { .size = 0 }, "" },
		{ "FROM:<> =", ALL, REPLY_PARAMETER_SYNTAX, { .size = 0 }, "=" },
		{ "FROM:<> SIZE=1 =", ALL, REPLY_PARAMETER_SYNTAX, { .size = 0 }, "=" },
		{ "FROM:<a@b> SMTPUTF8", ALL, REPLY_NONE, { .smtputf8 = true }, "" },
		{ "FROM:<a@b> SMTPUTF8=1", ALL, REPLY_BAD_SMTPUTF8, { .size = 0 }, "SMTPUTF8" },
		{ "FROM:<\xc3\xbc@b> SMTPUTF8", ALL, REPLY_NONE, { .smtputf8 = true }, "" },
		{ "FROM:<\xc3\xbc@b>", ALL, REPLY_NEED_SMTPUTF8, { .size = 0 }, "" },
		{ "FROM:<\xfc@b> SMTPUTF8", ALL, REPLY_BAD_SENDER, { .size = 0 }, "" },
		{ "FROM:<a@b> RET=full", ALL, REPLY_NONE, { .ret = DSN_RETURN_FULL }, "" },
		{ "FROM:<a@b> RET=HDRS", ALL, REPLY_NONE, { .ret = DSN_RETURN_HEADERS }, "" },
		{ "FROM:<a@b> RET=SOME", ALL, REPLY_BAD_RET, { .size = 0 }, "RET" },
		{ "FROM:<a@b> ENVID=x+2By", ALL, REPLY_NONE, { .envid = STR_INIT("x+y") }, "" },
		{ "FROM:<a@b> ENVID=x+00y", ALL, REPLY_BAD_ENVID, { .size = 0 }, "ENVID" },
		{ "FROM:<a@b> ENVID=x+09y", ALL, REPLY_BAD_ENVID, { .size = 0 }, "ENVID" },
		{ "FROM:<a@b> ENVID=+", ALL, REPLY_BAD_ENVID, { .size = 0 }, "ENVID" },
		{ "FROM:<a@b> ENVID=" A50 A50, ALL, REPLY_NONE, { .envid = STR_INIT(A50 A50) },
		    "" },
		{ "FROM:<a@b> ENVID=" A50 A50 "a", ALL, REPLY_BAD_ENVID, { .size = 0 }, "ENVID" },
		{ "FROM:<a@b> ENVID", ALL, REPLY_BAD_ENVID, { .size = 0 }, "ENVID" },
		{ "FROM:<a@b> AUTH=<>", ALL, REPLY_NONE, { .auth = STR_INIT("<>") }, "" },
		{ "FROM:<a@b> AUTH=a+0Ab", ALL, REPLY_BAD_AUTH, { .size = 0 }, "AUTH" },
		{ "FROM:<a@b> AUTH=a", ALL & ~EXTENSION_AUTH, REPLY_UNKNOWN_PARAMETER,
		    { .size = 0 }, "AUTH" },
		{ "FROM:<a@b> RET=FULL", ALL & ~EXTENSION_DSN, REPLY_UNKNOWN_PARAMETER,
		    { .size = 0 }, "RET" },
		{ "FROM:<a@b> SIZE=1 BODY=7BIT size=2", ALL, REPLY_NONE,
		    { .size = 2, .body = BODY_7BIT }, "" },
		{ "FROM:<a@b> NOTIFY=NEVER", ALL, REPLY_UNKNOWN_PARAMETER, { .size = 0 },
		    "NOTIFY" },
		{ "FROM:<a@b> X", ALL, REPLY_UNKNOWN_PARAMETER, { .size = 0 }, "X" },
		{ "FROM:", ALL, REPLY_MAIL_SYNTAX, { .size = 0 }, "" },
		{ "FROM", ALL, REPLY_MAIL_SYNTAX, { .size = 0 }, "" },
		{ "", ALL, REPLY_MAIL_SYNTAX, { .size = 0 }, "" },
		{ "TO:<a@b>", ALL, REPLY_MAIL_SYNTAX, { .size = 0 }, "" },
		{ "FROM:<a@@b>", ALL, REPLY_BAD_SENDER, { .size = 0 }, "" },
		{ "FROM:<a@" A500 ">", ALL, REPLY_BAD_SENDER, { .size = 0 }, "" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		const struct envelope_rules rules = { .extensions = rows[i].extensions };
		struct arena arena = ARENA_INIT(16384);
		struct str culprit = STR_NONE;
		struct mail_from got;
		enum reply_id id;

		id = mail_from_parse(str_of(rows[i].argument), &rules, &arena, &got, &culprit);
		if (id != rows[i].id)
			fail_msg("%s: reply %d", rows[i].argument, id);
		assert_str_is(culprit, rows[i].culprit);
		if (id == REPLY_NONE) {
			assert_int_equal(got.size, rows[i].want.size);
			assert_int_equal(got.body, rows[i].want.body);
			assert_int_equal(got.smtputf8, rows[i].want.smtputf8);
			assert_int_equal(got.ret, rows[i].want.ret);
			assert_true(str_equal(got.envid, rows[i].want.envid));
			assert_true(str_equal(got.auth, rows[i].want.auth));
		}
		arena_drop(&arena);
	}
}

static void
test_rcpt(void **state)
{
	static const struct {
		const char *argument;
		unsigned extensions;
		enum reply_id id;
		unsigned notify;
		const char *original_type;
		const char *original;
	} rows[] = {
		{ "TO:<a@b>", 0, REPLY_NONE, 0, "", "" },
		{ "to:<Postmaster>", 0, REPLY_NONE, 0, "", "" },
		{ "TO:<>", 0, REPLY_BAD_RECIPIENT, 0, "", "" },
		{ "TO:<@a:>", 0, REPLY_BAD_RECIPIENT, 0, "", "" },
		{ "TO:<a@b@c>", 0, REPLY_BAD_RECIPIENT, 0, "", "" },
		{ "TO:<" A500 "@x>", 0, REPLY_BAD_RECIPIENT, 0, "", "" },
		{ "TO:", 0, REPLY_RCPT_SYNTAX, 0, "", "" },
		{ "FROM:<a@b>", 0, REPLY_RCPT_SYNTAX, 0, "", "" },
		{ "", 0, REPLY_RCPT_SYNTAX, 0, "", "" },
		{ "TO:<a@b> NOTIFY=NEVER", ALL, REPLY_NONE, DSN_NOTIFY_NEVER, "", "" },
		{ "TO:<a@b> NOTIFY=success,Failure,DELAY", ALL, REPLY_NONE,
		    DSN_NOTIFY_SUCCESS | DSN_NOTIFY_FAILURE | DSN_NOTIFY_DELAY, "", "" },
		{ "TO:<a@b> NOTIFY=NEVER,DELAY", ALL, REPLY_BAD_NOTIFY, 0, "", "" },
		{ "TO:<a@b> NOTIFY=,DELAY", ALL, REPLY_BAD_NOTIFY, 0, "", "" },
		{ "TO:<a@b> NOTIFY=ALWAYS", ALL, REPLY_BAD_NOTIFY, 0, "", "" },
		{ "TO:<a@b> NOTIFY", ALL, REPLY_BAD_NOTIFY, 0, "", "" },
		{ "TO:<a@b> NOTIFY=NEVER", 0, REPLY_UNKNOWN_PARAMETER, 0, "", "" },
		{ "TO:<a@b> SIZE=1", ALL, REPLY_UNKNOWN_PARAMETER, 0, "", "" },
		{ "TO:<a@b> ORCPT=rfc822;x+2By@z", ALL, REPLY_NONE, 0, "rfc822", "x+y@z" },
		{ "TO:<a@b> ORCPT=utf-8;\xc3\xbc@z", ALL, REPLY_NONE, 0, "utf-8", "\xc3\xbc@z" },
		{ "TO:<a@b> ORCPT=rfc822;x+00y", ALL, REPLY_BAD_ORCPT, 0, "", "" },
		{ "TO:<a@b> ORCPT=rfc822;x+0Dy", ALL, REPLY_BAD_ORCPT, 0, "", "" },
		{ "TO:<a@b> ORCPT=rfc822;", ALL, REPLY_BAD_ORCPT, 0, "", "" },
		{ "TO:<a@b> ORCPT=rfc822", ALL, REPLY_BAD_ORCPT, 0, "", "" },
		{ "TO:<a@b> ORCPT=;x", ALL, REPLY_BAD_ORCPT, 0, "", "" },
		{ "TO:<a@b> ORCPT=r_c;x", ALL, REPLY_BAD_ORCPT, 0, "", "" },
		{ "TO:<a@b> ORCPT=" A50 ";x", ALL, REPLY_BAD_ORCPT, 0, "", "" },
		{ "TO:<a@b> ORCPT=rfc822;" A500, ALL, REPLY_NONE, 0, "rfc822", A500 },
		{ "TO:<a@b> ORCPT=rfc822;" A500 "a", ALL, REPLY_BAD_ORCPT, 0, "", "" },
		{ "TO:<a@b> ORCPT", ALL, REPLY_BAD_ORCPT, 0, "", "" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		const struct envelope_rules rules = { .extensions = rows[i].extensions };
		struct arena arena = ARENA_INIT(16384);
		struct str culprit;
		struct rcpt_to got;
		enum reply_id id;

		id = rcpt_to_parse(str_of(rows[i].argument), &rules, &arena, &got, &culprit);
		if (id != rows[i].id)
			fail_msg("%s: reply %d", rows[i].argument, id);
		if (id == REPLY_NONE) {
			assert_int_equal(got.notify, rows[i].notify);
			assert_str_is(got.original_type, rows[i].original_type);
			assert_str_is(got.original, rows[i].original);
		}
		arena_drop(&arena);
	}
}

static void
test_strict(void **state)
{
	const struct envelope_rules strict = { .strict = true };
	struct arena arena = ARENA_INIT(4096);
	struct mail_from mail;
	struct rcpt_to rcpt;
	struct str culprit;

	(void)state;
	assert_int_equal(mail_from_parse(STR("FROM: <a@b>"), &strict, &arena, &mail, &culprit),
	    REPLY_MAIL_SYNTAX);
	assert_int_equal(
	    rcpt_to_parse(STR("TO:a@b"), &strict, &arena, &rcpt, &culprit), REPLY_RCPT_SYNTAX);
	arena_drop(&arena);
}

/* A thousand parameters cost no more memory than one. */
static void
test_many_parameters(void **state)
{
	const struct envelope_rules rules = { .extensions = ALL };
	struct arena arena = ARENA_INIT(4096);
	AUTO(buf) argument = BUF_INIT(20000);
	struct mail_from mail;
	struct str culprit;

	(void)state;
	assert_int_equal(buf_add(&argument, STR("FROM:<>")), 0);
	for (int i = 0; i < 1000; i++)
		assert_int_equal(buf_addf(&argument, " SIZE=%d", i), 0);
	assert_int_equal(
	    mail_from_parse(buf_str(&argument), &rules, &arena, &mail, &culprit), REPLY_NONE);
	assert_int_equal(mail.size, 999);
	arena_drop(&arena);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_paths),
		cmocka_unit_test(test_parameter),
		cmocka_unit_test(test_mail),
		cmocka_unit_test(test_rcpt),
		cmocka_unit_test(test_strict),
		cmocka_unit_test(test_many_parameters),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
