/* SPDX-License-Identifier: BSD-2-Clause */
#include "tests/unit/test.h"

#include "lib/base/ticks.h"
#include "services/anvil/counters.h"

#define UNIT TICKS_MINUTE
#define WALL ((int64_t)1000)

#define OWNERS 3

/* One report, and the sums that it must be answered with. */
struct row {
	const char *name;
	int64_t after; /* seconds since the row before */
	unsigned owner;
	const char *client;
	uint32_t open, came; /* of each event: connections once, messages twice, … */
	uint32_t total_open, total_came;
	bool dies; /* the owner ends before */
};

static const struct row rows[] = {
	{ .name = "a first session",
	    .client = "a",
	    .open = 1,
	    .came = 1,
	    .total_open = 1,
	    .total_came = 1 },
	{ .name = "another process",
	    .owner = 1,
	    .client = "a",
	    .open = 2,
	    .came = 2,
	    .total_open = 3,
	    .total_came = 3 },
	{ .name = "another client",
	    .client = "b",
	    .open = 1,
	    .came = 1,
	    .total_open = 1,
	    .total_came = 1 },
	{ .name = "open is told as it stands, not as a difference",
	    .client = "a",
	    .open = 5,
	    .total_open = 7,
	    .total_came = 3 },
	{ .name = "less open", .client = "a", .open = 1, .total_open = 3, .total_came = 3 },
	{ .name = "none open here", .owner = 1, .client = "a", .total_open = 1, .total_came = 3 },
	{ .name = "within the window",
	    .after = 59,
	    .client = "a",
	    .open = 1,
	    .came = 1,
	    .total_open = 1,
	    .total_came = 4 },
	{ .name = "the window is over",
	    .after = 1,
	    .client = "a",
	    .open = 1,
	    .came = 2,
	    .total_open = 1,
	    .total_came = 2 },
	{ .name = "a third process",
	    .owner = 2,
	    .client = "a",
	    .open = 4,
	    .came = 1,
	    .total_open = 5,
	    .total_came = 3 },
	{ .name = "the third dies: its sessions are over, its events are not",
	    .owner = 2,
	    .dies = true,
	    .client = "a",
	    .total_open = 1,
	    .total_came = 3 },
	{ .name = "it holds nothing any more",
	    .owner = 2,
	    .dies = true,
	    .client = "a",
	    .total_open = 1,
	    .total_came = 3 },
	{ .name = "more than can be",
	    .owner = 1,
	    .client = "a",
	    .open = UINT32_MAX,
	    .total_open = 1,
	    .total_came = 3 },
};

static struct message_client_total
report(struct counters *c, struct counter_owner *o, const char *client, uint32_t open,
    uint32_t came, int64_t now)
{
	const struct message_client_activity a = {
		.client = str_of(client),
		.open = open,
		.peak = open,
		.connections = came,
		.messages = 2 * came,
		.recipients = 3 * came,
		.tls_sessions = 4 * came,
		.auths = 5 * came,
	};
	struct message_client_total total;

	counters_report(c, o, STR("smtp"), &a, now, WALL, &total);
	return total;
}

static void
expect(const char *name, struct message_client_total t, uint32_t open, uint32_t came)
{
	if (t.open != open || t.connections != came || t.messages != 2 * came ||
	    t.recipients != 3 * came || t.tls_sessions != 4 * came || t.auths != 5 * came)
		fail_msg("%s: open %u, events %u %u %u %u %u", name, t.open, t.connections,
		    t.messages, t.recipients, t.tls_sessions, t.auths);
}

static void
test_sums(void **state)
{
	struct counter_owner owners[OWNERS];
	struct counters c;
	int64_t now = 0;

	(void)state;
	counters_init(&c, UNIT, 100);
	for (size_t i = 0; i < OWNERS; i++)
		counter_owner_init(&owners[i]);
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		const struct row *r = &rows[i];

		now += r->after * TICKS_SECOND;
		if (r->dies)
			counters_forget_owner(&c, &owners[r->owner], now);
		expect(r->name, report(&c, &owners[r->owner], r->client, r->open, r->came, now),
		    r->total_open, r->total_came);
	}
	for (size_t i = 0; i < OWNERS; i++)
		counters_forget_owner(&c, &owners[i], now);
	counters_drop(&c);
}

static void
test_services_are_apart(void **state)
{
	const struct message_client_activity a = { .client = STR("a"), .open = 1 };
	struct message_client_total total;
	struct counter_owner o;
	struct counters c;

	(void)state;
	counters_init(&c, UNIT, 100);
	counter_owner_init(&o);
	counters_report(&c, &o, STR("smtp"), &a, 0, WALL, &total);
	counters_report(&c, &o, STR("submission"), &a, 0, WALL, &total);
	assert_int_equal(total.open, 1);
	assert_int_equal(c.clients.count, 2);
	counters_forget_owner(&c, &o, 0);
	counters_drop(&c);
}

/* Clients that do nothing any more cost nothing any more. */
static void
test_forgotten(void **state)
{
	struct counter_owner o;
	struct counters c;
	char name[20];

	(void)state;
	counters_init(&c, UNIT, 1000);
	counter_owner_init(&o);
	for (int i = 0; i < 100; i++) {
		snprintf(name, sizeof(name), "client %d", i);
		report(&c, &o, name, 0, 1, 0);
	}
	assert_int_equal(c.clients.count, 100);
	for (int i = 0; i < 60; i++)
		report(&c, &o, "other", 1, 1, UNIT);
	assert_int_equal(c.clients.count, 1);
	assert_int_equal(c.size.value, 100);
	counters_forget_owner(&c, &o, UNIT);
	counters_drop(&c);
}

/* Beyond the room: who was idle longest goes; who has a session stays. */
static void
test_room(void **state)
{
	struct counter_owner o;
	struct counters c;

	(void)state;
	counters_init(&c, UNIT, 3);
	counter_owner_init(&o);
	report(&c, &o, "busy", 1, 1, 0);
	report(&c, &o, "first", 0, 1, 0);
	report(&c, &o, "second", 0, 1, 0);
	report(&c, &o, "first", 0, 1, 0);
	report(&c, &o, "third", 0, 1, 0); /* in place of the second */
	assert_int_equal(c.clients.count, 3);
	expect("first", report(&c, &o, "first", 0, 1, 0), 0, 3);
	expect("busy", report(&c, &o, "busy", 1, 1, 0), 1, 2);
	expect("second", report(&c, &o, "second", 0, 1, 0), 0, 1);
	report(&c, &o, "second", 1, 0, 0);
	report(&c, &o, "first", 1, 0, 0);
	expect("no room", report(&c, &o, "new", 7, 2, 0), 7, 2);
	assert_int_equal(c.clients.count, 3);
	counters_forget_owner(&c, &o, 0);
	counters_drop(&c);
}

static void
test_peaks(void **state)
{
	const struct message_client_activity burst = {
		.client = STR("b"), .open = 1, .peak = 9, .auths = 2
	};
	struct message_client_total total;
	struct counter_owner o;
	struct counters c;

	(void)state;
	counters_init(&c, UNIT, 100);
	counter_owner_init(&o);
	report(&c, &o, "a", 2, 3, 0);
	counters_report(&c, &o, STR("smtps"), &burst, 0, WALL + 1, &total);
	assert_int_equal(c.open.value, 9);
	assert_string_equal(c.open.service, "smtps");
	assert_string_equal(c.open.client, "b");
	assert_int_equal(c.open.wall, WALL + 1);
	assert_int_equal(c.rates[COUNTER_MESSAGES].value, 6);
	assert_string_equal(c.rates[COUNTER_MESSAGES].client, "a");
	assert_int_equal(c.rates[COUNTER_AUTHS].value, 15);
	assert_int_equal(c.size.value, 2);
	counters_reset_peaks(&c);
	report(&c, &o, "a", 1, 0, UNIT);
	assert_int_equal(c.open.value, 1);
	assert_int_equal(c.rates[COUNTER_MESSAGES].value, 0);
	counters_forget_owner(&c, &o, 0);
	counters_drop(&c);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_sums),
		cmocka_unit_test(test_services_are_apart),
		cmocka_unit_test(test_forgotten),
		cmocka_unit_test(test_room),
		cmocka_unit_test(test_peaks),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
