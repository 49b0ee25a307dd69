/* SPDX-License-Identifier: BSD-2-Clause */
/* Backoff, expiry, the window of a destination, the transports without agent. */
#include "tests/unit/test.h"

#include "lib/base/err.h"
#include "lib/base/ticks.h"
#include "qmgr/builtin.h"
#include "qmgr/feedback.h"
#include "qmgr/policy.h"

#define S TICKS_SECOND

static const struct policy policy = {
	.backoff_least = 300 * S,
	.backoff_most = 4000 * S,
	.lifetime = 5 * TICKS_DAY,
	.bounce_lifetime = 1 * TICKS_DAY,
};

static void
test_backoff(void **state)
{
	static const struct {
		const char *name;
		uint32_t attempts;
		int64_t least, most; /* seconds */
	} rows[] = {
		{ "none yet", 0, 300, 337 },
		{ "first", 1, 300, 337 },
		{ "second", 2, 525, 675 },
		{ "third", 3, 1050, 1350 },
		{ "fourth", 4, 2100, 2700 },
		{ "fifth is at the bound", 5, 3500, 4000 },
		{ "and stays there", 1000000, 3500, 4000 },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		int64_t low = TICKS_NEVER, high = 0;

		for (uint64_t random = 0; random < 10000; random++) {
			int64_t pause = policy_backoff(
			    &policy, rows[i].attempts, random * 6364136223846793005u);

			low = pause < low ? pause : low;
			high = pause > high ? pause : high;
		}
		if (low < rows[i].least * S || high > (rows[i].most + 1) * S)
			fail_msg("%s: %lld to %lld", rows[i].name, (long long)low, (long long)high);
		if (high - low < (rows[i].most - rows[i].least) * S * 9 / 10)
			fail_msg("%s: hardly varies", rows[i].name);
	}
}

static void
test_backoff_without_choice(void **state)
{
	struct policy same = { .backoff_least = 60 * S, .backoff_most = 60 * S };
	struct policy odd = { .backoff_least = 60 * S, .backoff_most = 30 * S };

	(void)state;
	assert_int_equal(policy_backoff(&same, 7, 12345), 60 * S);
	assert_int_equal(policy_backoff(&odd, 7, 12345), 30 * S); /* the smaller one counts */
}

static void
test_expiry_and_next(void **state)
{
	static const struct {
		const char *name;
		int64_t wall, backoff, expiry, least, next; /* seconds */
	} rows[] = {
		{ "by the backoff", 1000, 300, 99999, 0, 1300 },
		{ "not before a suspension ends", 1000, 300, 99999, 5000, 5000 },
		{ "a suspension that has ended", 1000, 300, 99999, 500, 1300 },
		{ "at the expiry at the latest", 1000, 300, 1200, 0, 1200 },
		{ "even in a suspension", 1000, 300, 1200, 5000, 1200 },
		{ "the expiry has passed", 1000, 300, 900, 0, 1300 },
	};

	(void)state;
	assert_int_equal(policy_expiry(&policy, 7, false), 7 + 5 * TICKS_DAY);
	assert_int_equal(policy_expiry(&policy, 7, true), 7 + TICKS_DAY);
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		int64_t next = policy_next(
		    rows[i].wall * S, rows[i].backoff * S, rows[i].expiry * S, rows[i].least * S);

		if (next != rows[i].next * S)
			fail_msg("%s: %lld", rows[i].name, (long long)(next / S));
	}
}

/* --- Windows ---------------------------------------------------------------------------------- */

static void
test_feedback_parse(void **state)
{
	static const struct {
		const char *text;
		int result;
		double amount;
		enum feedback_per per;
	} rows[] = {
		{ "1", 0, 1, FEEDBACK_PLAIN },
		{ "0", 0, 0, FEEDBACK_PLAIN },
		{ "0.25", 0, 0.25, FEEDBACK_PLAIN },
		{ "1/4", 0, 0.25, FEEDBACK_PLAIN },
		{ " 1 / 4 ", 0, 0.25, FEEDBACK_PLAIN },
		{ "1/concurrency", 0, 1, FEEDBACK_PER_CONCURRENCY },
		{ "0.5 / Concurrency", 0, 0.5, FEEDBACK_PER_CONCURRENCY },
		{ "2", ERR_RANGE, 0, 0 },
		{ "2/4", 0, 0.5, FEEDBACK_PLAIN },
		{ "1/0.5", ERR_RANGE, 0, 0 },
		{ "1/0", ERR_RANGE, 0, 0 },
		{ "", ERR_SYNTAX, 0, 0 },
		{ "-1", ERR_SYNTAX, 0, 0 },
		{ "1.", ERR_SYNTAX, 0, 0 },
		{ "1.1234567", ERR_SYNTAX, 0, 0 },
		{ "1/", ERR_SYNTAX, 0, 0 },
		{ "1/speed", ERR_SYNTAX, 0, 0 },
		{ "99999999", ERR_RANGE, 0, 0 },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct feedback f = { .amount = -1 };
		int result = feedback_parse(str_of(rows[i].text), &f);

		if (result != rows[i].result)
			fail_msg("\"%s\": %d", rows[i].text, result);
		if (result < 0 && f.amount != -1)
			fail_msg("\"%s\": touched", rows[i].text);
		if (result == 0 && (f.amount != rows[i].amount || f.per != rows[i].per))
			fail_msg("\"%s\": %f", rows[i].text, f.amount);
	}
}

static void
test_a_window_grows_while_it_is_used_up(void **state)
{
	const struct feedback one = { 1, FEEDBACK_PLAIN }, slow = { 1, FEEDBACK_PER_CONCURRENCY };
	struct window w;

	(void)state;
	window_init(&w, 5, 3);
	assert_int_equal(w.size, 3);
	window_init(&w, 0, 0);
	assert_int_equal(w.size, 1);
	window_init(&w, 2, 4);
	window_grow(&w, &one, 1, 4); /* one of two in use: no reason to grow */
	assert_int_equal(w.size, 2);
	for (int i = 0; i < 10; i++)
		window_grow(&w, &one, w.size, 4);
	assert_int_equal(w.size, 4);
	window_init(&w, 4, 0);
	for (int i = 0; i < 4; i++)
		window_grow(&w, &slow, w.size, 0); /* a round of 4 earns one more */
	assert_int_equal(w.size, 5);
}

static void
test_a_window_shrinks_and_counts_rounds(void **state)
{
	const struct feedback one = { 1, FEEDBACK_PLAIN }, none = { 0, FEEDBACK_PLAIN };
	struct window w;

	(void)state;
	window_init(&w, 4, 0);
	for (int i = 0; i < 3; i++)
		assert_false(window_shrink(&w, &none, 1));
	assert_true(window_shrink(&w, &none, 1)); /* 4 of a window of 4 */
	assert_int_equal(w.size, 4);
	window_init(&w, 4, 0);
	for (int i = 0; i < 3; i++)
		assert_false(window_shrink(&w, &none, 1));
	window_grow(&w, &none, 1, 0); /* a success between: the count begins anew */
	assert_false(window_shrink(&w, &none, 1));
	window_init(&w, 4, 0);
	for (int i = 0; i < 100; i++)
		assert_false(window_shrink(&w, &one, 0)); /* 0: never */
	assert_int_equal(w.size, 1);
}

/* --- Transports without agent ----------------------------------------------------------------- */

static void
test_builtin(void **state)
{
	static const struct {
		const char *transport, *nexthop;
		uint32_t status;
		const char *dsn, *text;
	} rows[] = {
		{ "discard", "", OUTCOME_DELIVERED, "2.0.0", "discarded" },
		{ "discard", "spam", OUTCOME_DELIVERED, "2.0.0", "spam" },
		{ "error", "5.1.1 no such user", OUTCOME_BOUNCED, "5.1.1", "no such user" },
		{ "error", "closed", OUTCOME_BOUNCED, "5.0.0", "closed" },
		{ "error", "4.2.1 odd", OUTCOME_BOUNCED, "5.0.0", "4.2.1 odd" },
		{ "error", "", OUTCOME_BOUNCED, "5.0.0", "" },
		{ "retry", "4.7.1 later", OUTCOME_DEFERRED, "4.7.1", "later" },
		{ "retry", "later", OUTCOME_DEFERRED, "4.0.0", "later" },
		{ "smtp", "example.com", 0, "", "" },
		{ "discards", "", 0, "", "" },
		{ "", "", 0, "", "" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct message_outcome o = { .status = 0 };
		bool is_ours =
		    builtin_outcome(str_of(rows[i].transport), str_of(rows[i].nexthop), &o);

		if (is_ours != (rows[i].status != 0) || o.status != rows[i].status)
			fail_msg("%s:%s", rows[i].transport, rows[i].nexthop);
		assert_str_is(o.dsn, rows[i].dsn);
		assert_str_is(o.text, rows[i].text);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_backoff),
		cmocka_unit_test(test_backoff_without_choice),
		cmocka_unit_test(test_expiry_and_next),
		cmocka_unit_test(test_feedback_parse),
		cmocka_unit_test(test_a_window_grows_while_it_is_used_up),
		cmocka_unit_test(test_a_window_shrinks_and_counts_rounds),
		cmocka_unit_test(test_builtin),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
