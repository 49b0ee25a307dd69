/* SPDX-License-Identifier: BSD-2-Clause */
/* Many requests at once over one channel, and what becomes of them when the peer does not play. */
#include <stdio.h>

#include "tests/unit/run/in_loop.h"

#include "lib/base/mem.h"
#include "lib/ipc/caller.h"

#define LONG_WAIT run_deadline(10 * TICKS_SECOND)
#define CAPACITY  4

static const struct channel_options us = { .protocol = "submit", .program = "us", .capacity = 1 };
static const struct channel_options peer = {
	.protocol = "submit",
	.program = "peer",
	.capacity = CAPACITY,
};

struct pair {
	struct caller caller;
	struct channel peer;
	void (*ask)(struct caller *r);
	void (*serve)(struct channel *c);
};

static void
run_peer(void *arg)
{
	struct pair *p = arg;
	struct why why;

	assert_int_equal(channel_open_stream(&p->peer, &peer, LONG_WAIT, &why), 0);
	p->serve(&p->peer);
	channel_close(&p->peer);
}

static void
pair_main(void *arg)
{
	struct pair *p = arg;
	struct group g;
	struct why why = WHY_INIT;

	stream_open_pair(&p->caller.channel.stream, &p->peer.stream, 1000);
	group_init(&g);
	assert_int_equal(task_start(&g, "peer", run_peer, p), 0);
	assert_int_equal(caller_open_stream(&p->caller, &us, LONG_WAIT, &why), 0);
	p->ask(&p->caller);
	caller_close(&p->caller);
	assert_false(caller_is_open(&p->caller));
	assert_int_equal(group_wait(&g, TICKS_NEVER), 0);
}

static void
play(void (*ask)(struct caller *r), void (*serve)(struct channel *c))
{
	for (uint64_t seed = 0; seed < 10; seed++) {
		struct pair p = { .ask = ask, .serve = serve };

		in_sim(seed, pair_main, &p);
	}
}

static void
reply(struct channel *c, uint32_t request, struct str text)
{
	struct message_verdict v = { .code = 250, .text = text };

	assert_int_equal(channel_send_verdict(c, request, &v, LONG_WAIT), 0);
}

static void
serve_until_end(struct channel *c)
{
	struct frame f;

	while (channel_receive(c, &f, LONG_WAIT) == 0) {
		struct message_failed m;

		assert_int_equal(message_decode_failed(&f, NULL, &m), 0);
		reply(c, f.request, m.text);
	}
}

static void
verdict_is(const struct frame *f, const char *text)
{
	struct message_verdict v;

	assert_int_equal(message_decode_verdict(f, NULL, &v), 0);
	assert_str_is(v.text, text);
}

/* --- Answers find their questions ------------------------------------------------------------ */

static void
ask_once(void *arg)
{
	struct message_failed m;
	struct frame answer;
	struct call k;
	char text[20];

	for (int i = 0; i < 5; i++) {
		snprintf(text, sizeof(text), "%p %d", (void *)&m, i);
		m = (struct message_failed){ .text = str_of(text) };
		assert_int_equal(
		    caller_call(arg, &k, MESSAGE_NUMBER_failed, &m, &answer, LONG_WAIT), 0);
		verdict_is(&answer, text);
		call_close(&k);
		call_close(&k);
	}
}

static void
ask_from_many_tasks(struct caller *r)
{
	struct group g;

	group_init(&g);
	for (int i = 0; i < 3 * CAPACITY; i++)
		assert_int_equal(task_start(&g, "asker", ask_once, r), 0);
	assert_int_equal(group_wait(&g, TICKS_NEVER), 0);
	assert_int_equal(r->in_flight, 0);
}

/* Collects as many as it said it takes, and answers the last first. */
static void
serve_backwards(struct channel *c)
{
	uint32_t requests[CAPACITY];
	char texts[CAPACITY][30];
	struct frame f;
	int have = 0, n = 0;

	while (n != ERR_EOF) {
		struct message_failed m;

		n = channel_receive(c, &f, run_deadline(TICKS_MS));
		if (n == 0) {
			assert_true(have < CAPACITY);
			assert_int_equal(message_decode_failed(&f, NULL, &m), 0);
			requests[have] = f.request;
			snprintf(texts[have++], sizeof(texts[0]), "%.*s", STR_ARG(m.text));
			continue;
		}
		while (have > 0) {
			have--;
			reply(c, requests[have], str_of(texts[have]));
		}
	}
}

static void
test_answers_find_their_questions_in_any_order(void **state)
{
	(void)state;
	play(ask_from_many_tasks, serve_until_end);
	play(ask_from_many_tasks, serve_backwards);
}

/* --- The peer dies --------------------------------------------------------------------------- */

static void
ask_in_vain(void *arg)
{
	struct message_failed m = { .text = STR("anybody?") };
	struct frame answer;
	struct call k;

	assert_int_equal(
	    caller_call(arg, &k, MESSAGE_NUMBER_failed, &m, &answer, LONG_WAIT), ERR_EOF);
	call_close(&k);
}

static void
ask_the_dying(struct caller *r)
{
	struct group g;
	struct call k;

	group_init(&g);
	for (int i = 0; i < 3 * CAPACITY; i++)
		assert_int_equal(task_start(&g, "asker", ask_in_vain, r), 0);
	assert_int_equal(task_sleep(run_deadline(TICKS_SECOND)), 0);
	assert_false(caller_is_open(r));
	assert_int_equal(caller_idle(r, LONG_WAIT), 0);
	assert_int_equal(g.count, 0);
	assert_int_equal(call_open(&k, r, LONG_WAIT), ERR_EOF);
	call_close(&k);
}

static void
die_after_two(struct channel *c)
{
	struct frame f;

	assert_int_equal(channel_receive(c, &f, LONG_WAIT), 0);
	assert_int_equal(channel_receive(c, &f, LONG_WAIT), 0);
}

static void
test_a_peer_that_dies_answers_all_in_flight(void **state)
{
	(void)state;
	play(ask_the_dying, die_after_two);
}

/* --- Late answers ---------------------------------------------------------------------------- */

static void
give_up_then_ask(struct caller *r)
{
	struct message_failed m = { .text = STR("slow") };
	struct frame answer;
	struct call k;

	for (int i = 0; i < 2 * CAPACITY; i++) {
		assert_int_equal(caller_call(r, &k, MESSAGE_NUMBER_failed, &m, &answer,
		                     run_deadline(TICKS_SECOND)),
		    ERR_TIMEOUT);
		assert_false(call_has_answer(&k));
		call_close(&k);
	}
	m.text = STR("fast");
	assert_int_equal(caller_call(r, &k, MESSAGE_NUMBER_failed, &m, &answer, LONG_WAIT), 0);
	verdict_is(&answer, "fast");
	assert_true(call_has_answer(&k));
	assert_int_equal(call_wait(&k, &answer, LONG_WAIT), 0);
	verdict_is(&answer, "fast");
	call_close(&k);
}

static void
serve_slowly(struct channel *c)
{
	uint32_t late[2 * CAPACITY];
	struct frame f;
	int count = 0;

	while (channel_receive(c, &f, LONG_WAIT) == 0) {
		struct message_failed m;

		assert_int_equal(message_decode_failed(&f, NULL, &m), 0);
		if (str_equal(m.text, STR("slow"))) {
			late[count++] = f.request;
			continue;
		}
		while (count > 0)
			reply(c, late[--count], STR("late"));
		reply(c, 0xffffffffu, STR("to nobody"));
		reply(c, f.request, STR("fast"));
		reply(c, f.request, STR("twice"));
	}
}

static void
test_late_answers_reach_nobody(void **state)
{
	(void)state;
	play(give_up_then_ask, serve_slowly);
}

/* --- A peer that takes nothing --------------------------------------------------------------- */

static void
greet_with_no_capacity(void *arg)
{
	static const struct channel_options none = { .protocol = "submit", .program = "busy" };
	struct channel *c = arg;
	struct frame f;
	struct why why;

	assert_int_equal(channel_open_stream(c, &none, LONG_WAIT, &why), 0);
	assert_int_equal(channel_receive(c, &f, LONG_WAIT), ERR_EOF);
	channel_close(c);
}

static void
refusing_main(void *arg)
{
	struct caller r;
	struct channel c;
	struct why why = WHY_INIT;
	struct group g;

	(void)arg;
	group_init(&g);
	stream_open_pair(&r.channel.stream, &c.stream, 1000);
	assert_int_equal(task_start(&g, "peer", greet_with_no_capacity, &c), 0);
	assert_int_equal(caller_open_stream(&r, &us, LONG_WAIT, &why), ERR_PROTOCOL);
	assert_string_equal(why.text, "busy takes no requests");
	assert_false(caller_is_open(&r));
	assert_int_equal(group_wait(&g, TICKS_NEVER), 0);
	stream_open_pair(&r.channel.stream, &c.stream, 1000);
	stream_close(&c.stream);
	assert_true(caller_open_stream(&r, &us, LONG_WAIT, &why) < 0);
	assert_false(caller_is_open(&r));
}

static void
test_a_peer_that_takes_no_requests_or_is_gone(void **state)
{
	(void)state;
	in_sim(0, refusing_main, NULL);
}

/* --- A peer that asks to be left ------------------------------------------------------------- */

/* Answers a request, says that it leaves, answers another one, and waits for the end. */
PARKS static void
serve_and_leave(struct channel *c)
{
	struct message_verdict v = { .code = 250 };
	struct frame f;

	assert_int_equal(channel_receive(c, &f, LONG_WAIT), 0);
	assert_int_equal(channel_send_leaving(c, 0, &(struct message_leaving){ 0 }, LONG_WAIT), 0);
	assert_int_equal(channel_send_verdict(c, f.request, &v, LONG_WAIT), 0);
	assert_int_equal(channel_receive(c, &f, LONG_WAIT), ERR_EOF);
}

PARKS static void
ask_until_left(struct caller *r)
{
	struct frame answer;
	struct call k;

	assert_int_equal(caller_leave_when_asked(r), 0);
	assert_int_equal(caller_call(r, &k, MESSAGE_NUMBER_content_end,
	                     &(struct message_content_end){ 0 }, &answer, LONG_WAIT),
	    0);
	assert_int_equal(answer.number, MESSAGE_NUMBER_verdict);
	assert_false(caller_is_open(r));
	assert_int_equal(task_sleep(run_deadline(TICKS_SECOND)), 0);
	assert_int_equal(r->failed, 0); /* not before its call is closed */
	call_close(&k);
	assert_int_equal(task_sleep(run_deadline(TICKS_SECOND)), 0);
	assert_int_equal(r->failed, ERR_EOF);
}

static void
test_a_peer_that_leaves_is_left_when_idle(void **state)
{
	(void)state;
	play(ask_until_left, serve_and_leave);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_peer_that_leaves_is_left_when_idle),
		cmocka_unit_test(test_answers_find_their_questions_in_any_order),
		cmocka_unit_test(test_a_peer_that_dies_answers_all_in_flight),
		cmocka_unit_test(test_late_answers_reach_nobody),
		cmocka_unit_test(test_a_peer_that_takes_no_requests_or_is_gone),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
