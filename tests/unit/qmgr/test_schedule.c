/* SPDX-License-Identifier: BSD-2-Clause */
/* Whose turn it is, without clock, disk or agents; the invariants D of qmgr/schedule.h. */
#include <stdio.h>

#include "tests/unit/test.h"

#include "lib/base/mem.h"
#include "lib/base/ticks.h"
#include "qmgr/schedule.h"

#define MANY 5000

static struct names names;
static struct schedule schedule;
static struct transport_limits limits;
static struct transport *t;

static void
give_limits(void *context, struct str transport, struct transport_limits *out)
{
	(void)context;
	(void)transport;
	*out = limits;
}

static int
setup(void **state)
{
	static const struct schedule_options options = {
		.limits = give_limits,
		.suspend_least = 300 * TICKS_SECOND,
		.suspend_most = 1000 * TICKS_SECOND,
	};

	(void)state;
	limits = (struct transport_limits){ .concurrency = 3,
		.initial = 2,
		.recipients = 10,
		.positive = { 1, FEEDBACK_PLAIN },
		.negative = { 1, FEEDBACK_PLAIN },
		.failed_cohorts = 1 };
	names = (struct names)NAMES_INIT;
	schedule_init(&schedule, &options, &names);
	return 0;
}

static int
teardown(void **state)
{
	(void)state;
	schedule_drop(&schedule);
	names_drop(&names);
	return 0;
}

static struct message *
new_message(uint32_t recipients)
{
	struct envelope e = { .recipients_count = recipients };
	struct stored s;
	struct message *m;

	e.recipients = mem_array(recipients, sizeof(*e.recipients));
	for (uint32_t i = 0; i < recipients; i++)
		e.recipients[i].address = STR("u@x");
	s = (struct stored){ .queue = SPOOL_JOURNAL, .envelope = e };
	m = message_new(&s, &names);
	mem_free(e.recipients);
	return m;
}

static void
queue_at(struct message *m, uint32_t from, uint32_t to, const char *nexthop)
{
	t = schedule_transport(&schedule, STR("smtp"));
	for (uint32_t i = from; i < to; i++)
		schedule_add(schedule_site(t, str_of(nexthop), STR("u@x")), m, i);
}

static void
finish(struct batch *b, enum delivery_end end, int64_t now)
{
	for (uint32_t i = 0; i < b->count; i++)
		message_set(b->message, b->indexes[i], RECIPIENT_DELIVERED);
	schedule_finish(b, end, STR("4.4.1 no answer"), now);
}

/* --- Turns ------------------------------------------------------------------------------------ */

static void
test_messages_take_turns_by_batch(void **state)
{
	struct message *big = new_message(25), *small = new_message(1);
	struct message *const expected[] = { big, small, big, big };
	static const uint32_t counts[] = { 10, 1, 10, 5 };
	struct batch b;

	(void)state;
	queue_at(big, 0, 25, "x");
	queue_at(small, 0, 1, "x");
	assert_int_equal(big->queued, 25);
	for (size_t i = 0; i < 4; i++) {
		assert_true(schedule_take(t, &b));
		assert_ptr_equal(b.message, expected[i]);
		assert_int_equal(b.count, counts[i]);
		assert_int_equal(b.message->in_flight, counts[i]);
		if (i == 3)
			assert_int_equal(b.indexes[0], 20);
		finish(&b, DELIVERY_DONE, 0);
	}
	assert_false(schedule_take(t, &b));
	assert_int_equal(t->sites.count, 0); /* D3 */
	message_free(big, &names);
	message_free(small, &names);
}

static void
test_destinations_take_turns(void **state)
{
	struct message *m = new_message(60);
	static const char *const expected[] = { "a", "b", "c", "a", "b" };
	struct batch b[5];

	(void)state;
	queue_at(m, 0, 20, "a");
	queue_at(m, 20, 40, "b");
	queue_at(m, 40, 50, "c");
	for (size_t i = 0; i < 5; i++) {
		assert_true(schedule_take(t, &b[i]));
		assert_str_is(site_nexthop(b[i].site), expected[i]);
	}
	assert_false(schedule_take(t, &b[0]));
	assert_int_equal(t->in_flight, 5); /* D4 */
	for (size_t i = 0; i < 5; i++)
		finish(&b[i], DELIVERY_DONE, 0);
	assert_int_equal(t->in_flight, 0);
	message_free(m, &names);
}

/* D2 */
static void
test_a_destination_has_no_more_in_flight_than_its_window(void **state)
{
	struct message *m = new_message(100);
	struct batch b[5];

	(void)state;
	queue_at(m, 0, 100, "x");
	assert_true(schedule_take(t, &b[0]));
	assert_true(schedule_take(t, &b[1]));
	assert_false(schedule_take(t, &b[2]));
	finish(&b[0], DELIVERY_DONE, 0); /* the window was used up: it grows to three */
	assert_true(schedule_take(t, &b[0]));
	assert_true(schedule_take(t, &b[2]));
	assert_false(schedule_take(t, &b[3]));
	finish(&b[0], DELIVERY_DONE, 0); /* three is the limit */
	assert_true(schedule_take(t, &b[0]));
	assert_false(schedule_take(t, &b[3]));
	schedule_withdraw(m);
	for (size_t i = 0; i < 3; i++)
		finish(&b[i], DELIVERY_DONE, 0);
	assert_int_equal(t->sites.count, 0);
	message_free(m, &names);
}

static void
test_no_limits(void **state)
{
	struct message *m = new_message(2500);
	static const uint32_t counts[] = { BATCH_MAX, BATCH_MAX, 500 };
	struct batch b[3];

	(void)state;
	limits.concurrency = 0;
	limits.recipients = 0;
	queue_at(m, 0, 2500, "x");
	for (size_t i = 0; i < 3; i++) {
		assert_true(schedule_take(t, &b[i]));
		assert_int_equal(b[i].count, counts[i]);
	}
	for (size_t i = 0; i < 3; i++)
		finish(&b[i], DELIVERY_DONE, 0);
	message_free(m, &names);
}

static void
test_one_recipient_at_a_time_is_a_destination_each(void **state)
{
	struct site *u, *v, *w;

	(void)state;
	limits.recipients = 1;
	t = schedule_transport(&schedule, STR("local"));
	u = schedule_site(t, STR("x"), STR("u@x"));
	v = schedule_site(t, STR("x"), STR("v@x"));
	w = schedule_site(t, STR("u@x x"), STR_NONE); /* the same letters, another destination */
	assert_ptr_not_equal(u, v);
	assert_ptr_not_equal(u, w);
	assert_ptr_equal(u, schedule_site(t, STR("x"), STR("u@x")));
	assert_str_is(site_nexthop(u), "x");
	schedule_let_go(u);
	schedule_let_go(v);
	schedule_let_go(w);
	assert_int_equal(t->sites.count, 0);
}

/* D1: whatever is taken and withdrawn, each recipient is in one job at most. */
static void
test_withdrawing_leaves_the_others(void **state)
{
	struct message *m = new_message(30), *other = new_message(5);
	struct batch b;

	(void)state;
	queue_at(m, 0, 15, "x");
	queue_at(m, 15, 30, "y");
	queue_at(other, 0, 5, "x");
	assert_true(schedule_take(t, &b));
	schedule_withdraw(m);
	assert_int_equal(m->queued, 0);
	assert_int_equal(m->in_flight, 10);
	assert_null(m->jobs);
	finish(&b, DELIVERY_DONE, 0);
	assert_true(schedule_take(t, &b));
	assert_ptr_equal(b.message, other);
	finish(&b, DELIVERY_DONE, 0);
	assert_false(schedule_take(t, &b));
	for (uint32_t i = 0; i < 30; i++)
		assert_int_equal(
		    m->recipients[i].state, i < 10 ? RECIPIENT_DELIVERED : RECIPIENT_WAITS);
	message_free(m, &names);
	message_free(other, &names);
}

/* Removing must not cost with the number of destinations. */
static void
test_a_message_for_many_destinations(void **state)
{
	struct message *m = new_message(MANY);
	char nexthop[16];
	struct batch b;

	(void)state;
	for (uint32_t i = 0; i < MANY; i++) {
		snprintf(nexthop, sizeof(nexthop), "site%u", i);
		queue_at(m, i, i + 1, nexthop);
	}
	for (uint32_t i = 0; i < MANY / 2; i++) {
		assert_true(schedule_take(t, &b));
		assert_int_equal(b.indexes[0], i);
		finish(&b, DELIVERY_DONE, 0);
	}
	schedule_withdraw(m);
	assert_int_equal(t->sites.count, 0);
	message_free(m, &names);
}

/* --- Suspension ------------------------------------------------------------------------------- */

static void
test_a_round_of_failures_suspends(void **state)
{
	struct message *m = new_message(100);
	struct suspension why;
	struct batch b[2], out;

	(void)state;
	queue_at(m, 0, 100, "x");
	assert_true(schedule_take(t, &b[0]));
	assert_true(schedule_take(t, &b[1]));
	finish(&b[0], DELIVERY_SITE_FAILED, 1000);
	assert_false(schedule_take_suspended(&schedule, 1000, &out, &why));
	finish(&b[1], DELIVERY_SITE_FAILED, 1000);
	assert_false(schedule_take(t, &out));
	/* What is left comes out to be deferred. */
	assert_true(schedule_take_suspended(&schedule, 1000, &out, &why));
	assert_str_is(why.reason, "4.4.1 no answer");
	assert_int_equal(why.until, 1000 + 300 * TICKS_SECOND);
	assert_int_equal(out.count, 80);
	assert_int_equal(m->recipients[out.indexes[0]].state, RECIPIENT_WAITS);
	mem_free(out.indexes);
	assert_false(schedule_take_suspended(&schedule, 1000, &out, &why));
	message_free(m, &names);
}

/* One attempt after each suspension fails: each is twice as long, up to the bound. */
static void
test_suspensions_in_a_row_grow(void **state)
{
	static const int64_t durations[] = { 300, 600, 1000, 1000 };
	struct suspension why;
	int64_t now = 0;
	struct batch b;

	(void)state;
	limits.initial = 1;
	for (size_t i = 0; i < ARRAY_LEN(durations); i++) {
		struct message *m = new_message(1);
		struct site *site;

		queue_at(m, 0, 1, "x");
		assert_true(schedule_take(t, &b));
		finish(&b, DELIVERY_SITE_FAILED, now);
		site = schedule_site(t, STR("x"), STR("u@x"));
		assert_true(site_is_suspended(site, now, &why));
		assert_int_equal(why.until - now, durations[i] * TICKS_SECOND);
		now = why.until;
		assert_false(site_is_suspended(site, now, &why));
		message_free(m, &names);
	}
}

static void
test_a_success_forgets_failures(void **state)
{
	struct message *m = new_message(40);
	struct batch b[2];

	(void)state;
	queue_at(m, 0, 40, "x");
	assert_true(schedule_take(t, &b[0]));
	assert_true(schedule_take(t, &b[1]));
	finish(&b[0], DELIVERY_SITE_FAILED, 0);
	assert_false(list_is_empty(&schedule.failing));
	finish(&b[1], DELIVERY_DONE, 0);
	assert_true(list_is_empty(&schedule.failing));
	for (int i = 0; i < 2; i++) {
		assert_true(schedule_take(t, &b[0]));
		finish(&b[0], i == 0 ? DELIVERY_SITE_FAILED : DELIVERY_NOT_TRIED, 0);
	}
	assert_int_equal(t->sites.count, 1); /* D3: it is remembered */
	schedule_sweep(&schedule, TICKS_HOUR - 1);
	assert_int_equal(t->sites.count, 1);
	schedule_sweep(&schedule, 2 * TICKS_HOUR);
	assert_int_equal(t->sites.count, 0);
	message_free(m, &names);
}

static void
test_a_suspended_transport_gives_all_back(void **state)
{
	struct message *m = new_message(3);
	struct suspension why;
	struct batch b;
	unsigned n = 0;

	(void)state;
	queue_at(m, 0, 1, "a");
	queue_at(m, 1, 2, "b");
	queue_at(m, 2, 3, "c");
	assert_false(schedule_take_suspended(&schedule, 0, &b, &why));
	transport_suspend(t, 500, STR("4.3.0 gone"));
	while (schedule_take_suspended(&schedule, 100, &b, &why)) {
		assert_int_equal(why.until, 500);
		assert_str_is(why.reason, "4.3.0 gone");
		mem_free(b.indexes);
		n++;
	}
	assert_int_equal(n, 3);
	assert_int_equal(t->sites.count, 0);
	schedule_resume_all(&schedule);
	assert_int_equal(t->suspended, 0);
	message_free(m, &names);
}

static void
test_resuming_all_lets_go_of_the_dead(void **state)
{
	struct message *m = new_message(1);
	struct suspension why;
	struct batch b;

	(void)state;
	limits.initial = 1;
	queue_at(m, 0, 1, "x");
	assert_true(schedule_take(t, &b));
	finish(&b, DELIVERY_SITE_FAILED, 0);
	assert_true(site_is_suspended(schedule_site(t, STR("x"), STR("u@x")), 1, &why));
	schedule_resume_all(&schedule);
	assert_int_equal(t->sites.count, 0);
	message_free(m, &names);
}

#define schedule_test(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		schedule_test(test_messages_take_turns_by_batch),
		schedule_test(test_destinations_take_turns),
		schedule_test(test_a_destination_has_no_more_in_flight_than_its_window),
		schedule_test(test_no_limits),
		schedule_test(test_one_recipient_at_a_time_is_a_destination_each),
		schedule_test(test_withdrawing_leaves_the_others),
		schedule_test(test_a_message_for_many_destinations),
		schedule_test(test_a_round_of_failures_suspends),
		schedule_test(test_suspensions_in_a_row_grow),
		schedule_test(test_a_success_forgets_failures),
		schedule_test(test_a_suspended_transport_gives_all_back),
		schedule_test(test_resuming_all_lets_go_of_the_dead),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
