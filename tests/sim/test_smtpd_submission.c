/* SPDX-License-Identifier: BSD-2-Clause */
/* The way of messages to cleanup: what goes over the channel, and what becomes of a message when
 * cleanup does not play. The numbers of invariants are those of smtpd/submission.c. */
#include <stdio.h>

#include "tests/sim/smtpd_rows.h"

#include "lib/base/mem.h"

#define LINE_SIZE 64 /* of the big messages' lines, with CRLF */

/* Sends `size` bytes of content, a multiple of LINE_SIZE, and the end. */
static void
send_content(struct scene *sc, size_t size)
{
	char line[2 * LINE_SIZE];

	for (size_t n = 0; n < size; n += LINE_SIZE) {
		snprintf(line, sizeof(line), "%010zu %051d\r\n", n, 0);
		scene_send(sc, str_make(line, LINE_SIZE));
	}
	scene_send(sc, STR(".\r\n"));
}

static void
check_content(const struct taken *t, size_t size)
{
	char line[2 * LINE_SIZE];

	assert_int_equal(t->content.n, size);
	for (size_t n = 0; n < size; n += LINE_SIZE) {
		snprintf(line, sizeof(line), "%010zu %051d\r\n", n, 0);
		assert_memory_equal(t->content.p + n, line, LINE_SIZE);
	}
}

static void
act_sizes(struct scene *sc)
{
	const size_t *size = sc->arg;

	scene_connect(sc);
	scene_play(sc, DATA);
	send_content(sc, *size);
	scene_play(sc, "S: 250 2.0.0 Ok: queued as ID1\n" QUIT);
	scene_leave(sc);
	assert_int_equal(sc->message_count, 1);
	check_content(&sc->messages[0], *size);
	assert_true(sc->messages[0].ended);
	assert_false(sc->messages[0].aborted);
}

/* Around the size that is gathered, and much beyond it. */
static void
test_sizes(void **state)
{
	static const size_t sizes[] = { 0, 64, 4096, 65536 - 64, 65536, 65536 + 64, 131072,
		1000000 };

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(sizes); i++) {
		size_t size = sizes[i] / LINE_SIZE * LINE_SIZE;

		scene_run("", i, act_sizes, &size);
		scene_run("journal_message_limit = 0\n", i, act_sizes, &size);
	}
}

/* A small message is three frames, whatever pieces it came in. */
static void
act_gathered(struct scene *sc)
{
	scene_connect(sc);
	scene_play(sc, DATA "c: a\nwait 1s\nc: b\\r\\n\nwait 1s\nc: c\\r\\n.\\r\\n\nS> 250\n" QUIT);
	scene_leave(sc);
	assert_int_equal(sc->frames, 3);
	assert_str_is(buf_str(&sc->messages[0].content), "ab\r\nc\r\n");
}

static void
test_gathered(void **state)
{
	(void)state;
	scene_run("", 1, act_gathered, NULL);
}

/* What of a message reaches cleanup when its client goes away, or it is too big (invariant 2). */
static void
act_abandoned(struct scene *sc)
{
	scene_connect(sc);
	scene_play(sc, DATA "c: small\\r\\n\nwait 1s\nclose\n");
	scene_leave(sc);
	assert_int_equal(sc->message_count, 0);

	scene_connect(sc);
	scene_play(sc, DATA);
	for (int i = 0; i < 2000; i++)
		scene_send(
		    sc, STR("0123456789012345678901234567890123456789012345678901234567890\r\n"));
	scene_play(sc, "wait 1s\nclose\n");
	scene_leave(sc);
	assert_int_equal(task_sleep(run_deadline(TICKS_SECOND)), 0);
	assert_int_equal(sc->message_count, 1);
	assert_false(sc->messages[0].ended);
	assert_true(sc->messages[0].aborted);
}

static void
test_abandoned(void **state)
{
	(void)state;
	scene_run("", 1, act_abandoned, NULL);
}

static void
act_too_big(struct scene *sc)
{
	scene_connect(sc);
	scene_play(sc, "S> 220\nC: HELO c\nS> 250\nC: MAIL FROM:<s@x.y>\nS> 250\n"
	               "C: RCPT TO:<a@example.com>\nS> 250\nC: DATA\nS> 354\n");
	send_content(sc, 300032);
	scene_play(sc, "S> 552 5.3.4\nC: NOOP\nS> 250\n" QUIT);
	scene_leave(sc);
	assert_int_equal(sc->message_count, 1);
	assert_true(sc->messages[0].aborted);
	assert_false(sc->messages[0].ended);
	assert_in_range(sc->messages[0].content.n, 0, 200000);
}

static void
test_too_big(void **state)
{
	(void)state;
	scene_run("message_size_limit = 200000\n", 1, act_too_big, NULL);
}

/* Cleanup closes the channel behind its n-th frame. */
struct death {
	unsigned frames;
	size_t size;
};

static void
act_death(struct scene *sc)
{
	const struct death *d = sc->arg;
	int code;

	sc->plan.die_after = d->frames;
	scene_connect(sc);
	scene_play(sc, DATA);
	send_content(sc, d->size);
	code = scene_hear_code(sc);
	/* invariant 3: 250 only when cleanup has the whole message and said so */
	if (code == 250)
		assert_true(sc->messages[0].ended);
	else
		assert_int_equal(code, 451);
	/* the session goes on, and the next message finds a new channel */
	sc->plan.die_after = 0;
	scene_play(sc, "C: MAIL FROM:<t@x.y>\nS> 250\nC: RCPT TO:<b@example.com>\nS> 250\n"
	               "C: DATA\nS> 354\nC: again\nC: .\nS> 250\n" QUIT);
	scene_leave(sc);
	assert_str_is(buf_str(&sc->messages[sc->message_count - 1].content), "again\r\n");
}

static void
test_death(void **state)
{
	static const size_t sizes[] = { 0, 640, 256000 };

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(sizes); i++) {
		for (unsigned frames = 1; frames <= 9; frames++) {
			struct death d = { .frames = frames, .size = sizes[i] };

			for (uint64_t seed = 0; seed < 5; seed++)
				scene_run("", seed, act_death, &d);
		}
	}
}

static void
test_no_answer(void **state)
{
	static const struct row rows[] = {
		{ "cannot be reached", "",
		    DATA "C: x\nC: .\nS: 451 4.3.0 Error: queue file write error\n" QUIT,
		    CONNECT "warning: cannot reach the cleanup service: public/cleanup: Connection "
		            "refused\nwarning: no verdict from the cleanup service: Connection "
		            "refused\n" LEAVE "ehlo=1 mail=1 rcpt=1 data=0/1 quit=1 commands=4/5\n",
		    { .refuse_channel = true } },
		{ "never answers", "ipc_timeout = 50s\n",
		    DATA "C: x\nC: .\nwait 49s\nquiet\nwait 2s\nS> 451 4.3.0 \n" QUIT,
		    CONNECT
		    "warning: no verdict from the cleanup service: time limit exceeded\n" LEAVE
		    "ehlo=1 mail=1 rcpt=1 data=0/1 quit=1 commands=4/5\n",
		    { .mute = true } },
		{ "a verdict of its own", "", DATA "C: x\nC: .\nS: 554 5.7.1 one\n" QUIT,
		    CONNECT LEAVE "ehlo=1 mail=1 rcpt=1 data=0/1 quit=1 commands=4/5\n",
		    { .code = 554, .dsn = "5.7.1", .text = "one" } },
		{ "a verdict in two lines", "",
		    DATA "C: x\nC: .\nS: 554-5.7.1 one\nS: 554 5.7.1 two\n" QUIT,
		    CONNECT LEAVE "ehlo=1 mail=1 rcpt=1 data=0/1 quit=1 commands=4/5\n",
		    { .code = 554, .dsn = "5.7.1", .text = "one\ntwo" } },
		{ "a verdict that ends the session", "",
		    DATA "C: x\nC: .\nS: 421 4.3.2 bye\nclosed\n",
		    CONNECT LEAVE "ehlo=1 mail=1 rcpt=1 data=0/1 commands=3/4\n",
		    { .code = 421, .dsn = "4.3.2", .text = "bye" } },
		{ "250 without an id is no verdict", "", DATA "C: x\nC: .\nS> 451 4.3.0 \n" QUIT,
		    CONNECT
		    "warning: no verdict from the cleanup service: protocol violation\n" LEAVE
		    "ehlo=1 mail=1 rcpt=1 data=0/1 quit=1 commands=4/5\n",
		    { .code = 251, .dsn = "2.0.0", .text = "Ok" } },
	};

	(void)state;
	play_rows(rows, ARRAY_LEN(rows));
}

/* A verdict before the content has ended: the rest is read, not sent. */
static void
act_early(struct scene *sc)
{
	sc->plan = (struct cleanup_plan){
		.early = true, .code = 452, .dsn = "4.3.1", .text = "disk full"
	};
	scene_connect(sc);
	scene_play(sc, DATA);
	send_content(sc, 640000);
	scene_play(sc, "S: 452 4.3.1 disk full\n" QUIT);
	scene_leave(sc);
	assert_false(sc->messages[0].ended);
	assert_in_range(sc->messages[0].content.n, 0, 400000);
}

static void
test_early(void **state)
{
	(void)state;
	scene_run("", 1, act_early, NULL);
}

/* --- Many sessions over one channel ----------------------------------------------------------- */

#define SESSIONS 30

struct other {
	struct scene *scene;
	struct stream client, server;
	int number;
	size_t size;
	const char *codes; /* that end the dialogue; NULL: as it should */
};

static void
run_other_server(void *arg)
{
	struct other *o = arg;

	smtpd_session(&o->scene->smtpd, &o->server, &o->scene->peer);
	stream_close(&o->server);
}

static void
hear_codes(struct other *o, const char *codes)
{
	struct str rest = str_of(codes), code, line;

	while (str_word(&rest, " ", &code)) {
		assert_int_equal(stream_read_line(&o->client, 1000, &line, TICKS_NEVER), 0);
		assert_true(str_starts(line, code));
	}
}

static void
run_other_client(void *arg)
{
	struct other *o = arg;
	char line[64];

	assert_int_equal(stream_printf(&o->client, TICKS_NEVER, "HELO c%d\r\n", o->number), 0);
	hear_codes(o, "220 250");
	assert_int_equal(
	    stream_printf(&o->client, TICKS_NEVER, "MAIL FROM:<s%d@x.y>\r\n", o->number), 0);
	hear_codes(o, "250");
	assert_int_equal(
	    stream_write(&o->client, STR("RCPT TO:<a@example.com>\r\n"), TICKS_NEVER), 0);
	hear_codes(o, "250");
	assert_int_equal(stream_write(&o->client, STR("DATA\r\n"), TICKS_NEVER), 0);
	hear_codes(o, "354");
	snprintf(line, sizeof(line), "message %02d\r\n", o->number);
	for (size_t n = 0; n < o->size; n += 12)
		assert_int_equal(stream_write(&o->client, str_of(line), TICKS_NEVER), 0);
	assert_int_equal(stream_write(&o->client, STR(".\r\nQUIT\r\n"), TICKS_NEVER), 0);
	hear_codes(o, o->codes != NULL ? o->codes : "250 221");
	stream_close(&o->client);
}

static void
check_other(const struct taken *t)
{
	char want[32], line[32];
	int number;

	assert_int_equal(sscanf(buf_text(&t->sender), "s%d@x.y", &number), 1);
	snprintf(want, sizeof(want), "c%d", number);
	assert_str_is(buf_str(&t->helo), want);
	snprintf(line, sizeof(line), "message %02d\r\n", number);
	for (size_t n = 0; n < t->content.n; n += 12)
		assert_memory_equal(t->content.p + n, line, 12);
}

static void
act_many(struct scene *sc)
{
	struct other *others = mem_array(SESSIONS, sizeof(*others));

	for (int i = 0; i < SESSIONS; i++) {
		struct other *o = &others[i];

		*o = (struct other){ .scene = sc, .number = i, .size = (size_t)(i % 5) * 60000 };
		stream_open_pair(&o->client, &o->server, 4096);
		assert_int_equal(task_start(&sc->tasks, "server", run_other_server, o), 0);
		assert_int_equal(task_start(&sc->tasks, "client", run_other_client, o), 0);
	}
	while (sc->tasks.count > 1) /* cleanup is the last */
		assert_int_equal(task_sleep(run_deadline(TICKS_SECOND)), 0);
	assert_int_equal(sc->channels, 1);
	assert_int_equal(sc->message_count, SESSIONS);
	for (size_t i = 0; i < SESSIONS; i++) {
		assert_true(sc->messages[i].ended);
		check_other(&sc->messages[i]);
	}
	mem_free(others);
}

static void
test_many(void **state)
{
	(void)state;
	for (uint64_t seed = 0; seed < 5; seed++)
		scene_run("", seed, act_many, NULL);
}

/* A session in the middle of a message, of which more has come than is gathered. */
static void
start_slow(struct scene *sc, struct other *o)
{
	static const char *const dialogue[][2] = {
		{ "HELO c\r\n", "220 250" },
		{ "MAIL FROM:<slow@x.y>\r\n", "250" },
		{ "RCPT TO:<a@example.com>\r\n", "250" },
		{ "DATA\r\n", "354" },
	};

	*o = (struct other){ .scene = sc };
	stream_open_pair(&o->client, &o->server, 4096);
	assert_int_equal(task_start(&sc->tasks, "server", run_other_server, o), 0);
	for (size_t i = 0; i < ARRAY_LEN(dialogue); i++) {
		assert_int_equal(stream_write(&o->client, str_of(dialogue[i][0]), TICKS_NEVER), 0);
		hear_codes(o, dialogue[i][1]);
	}
	for (int i = 0; i < 3000; i++)
		assert_int_equal(
		    stream_write(&o->client, STR("0123456789012345678901234567\r\n"), TICKS_NEVER),
		    0);
	assert_int_equal(stream_flush(&o->client, TICKS_NEVER), 0);
	assert_int_equal(task_sleep(run_deadline(TICKS_SECOND)), 0);
}

static void
end_slow(struct other *o)
{
	assert_int_equal(stream_write(&o->client, STR(".\r\nQUIT\r\n"), TICKS_NEVER), 0);
	hear_codes(o, "451 221");
	stream_close(&o->client);
	while (o->server.ops != NULL)
		assert_int_equal(task_sleep(run_deadline(TICKS_SECOND)), 0);
}

/*
 * The channel breaks while three sessions use it. Each is told; the channel lives until the last has
 * let it go, while a new one is already in use.
 */
static void
act_two_channels(struct scene *sc)
{
	struct other slow[2];

	start_slow(sc, &slow[0]);
	start_slow(sc, &slow[1]);
	assert_int_equal(sc->message_count, 2);

	sc->plan.die_after = sc->frames + 1; /* the next frame is that of a third message */
	scene_connect(sc);
	scene_play(sc, DATA "C: .\nS> 451 4.3.0\n");
	sc->plan = (struct cleanup_plan){ .die_after = 0 };
	scene_play(sc, "C: MAIL FROM:<t@x.y>\nS> 250\nC: RCPT TO:<b@example.com>\nS> 250\n"
	               "C: DATA\nS> 354\nC: .\nS> 250\n" QUIT);
	scene_leave(sc);
	assert_int_equal(sc->channels, 2);

	end_slow(&slow[0]);
	end_slow(&slow[1]);
	assert_false(sc->messages[0].ended);
	assert_false(sc->messages[1].ended);
}

static void
test_two_channels(void **state)
{
	(void)state;
	for (uint64_t seed = 0; seed < 5; seed++)
		scene_run("", seed, act_two_channels, NULL);
}

/* Sessions that need cleanup while it cannot be reached are all told; when it is back, mail goes
 * through. */
static void
act_many_refused(struct scene *sc)
{
	struct other others[3];

	sc->plan.refuse_channel = true;
	for (int i = 0; i < 3; i++) {
		others[i] = (struct other){ .scene = sc, .number = i, .codes = "451 221" };
		stream_open_pair(&others[i].client, &others[i].server, 4096);
		assert_int_equal(task_start(&sc->tasks, "server", run_other_server, &others[i]), 0);
		assert_int_equal(task_start(&sc->tasks, "client", run_other_client, &others[i]), 0);
	}
	while (sc->tasks.count > 0)
		assert_int_equal(task_sleep(run_deadline(TICKS_SECOND)), 0);
	assert_int_equal(sc->message_count, 0);
	sc->plan.refuse_channel = false;
	scene_connect(sc);
	scene_play(sc, DATA "C: .\nS> 250\n" QUIT);
	scene_leave(sc);
}

static void
test_many_refused(void **state)
{
	(void)state;
	scene_run("", 1, act_many_refused, NULL);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_sizes),
		cmocka_unit_test(test_gathered),
		cmocka_unit_test(test_abandoned),
		cmocka_unit_test(test_too_big),
		cmocka_unit_test(test_death),
		cmocka_unit_test(test_no_answer),
		cmocka_unit_test(test_early),
		cmocka_unit_test(test_many),
		cmocka_unit_test(test_two_channels),
		cmocka_unit_test(test_many_refused),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
