/* SPDX-License-Identifier: BSD-2-Clause */
/* Content in chunks: BDAT, RFC 3030. */
#include "tests/sim/smtpd_rows.h"

#include "lib/base/bug.h"

#define COUNTS(n)  LEAVE "ehlo=1 mail=1 rcpt=1 " n "\n"
#define MALFORMED  "warning: malformed BDAT command syntax from " CLIENT ": BDAT "
#define BDAT_5     "c: BDAT 5\\r\\nabcde\nS: 250 2.0.0 Ok: 5 bytes\n"
#define NOOP       "C: NOOP\nS: 250 2.0.0 Ok\n"
#define DISCARDED5 "c: BDAT 5\\r\\nNOOP\\r\nS: 551 5.0.0 Discarded 5 bytes after earlier error\n"

static void
test_messages(void **state)
{
	static const struct row rows[] = {
		{ "in one", "",
		    RCPT
		    "c: BDAT 3 LAST\\r\\na\\r\\n\nS: 250 2.0.0 Ok: 3 bytes queued as ID1\n" QUIT,
		    CONNECT COUNTS("bdat=1 quit=1 commands=5") },
		{ "in several, with commands between", "",
		    RCPT BDAT_5 NOOP "C: VRFY a\nS> 252\nc: BDAT 2\\r\\n\\r\\n\n"
		                     "S: 250 2.0.0 Ok: 2 bytes\nC: BDAT 0 LAST\n"
		                     "S: 250 2.0.0 Ok: 7 bytes queued as ID1\n" QUIT,
		    CONNECT COUNTS("bdat=3 noop=1 vrfy=1 quit=1 commands=9") },
		{ "a line without its end", "",
		    RCPT "c: BDAT 1 last\\r\\na\nS: 250 2.0.0 Ok: 3 bytes queued as ID1\n" QUIT,
		    CONNECT COUNTS("bdat=1 quit=1 commands=5") },
		{ "nothing at all", "",
		    RCPT "C: BDAT 0 LAST\nS: 250 2.0.0 Ok: 0 bytes queued as ID1\n" QUIT,
		    CONNECT COUNTS("bdat=1 quit=1 commands=5") },
		{ "pipelined", "",
		    EHLO "c: MAIL FROM:<s@x.y>\\r\\nRCPT TO:<a@example.com>\\r\\nBDAT 2\\r\\na\\r"
		         "BDAT 2 LAST\\r\\n\\nbMAIL FROM:<>\\r\\nQUIT\\r\\n\n"
		         "S: 250 2.1.0 Ok\nS: 250 2.1.5 Ok\nS: 250 2.0.0 Ok: 2 bytes\n"
		         "S: 250 2.0.0 Ok: 6 bytes queued as ID1\nS: 250 2.1.0 Ok\n"
		         "S: 221 2.0.0 Bye\nclosed\n",
		    CONNECT LEAVE "ehlo=1 mail=2 rcpt=1 bdat=2 quit=1 commands=7\n" },
		{ "from a client that was refused",
		    "smtpd_client_restrictions = reject\nsmtpd_delay_reject = no\n",
		    "S> 554 \nc: BDAT 6\\r\\nQUIT\\r\\n\nS> 503 \nclosed\n",
		    CONNECT "NOQUEUE: reject: CONNECT from " CLIENT ": 554 5.7.1 <" CLIENT
		            ">: Client host rejected: Access denied; proto=SMTP\n" LEAVE
		            "bdat=0/1 commands=0/1\n" },
		{ "behind HELO", "",
		    GREET "C: HELO c\nS> 250\nC: MAIL FROM:<s@x.y>\nS> 250\n"
		          "C: RCPT TO:<a@example.com>\nS> 250\nc: BDAT 5 LAST\\r\\nQUIT\\r\n"
		          "S: 250 2.0.0 Ok: 7 bytes queued as ID1\n" QUIT,
		    CONNECT LEAVE "helo=1 mail=1 rcpt=1 bdat=1 quit=1 commands=5\n" },
	};

	(void)state;
	play_rows(rows, ARRAY_LEN(rows));
}

/* What is not understood ends the session: where the chunk ends is not known. */
static void
test_syntax(void **state)
{
	static const char *const arguments[] = { "", " x", " -1", " +1", " 5x", " 5 LAS",
		" 5 LAST x", " 9223372036854775808", " 18446744073709551616" };

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(arguments); i++) {
		char script[2048], log[512];
		struct row row = { arguments[i], "", script, log, { 0 } };

		snprintf(script, sizeof(script),
		    RCPT "C: BDAT%s\nS: 521 5.5.4 Syntax: BDAT count [LAST]\nclosed\n",
		    arguments[i]);
		snprintf(log, sizeof(log), CONNECT MALFORMED "%s\n" COUNTS("bdat=0/1 commands=3/4"),
		    arguments[i][0] != '\0' ? arguments[i] + 1 : "");
		play_rows(&row, 1);
	}
}

/* In each phase: what was sent as content is not taken for commands, and a command is answered. */
static void
test_errors(void **state)
{
	static const struct row rows[] = {
		{ "no MAIL", "",
		    EHLO
		    "c: BDAT 6\\r\\nQUIT\\r\\n\nS: 503 5.5.1 Error: need RCPT command\n" NOOP
		        DISCARDED5 "C: DATA\nS> 503\nC: MAIL FROM:<s@x.y>\nS> 250\n"
		    "C: RCPT TO:<a@example.com>\nS> 250\n" BDAT_5
		    "c: BDAT 2 LAST\\r\\n\\r\\n\nS: 250 2.0.0 Ok: 7 bytes queued as ID1\n" QUIT,
		    CONNECT LEAVE
		    "ehlo=1 mail=1 rcpt=1 data=0/1 bdat=2/4 noop=1 quit=1 commands=7/10\n" },
		{ "no recipient", "",
		    MAIL "c: BDAT 6 LAST\\r\\nQUIT\\r\\n\n"
		         "S: 554 5.5.1 Error: no valid recipients\n" NOOP
		         "C: RCPT TO:<a@example.com>\nS> 503 5.5.1 Error: need MAIL\n" QUIT,
		    CONNECT LEAVE "ehlo=1 mail=1 rcpt=0/1 bdat=0/1 noop=1 quit=1 commands=4/6\n" },
		{ "no recipient, pipelined", "",
		    EHLO "c: MAIL FROM:<s@x.y>\\r\\nRCPT TO:<no@example.com>\\r\\nBDAT 4\\r\\nQUIT"
		         "BDAT 6 LAST\\r\\nQUIT\\r\\nNOOP\\r\\n\nS> 250\nS> 550\n"
		         "S: 554 5.5.1 Error: no valid recipients\n"
		         "S: 551 5.0.0 Discarded 6 bytes after earlier error\nS> 250\n" QUIT,
		    CONNECT
		    "NOQUEUE: reject: RCPT from " CLIENT
		    ": 550 5.1.1 <no@example.com>: Recipient address rejected: User unknown in "
		    "virtual mailbox table; from=<s@x.y> to=<no@example.com> proto=ESMTP "
		    "helo=<client.example>\n" LEAVE
		    "ehlo=1 mail=1 rcpt=0/1 bdat=0/2 noop=1 quit=1 commands=4/7\n" },
		{ "an empty chunk", "",
		    RCPT BDAT_5 "C: BDAT 0\nS: 551 5.7.1 Null BDAT request\n" NOOP DISCARDED5
		                "C: MAIL FROM:<s@x.y>\nS: 503 5.5.1 Error: nested MAIL command\n"
		                "c: BDAT 5 LAST\\r\\nNOOP\\r\n"
		                "S: 551 5.0.0 Discarded 5 bytes after earlier error\n"
		                "C: MAIL FROM:<s@x.y>\nS> 250\n" QUIT,
		    CONNECT "warning: null BDAT request from " CLIENT "\n" LEAVE
		            "ehlo=1 mail=2/3 rcpt=1 bdat=1/4 noop=1 quit=1 commands=7/11\n" },
		{ "too big", "message_size_limit = 12\n",
		    GREET
		    "C: EHLO client.example\nS* 250\nC: MAIL FROM:<s@x.y>\nS> 250\n"
		    "C: RCPT TO:<a@example.com>\nS> 250\n" BDAT_5
		    "c: BDAT 8\\r\\nNOOP\\r\\n\\r\\n\nS: 552 5.3.4 Chunk exceeds message size "
		    "limit\n" NOOP DISCARDED5 "C: RSET\nS> 250\nC: DATA\nS> 503\n" QUIT,
		    CONNECT "warning: BDAT request from " CLIENT
		            " exceeds message size limit\n" COUNTS(
		                "data=0/1 bdat=1/3 rset=1 noop=1 quit=1 commands=7/10") },
		{ "just the limit", "message_size_limit = 7\n",
		    GREET
		    "C: EHLO client.example\nS* 250\nC: MAIL FROM:<s@x.y>\nS> 250\n"
		    "C: RCPT TO:<a@example.com>\nS> 250\n" BDAT_5
		    "c: BDAT 2 LAST\\r\\n\\r\\n\nS: 250 2.0.0 Ok: 7 bytes queued as ID1\n" QUIT,
		    CONNECT COUNTS("bdat=2 quit=1 commands=6") },
		{ "too big by its last line end", "message_size_limit = 6\n",
		    GREET "C: EHLO client.example\nS* 250\nC: MAIL FROM:<s@x.y>\nS> 250\n"
		          "C: RCPT TO:<a@example.com>\nS> 250\n"
		          "c: BDAT 5 LAST\\r\\nabcde\nS: 552 5.3.4 Error: message file too big\n"
		          "C: MAIL FROM:<s@x.y>\nS> 250\n" QUIT,
		    CONNECT LEAVE "ehlo=1 mail=2 rcpt=1 bdat=0/1 quit=1 commands=5/6\n" },
		{ "too big by its line ends", "message_size_limit = 6\n",
		    GREET "C: EHLO client.example\nS* 250\nC: MAIL FROM:<s@x.y>\nS> 250\n"
		          "C: RCPT TO:<a@example.com>\nS> 250\n"
		          "c: BDAT 5\\r\\n\\n\\n\\n\\n\\n\nS: 552 5.3.4 Error: message file too "
		          "big\n" DISCARDED5 QUIT,
		    CONNECT COUNTS("bdat=0/2 quit=1 commands=4/6") },
		{ "other commands in the middle", "",
		    RCPT BDAT_5 "C: DATA\nS: 503 5.5.1 Error: DATA after BDAT\n"
		                "C: RCPT TO:<b@example.com>\nS: 503 5.5.1 Error: RCPT after BDAT\n"
		                "C: MAIL FROM:<>\nS: 503 5.5.1 Error: nested MAIL command\n"
		                "c: BDAT 2 LAST\\r\\n\\r\\n\nS> 250\n" QUIT,
		    CONNECT LEAVE
		    "ehlo=1 mail=1/2 rcpt=1/2 data=0/1 bdat=2 quit=1 commands=6/9\n" },
		{ "not offered", "smtpd_discard_ehlo_keywords = chunking\n",
		    GREET "C: HELO c\nS> 250\nC: MAIL FROM:<s@x.y>\nS> 250\n"
		          "C: RCPT TO:<a@example.com>\nS> 250\n"
		          "c: BDAT 6 LAST\\r\\nQUIT\\r\\n\n"
		          "S: 502 5.5.1 Error: CHUNKING is not offered\n" NOOP QUIT,
		    CONNECT LEAVE "helo=1 mail=1 rcpt=1 bdat=0/1 noop=1 quit=1 commands=5/6\n" },
		{ "refused by cleanup", "",
		    RCPT BDAT_5 "c: BDAT 5\\r\\nabcde\nS> 250\nC: BDAT 0 LAST\nS: 554 5.7.1 no\n"
		                "C: BDAT 0 LAST\nS: 503 5.5.1 Error: need RCPT command\n" NOOP QUIT,
		    CONNECT COUNTS("bdat=2/4 noop=1 quit=1 commands=7/9"),
		    { .code = 554, .dsn = "5.7.1", .text = "no" } },
		{ "cleanup gone", "", RCPT BDAT_5 "C: BDAT 0 LAST\nS> 451 4.3.0\n" NOOP QUIT,
		    CONNECT "warning: cannot reach the cleanup service: public/cleanup: Connection "
		            "refused\nwarning: no verdict from the cleanup service: Connection "
		            "refused\n" COUNTS("bdat=1/2 noop=1 quit=1 commands=6/7"),
		    { .refuse_channel = true } },
	};

	(void)state;
	play_rows(rows, ARRAY_LEN(rows));
}

static void
test_ends(void **state)
{
	static const struct row rows[] = {
		{ "within a chunk", "", RCPT BDAT_5 "c: BDAT 5\\r\\nabc\nwait 1s\nclose\n",
		    CONNECT "lost connection after BDAT (3 bytes) from " CLIENT
		            "\n" COUNTS("bdat=1/2 commands=4/5") },
		{ "between chunks", "", RCPT BDAT_5 "close\n",
		    CONNECT "lost connection after BDAT from " CLIENT
		            "\n" COUNTS("bdat=1 commands=4") },
		{ "within a refused chunk", "", EHLO "c: BDAT 5\\r\\nabc\nwait 1s\nclose\n",
		    CONNECT "lost connection after BDAT (3 bytes) from " CLIENT "\n" LEAVE
		            "ehlo=1 bdat=0/1 commands=1/2\n" },
		{ "silence", "smtpd_timeout = 60s\n",
		    RCPT "c: BDAT 5\\r\\nabc\nwait 59s\nc: d\nwait 61s\nS> 421 4.4.2\nclosed\n",
		    CONNECT "timeout after BDAT (4 bytes) from " CLIENT
		            "\n" COUNTS("bdat=0/1 commands=3/4") },
		{ "drops, with a deadline for all",
		    "smtpd_timeout = 60s\nsmtpd_per_request_deadline = yes\nsmtpd_min_data_rate = "
		    "1\n",
		    RCPT BDAT_5 "wait 50s\nc: BDAT 99\\r\\nabcde\nwait 50s\nc: fghij\nwait "
		                "19s\nquiet\nwait 2s\n"
		                "S> 421 4.4.2\nclosed\n",
		    CONNECT "timeout after BDAT (10 bytes) from " CLIENT
		            "\n" COUNTS("bdat=1/2 commands=4/5") },
		{ "much more than is taken", "message_size_limit = 1000\n",
		    GREET "C: EHLO client.example\nS* 250\nC: MAIL FROM:<s@x.y>\nS> 250\n"
		          "C: RCPT TO:<a@example.com>\nS> 250\nC: BDAT 4294967296\n"
		          "S: 552 5.3.4 Chunk exceeds message size limit\nclosed\n",
		    CONNECT "warning: BDAT request from " CLIENT
		            " exceeds message size limit\n" COUNTS("bdat=0/1 commands=3/4") },
		{ "much more than is taken, without MAIL", "message_size_limit = 0\n",
		    GREET "C: EHLO client.example\nS* 250\nC: BDAT 9223372036854775807 LAST\n"
		          "S: 503 5.5.1 Error: need RCPT command\nclosed\n",
		    CONNECT LEAVE "ehlo=1 bdat=0/1 commands=1/2\n" },
		{ "a line that cannot be read", "",
		    RCPT "c: bdat 5\\0\\r\\nQUIT\\r\\n\nS: 500 5.5.2 Error: bad syntax\nclosed\n",
		    CONNECT LEAVE "ehlo=1 mail=1 rcpt=1 unknown=0/1 commands=3/4\n" },
		{ "LF, refused", "smtpd_forbid_bare_newline = reject\n",
		    RCPT "c: BDAT 4\\r\\na\\nb\\n\n"
		         "S: 550 5.5.2 mx.example.com Error: bare <LF> received\nclosed\n",
		    CONNECT "bare <LF> received after BDAT (2 bytes) from " CLIENT
		            "\n" COUNTS("bdat=0/1 commands=3/4") },
	};

	(void)state;
	play_rows(rows, ARRAY_LEN(rows));
}

/* A client whose message is refused may not push on for ever. */
static void
act_budget(struct scene *sc)
{
	int chunks = 0;

	scene_connect(sc);
	scene_play(sc, GREET "C: EHLO c\nS* 250\nC: MAIL FROM:<s@x.y>\nS> 250\n");
	do {
		scene_send(sc, STR("BDAT 400000\r\n"));
		for (int i = 0; i < 40000; i++)
			scene_send(sc, STR("NOOP abc\r\n"));
		chunks++;
	} while (scene_hear_code(sc) != 0 && chunks < 10);
	scene_leave(sc);
	assert_int_equal(chunks, 4);
}

static void
test_budget(void **state)
{
	(void)state;
	scene_run("message_size_limit = 1000\nsmtpd_hard_error_limit = 100\n", 1, act_budget, NULL);
}

/* --- Splits ------------------------------------------------------------------------------------ */

static const struct str content = STR_INIT("Subject: x\r\n y\r\n\r\n.\r\n..\r\n.\r\nQUIT\r\n."
                                           "\r\nBDAT 5 LAST\r\n\xff\0\r\n.");

static void
send_chunk(struct scene *sc, struct str bytes, const char *last)
{
	AUTO(buf) line = BUF_INIT(64);

	assert_int_equal(buf_addf(&line, "BDAT %zu%s\r\n", bytes.n, last), 0);
	scene_send(sc, buf_str(&line));
	scene_send(sc, bytes);
	assert_int_equal(scene_hear_code(sc), 250);
}

/* Cleanup has got it, and the end of its last line. */
static void
assert_content(const struct scene *sc, size_t message)
{
	struct str got = buf_str(&sc->messages[message].content);

	assert_true(str_equal(str_part(got, 0, content.n), content));
	assert_true(str_equal(str_from(got, content.n), STR("\r\n")));
}

/* Byte by byte; also with the last line's end added by the server. */
static void
act_bytes(struct scene *sc)
{
	scene_connect(sc);
	scene_play(sc, RCPT);
	for (size_t i = 0; i < content.n; i++)
		send_chunk(sc, str_part(content, i, 1), i + 1 == content.n ? " LAST" : "");
	scene_play(sc, QUIT);
	scene_leave(sc);
	assert_content(sc, 0);
}

/* In two chunks, at every place, each sent in parts that pause at another. */
static void
act_splits(struct scene *sc)
{
	scene_connect(sc);
	scene_play(sc, EHLO);
	for (size_t i = 1; i < content.n; i++) {
		scene_play(
		    sc, "C: MAIL FROM:<s@x.y>\nS> 250\nC: RCPT TO:<a@example.com>\nS> 250\n");
		send_chunk(sc, str_part(content, 0, i), "");
		send_chunk(sc, str_from(content, i), " LAST");
		assert_content(sc, i - 1);
	}
	scene_play(sc, QUIT);
	scene_leave(sc);
}

static void
test_splits(void **state)
{
	(void)state;
	BUG_ON(content.n > SCENE_MESSAGES);
	scene_run("", 1, act_bytes, NULL);
	scene_run("", 1, act_splits, NULL);
	scene_run("journal_message_limit = 20\n", 1, act_splits, NULL);
}

/* Nothing comes of a message whose chunks end in the middle, although cleanup has some. */
static void
act_abort(struct scene *sc)
{
	const char *end = sc->arg;

	scene_connect(sc);
	scene_play(sc, RCPT BDAT_5 BDAT_5);
	assert_int_equal(sc->message_count, 1);
	scene_play(sc, end);
	scene_leave(sc);
	assert_int_equal(task_sleep(run_deadline(TICKS_SECOND)), 0); /* cleanup reads it */
	assert_true(sc->messages[0].aborted);
	assert_false(sc->messages[0].ended);
}

static void
test_abort(void **state)
{
	static const char *const ends[] = {
		"close\n",
		"wait 301s\nS> 421\nclosed\n",
		"C: RSET\nS> 250\n" QUIT,
		"C: EHLO c\nS* 250\n" QUIT,
		"C: HELO c\nS> 250\n" QUIT,
		"C: QUIT\nS> 221\nclosed\n",
		"C: BDAT 0\nS> 551\n" QUIT,
		"C: BDAT x\nS> 521\nclosed\n",
		"c: BDAT 9\\r\\nabc\nclose\n",
		"C: BDAT 4294967296\nS> 552\nclosed\n",
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(ends); i++) {
		char end[100];

		print_message("    %s\n", ends[i]);
		snprintf(end, sizeof(end), "%s", ends[i]);
		scene_run("journal_message_limit = 2\n", i, act_abort, end);
	}
}

/* --- A million ---------------------------------------------------------------------------------- */

#define MANY 1000000

static void
act_many(struct scene *sc)
{
	scene_connect(sc);
	scene_play(sc, RCPT);
	for (int i = 0; i < MANY; i++) {
		scene_send(sc, STR("BDAT 1\r\nx"));
		assert_int_equal(scene_hear_code(sc), 250);
	}
	scene_play(sc, "C: BDAT 0 LAST\nS> 250\n" QUIT);
	scene_leave(sc);
	assert_int_equal(sc->messages[0].content.n, MANY + 2);
}

/* Chunks of one byte: what they cost does not grow. */
static void
test_many(void **state)
{
	(void)state;
	scene_run("", 1, act_many, NULL);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_messages),
		cmocka_unit_test(test_syntax),
		cmocka_unit_test(test_errors),
		cmocka_unit_test(test_ends),
		cmocka_unit_test(test_budget),
		cmocka_unit_test(test_splits),
		cmocka_unit_test(test_abort),
		cmocka_unit_test(test_many),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
