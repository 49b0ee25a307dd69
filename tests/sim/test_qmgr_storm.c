/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Everything at once, with random seeds: agents that defer, take their time, die, refuse; orders of
 * an administrator; crashes of the queue manager and of cleanup; a disk that fails. At the end every
 * message that was committed has been delivered to each of its recipients, and, as long as nobody but
 * agents died, once. POSTROAD_SEEDS=500 for a long run.
 */
#include "tests/sim/qmgr_world.h"

#include "lib/base/num.h"

#define MESSAGES   60
#define RECIPIENTS 4

struct storm {
	bool crashes;
	bool bad_disk;
};

static struct storm storm;

static const char *const sites[] = { "x.a", "y.a", "z.b", "x.b" };

/* Each recipient has an address of its own, so that its attempts can be counted. */
static void
random_recipients(struct world *w, unsigned message, char *out, size_t size, unsigned *count)
{
	size_t used = 0;

	*count = 1 + (unsigned)(world_random(w) % RECIPIENTS);
	for (unsigned i = 0; i < *count; i++)
		used += (size_t)snprintf(out + used, size - used, "m%ur%u@%s ", message, i,
		    sites[world_random(w) % ARRAY_LEN(sites)]);
}

static void
random_answer(struct world *w, struct str address, struct message_outcome *out)
{
	uint64_t dice = world_random(w) % 100;

	(void)address;
	if (dice < 25) {
		out->status = OUTCOME_DEFERRED;
		out->dsn = STR("4.2.1");
		out->text = STR("mailbox full");
	} else if (dice < 35) {
		out->status = OUTCOME_DEFERRED;
		out->dsn = STR("4.4.1");
		out->text = STR("connection refused");
	}
}

PARKS static void
random_order(struct world *w)
{
	static const enum queue_action actions[] = { QUEUE_ACTION_HOLD, QUEUE_ACTION_RELEASE,
		QUEUE_ACTION_FLUSH };
	char text[200];

	world_act(w, actions[world_random(w) % ARRAY_LEN(actions)], "ALL", true, text);
}

PARKS static void
random_blow(struct world *w)
{
	switch (world_random(w) % 12) {
	case 0:
		random_order(w);
		break;
	case 1:
		if (storm.crashes)
			world_crash(w);
		break;
	case 2:
		if (storm.crashes)
			world_restart_writer(w);
		break;
	case 3:
		w->agents[0].dies_at = (unsigned)(world_random(w) % 8);
		w->agents[0].unreachable = world_random(w) % 4 == 0;
		break;
	case 4:
		w->agents[1].refuses_at = (unsigned)(world_random(w) % 8);
		w->agents[1].latency = (int64_t)(world_random(w) % 100) * TICKS_SECOND;
		break;
	default:
		world_sleep((int64_t)(world_random(w) % 5000) * TICKS_MS);
		break;
	}
}

static void
fair_weather(struct world *w)
{
	char text[200];

	for (size_t i = 0; i < 2; i++) {
		w->agents[i].dies_at = w->agents[i].refuses_at = 0;
		w->agents[i].unreachable = false;
		w->agents[i].answer = NULL;
		w->agents[i].latency = 0;
	}
#ifdef ENABLE_FAULTS
	fault_rules(NULL);
#endif
	world_act(w, QUEUE_ACTION_RELEASE, "ALL", true, text);
	world_settle(w, 2 * TICKS_DAY);
}

static void
check_all(struct world *w, const unsigned *counts)
{
	for (unsigned m = 0; m < MESSAGES; m++) {
		for (unsigned r = 0; r < counts[m]; r++) {
			size_t delivered = 0;

			for (size_t s = 0; s < ARRAY_LEN(sites); s++) {
				char address[64];

				snprintf(address, sizeof(address), "m%ur%u@%s", m, r, sites[s]);
				delivered += world_attempts(w, address, OUTCOME_DELIVERED);
			}
			if (delivered == 0)
				fail_msg("message %u, recipient %u: lost", m, r);
			if (delivered > 1 && !storm.crashes)
				fail_msg("message %u, recipient %u: delivered %zu times", m, r,
				    delivered);
		}
	}
	assert_int_equal(w->qmgr->queue.by_id.count, 0);
}

static void
weather(struct world *w)
{
	unsigned counts[MESSAGES];
	char recipients[400];
	struct queue_id id;

	w->agents[0].answer = w->agents[1].answer = random_answer;
	w->disk_fails = storm.bad_disk;
#ifdef ENABLE_FAULTS
	if (storm.bad_disk)
		fault_rules("fail:sync:EIO:20-40 fail:rename:ENOSPC:5-15 fail:open:EMFILE:100-130 "
		            "fail:write:ENOSPC:60-90 fail:unlink:EIO:3-9");
#endif
	for (unsigned m = 0; m < MESSAGES; m++) {
		random_recipients(w, m, recipients, sizeof(recipients), &counts[m]);
		if (world_try_submit(w, recipients, &id) < 0)
			counts[m] = 0;
		random_blow(w);
	}
	fair_weather(w);
	check_all(w, counts);
}

static void
seeds(uint64_t from, uint64_t count)
{
	const char *wanted = getenv("POSTROAD_SEEDS");

	if (wanted != NULL)
		assert_int_equal(num_parse(str_of(wanted), 100000, &count), 0);
	for (uint64_t seed = from; seed < from + count; seed++) {
		struct world *w = world_new();

		assert_int_equal(spool_setup(NULL), 0);
		if (getenv("SHOW") != NULL)
			fprintf(stderr, "seed %u\n", (unsigned)seed);
		world_run(seed, w, weather);
		world_free(w);
		assert_int_equal(spool_teardown(NULL), 0);
	}
}

static void
test_agents_and_orders(void **state)
{
	(void)state;
	storm = (struct storm){ .crashes = false };
	seeds(1, 15);
}

static void
test_crashes(void **state)
{
	(void)state;
	storm = (struct storm){ .crashes = true };
	seeds(100001, 15);
}

static void
test_a_disk_that_fails(void **state)
{
	(void)state;
#ifndef ENABLE_FAULTS
	skip();
#endif
	storm = (struct storm){ .crashes = false, .bad_disk = true };
	seeds(200001, 10);
}

static void
test_crashes_and_a_disk_that_fails(void **state)
{
	(void)state;
#ifndef ENABLE_FAULTS
	skip();
#endif
	storm = (struct storm){ .crashes = true, .bad_disk = true };
	seeds(300001, 10);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_agents_and_orders),
		cmocka_unit_test(test_crashes),
		cmocka_unit_test(test_a_disk_that_fails),
		cmocka_unit_test(test_crashes_and_a_disk_that_fails),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
