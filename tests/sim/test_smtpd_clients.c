/* SPDX-License-Identifier: BSD-2-Clause */
/* Limits per client: two processes' ledgers and a real anvil on the simulated loop. */
#include "tests/sim/smtpd_scene.h"

#include <stdio.h>

#include "lib/base/mem.h"
#include "smtpd/client_count.h"

#define TOO_MANY "421 4.7.0 mx.example.com Error: too many connections from 198.51.100.7"
#define WARNING(what, count)                                                                  \
	"warning: " what " limit exceeded: " count " from unknown[198.51.100.7] for service " \
	"smtp\n"
#define SESSIONS_MAX 8

/* --- Sessions at once ------------------------------------------------------------------------ */

struct guest {
	struct smtpd *smtpd;
	struct smtpd_peer peer;
	struct stream client, server;
};

static void
run_guest(void *arg)
{
	struct guest *g = arg;

	smtpd_session(g->smtpd, &g->server, &g->peer);
	stream_close(&g->server);
}

/* Connects from `address`; the code of the first reply. */
static int
come(struct scene *sc, struct guest *g, struct smtpd *d, const char *address)
{
	struct str line;

	*g = (struct guest){ .smtpd = d, .peer = { .name = "unknown" } };
	snprintf(g->peer.address, sizeof(g->peer.address), "%s", address);
	stream_open_pair(&g->client, &g->server, 4096);
	assert_int_equal(task_start(&sc->tasks, "guest", run_guest, g), 0);
	assert_int_equal(stream_read_line(&g->client, 1000, &line, TICKS_NEVER), 0);
	return line.p[0] == '2' ? 220 : 421;
}

static void
go(struct guest *g)
{
	stream_close(&g->client);
	while (g->server.ops != NULL)
		assert_int_equal(task_sleep(run_deadline(TICKS_MS)), 0);
}

static void
pause_for(int64_t duration)
{
	assert_int_equal(task_sleep(run_deadline(duration)), 0);
}

/* --- Cases ----------------------------------------------------------------------------------- */

static void
act_count(struct scene *sc)
{
	struct guest guests[SESSIONS_MAX];
	struct guest other;
	int64_t began = run_now();

	for (int i = 0; i < 3; i++)
		assert_int_equal(come(sc, &guests[i], &sc->smtpd, "198.51.100.7"), 220);
	assert_int_equal(come(sc, &guests[3], &sc->smtpd, "198.51.100.7"), 421);
	assert_true(run_now() - began < 10 * TICKS_MS);
	assert_non_null(strstr(buf_text(&sc->log), WARNING("Connection concurrency", "4")));
	assert_int_equal(come(sc, &other, &sc->smtpd, "198.51.100.8"), 220);
	go(&guests[3]);
	go(&guests[0]);
	assert_int_equal(come(sc, &guests[0], &sc->smtpd, "198.51.100.7"), 220);
	for (int i = 0; i < 3; i++)
		go(&guests[i]);
	go(&other);
}

static void
test_count(void **state)
{
	(void)state;
	scene_run("smtpd_client_connection_count_limit = 3\n", 0, act_count, NULL);
}

/* A second process with the same anvil: together they let in no more than one each beyond. */
static void
act_two(struct scene *sc)
{
	struct guest guests[SESSIONS_MAX];
	struct smtpd second;
	struct why why;
	int in = 0;

	assert_int_equal(smtpd_init(&second, sc->smtpd.config, &why), 0);
	mem_free(second.limits.ledger.context);
	second.limits.ledger.open = sc->smtpd.limits.ledger.open;
	second.limits.ledger.context = sc;
	for (int i = 0; i < SESSIONS_MAX; i++)
		in +=
		    come(sc, &guests[i], i % 2 == 0 ? &sc->smtpd : &second, "198.51.100.7") == 220;
	assert_in_range(in, 4, 4 + 2);
	for (int i = 0; i < SESSIONS_MAX; i++)
		go(&guests[i]);
	pause_for(2 * TICKS_SECOND); /* both have heard of the other by now */
	for (int i = 0; i < 4; i++)
		assert_int_equal(come(sc, &guests[i], &second, "198.51.100.7"), 220);
	pause_for(2 * TICKS_SECOND);
	assert_int_equal(come(sc, &guests[4], &sc->smtpd, "198.51.100.7"), 220); /* one, unheard */
	assert_int_equal(come(sc, &guests[5], &sc->smtpd, "198.51.100.7"), 421);
	for (int i = 0; i < 6; i++)
		go(&guests[i]);
	smtpd_drop(&second);
}

static void
test_two(void **state)
{
	(void)state;
	scene_run("smtpd_client_connection_count_limit = 4\n", 0, act_two, NULL);
}

/* Addresses of one block are one client. */
static void
act_blocks(struct scene *sc)
{
	struct guest a, b, c;

	assert_int_equal(come(sc, &a, &sc->smtpd, "2001:db8:0:1::1"), 220);
	assert_int_equal(come(sc, &b, &sc->smtpd, "2001:db8:0:1:0fff::2"), 421);
	assert_int_equal(come(sc, &c, &sc->smtpd, "2001:db8:0:1:1000::2"), 220);
	go(&b);
	go(&c);
	assert_int_equal(come(sc, &b, &sc->smtpd, "198.51.100.1"), 220);
	assert_int_equal(come(sc, &c, &sc->smtpd, "198.51.100.2"), 220);
	go(&a);
	go(&b);
	go(&c);
}

static void
test_blocks(void **state)
{
	(void)state;
	scene_run("smtpd_client_connection_count_limit = 1\nsmtpd_client_ipv6_prefix_length = 68\n",
	    0, act_blocks, NULL);
}

/* Exempt clients, and those without limits, are not counted at all. */
static void
act_exempt(struct scene *sc)
{
	struct guest guests[SESSIONS_MAX];

	for (int i = 0; i < SESSIONS_MAX; i++)
		assert_int_equal(come(sc, &guests[i], &sc->smtpd, "192.0.2.9"), 220);
	pause_for(2 * TICKS_SECOND);
	assert_null(sc->anvil_channel);
	for (int i = 0; i < SESSIONS_MAX; i++)
		go(&guests[i]);
}

static void
act_no_limits(struct scene *sc)
{
	struct guest g;

	assert_int_equal(come(sc, &g, &sc->smtpd, "198.51.100.7"), 220);
	pause_for(2 * TICKS_SECOND);
	assert_null(sc->anvil_channel);
	go(&g);
}

static void
test_not_counted(void **state)
{
	(void)state;
	scene_run("smtpd_client_connection_count_limit = 1\n", 0, act_exempt, NULL);
	scene_run("smtpd_client_connection_count_limit = 0\n", 0, act_no_limits, NULL);
}

static void
act_connection_rate(struct scene *sc)
{
	struct guest g;

	for (int i = 0; i < 3; i++) {
		assert_int_equal(come(sc, &g, &sc->smtpd, "198.51.100.7"), i < 2 ? 220 : 421);
		go(&g);
	}
	assert_non_null(strstr(buf_text(&sc->log), WARNING("Connection rate", "3")));
	pause_for(TICKS_MINUTE);
	assert_int_equal(come(sc, &g, &sc->smtpd, "198.51.100.7"), 220);
	go(&g);
}

static void
test_connection_rate(void **state)
{
	(void)state;
	scene_run("smtpd_client_connection_rate_limit = 2\n", 0, act_connection_rate, NULL);
}

/* Messages count from MAIL on, also those that come to nothing. */
static void
act_message_rate(struct scene *sc)
{
	scene_connect(sc);
	scene_play(sc, "S> 220\nC: EHLO a\nS> 250-\nS> 250-\nS> 250-\nS> 250-\nS> 250-\n");
	while (!str_starts(scene_hear(sc), STR("250 ")))
		;
	scene_play(sc, "C: MAIL FROM:<a@x.y>\nS> 250\nC: RSET\nS> 250\n"
	               "C: MAIL FROM:<a@x.y>\nS> 250\nC: RCPT TO:<a@example.com>\nS> 250\n"
	               "C: DATA\nS> 354\nC: half a message\nclose\n");
	scene_leave(sc);
	scene_connect(sc);
	scene_play(sc, "S> 220\nC: HELO a\nS> 250\nC: MAIL FROM:<a@x.y>\n"
	               "S: 450 4.7.1 Error: too much mail from 198.51.100.7\n"
	               "C: RCPT TO:<a@example.com>\nS> 503\nwait 60s\n"
	               "C: MAIL FROM:<a@x.y>\nS> 250\nC: QUIT\nS> 221\n");
	scene_leave(sc);
	assert_non_null(strstr(buf_text(&sc->log), WARNING("Message delivery request rate", "3")));
}

static void
test_message_rate(void **state)
{
	(void)state;
	scene_run("smtpd_client_message_rate_limit = 2\n", 0, act_message_rate, NULL);
}

static void
act_recipient_rate(struct scene *sc)
{
	scene_connect(sc);
	scene_play(sc, "S> 220\nC: HELO a\nS> 250\nC: MAIL FROM:<a@x.y>\nS> 250\n"
	               "C: RCPT TO:<a@example.com>\nS> 250\nC: VRFY b@example.com\nS> 252\n"
	               "C: RCPT TO:<b@example.com>\n"
	               "S: 450 4.7.1 Error: too many recipients from 198.51.100.7\n"
	               "C: VRFY b@example.com\nS> 450 4.7.1\nC: QUIT\nS> 221\n");
	scene_leave(sc);
	assert_non_null(strstr(buf_text(&sc->log), WARNING("Recipient address rate", "3")));
}

static void
test_recipient_rate(void **state)
{
	(void)state;
	scene_run("smtpd_client_recipient_rate_limit = 2\n", 0, act_recipient_rate, NULL);
}

/* --- Outages --------------------------------------------------------------------------------- */

static unsigned
warnings(const struct scene *sc)
{
	const char *at = buf_text(&sc->log);
	unsigned n = 0;

	for (; (at = strstr(at, "warning: no answer from the anvil service")) != NULL; at++)
		n++;
	return n;
}

/* Without anvil a process counts alone; rates, which it cannot know, do not limit. */
static void
act_down(struct scene *sc)
{
	struct guest guests[SESSIONS_MAX];

	sc->anvil_is_down = true;
	for (int i = 0; i < 3; i++)
		assert_int_equal(
		    come(sc, &guests[i], &sc->smtpd, "198.51.100.7"), i < 2 ? 220 : 421);
	pause_for(30 * TICKS_SECOND);
	assert_int_equal(warnings(sc), 1);
	sc->anvil_is_down = false;
	pause_for(10 * TICKS_SECOND);
	assert_non_null(sc->anvil_channel);
	assert_int_equal(sc->anvil.counters.open.value, 3); /* with the one turned away */
	for (int i = 0; i < 3; i++)
		go(&guests[i]);
}

static void
test_down(void **state)
{
	(void)state;
	scene_run(
	    "smtpd_client_connection_count_limit = 2\nsmtpd_client_connection_rate_limit = 1\n", 0,
	    act_down, NULL);
}

/* anvil dies and comes back: it is told what is open. */
static void
act_restart(struct scene *sc)
{
	struct guest guests[SESSIONS_MAX];

	for (int i = 0; i < 3; i++)
		assert_int_equal(come(sc, &guests[i], &sc->smtpd, "198.51.100.7"), 220);
	for (int i = 0; i < 2; i++) {
		group_cancel(&sc->anvil_tasks);
		assert_int_equal(group_wait(&sc->anvil_tasks, TICKS_NEVER), 0);
		group_init(&sc->anvil_tasks);
		counters_reset_peaks(&sc->anvil.counters);
		pause_for(TICKS_SECOND);
		assert_int_equal(warnings(sc), 0);
		assert_int_equal(sc->anvil.counters.open.value, 3);
	}
	for (int i = 0; i < 3; i++)
		go(&guests[i]);
	pause_for(2 * TICKS_SECOND);
	counters_reset_peaks(&sc->anvil.counters);
	assert_int_equal(come(sc, &guests[0], &sc->smtpd, "198.51.100.7"), 220);
	pause_for(2 * TICKS_SECOND);
	assert_int_equal(sc->anvil.counters.open.value, 1);
	go(&guests[0]);
}

static void
test_restart(void **state)
{
	(void)state;
	for (uint64_t seed = 0; seed < 3; seed++)
		scene_run("", seed, act_restart, NULL);
}

/* Events are counted up and wrap: only how far they are apart matters. */
static void
test_wrap(void **state)
{
	static const struct {
		uint32_t answered, event, rate;
	} rows[] = {
		{ 5, 5, 100 }, { 5, 3, 98 }, { 5, 6, 0 }, /* not answered */
		{ 1, UINT32_MAX, 98 }, { 0, 0, 100 }, { UINT32_MAX, 0, 0 }, { UINT32_MAX, 2, 0 },
		{ 99, UINT32_MAX, 0 }, /* of another window */
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct client_count k = { .answered = { [CLIENT_MESSAGES] = rows[i].answered },
			.sums = { [CLIENT_MESSAGES] = 100 } };

		assert_int_equal(
		    client_count_rate(&k, CLIENT_MESSAGES, rows[i].event), rows[i].rate);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_count),
		cmocka_unit_test(test_two),
		cmocka_unit_test(test_blocks),
		cmocka_unit_test(test_not_counted),
		cmocka_unit_test(test_connection_rate),
		cmocka_unit_test(test_message_rate),
		cmocka_unit_test(test_recipient_rate),
		cmocka_unit_test(test_down),
		cmocka_unit_test(test_restart),
		cmocka_unit_test(test_wrap),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
