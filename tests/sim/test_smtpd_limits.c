/* SPDX-License-Identifier: BSD-2-Clause */
/* Limits, time-outs and clients that misbehave. Hours of waiting take no time here. */
#include "tests/sim/smtpd_rows.h"

#define X10   "xxxxxxxxxx"
#define X100  X10 X10 X10 X10 X10 X10 X10 X10 X10 X10
#define X1000 X100 X100 X100 X100 X100 X100 X100 X100 X100 X100
#define BAD   "C: BAD\nS: 500 5.5.2 Error: command not recognized\n"
#define BAD5  BAD BAD BAD BAD BAD
#define NOOP5 \
	"C: NOOP\nS> 250\nC: NOOP\nS> 250\nC: NOOP\nS> 250\nC: NOOP\nS> 250\nC: NOOP\nS> 250\n"
#define REFUSED_RCPT "C: RCPT TO:<b@example.com>\nS: 452 4.5.3 Error: too many recipients\n"

static void
test_errors(void **state)
{
	static const struct row rows[] = {
		{ "hard limit", "smtpd_error_sleep_time = 0\n",
		    GREET BAD5 BAD5 BAD5 BAD5 "S: 421 4.7.0 mx.example.com Error: too many errors\n"
		                              "closed\n",
		    CONNECT "too many errors after UNKNOWN from " CLIENT "\n" LEAVE
		            "unknown=0/20 commands=0/20\n" },
		{ "no more than the hard limit", "smtpd_hard_error_limit = 2\n",
		    GREET BAD "C: NOOP\nS> 250\n" BAD "S> 421 4.7.0 \nclosed\n",
		    CONNECT "too many errors after UNKNOWN from " CLIENT "\n" LEAVE
		            "noop=1 unknown=0/2 commands=1/3\n" },
		{ "soft limit: replies wait",
		    "smtpd_soft_error_limit = 2\nsmtpd_error_sleep_time = 7s\n",
		    GREET BAD "C: BAD\nquiet\nwait 6s\nquiet\nwait 2s\nS> 500 5.5.2 \n"
		              "C: NOOP\nquiet\nwait 6s\nquiet\nwait 2s\nS> 250 2.0.0 \n"
		              "C: QUIT\nwait 8s\nS> 221 \nclosed\n",
		    CONNECT LEAVE "noop=1 quit=1 unknown=0/2 commands=2/4\n" },
		{ "a message clears the errors", "smtpd_hard_error_limit = 2\n",
		    RCPT BAD "C: DATA\nS> 354\nC: .\nS> 250\n" BAD "C: NOOP\nS> 250\n" QUIT,
		    CONNECT LEAVE
		    "ehlo=1 mail=1 rcpt=1 data=1 noop=1 quit=1 unknown=0/2 commands=6/8\n" },
		{ "commands without work",
		    "smtpd_junk_command_limit = 5\nsmtpd_hard_error_limit = 2\n",
		    GREET NOOP5 "C: RSET\nS> 250\nC: VRFY a\nS> 252\nS> 421 4.7.0 \nclosed\n",
		    CONNECT "too many errors after VRFY from " CLIENT "\n" LEAVE
		            "rset=1 noop=5 vrfy=1 commands=7\n" },
		{ "recipients",
		    "smtpd_recipient_limit = 2\nsmtpd_recipient_overshoot_limit = 2\n"
		    "smtpd_hard_error_limit = 1\n",
		    RCPT
		    "C: RCPT TO:<b@example.com>\nS> 250\n" REFUSED_RCPT REFUSED_RCPT REFUSED_RCPT
		    "S> 421 4.7.0 \nclosed\n",
		    CONNECT "NOQUEUE: reject: RCPT from " CLIENT
		            ": 452 4.5.3 Error: too many recipients; from=<s@x.y> proto=ESMTP "
		            "helo=<client.example>\ntoo many errors after RCPT from " CLIENT
		            "\n" LEAVE "ehlo=1 mail=1 rcpt=2/5 commands=4/7\n" },
		{ "452 for another reason",
		    "smtpd_recipient_restrictions = reject_unauth_destination, "
		    "check_recipient_access static:{452 full}\nsmtpd_hard_error_limit = 1\n",
		    MAIL "C: RCPT TO:<a@example.com>\nS> 452 4.7.1\nS> 421 4.7.0 \nclosed\n",
		    CONNECT "NOQUEUE: reject: RCPT from " CLIENT
		            ": 452 4.7.1 <a@example.com>: Recipient address rejected: full; "
		            "from=<s@x.y> to=<a@example.com> proto=ESMTP helo=<client.example>\n"
		            "too many errors after RCPT from " CLIENT "\n" LEAVE
		            "ehlo=1 mail=1 rcpt=0/1 commands=2/3\n" },
	};

	(void)state;
	play_rows(rows, ARRAY_LEN(rows));
}

static void
test_lines(void **state)
{
	static const struct row rows[] = {
		{ "a line that just fits", "line_length_limit = 1006\n",
		    GREET "C: NOOP" X1000 "\nS> 500 5.5.2 Error: command not recognized\n" QUIT,
		    CONNECT LEAVE "quit=1 unknown=0/1 commands=1/2\n" },
		{ "a line that just does not", "line_length_limit = 1005\n",
		    GREET "C: NOOP" X1000
		          "\nS: 500 5.5.2 Error: line too long\nC: NOOP\nS> 250\n" QUIT,
		    CONNECT LEAVE "noop=1 quit=1 unknown=0/1 commands=2/3\n" },
		{ "a long line", "",
		    GREET "C: NOOP " X1000 X1000 X1000 "\n"
		          "S: 500 5.5.2 Error: line too long\nC: NOOP\nS> 250\n" QUIT,
		    CONNECT LEAVE "noop=1 quit=1 unknown=0/1 commands=2/3\n" },
		{ "control characters", "",
		    GREET
		    "c: NOOP \\0\\r\\n\nS> 500 5.5.2 Error: bad\nc: NO\\rOP\\r\\n\nS> 500 5.5.2 \n"
		    "C: N\x1bOOP\nS> 500 5.5.2 \n" QUIT,
		    CONNECT LEAVE "quit=1 unknown=0/3 commands=1/4\n" },
		{ "a long HELO", "line_length_limit = 65536\n",
		    GREET "C: HELO " X1000 X1000 X1000 "\nS: 250 mx.example.com\n"
		          "C: MAIL FROM:<s@x.y>\nS> 250\nC: RCPT TO:<r@x.y>\nS> 554\n" QUIT,
		    CONNECT "NOQUEUE: reject: RCPT from " CLIENT
		            ": 554 5.7.1 <r@x.y>: Relay access denied; from=<s@x.y> to=<r@x.y> "
		            "proto=SMTP helo=<" X100 X100 X10 X10 X10 X10 X10 "xxxxx>\n" LEAVE
		            "helo=1 mail=1 rcpt=0/1 quit=1 commands=3/4\n" },
	};

	(void)state;
	play_rows(rows, ARRAY_LEN(rows));
}

/* A line without an end is not read for ever. */
static void
act_endless_line(struct scene *sc)
{
	scene_connect(sc);
	scene_play(sc, GREET);
	for (int i = 0; i < 200; i++)
		scene_send(sc, STR(X1000));
	scene_play(sc, "S: 500 5.5.2 Error: line too long\nclosed\n");
	scene_leave(sc);
}

static void
test_endless_line(void **state)
{
	(void)state;
	scene_run("", 1, act_endless_line, NULL);
}

static void
test_time(void **state)
{
	static const struct row rows[] = {
		{ "no command", "",
		    GREET "wait 299s\nquiet\nwait 2s\n"
		          "S: 421 4.4.2 mx.example.com Error: timeout exceeded\nclosed\n",
		    CONNECT "timeout after CONNECT from " CLIENT "\n" LEAVE "commands=0/0\n" },
		{ "each command has its time", "",
		    GREET "wait 299s\nC: NOOP\nS> 250\nwait 299s\nC: NOOP\n"
		          "S> 250\nwait 301s\nS> 421 4.4.2\nclosed\n",
		    CONNECT "timeout after NOOP from " CLIENT "\n" LEAVE "noop=2 commands=2\n" },
		{ "a command in drops", "",
		    GREET
		    "c: NO\nwait 200s\nc: OP\nwait 90s\nc: \\r\nwait 20s\nS> 421 4.4.2\nclosed\n",
		    CONNECT "timeout after CONNECT from " CLIENT "\n" LEAVE "commands=0/0\n" },
		{ "content stops", "smtpd_timeout = 60s\n",
		    DATA "C: abc\nwait 59s\nC: def\nwait 61s\nS> 421 4.4.2\nclosed\n",
		    CONNECT "timeout after DATA (10 bytes) from " CLIENT "\n" LEAVE
		            "ehlo=1 mail=1 rcpt=1 data=0/1 commands=3/4\n" },
		{ "content in drops, a deadline for all",
		    "smtpd_timeout = 60s\nsmtpd_per_request_deadline = yes\nsmtpd_min_data_rate = "
		    "1\n",
		    DATA "c: abcde\nwait 50s\nc: fghij\nwait 19s\nquiet\nwait 2s\nS> 421 "
		         "4.4.2\nclosed\n",
		    CONNECT "timeout after DATA (10 bytes) from " CLIENT "\n" LEAVE
		            "ehlo=1 mail=1 rcpt=1 data=0/1 commands=3/4\n" },
		{ "the client leaves", "", GREET "close\n",
		    CONNECT "lost connection after CONNECT from " CLIENT "\n" LEAVE
		            "commands=0/0\n" },
		{ "the client leaves behind a command", "", RCPT "close\n",
		    CONNECT "lost connection after RCPT from " CLIENT "\n" LEAVE
		            "ehlo=1 mail=1 rcpt=1 commands=3\n" },
		{ "the client leaves in a command", "", GREET "c: NOOP\nclose\n",
		    CONNECT "lost connection after CONNECT from " CLIENT "\n" LEAVE
		            "commands=0/0\n" },
		{ "the client leaves in its content", "", DATA "c: abc\\r\\n.\\r\nwait 1s\nclose\n",
		    CONNECT "lost connection after DATA (7 bytes) from " CLIENT "\n" LEAVE
		            "ehlo=1 mail=1 rcpt=1 data=0/1 commands=3/4\n" },
		{ "the client leaves before its content", "", DATA "close\n",
		    CONNECT "lost connection after DATA from " CLIENT "\n" LEAVE
		            "ehlo=1 mail=1 rcpt=1 data=0/1 commands=3/4\n" },
		{ "the client leaves behind its message", "", DATA "C: .\nS> 250\nclose\n",
		    CONNECT "lost connection after END-OF-MESSAGE from " CLIENT "\n" LEAVE
		            "ehlo=1 mail=1 rcpt=1 data=1 commands=4\n" },
		{ "the client leaves behind QUIT", "", GREET "C: QUIT\nclose\n",
		    CONNECT LEAVE "quit=1 commands=1\n" },
	};

	(void)state;
	play_rows(rows, ARRAY_LEN(rows));
}

static void
test_size(void **state)
{
	static const struct row rows[] = {
		{ "declared, fits", "message_size_limit = 1000\n",
		    GREET "C: EHLO client.example\nS> 250-\nS> 250-\nS: 250-SIZE 1000\nS* 250\n"
		          "C: MAIL FROM:<s@x.y> SIZE=1000\nS> 250 2.1.0\n" QUIT,
		    CONNECT LEAVE "ehlo=1 mail=1 quit=1 commands=3\n" },
		{ "declared, too big", "message_size_limit = 1000\n",
		    GREET "C: HELO c\nS> 250\nC: MAIL FROM:<s@x.y> SIZE=1001\n"
		          "S: 552 5.3.4 Message size exceeds fixed limit\n"
		          "C: RCPT TO:<a@example.com>\nS> 503\n" QUIT,
		    CONNECT
		    "NOQUEUE: reject: MAIL from " CLIENT
		    ": 552 5.3.4 Message size exceeds fixed limit; proto=SMTP helo=<c>\n" LEAVE
		    "helo=1 mail=0/1 rcpt=0/1 quit=1 commands=2/4\n" },
		{ "just the limit", "message_size_limit = 1002\n",
		    GREET
		    "C: HELO c\nS> 250\nC: MAIL FROM:<s@x.y>\nS> 250\nC: RCPT TO:<a@example.com>\n"
		    "S> 250\nC: DATA\nS> 354\nC: " X1000
		    "\nC: .\nS: 250 2.0.0 Ok: queued as ID1\n" QUIT,
		    CONNECT LEAVE "helo=1 mail=1 rcpt=1 data=1 quit=1 commands=5\n" },
		{ "one more", "message_size_limit = 1001\n",
		    GREET
		    "C: HELO c\nS> 250\nC: MAIL FROM:<s@x.y>\nS> 250\nC: RCPT TO:<a@example.com>\n"
		    "S> 250\nC: DATA\nS> 354\nC: " X1000 "\nC: .\n"
		    "S: 552 5.3.4 Error: message file too big\n"
		    "C: DATA\nS> 503 5.5.1\n" QUIT,
		    CONNECT LEAVE "helo=1 mail=1 rcpt=1 data=0/2 quit=1 commands=4/6\n" },
	};

	(void)state;
	play_rows(rows, ARRAY_LEN(rows));
}

/* A client that does not stop is heard for a while, then not any more. */
static void
act_endless_content(struct scene *sc)
{
	size_t sent = 0;

	scene_connect(sc);
	scene_play(sc, GREET "C: HELO c\nS> 250\nC: MAIL FROM:<s@x.y>\nS> 250\n"
	                     "C: RCPT TO:<a@example.com>\nS> 250\nC: DATA\nS> 354\n");
	while (sc->server.ops != NULL && sent < 100000000) {
		scene_send(sc, STR(X1000 X1000 X1000 "\r\n"));
		sent += 3002;
	}
	assert_in_range(sent, 16000000, 19000000); /* with what is heard to no end */
	scene_play(sc, "S: 552 5.3.4 Error: message file too big\nclosed\n");
	scene_leave(sc);
	assert_int_equal(sc->message_count, 0);
}

static void
test_endless_content(void **state)
{
	(void)state;
	scene_run("message_size_limit = 1000\n", 1, act_endless_content, NULL);
}

static void
test_not_clients(void **state)
{
	static const struct row rows[] = {
		{ "a browser", "",
		    GREET "C: GET / HTTP/1.1\nS: 221 2.7.0 Error: I can break rules, too. "
		          "Goodbye.\nclosed\n",
		    CONNECT "warning: non-SMTP command from " CLIENT ": GET / HTTP/1.1\n" LEAVE
		            "unknown=1 commands=1\n" },
		{ "a header", "", GREET "C: Subject: x\nS> 221 2.7.0 \nclosed\n",
		    CONNECT "warning: non-SMTP command from " CLIENT ": Subject: x\n" LEAVE
		            "unknown=1 commands=1\n" },
		{ "no letter", "", GREET "C: {\"x\"\nS> 221 2.7.0 \nclosed\n",
		    CONNECT "warning: non-SMTP command from " CLIENT ": {\"x\" \n" LEAVE
		            "unknown=1 commands=1\n" },
		{ "configured", "smtpd_forbidden_commands = xyzzy\n",
		    GREET "C: GET /\nS> 500\nC: Xyzzy\nS> 221 2.7.0 \nclosed\n",
		    CONNECT "warning: non-SMTP command from " CLIENT ": Xyzzy \n" LEAVE
		            "unknown=1/2 commands=1/2\n" },
		{ "commands behind HELO", "",
		    GREET "c: HELO c\\r\\nMAIL FROM:<s@x.y>\\r\\n\n"
		          "S: 554 5.5.0 Error: SMTP protocol synchronization\nclosed\n",
		    CONNECT "improper command pipelining after HELO from " CLIENT
		            ": MAIL FROM:<s@x.y>??\n" LEAVE "helo=0/1 commands=0/1\n" },
		{ "commands behind EHLO", "",
		    GREET "c: EHLO c\\r\\nMAIL FROM:<s@x.y>\\r\\n\nS> 554 5.5.0 \nclosed\n",
		    CONNECT "improper command pipelining after EHLO from " CLIENT
		            ": MAIL FROM:<s@x.y>??\n" LEAVE "ehlo=0/1 commands=0/1\n" },
		{ "content behind DATA", "",
		    RCPT "c: DATA\\r\\nx\\r\\n.\\r\\n\nS> 554 5.5.0 \nclosed\n",
		    CONNECT "improper command pipelining after DATA from " CLIENT ": x??.??\n" LEAVE
		            "ehlo=1 mail=1 rcpt=1 data=0/1 commands=3/4\n" },
		{ "commands after HELO, none waited for", "",
		    GREET "C: HELO c\nS> 250\nc: MAIL FROM:<s@x.y>\\r\\nRCPT TO:<a@b>\\r\\n\n"
		          "S> 554 5.5.0 \nclosed\n",
		    CONNECT "improper command pipelining after MAIL from " CLIENT
		            ": RCPT TO:<a@b>??\n" LEAVE "helo=1 mail=0/1 commands=1/2\n" },
		{ "allowed by the administrator", "smtpd_forbid_unauth_pipelining = no\n",
		    GREET "c: HELO c\\r\\nNOOP\\r\\nQUIT\\r\\n\nS> 250\nS> 250\nS> 221\nclosed\n",
		    CONNECT LEAVE "helo=1 noop=1 quit=1 commands=3\n" },
	};

	(void)state;
	play_rows(rows, ARRAY_LEN(rows));
}

/* A client that we hang up on while it sends is heard for a while, and can read our last words. */
static void
act_linger(struct scene *sc)
{
	int64_t began;

	scene_connect(sc);
	scene_play(sc, sc->arg);
	for (int i = 0; i < 100; i++)
		scene_send(sc, STR(X1000 X1000));
	assert_true(sc->server.ops != NULL);
	began = run_now();
	while (sc->server.ops != NULL)
		assert_int_equal(task_sleep(run_deadline(TICKS_MS)), 0);
	assert_in_range(run_now() - began, TICKS_SECOND, 3 * TICKS_SECOND);
	scene_leave(sc);
}

/* … but not for ever. */
static void
act_linger_long(struct scene *sc)
{
	size_t sent = 0;

	scene_connect(sc);
	scene_play(sc, GREET "C: GET / HTTP/1.1\nS> 221 2.7.0 \nclosed\n");
	while (sc->server.ops != NULL && sent < 100000000) {
		scene_send(sc, STR(X1000 X1000 X1000 X1000));
		sent += 4000;
	}
	assert_in_range(sent, 16000000, 18000000);
	scene_leave(sc);
}

static void
test_linger(void **state)
{
	static char bad_command[] = GREET "C: GET / HTTP/1.1\nS> 221 2.7.0 \nclosed\n";
	static char go_away[] = MAIL "C: RCPT TO:<a@example.com>\nS> 421 4.7.1 \nclosed\n";

	(void)state;
	scene_run("", 1, act_linger, bad_command);
	scene_run("smtpd_sender_restrictions = check_sender_access static:{421 later}\n", 1,
	    act_linger, go_away);
	scene_run("", 1, act_linger_long, NULL);
}

/* --- A client that has much to say does not keep the others waiting --------------------------- */

#define MUCH ((size_t)8 * 1024 * 1024) /* in the pipe at once, so that nothing has to wait */

struct talker {
	struct scene *scene;
	struct stream client, server;
	bool ended;
};

static void
run_talker(void *arg)
{
	struct talker *t = arg;

	smtpd_session(&t->scene->smtpd, &t->server, &t->scene->peer);
	stream_close(&t->server);
	t->ended = true;
}

static void
act_fair(struct scene *sc)
{
	const struct str *words = sc->arg;
	struct talker t = { .scene = sc };
	struct stream *c = &t.client;

	/* an early verdict: what follows is only read, and never waits for cleanup */
	sc->plan =
	    (struct cleanup_plan){ .early = true, .code = 452, .dsn = "4.3.1", .text = "no" };

	stream_open_pair(&t.client, &t.server, 4 * MUCH);
	assert_int_equal(stream_write(c,
	                     STR("HELO c\r\nMAIL FROM:<s@x.y>\r\n"
	                         "RCPT TO:<a@example.com>\r\n"),
	                     TICKS_NEVER),
	    0);
	assert_int_equal(stream_write(c, words[0], TICKS_NEVER), 0);
	for (size_t n = 0; n < MUCH; n += words[1].n)
		assert_int_equal(stream_write(c, words[1], TICKS_NEVER), 0);
	assert_int_equal(stream_write(c, words[2], TICKS_NEVER), 0);
	assert_int_equal(stream_flush(c, TICKS_NEVER), 0);
	assert_int_equal(task_start(&sc->tasks, "talker", run_talker, &t), 0);
	assert_int_equal(task_yield(), 0);
	scene_connect(sc);
	scene_play(sc, GREET "C: NOOP\nS> 250\n");
	assert_false(t.ended);
	scene_leave(sc);
	while (!t.ended)
		assert_int_equal(task_sleep(run_deadline(TICKS_SECOND)), 0);
	stream_close(&t.client);
}

static void
test_fair(void **state)
{
	static const char main_cf[] = "smtpd_forbid_unauth_pipelining = no\n"
	                              "smtpd_junk_command_limit = 100000000\n";
	struct str commands[] = { STR(""), STR("NOOP\r\n"), STR("QUIT\r\n") };
	struct str content[] = { STR("DATA\r\n"), STR(X1000 "\r\n"), STR(".\r\nQUIT\r\n") };
	struct str refused_chunk[] = { STR("RSET\r\nBDAT 8389000\r\n"), STR(X1000),
		STR("QUIT\r\n") };

	(void)state;
	scene_run(main_cf, 1, act_fair, commands);
	scene_run(main_cf, 1, act_fair, content);
	scene_run(main_cf, 1, act_fair, refused_chunk);
}

/* A session that is cancelled says so, as far as it can. */
static void
act_cancelled(struct scene *sc)
{
	scene_connect(sc);
	scene_play(sc, MAIL);
	group_cancel(&sc->tasks);
	scene_play(
	    sc, "S: 421 4.3.2 mx.example.com Service shutting down, come back later\nclosed\n");
	stream_close(&sc->client);
	assert_int_equal(group_wait(&sc->tasks, TICKS_NEVER), 0);
	assert_str_is(buf_str(&sc->log), CONNECT LEAVE "ehlo=1 mail=1 commands=2\n");
}

static void
act_cancelled_asleep(struct scene *sc)
{
	scene_connect(sc);
	scene_play(sc, GREET "C: BAD\nquiet\n");
	group_cancel(&sc->tasks);
	scene_play(sc, "S> 500 5.5.2 \nS> 421 4.3.2 \nclosed\n");
	stream_close(&sc->client);
	assert_int_equal(group_wait(&sc->tasks, TICKS_NEVER), 0);
	assert_str_is(buf_str(&sc->log), CONNECT LEAVE "unknown=0/1 commands=0/1\n");
}

static void
test_cancelled(void **state)
{
	(void)state;
	scene_run("", 1, act_cancelled, NULL);
	scene_run("smtpd_soft_error_limit = 1\n", 1, act_cancelled_asleep, NULL);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_errors),
		cmocka_unit_test(test_lines),
		cmocka_unit_test(test_endless_line),
		cmocka_unit_test(test_time),
		cmocka_unit_test(test_size),
		cmocka_unit_test(test_endless_content),
		cmocka_unit_test(test_not_clients),
		cmocka_unit_test(test_linger),
		cmocka_unit_test(test_fair),
		cmocka_unit_test(test_cancelled),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
