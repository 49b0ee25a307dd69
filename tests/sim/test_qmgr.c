/* SPDX-License-Identifier: BSD-2-Clause */
/* The queue manager as a whole: what becomes of messages, on disk and at the agents. */
#include "tests/sim/qmgr_world.h"

/* Runs `body` with three seeds in fresh worlds; `setup` may change the world before. */
static void
play(void (*setup)(struct world *w), void (*body)(struct world *w))
{
	for (uint64_t seed = 0; seed < 3; seed++) {
		struct world *w = world_new();

		assert_int_equal(spool_setup(NULL), 0);
		if (setup != NULL)
			setup(w);
		world_run(seed, w, body);
		world_free(w);
		assert_int_equal(spool_teardown(NULL), 0);
	}
}

static unsigned
files_in_deferred(void)
{
	char path[SPOOL_PATH_MAX];
	unsigned n = 0;

	for (const char *x = SPOOL_SPREAD; *x != '\0'; x++) {
		snprintf(path, sizeof(path), "deferred/%c", *x);
		if (access(path, F_OK) == 0)
			n += count_files(path, "");
	}
	return n;
}

/* --- At once ---------------------------------------------------------------------------------- */

static void
at_once(struct world *w)
{
	struct queue_id id = world_submit(w, "ok1@x.a ok2@x.a ok3@y.b");

	world_settle(w, TICKS_MINUTE);
	assert_null(world_find(w, &id));
	assert_int_equal(world_attempts(w, "ok1@x.a", OUTCOME_DELIVERED), 1);
	assert_int_equal(world_attempts(w, "ok2@x.a", OUTCOME_DELIVERED), 1);
	assert_int_equal(world_attempts(w, "ok3@y.b", OUTCOME_DELIVERED), 1);
	assert_int_equal(w->agents[0].requests, 1); /* one delivery for both */
	assert_string_equal(world_attempt(w, "ok3@y.b", 0)->nexthop, "y.b");
	assert_int_equal(world_attempt(w, "ok3@y.b", 0)->content_length, 24);
	assert_int_equal(w->events[EVENT_QUEUE_ACTIVE], 1);
	assert_int_equal(w->events[EVENT_REMOVED], 1);
	assert_int_equal(files_in_deferred(), 0);
}

/* A content filter takes the place of all routes. */
static void
filtered(struct world *w)
{
	w->filter = "b:[127.0.0.1]:10025";
	(void)world_submit(w, "ok1@x.a ok2@y.b");
	w->filter = "b:";
	(void)world_submit(w, "ok3@x.a");
	world_settle(w, TICKS_MINUTE);
	assert_string_equal(world_attempt(w, "ok1@x.a", 0)->nexthop, "[127.0.0.1]:10025");
	assert_string_equal(world_attempt(w, "ok2@y.b", 0)->nexthop, "[127.0.0.1]:10025");
	assert_string_equal(world_attempt(w, "ok3@x.a", 0)->nexthop, "x.a");
}

static void
test_filter(void **state)
{
	(void)state;
	play(NULL, filtered);
}

/* K1, S14 */
static void
test_delivers_at_once_and_forgets(void **state)
{
	(void)state;
	play(NULL, at_once);
}

static void
a_segment_ends(struct world *w)
{
	for (int i = 0; i < 20; i++)
		world_submit(w, "ok@x.a");
	world_settle(w, TICKS_MINUTE);
	assert_int_equal(count_files("journal", ".seg"), 1);
	journal_writer_close(&w->writer);
	w->writer_open = false;
	world_sleep(5 * TICKS_SECOND);
	assert_int_equal(count_files("journal", ".seg"), 0);
	assert_int_equal(count_files("journal", ".done"), 0);
}

/* S17 */
static void
test_a_segment_goes_when_all_in_it_is_done(void **state)
{
	(void)state;
	play(NULL, a_segment_ends);
}

static void
built_in(struct world *w)
{
	struct queue_id id[3];

	id[0] = world_submit(w, "u@x.discard");
	id[1] = world_submit(w, "u@error");
	id[2] = world_submit(w, "u@x.retry");
	world_sleep(10 * TICKS_SECOND);
	assert_null(world_find(w, &id[0]));
	assert_int_equal(world_find(w, &id[1])->phase, MESSAGE_HELD);
	assert_int_equal(world_find(w, &id[2])->phase, MESSAGE_DEFERRED);
	assert_int_equal(w->events[EVENT_DELIVERY], 3);
	assert_int_equal(w->events[EVENT_REMOVED], 1);
	assert_int_equal(w->events[EVENT_UNDELIVERABLE], 1);
	assert_int_equal(w->attempt_count, 0);
}

static void
test_discard_error_and_retry_need_no_agent(void **state)
{
	(void)state;
	play(NULL, built_in);
}

static void
a_file(struct world *w)
{
	struct queue_id id = world_submit_file(w, "ok@x.a later@y.a", 300000);

	w->agents[0].answer = answer_by_user;
	world_sleep(10 * TICKS_SECOND);
	assert_int_equal(world_attempt(w, "ok@x.a", 0)->content_length, 300000);
	assert_int_equal(count_files("incoming", ""), 0);
	assert_int_equal(files_in_deferred(), 1);
	w->agents[0].answer = NULL;
	world_settle(w, TICKS_HOUR);
	assert_null(world_find(w, &id));
	assert_int_equal(files_in_deferred(), 0);
	assert_int_equal(world_attempts(w, "ok@x.a", OUTCOME_DELIVERED), 1);
}

static void
test_a_big_message_travels_as_a_descriptor(void **state)
{
	(void)state;
	play(NULL, a_file);
}

/* --- From one transport to another ------------------------------------------------------------ */

static void
pass_by_user(struct world *w, struct str address, struct message_outcome *out)
{
	(void)w;
	out->status = OUTCOME_PASSED;
	out->text = str_part(address, 0, str_index(address, '@'));
}

static void
pass_back(struct world *w, struct str address, struct message_outcome *out)
{
	(void)w;
	(void)address;
	out->status = OUTCOME_PASSED;
	out->text = STR("a");
}

static void
passed(struct world *w)
{
	struct queue_id id;

	w->agents[0].answer = pass_by_user;
	id = world_submit(w, "b@x.a b:there@x.a discard:@x.a ok@y.b");
	world_settle(w, TICKS_MINUTE);
	assert_null(world_find(w, &id));
	assert_string_equal(world_attempt(w, "b@x.a", 0)->nexthop, "x.a");
	assert_int_equal(world_attempts(w, "b@x.a", OUTCOME_DELIVERED), 1);
	assert_int_equal(world_attempts(w, "b:there@x.a", OUTCOME_DELIVERED), 1);
	assert_string_equal(world_attempt(w, "b:there@x.a", 1)->nexthop, "there");
	assert_int_equal(world_attempts(w, "discard:@x.a", OUTCOME_PASSED), 1);
	assert_int_equal(world_attempts(w, "ok@y.b", OUTCOME_DELIVERED), 1);
}

/* To itself, to nowhere, to and fro: each waits, and costs no more than a few deliveries. */
static void
passed_in_circles(struct world *w)
{
	struct queue_id id;

	w->agents[0].answer = pass_by_user;
	w->agents[1].answer = pass_back;
	id = world_submit(w, "a@x.a :x@x.a b@x.a");
	world_sleep(TICKS_SECOND);
	assert_int_equal(world_find(w, &id)->phase, MESSAGE_DEFERRED);
	assert_int_equal(world_attempts(w, "a@x.a", OUTCOME_PASSED), 1);
	assert_int_equal(world_attempts(w, ":x@x.a", OUTCOME_PASSED), 1);
	assert_in_range(world_attempts(w, "b@x.a", OUTCOME_PASSED), 2, 5);
	assert_string_equal(w->last_text, "transports pass it on to each other");
	w->agents[0].answer = w->agents[1].answer = NULL;
	world_settle(w, TICKS_HOUR);
	assert_null(world_find(w, &id));
}

static void
test_a_transport_passes_on(void **state)
{
	(void)state;
	play(NULL, passed);
	play(NULL, passed_in_circles);
}

/* --- Retries ---------------------------------------------------------------------------------- */

static void
answers_by_user(struct world *w)
{
	w->agents[0].answer = answer_by_user;
	w->agents[1].answer = answer_by_user;
}

static void
backoff(struct world *w)
{
	struct queue_id id = world_submit(w, "later@x.a ok@x.a");
	int64_t began = run_now(), last = 0;
	size_t n;

	world_sleep(6 * TICKS_DAY);
	assert_int_equal(world_find(w, &id)->phase, MESSAGE_HELD);
	assert_int_equal(count_files("hold", ""), 1);
	assert_int_equal(w->events[EVENT_EXPIRED], 1);
	assert_int_equal(world_attempts(w, "ok@x.a", OUTCOME_DELIVERED), 1);
	n = world_attempts(w, "later@x.a", OUTCOME_DEFERRED);
	/* 300 600 1200 2400 4000 4000 …, each up to an eighth less or more: 107 to 123 in 5 days. */
	assert_in_range(n, 100, 130);
	for (size_t i = 0; i < n; i++) {
		const struct attempt *a = world_attempt(w, "later@x.a", i);
		int64_t pause = i < 4 ? (int64_t)300 * TICKS_SECOND << i : 4000 * TICKS_SECOND;

		if (i > 1 && i < n - 1)
			assert_in_range(a->time - last, pause / 2 - pause / 16 - TICKS_SECOND,
			    pause + TICKS_SECOND);
		last = a->time;
	}
	/* The last attempt is made when the time is over, not after. */
	assert_in_range(last - began, 5 * TICKS_DAY, 5 * TICKS_DAY + 2 * TICKS_SECOND);
}

static void
test_backs_off_for_days_then_expires(void **state)
{
	(void)state;
	play(answers_by_user, backoff);
}

static void
one_attempt(struct world *w)
{
	w->options.policy.lifetime = 0;
}

static void
one_attempt_only(struct world *w)
{
	w->agents[0].answer = answer_by_user;
	world_submit(w, "later@x.a");
	world_sleep(TICKS_HOUR);
	assert_int_equal(w->attempt_count, 1);
	assert_int_equal(w->events[EVENT_EXPIRED], 1);
}

static void
test_a_lifetime_of_nothing_is_one_attempt(void **state)
{
	(void)state;
	play(one_attempt, one_attempt_only);
}

static void
undeliverable(struct world *w)
{
	struct queue_id id = world_submit(w, "never@x.a ok@x.a later@y.b");
	char text[200];

	world_sleep(10 * TICKS_SECOND);
	assert_int_equal(world_find(w, &id)->phase, MESSAGE_DEFERRED);
	w->agents[1].answer = NULL; /* what was deferred is delivered now */
	world_settle(w, TICKS_DAY);
	assert_int_equal(world_find(w, &id)->phase, MESSAGE_HELD);
	assert_int_equal(count_files("hold", ""), 1);
	assert_int_equal(w->events[EVENT_UNDELIVERABLE], 1);
	world_crash(w);
	world_settle(w, TICKS_MINUTE);
	assert_int_equal(world_find(w, &id)->phase, MESSAGE_HELD);
	assert_int_equal(world_attempts(w, "never@x.a", OUTCOME_BOUNCED), 1);
	/* An administrator puts it right. */
	w->agents[0].answer = NULL;
	assert_int_equal(world_act(w, QUEUE_ACTION_RELEASE, id.text, true, text), 1);
	world_settle(w, TICKS_MINUTE);
	assert_null(world_find(w, &id));
	assert_int_equal(world_attempts(w, "never@x.a", OUTCOME_DELIVERED), 1);
	assert_int_equal(world_attempts(w, "ok@x.a", OUTCOME_DELIVERED), 1);
	assert_int_equal(world_attempts(w, "later@y.b", OUTCOME_DELIVERED), 1);
}

static void
test_what_fails_for_good_is_kept_in_hold(void **state)
{
	(void)state;
	play(answers_by_user, undeliverable);
}

static void
no_route(struct world *w)
{
	struct queue_id id = world_submit(w, "u@nowhere");

	world_sleep(10 * TICKS_SECOND);
	assert_int_equal(world_find(w, &id)->phase, MESSAGE_DEFERRED);
	assert_string_equal(w->last_text, "the table cannot be asked");
}

static void
test_a_route_that_cannot_be_found_out_is_temporary(void **state)
{
	(void)state;
	play(NULL, no_route);
}

/* --- Taking turns ----------------------------------------------------------------------------- */

static void
one_at_a_time(struct world *w)
{
	w->agents[0].capacity = 1;
	w->agents[0].latency = TICKS_SECOND;
	w->limits.recipients = 10;
}

static void
big_mailing(struct world *w)
{
	int64_t began;

	world_submit_many(w, "u%u@x.a", 2000);
	world_sleep(5 * TICKS_SECOND);
	began = run_now();
	world_submit(w, "same@x.a");
	world_submit(w, "other@y.a");
	world_settle(w, TICKS_DAY);
	/* 200 deliveries of the mailing; up to 8 connections of one delivery a second each. */
	assert_in_range(world_attempt(w, "same@x.a", 0)->time - began, 0, 4 * TICKS_SECOND);
	assert_in_range(world_attempt(w, "other@y.a", 0)->time - began, 0, 4 * TICKS_SECOND);
	assert_int_equal(world_attempts(w, "u1999@x.a", OUTCOME_DELIVERED), 1);
}

static void
test_a_big_mailing_keeps_nobody_waiting(void **state)
{
	(void)state;
	play(one_at_a_time, big_mailing);
}

static void
plenty_of_room(struct world *w)
{
	w->agents[0].capacity = 100;
	w->agents[0].latency = TICKS_SECOND;
	w->limits.concurrency = 8;
	w->limits.initial = 2;
}

static void
concurrency(struct world *w)
{
	for (int i = 0; i < 100; i++)
		world_submit(w, "u@x.a");
	world_sleep(500 * TICKS_MS);
	assert_int_equal(w->agents[0].most_in_flight, 2); /* no experience yet */
	world_settle(w, TICKS_HOUR);
	assert_int_equal(w->agents[0].most_in_flight, 8);
	assert_int_equal(world_attempts(w, "u@x.a", OUTCOME_DELIVERED), 100);
	for (int i = 0; i < 5; i++)
		world_submit(w, i % 2 == 0 ? "u@y.a" : "u@z.a");
	world_sleep(500 * TICKS_MS);
	assert_int_equal(w->agents[0].in_flight, 4); /* two destinations, two each */
}

static void
test_concurrency_grows_to_its_limit_for_each_destination(void **state)
{
	(void)state;
	play(plenty_of_room, concurrency);
}

static void
single_recipients(struct world *w)
{
	w->limits.recipients = 1;
	w->limits.concurrency = 2;
	w->agents[0].latency = TICKS_SECOND;
	w->agents[0].capacity = 100;
}

static void
each_recipient_apart(struct world *w)
{
	world_submit(w, "u@x.a v@x.a");
	for (int i = 0; i < 4; i++)
		world_submit(w, "u@x.a");
	world_sleep(500 * TICKS_MS);
	assert_int_equal(w->agents[0].in_flight, 3); /* u twice, v once */
	world_settle(w, TICKS_HOUR);
	assert_int_equal(w->agents[0].requests, 6);
}

static void
test_a_recipient_limit_of_one_makes_each_recipient_a_destination(void **state)
{
	(void)state;
	play(single_recipients, each_recipient_apart);
}

/* --- What is dead ------------------------------------------------------------------------------ */

static void
dead_site(struct world *w)
{
	struct queue_id id;

	for (int i = 0; i < 50; i++)
		world_submit(w, "unreachable@x.a");
	id = world_submit(w, "ok@y.a");
	world_sleep(10 * TICKS_SECOND);
	assert_null(world_find(w, &id)); /* the others are not concerned */
	/* One round of a window that shrinks from five, and what was in flight beside it. */
	assert_in_range(world_attempts(w, "unreachable@x.a", OUTCOME_DEFERRED), 4, 10);
	assert_string_equal(w->last_text, "delivery temporarily suspended: connection refused");
	world_submit(w, "late@x.a");
	world_sleep(10 * TICKS_SECOND);
	assert_int_equal(world_attempts(w, "late@x.a", 0), 0);
	/* It comes back. */
	w->agents[0].answer = NULL;
	world_settle(w, TICKS_DAY);
	assert_int_equal(world_attempts(w, "unreachable@x.a", OUTCOME_DELIVERED), 50);
	assert_int_equal(world_attempts(w, "late@x.a", OUTCOME_DELIVERED), 1);
}

static void
test_a_dead_destination_waits_alone(void **state)
{
	(void)state;
	play(answers_by_user, dead_site);
}

static void
unreachable_agent(struct world *w)
{
	w->agents[0].unreachable = true;
}

static void
dead_transport(struct world *w)
{
	struct queue_id id[2];
	char text[200];

	id[0] = world_submit(w, "u@x.a");
	id[1] = world_submit(w, "u@y.b");
	world_sleep(10 * TICKS_SECOND);
	assert_null(world_find(w, &id[1]));
	assert_int_equal(world_find(w, &id[0])->phase, MESSAGE_DEFERRED);
	assert_string_equal(w->last_text,
	    "delivery temporarily suspended: mail transport unavailable: nobody listens");
	w->agents[0].unreachable = false;
	assert_int_equal(world_act(w, QUEUE_ACTION_FLUSH, "ALL", true, text), 1);
	world_sleep(TICKS_SECOND);
	assert_null(world_find(w, &id[0]));
}

static void
test_a_transport_without_agent_is_suspended_until_a_flush(void **state)
{
	(void)state;
	play(unreachable_agent, dead_transport);
}

static void
on_demand(struct world *w)
{
	w->limits.on_demand = true;
}

static void
only_when_flushed(struct world *w)
{
	struct queue_id id = world_submit(w, "u@x.a");
	char text[200];

	world_sleep(TICKS_DAY);
	assert_int_equal(w->attempt_count, 0);
	assert_string_equal(w->last_text, "deferred transport");
	assert_int_equal(world_act(w, QUEUE_ACTION_FLUSH, "ALL", true, text), 1);
	world_sleep(TICKS_SECOND);
	assert_null(world_find(w, &id));
	assert_int_equal(w->attempt_count, 1);
}

static void
test_a_transport_on_demand_delivers_what_is_flushed(void **state)
{
	(void)state;
	play(on_demand, only_when_flushed);
}

static void
mortal_agent(struct world *w)
{
	w->agents[0].dies_at = 3;
}

static void
agent_deaths(struct world *w)
{
	for (int i = 0; i < 10; i++) {
		world_submit(w, "u@x.a");
		world_sleep(TICKS_SECOND);
	}
	world_settle(w, TICKS_DAY);
	assert_int_equal(world_attempts(w, "u@x.a", OUTCOME_DELIVERED), 10);
	assert_int_equal(w->agents[0].deaths, 4); /* each third request of a connection */
	assert_int_equal(world_attempts(w, "u@x.a", 0), 4);
	assert_int_equal(w->events[EVENT_DELIVERY], 0); /* nobody was deferred for it */
}

static void
test_an_agents_death_is_retried_at_once(void **state)
{
	(void)state;
	play(mortal_agent, agent_deaths);
}

static void
poison(struct world *w)
{
	w->agents[0].dies_at = 1;
}

static void
deadly_message(struct world *w)
{
	struct queue_id id = world_submit(w, "u@x.a");

	world_sleep(TICKS_MINUTE);
	assert_int_equal(w->agents[0].deaths, 2);
	assert_int_equal(world_find(w, &id)->phase, MESSAGE_DEFERRED);
	assert_string_equal(w->last_text, "the delivery agent ended before it answered");
}

static void
test_a_message_that_kills_agents_is_deferred_the_second_time(void **state)
{
	(void)state;
	play(poison, deadly_message);
}

static void
full_house(struct world *w)
{
	w->agents[0].most_connections = 1;
	w->agents[0].capacity = 2;
	w->agents[0].latency = TICKS_MINUTE;
}

static void
more_than_it_takes(struct world *w)
{
	for (int i = 0; i < 20; i++)
		world_submit(w, "u@x.a");
	world_settle(w, TICKS_HOUR);
	assert_int_equal(world_attempts(w, "u@x.a", OUTCOME_DELIVERED), 20);
	assert_int_equal(w->agents[0].most_in_flight, 2);
	assert_int_equal(w->events[EVENT_DELIVERY], 0); /* nobody was deferred */
}

static void
test_no_second_agent_to_be_had_is_no_failure(void **state)
{
	(void)state;
	play(full_house, more_than_it_takes);
}

static void
reluctant_agent(struct world *w)
{
	w->agents[0].refuses_at = 2;
}

static void
refusals(struct world *w)
{
	for (int i = 0; i < 6; i++) {
		world_submit(w, "u@x.a");
		world_sleep(TICKS_SECOND);
	}
	world_settle(w, TICKS_HOUR);
	assert_int_equal(world_attempts(w, "u@x.a", OUTCOME_DELIVERED), 6);
	assert_in_range(w->agents[0].connections, 5, 7);
	assert_int_equal(w->events[EVENT_DELIVERY], 0);
}

static void
test_an_agent_that_takes_no_more_is_left_for_another(void **state)
{
	(void)state;
	play(reluctant_agent, refusals);
}

/* --- The disk ----------------------------------------------------------------------------------- */

static void
slow_agent(struct world *w)
{
	w->agents[1].latency = 10 * TICKS_MINUTE;
}

static void
partial_results(struct world *w)
{
	struct queue_id id = world_submit(w, "fast@x.a slow@y.b");

	world_sleep(3 * TICKS_SECOND);
	assert_int_equal(
	    world_find(w, &id)->queue, SPOOL_DEFERRED); /* promoted, with its history */
	world_crash(w);
	world_settle(w, TICKS_HOUR);
	assert_null(world_find(w, &id));
	assert_int_equal(world_attempts(w, "fast@x.a", OUTCOME_DELIVERED), 1);
	assert_int_equal(world_attempts(w, "slow@y.b", OUTCOME_DELIVERED), 1);
}

/* K3, S16 */
static void
test_a_partial_result_survives_a_crash_after_a_second(void **state)
{
	(void)state;
	play(slow_agent, partial_results);
}

static void
old_age(struct world *w)
{
	struct queue_id id = world_submit(w, "slow@y.b");

	world_sleep(55 * TICKS_SECOND);
	assert_int_equal(world_find(w, &id)->queue, SPOOL_JOURNAL);
	world_sleep(10 * TICKS_SECOND);
	assert_int_equal(world_find(w, &id)->queue, SPOOL_DEFERRED);
	assert_int_equal(files_in_deferred(), 1);
	world_settle(w, TICKS_HOUR);
	assert_int_equal(world_attempts(w, "slow@y.b", OUTCOME_DELIVERED), 1);
	assert_int_equal(files_in_deferred(), 0);
}

static void
test_nothing_stays_in_the_journal_for_more_than_a_minute(void **state)
{
	(void)state;
	play(slow_agent, old_age);
}

static void
restart(struct world *w)
{
	struct queue_id id[4];

	w->agents[0].answer = answer_by_user;
	id[0] = world_submit(w, "later@x.a");
	world_sleep(2 * TICKS_SECOND);
	id[1] = world_submit(w, "slow@y.b"); /* is in flight */
	id[2] = world_submit(w, "ok@x.a");
	world_sleep(2 * TICKS_SECOND);
	w->mute = true; /* is committed, and nobody hears of it */
	id[3] = world_submit(w, "unheard@x.a");
	w->mute = false;
	world_crash(w);
	world_sleep(5 * TICKS_SECOND);
	assert_int_equal(world_find(w, &id[0])->phase, MESSAGE_DEFERRED);
	assert_int_equal(world_find(w, &id[1])->phase, MESSAGE_ACTIVE);
	assert_null(world_find(w, &id[2]));
	w->agents[0].answer = NULL;
	world_submit(w, "next@x.a"); /* the writer begins a new segment, and closes the old one */
	world_settle(w, TICKS_DAY);
	assert_null(world_find(w, &id[3]));
	assert_int_equal(world_attempts(w, "ok@x.a", OUTCOME_DELIVERED), 1);
	assert_int_equal(world_attempts(w, "later@x.a", OUTCOME_DELIVERED), 1);
	assert_int_equal(world_attempts(w, "slow@y.b", OUTCOME_DELIVERED), 1);
	assert_int_equal(world_attempts(w, "unheard@x.a", OUTCOME_DELIVERED), 1);
}

/* Q1 */
static void
test_a_restart_finds_everything(void **state)
{
	(void)state;
	play(slow_agent, restart);
}

static void
dead_writer(struct world *w)
{
	struct queue_id id[2];

	id[0] = world_submit(w, "heard@x.a");
	world_sleep(TICKS_SECOND);
	w->mute = true;
	id[1] = world_submit(w, "unheard@x.a");
	world_kill_writer(w);
	world_settle(w, TICKS_MINUTE);
	assert_null(world_find(w, &id[0]));
	assert_null(world_find(w, &id[1]));
	assert_int_equal(world_attempts(w, "heard@x.a", OUTCOME_DELIVERED), 1);
	assert_int_equal(world_attempts(w, "unheard@x.a", OUTCOME_DELIVERED), 1);
	assert_int_equal(w->events[EVENT_RECOVERED], 1);
	assert_int_equal(count_files("journal", ".seg"), 0);
}

/* Q1, S12 */
static void
test_a_dead_workers_segment_is_read_again(void **state)
{
	(void)state;
	play(NULL, dead_writer);
}

/* --- Orders --------------------------------------------------------------------------------------- */

static void
orders(struct world *w)
{
	struct queue_id id = world_submit(w, "later@x.a");
	char text[200];

	world_sleep(2 * TICKS_SECOND);
	assert_int_equal(world_act(w, QUEUE_ACTION_HOLD, id.text, false, text), 0);
	assert_string_equal(text, "only root and the mail owner may change the queue");
	assert_int_equal(world_act(w, QUEUE_ACTION_HOLD, "0000000000000000", true, text), 0);
	assert_string_equal(text, "no such message");
	assert_int_equal(world_act(w, QUEUE_ACTION_HOLD, id.text, true, text), 1);
	assert_string_equal(text, "");
	assert_int_equal(count_files("hold", ""), 1); /* it is there when the answer comes */
	assert_int_equal(world_act(w, QUEUE_ACTION_HOLD, id.text, true, text), 0);
	world_sleep(TICKS_DAY);
	assert_int_equal(w->attempt_count, 1);
	assert_int_equal(world_act(w, QUEUE_ACTION_RELEASE, id.text, true, text), 1);
	world_sleep(TICKS_SECOND);
	assert_int_equal(w->attempt_count, 2);
	assert_int_equal(count_files("hold", ""), 0);
	assert_int_equal(world_act(w, QUEUE_ACTION_FLUSH, id.text, true, text), 1);
	world_sleep(TICKS_SECOND);
	assert_int_equal(w->attempt_count, 3);
	assert_int_equal(world_act(w, QUEUE_ACTION_DELETE, id.text, true, text), 1);
	assert_int_equal(files_in_deferred(), 0);
	assert_null(world_find(w, &id));
	world_crash(w);
	world_sleep(TICKS_DAY);
	assert_int_equal(w->attempt_count, 3);
}

static void
test_hold_release_flush_and_delete(void **state)
{
	(void)state;
	play(answers_by_user, orders);
}

static void
orders_in_flight(struct world *w)
{
	struct queue_id held = world_submit(w, "held@y.b"),
	                deleted = world_submit(w, "deleted@y.b");
	struct queue_id both = world_submit(w, "ok@x.a held@y.b");
	char text[200];

	world_sleep(3 * TICKS_SECOND);
	assert_int_equal(world_act(w, QUEUE_ACTION_HOLD, held.text, true, text), 1);
	assert_int_equal(world_act(w, QUEUE_ACTION_HOLD, both.text, true, text), 1);
	assert_int_equal(world_act(w, QUEUE_ACTION_DELETE, deleted.text, true, text), 1);
	assert_null(world_find(w, &deleted));
	world_settle(w, TICKS_HOUR);
	/* What was in flight has been delivered: nothing is left to be held. */
	assert_null(world_find(w, &held));
	assert_null(world_find(w, &both));
	assert_int_equal(count_files("hold", ""), 0);
	assert_int_equal(files_in_deferred(), 0);
}

/* Q2, Q4, K1 */
static void
test_orders_about_what_is_in_flight(void **state)
{
	(void)state;
	play(slow_agent, orders_in_flight);
}

static void
orders_for_all(struct world *w)
{
	char text[200];

	for (int i = 0; i < 300; i++)
		world_submit(w, "later@x.a");
	world_sleep(TICKS_MINUTE);
	assert_int_equal(world_act(w, QUEUE_ACTION_HOLD, "ALL", true, text), 300);
	assert_int_equal(count_files("hold", ""), 300);
	assert_int_equal(world_act(w, QUEUE_ACTION_RELEASE, "ALL", true, text), 300);
	w->agents[0].answer = NULL;
	assert_int_equal(world_act(w, QUEUE_ACTION_FLUSH, "ALL", true, text) > 0, true);
	world_settle(w, TICKS_DAY);
	assert_int_equal(world_attempts(w, "later@x.a", OUTCOME_DELIVERED), 300);
}

/* Q5, K2 */
static void
test_orders_for_all(void **state)
{
	(void)state;
	play(answers_by_user, orders_for_all);
}

static void
orders_for_a_site(struct world *w)
{
	char text[200];

	world_submit(w, "later@x.a");
	world_submit(w, "later@x.a ok@y.b");
	world_submit(w, "later@y.b");
	world_sleep(TICKS_MINUTE);
	assert_int_equal(world_act(w, QUEUE_ACTION_FLUSH, "X.a", true, text), 2);
	assert_int_equal(world_act(w, QUEUE_ACTION_FLUSH, "x.a", true, text), 0); /* at it */
	world_sleep(TICKS_SECOND);
	assert_int_equal(world_attempts(w, "later@x.a", OUTCOME_DEFERRED), 4);
	assert_int_equal(world_attempts(w, "later@y.b", OUTCOME_DEFERRED), 1);
	assert_int_equal(world_act(w, QUEUE_ACTION_FLUSH, "z.a", true, text), 0);
}

static void
test_a_site_is_flushed_alone(void **state)
{
	(void)state;
	play(answers_by_user, orders_for_a_site);
}

static void
expire_orders(struct world *w)
{
	struct queue_id id = world_submit(w, "later@x.a");
	char text[200];

	world_sleep(2 * TICKS_SECOND);
	assert_int_equal(world_act(w, QUEUE_ACTION_EXPIRE, id.text, true, text), 1);
	assert_int_equal(world_act(w, QUEUE_ACTION_EXPIRE, id.text, true, text), 0);
	assert_int_equal(count_files("hold", ""), 0); /* not before its next attempt */
	world_crash(w);
	world_sleep(TICKS_DAY);
	assert_int_equal(w->attempt_count, 1);
	assert_int_equal(w->events[EVENT_FORCE_EXPIRED], 1);
	assert_int_equal(count_files("hold", ""), 1);
}

/* S16 */
static void
test_an_order_to_expire_outlives_a_crash(void **state)
{
	(void)state;
	play(answers_by_user, expire_orders);
}

/* In flight, in the journal, in a file, in hold: each leaves for the maildrop, once. */
static void
requeue_orders(struct world *w)
{
	struct queue_id held = world_submit(w, "later@x.a");
	char text[200];

	world_sleep(2 * TICKS_SECOND);
	assert_int_equal(world_act(w, QUEUE_ACTION_HOLD, held.text, true, text), 1);
	world_submit(w, "later@x.a ok@y.b");
	world_submit_file(w, "later@x.a", 100000);
	world_sleep(2 * TICKS_SECOND);
	w->agents[0].latency = TICKS_SECOND;
	world_submit(w, "later@x.a");
	world_sleep(TICKS_SECOND / 2);
	assert_int_equal(world_act(w, QUEUE_ACTION_REQUEUE, "ALL", true, text), 4);
	assert_int_equal(world_act(w, QUEUE_ACTION_DELETE, "ALL", true, text), 0);
	world_sleep(2 * TICKS_SECOND);
	assert_int_equal(count_files("maildrop", ""), 4);
	assert_int_equal(count_files("hold", "") + files_in_deferred(), 0);
	assert_int_equal(count_files("incoming", ""), 0);
	assert_null(world_find(w, &held));
	world_crash(w);
	world_sleep(TICKS_DAY);
	assert_int_equal(count_files("maildrop", ""), 4);
	assert_int_equal(world_attempts(w, "ok@y.b", OUTCOME_DELIVERED), 1);
}

/* What comes back for another transport is not delivered there any more. */
static void
requeue_passed(struct world *w)
{
	char text[200];

	w->agents[0].answer = pass_by_user;
	w->agents[0].latency = TICKS_SECOND;
	world_submit(w, "b@x.a");
	world_sleep(TICKS_SECOND / 2);
	assert_int_equal(world_act(w, QUEUE_ACTION_REQUEUE, "ALL", true, text), 1);
	world_sleep(2 * TICKS_SECOND);
	assert_int_equal(world_attempts(w, "b@x.a", OUTCOME_DELIVERED), 0);
	assert_int_equal(count_files("maildrop", ""), 1);
}

static void
test_requeued_mail_that_was_passed_on(void **state)
{
	(void)state;
	play(NULL, requeue_passed);
}

/* S14 */
static void
test_requeued_mail_leaves_for_the_maildrop(void **state)
{
	(void)state;
	play(answers_by_user, requeue_orders);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_delivers_at_once_and_forgets),
		cmocka_unit_test(test_filter),
		cmocka_unit_test(test_a_transport_passes_on),
		cmocka_unit_test(test_a_segment_goes_when_all_in_it_is_done),
		cmocka_unit_test(test_discard_error_and_retry_need_no_agent),
		cmocka_unit_test(test_a_big_message_travels_as_a_descriptor),
		cmocka_unit_test(test_backs_off_for_days_then_expires),
		cmocka_unit_test(test_a_lifetime_of_nothing_is_one_attempt),
		cmocka_unit_test(test_what_fails_for_good_is_kept_in_hold),
		cmocka_unit_test(test_a_route_that_cannot_be_found_out_is_temporary),
		cmocka_unit_test(test_a_big_mailing_keeps_nobody_waiting),
		cmocka_unit_test(test_concurrency_grows_to_its_limit_for_each_destination),
		cmocka_unit_test(test_a_recipient_limit_of_one_makes_each_recipient_a_destination),
		cmocka_unit_test(test_a_dead_destination_waits_alone),
		cmocka_unit_test(test_a_transport_without_agent_is_suspended_until_a_flush),
		cmocka_unit_test(test_a_transport_on_demand_delivers_what_is_flushed),
		cmocka_unit_test(test_an_agents_death_is_retried_at_once),
		cmocka_unit_test(test_a_message_that_kills_agents_is_deferred_the_second_time),
		cmocka_unit_test(test_no_second_agent_to_be_had_is_no_failure),
		cmocka_unit_test(test_an_agent_that_takes_no_more_is_left_for_another),
		cmocka_unit_test(test_a_partial_result_survives_a_crash_after_a_second),
		cmocka_unit_test(test_nothing_stays_in_the_journal_for_more_than_a_minute),
		cmocka_unit_test(test_a_restart_finds_everything),
		cmocka_unit_test(test_a_dead_workers_segment_is_read_again),
		cmocka_unit_test(test_hold_release_flush_and_delete),
		cmocka_unit_test(test_orders_about_what_is_in_flight),
		cmocka_unit_test(test_orders_for_all),
		cmocka_unit_test(test_a_site_is_flushed_alone),
		cmocka_unit_test(test_an_order_to_expire_outlives_a_crash),
		cmocka_unit_test(test_requeued_mail_leaves_for_the_maildrop),
		cmocka_unit_test(test_requeued_mail_that_was_passed_on),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
