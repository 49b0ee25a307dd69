/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The state of a transaction: what each way to end one leaves behind (nothing), and random commands
 * against a small model of the server.
 */
#include "tests/sim/smtpd_rows.h"

/* A transaction with something in each of its fields. */
#define FULL                                                                                       \
	EHLO "C: MAIL FROM:<\xc3\xbc@x.y> SIZE=500 BODY=8BITMIME SMTPUTF8 RET=HDRS ENVID=id+201\n" \
	     "S> 250\nC: RCPT TO:<a@example.com>\nS> 250\n"                                        \
	     "C: RCPT TO:<b@example.com> NOTIFY=FAILURE,DELAY ORCPT=rfc822;b+2Bc@x.y\nS> 250\n"

#define CONTENT "C: DATA\nS> 354\nC: x\nC: .\n"

#define CHUNKS "c: BDAT 3\\r\\nabc\nS> 250\n"

/* Each event ends the transaction. */
static const struct event_row {
	const char *name;
	const char *script; /* behind FULL */
	struct cleanup_plan plan;
	size_t messages; /* that cleanup got of it */
} events[] = {
	{ "RSET", "C: RSET\nS> 250\n", { 0 }, 0 },
	{ "EHLO", "C: EHLO c2\nS* 250\n", { 0 }, 0 },
	{ "HELO", "C: HELO c2\nS> 250\n", { 0 }, 0 },
	{ "taken", CONTENT "S> 250\n", { 0 }, 1 },
	{ "refused for good", CONTENT "S: 554 5.7.1 no\n",
	    { .code = 554, .dsn = "5.7.1", .text = "no" }, 1 },
	{ "refused, but not for good", CONTENT "S: 452 4.3.1 full\n",
	    { .code = 452, .dsn = "4.3.1", .text = "full" }, 1 },
	{ "cleanup gone", CONTENT "S: 451 4.3.0 Error: queue file write error\n",
	    { .refuse_channel = true }, 0 },
	{ "cleanup dies", CONTENT "S> 451 4.3.0\n", { .die_after = 2 }, 1 },
	{ "chunks taken", CHUNKS "C: BDAT 0 LAST\nS> 250\n", { 0 }, 1 },
	{ "RSET between chunks", CHUNKS "C: RSET\nS> 250\n", { 0 }, 0 },
	{ "EHLO between chunks", CHUNKS "C: EHLO c2\nS* 250\n", { 0 }, 0 },
	{ "a refused chunk, RSET", CHUNKS "C: BDAT 0\nS> 551\nC: RSET\nS> 250\n", { 0 }, 0 },
	{ "a refused chunk, the last", CHUNKS "C: BDAT 0\nS> 551\nC: BDAT 0 LAST\nS> 551\n", { 0 },
	    0 },
	{ "chunks refused", CHUNKS "C: BDAT 0 LAST\nS: 554 5.7.1 no\n",
	    { .code = 554, .dsn = "5.7.1", .text = "no" }, 1 },
	{ "cleanup mute", CONTENT "S> 451 4.3.0\n", { .mute = true }, 1 },
};

/* What must not be there any more: state that a next command would show. */
static const struct trace_row {
	const char *name;
	const char *script;
} traces[] = {
	{ "no MAIL is open", "C: MAIL FROM:<t@x.y>\nS> 250\n" },
	{ "no recipient, for DATA", "C: DATA\nS> 503 5.5.1 Error: need RCPT\n" },
	{ "no recipient, for DATA behind MAIL",
	    "C: MAIL FROM:<t@x.y>\nS> 250\nC: DATA\nS> 554 5.5.1\n" },
	{ "no MAIL, for RCPT", "C: RCPT TO:<a@example.com>\nS> 503 5.5.1 Error: need MAIL\n" },
	{ "no SMTPUTF8",
	    "C: MAIL FROM:<t@x.y>\nS> 250\nC: RCPT TO:<\xc3\xbc@example.com>\nS> 553 5.6.7\n" },
	{ "no recipients counted",
	    "C: MAIL FROM:<t@x.y>\nS> 250\nC: RCPT TO:<a@example.com>\nS> 250\n"
	    "C: RCPT TO:<b@example.com>\nS> 250\n"
	    "C: RCPT TO:<c@example.com>\nS> 452\n" },
};

struct reset {
	const struct event_row *event;
	const struct trace_row *trace;
};

static void
act_reset(struct scene *sc)
{
	const struct reset *r = sc->arg;

	sc->plan = r->event->plan;
	scene_connect(sc);
	scene_play(sc, FULL);
	scene_play(sc, r->event->script);
	assert_int_equal(sc->message_count, r->event->messages);
	sc->plan = (struct cleanup_plan){ .die_after = 0 };
	scene_play(sc, r->trace->script);
	/* and a message of its own goes through, with nothing of the first */
	scene_play(sc, "C: RSET\nS> 250\nC: MAIL FROM:<t@x.y>\nS> 250\nC: RCPT TO:<c@example.com>\n"
	               "S> 250\nC: DATA\nS> 354\nC: second\nC: .\nS> 250 2.0.0\n" QUIT);
	scene_leave(sc);
	assert_int_equal(sc->message_count, r->event->messages + 1);
	assert_str_is(buf_str(&sc->messages[r->event->messages].sender), "t@x.y");
	assert_str_is(buf_str(&sc->messages[r->event->messages].recipients), "c@example.com");
	assert_str_is(buf_str(&sc->messages[r->event->messages].content), "second\r\n");
	assert_int_equal(sc->messages[r->event->messages].flags, 0);
	assert_str_is(buf_str(&sc->messages[r->event->messages].dsn), " 0/");
	assert_int_equal(sc->messages[r->event->messages].size, 0);
}

static void
test_reset(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(events); i++) {
		for (size_t j = 0; j < ARRAY_LEN(traces); j++) {
			struct reset r = { &events[i], &traces[j] };

			print_message("    %s: %s\n", events[i].name, traces[j].name);
			scene_run("smtpd_recipient_limit = 2\n"
			          "virtual_mailbox_maps = inline:{{a@example.com = a/} "
			          "{b@example.com = b/} {c@example.com = c/} {\xc3\xbc@example.com "
			          "= u/}}\n",
			    i, act_reset, &r);
		}
	}
}

/* What VRFY, NOOP, HELP and refused commands are given changes nothing. */
static void
act_untouched(struct scene *sc)
{
	scene_connect(sc);
	scene_play(sc, EHLO "C: MAIL FROM:<s@x.y>\nS> 250\nC: RCPT TO:<a@example.com>\nS> 250\n"
	                    "C: VRFY \xc3\xbc@x.y\nS> 553\nC: VRFY b@example.com\nS> 252\n"
	                    "C: NOOP\nS> 250\nC: HELP\nS> 214\nC: BAD\nS> 500\nC: EHLO\nS> 501\n"
	                    "C: MAIL FROM:<t@x.y>\nS> 503\nC: RCPT TO:<no@example.com>\nS> 550\n"
	                    "C: RCPT TO:<bad\nS> 501\nC: DATA x\nS> 501\nC: RSET x\nS> 501\n"
	                    "C: QUIT x\nS> 501\nC: DATA\nS> 354\nC: .\nS> 250\n" QUIT);
	scene_leave(sc);
	assert_int_equal(sc->message_count, 1);
	assert_str_is(buf_str(&sc->messages[0].sender), "s@x.y");
	assert_str_is(buf_str(&sc->messages[0].recipients), "a@example.com");
}

static void
test_untouched(void **state)
{
	(void)state;
	scene_run(
	    "smtpd_hard_error_limit = 100\nsmtpd_soft_error_limit = 100\n", 1, act_untouched, NULL);
}

/* What cleanup is told of message and client. */
static void
act_submit(struct scene *sc)
{
	struct taken *m = sc->messages;

	scene_connect(sc);
	scene_play(sc,
	    FULL "C: DATA\nS> 354\nC: .\nS> 250\n"
	         "C: HELO c2\nS> 250\nC: MAIL FROM:<>\nS> 250\n"
	         "C: RCPT TO:<postmaster>\nS> 250\nC: DATA\nS> 354\nC: .\nS> 250\n" QUIT);
	scene_leave(sc);
	assert_int_equal(sc->message_count, 2);
	assert_str_is(buf_str(&m[0].sender), "\xc3\xbc@x.y");
	assert_str_is(buf_str(&m[0].recipients), "a@example.com b@example.com");
	assert_str_is(buf_str(&m[0].helo), "client.example");
	assert_str_is(buf_str(&m[0].protocol), "UTF8SMTP");
	assert_str_is(buf_str(&m[0].client), CLIENT ":4711");
	assert_int_equal(m[0].flags, SUBMIT_SMTPUTF8 | SUBMIT_8BITMIME | SUBMIT_RET_HDRS);
	assert_str_is(buf_str(&m[0].dsn), "id 1 0/ 12/rfc822;b+c@x.y");
	assert_int_equal(m[0].size, 500);
	assert_str_is(buf_str(&m[0].content), "");
	assert_true(m[0].ended);
	assert_str_is(buf_str(&m[1].sender), "");
	assert_str_is(buf_str(&m[1].recipients), "postmaster@mx.example.com");
	assert_str_is(buf_str(&m[1].helo), "c2");
	assert_str_is(buf_str(&m[1].protocol), "SMTP");
	assert_int_equal(m[1].flags, 0);
	assert_str_is(buf_str(&m[1].dsn), " 0/");
	assert_int_equal(sc->channels, 1);
}

static void
test_submit(void **state)
{
	(void)state;
	scene_run("", 1, act_submit, NULL);
}

static void
act_trusted(struct scene *sc)
{
	const unsigned *flags = sc->arg;

	scene_connect(sc);
	scene_play(sc, DATA "C: .\nS> 250\n" QUIT);
	scene_leave(sc);
	assert_int_equal(sc->messages[0].flags, *flags);
}

static void
act_trusted_own(struct scene *sc)
{
	sc->peer.is_own_host = true;
	act_trusted(sc);
}

/* Whose headers are completed. */
static void
test_trusted(void **state)
{
	static const struct {
		const char *main_cf;
		unsigned stranger, own;
	} rows[] = {
		{ "", 0, SUBMIT_TRUSTED },
		{ "local_header_rewrite_clients =\n", 0, 0 },
		{ "local_header_rewrite_clients = permit_mynetworks\n", 0, 0 },
		{ "local_header_rewrite_clients = permit_mynetworks\nmynetworks = 198.51.100.7\n",
		    SUBMIT_TRUSTED, SUBMIT_TRUSTED },
		{ "mynetworks = 198.51.100.7\n", 0, SUBMIT_TRUSTED },
		{ "smtpd_hide_client_session = yes\n", SUBMIT_HIDE_CLIENT,
		    SUBMIT_TRUSTED | SUBMIT_HIDE_CLIENT },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		unsigned stranger = rows[i].stranger, own = rows[i].own;

		scene_run(rows[i].main_cf, 1, act_trusted, &stranger);
		scene_run(rows[i].main_cf, 1, act_trusted_own, &own);
	}
}

/* --- Random commands against a model ----------------------------------------------------------- */

#define STEPS      400
#define SEEDS      60
#define LIMIT_RCPT 3

struct model {
	uint64_t random;
	bool mail; /* a transaction is open */
	enum { NONE, COMING, LOST } chunks;
	size_t recipients; /* taken */
	size_t messages;   /* cleanup must have got */
	size_t rejected;   /* of those, with a bad verdict */
};

static unsigned
draw(struct model *m, unsigned below)
{
	m->random ^= m->random << 13;
	m->random ^= m->random >> 7;
	m->random ^= m->random << 17;
	return (unsigned)(m->random % below);
}

static void
reset(struct model *m)
{
	m->mail = false;
	m->recipients = 0;
	m->chunks = NONE;
}

static void
step_mail(struct scene *sc, struct model *m)
{
	bool bad = draw(m, 4) == 0;
	int want = m->mail ? 503 : bad ? 501 : 250;

	scene_send(sc, bad ? STR("MAIL FROM:<s@@x>\r\n") : STR("MAIL FROM:<s@x.y>\r\n"));
	assert_int_equal(scene_hear_code(sc), want);
	if (want != 250)
		return;
	m->mail = true;
	m->chunks = NONE;
}

static void
step_rcpt(struct scene *sc, struct model *m)
{
	static const struct {
		struct str line;
		int code;
	} rows[] = {
		{ STR_INIT("RCPT TO:<a@example.com>\r\n"), 250 },
		{ STR_INIT("RCPT TO:<b@example.com>\r\n"), 250 },
		{ STR_INIT("RCPT TO:<no@example.com>\r\n"), 550 },
		{ STR_INIT("RCPT TO:<r@other.example>\r\n"), 554 },
		{ STR_INIT("RCPT TO:<\r\n"), 501 },
	};
	unsigned i = draw(m, ARRAY_LEN(rows));
	int want = !m->mail || m->chunks != NONE ? 503
	           : m->recipients == LIMIT_RCPT ? 452
	                                         : rows[i].code;

	scene_send(sc, rows[i].line);
	assert_int_equal(scene_hear_code(sc), want);
	if (want == 250)
		m->recipients++;
}

static void
plan_verdict(struct scene *sc, struct model *m)
{
	sc->plan.code = draw(m, 3) == 0 ? 554 : 0;
	sc->plan.dsn = "5.7.1";
	sc->plan.text = "no";
}

/* Cleanup has got one message more, with nothing but its content. */
static void
hear_verdict(struct scene *sc, struct model *m)
{
	struct str got;

	assert_int_equal(scene_hear_code(sc), sc->plan.code != 0 ? 554 : 250);
	assert_int_equal(sc->message_count, ++m->messages);
	got = buf_str(&sc->messages[m->messages - 1].content);
	assert_true(got.n == 0 || str_starts(got, STR("MAIL FROM")));
	reset(m);
}

static void
step_data(struct scene *sc, struct model *m)
{
	int want = m->chunks != NONE ? 503 : m->recipients != 0 ? 354 : m->mail ? 554 : 503;

	scene_send(sc, STR("DATA\r\n"));
	assert_int_equal(scene_hear_code(sc), want);
	if (want != 354)
		return;
	plan_verdict(sc, m);
	scene_send(sc, STR("MAIL FROM:<x@y>\r\n"));
	scene_send(sc, draw(m, 2) == 0 ? STR("..\r\n.\n.\r\n.\r\n") : STR(".\r\n"));
	hear_verdict(sc, m);
}

/* Content that looks like a command, or nothing. */
static void
step_bdat(struct scene *sc, struct model *m)
{
	bool last = draw(m, 2) == 0, empty = draw(m, 5) == 0;
	int want = m->chunks == LOST    ? 551
	           : m->recipients == 0 ? (m->mail ? 554 : 503)
	           : empty && !last     ? 551
	                                : 250;

	if (want == 250 && last)
		plan_verdict(sc, m);
	scene_send(sc, empty  ? (last ? STR("BDAT 0 LAST\r\n") : STR("BDAT 0\r\n"))
	               : last ? STR("BDAT 11 LAST\r\nMAIL FROM\r\n")
	                      : STR("BDAT 11\r\nMAIL FROM\r\n"));
	if (want == 250 && last) {
		hear_verdict(sc, m);
		return;
	}
	assert_int_equal(scene_hear_code(sc), want);
	if (last)
		reset(m);
	else
		m->chunks = want == 250 ? COMING : LOST;
}

static void
step_other(struct scene *sc, struct model *m)
{
	static const struct {
		struct str line;
		int code;
		bool resets;
	} rows[] = {
		{ STR_INIT("RSET\r\n"), 250, true },
		{ STR_INIT("EHLO x\r\n"), 250, true },
		{ STR_INIT("HELO x\r\n"), 250, true },
		{ STR_INIT("HELO\r\n"), 501, false },
		{ STR_INIT("RSET x\r\n"), 501, false },
		{ STR_INIT("NOOP\r\n"), 250, false },
		{ STR_INIT("VRFY x\r\n"), 252, false },
		{ STR_INIT("VRFY\r\n"), 501, false },
		{ STR_INIT("HELP\r\n"), 214, false },
		{ STR_INIT("\r\n"), 500, false },
	};
	unsigned i = draw(m, ARRAY_LEN(rows));

	scene_send(sc, rows[i].line);
	assert_int_equal(scene_hear_code(sc), rows[i].code);
	if (rows[i].resets)
		reset(m);
}

static void
act_model(struct scene *sc)
{
	const uint64_t *seed = sc->arg;
	struct model m = { .random = *seed };

	scene_connect(sc);
	scene_play(sc, GREET);
	for (int i = 0; i < STEPS && m.messages < SCENE_MESSAGES - 1; i++) {
		switch (draw(&m, 10)) {
		case 0:
		case 1:
			step_mail(sc, &m);
			break;
		case 2:
		case 3:
		case 4:
			step_rcpt(sc, &m);
			break;
		case 5:
		case 6:
			step_data(sc, &m);
			break;
		case 7:
		case 8:
			step_bdat(sc, &m);
			break;
		default:
			step_other(sc, &m);
			break;
		}
	}
	scene_play(sc, QUIT);
	scene_leave(sc);
	assert_int_equal(sc->message_count, m.messages);
}

static void
test_model(void **state)
{
	(void)state;
	for (uint64_t seed = 1; seed <= SEEDS; seed++)
		scene_run("smtpd_recipient_limit = 3\nsmtpd_hard_error_limit = 100000\n"
		          "smtpd_soft_error_limit = 100000\nsmtpd_junk_command_limit = 100000\n",
		    seed, act_model, &seed);
}

/* --- Noise ------------------------------------------------------------------------------------ */

#define NOISE_SEEDS  100
#define NOISE_PIECES 300

/* Replies only: "ddd " or "ddd-" and words, each line with CRLF; nothing else, whatever was sent. */
static void
hear_noise(struct scene *sc)
{
	struct str line;

	while (stream_read_line(&sc->client, 4096, &line, run_deadline(1)) == 0) {
		assert_true(line.n >= 6 && line.n <= REPLY_LINE_MAX);
		assert_true(line.p[0] >= '2' && line.p[0] <= '5');
		assert_true(char_is_digit(line.p[1]) && char_is_digit(line.p[2]));
		assert_true(line.p[3] == ' ' || line.p[3] == '-');
		assert_true(str_ends(line, STR("\r\n")));
		assert_false(str_has_control(str_part(line, 0, line.n - 2)));
	}
}

/* Pieces of the protocol and bytes that are none, in any order, cut anywhere. */
static void
act_noise(struct scene *sc)
{
	static const struct str pieces[] = { STR_INIT("EHLO x\r\n"), STR_INIT("HELO "),
		STR_INIT("MAIL FROM:<"), STR_INIT("a@example.com"), STR_INIT(">"), STR_INIT("\r\n"),
		STR_INIT("RCPT TO:<"), STR_INIT("DATA\r\n"), STR_INIT("\r\n.\r\n"), STR_INIT("\n"),
		STR_INIT("\r"), STR_INIT("."), STR_INIT("RSET\r\n"), STR_INIT("VRFY a\r\n"),
		STR_INIT("\0"), STR_INIT("\xc3\xbc"), STR_INIT("\xff"), STR_INIT(" SMTPUTF8"),
		STR_INIT(" SIZE="), STR_INIT("99999999999"), STR_INIT("\""), STR_INIT("\\"),
		STR_INIT("@"), STR_INIT(","), STR_INIT(":"), STR_INIT("MAIL FROM:<>\r\n"),
		STR_INIT("RCPT TO:<a@example.com>\r\n"), STR_INIT("NOOP\r\n"), STR_INIT("%s%n"),
		STR_INIT("BDAT 20\r\n"), STR_INIT("BDAT 3 LAST\r\n"), STR_INIT("BDAT 0\r\n"),
		STR_INIT(" NOTIFY=NEVER ORCPT=rfc822;") };
	const uint64_t *seed = sc->arg;
	struct model m = { .random = *seed };

	scene_connect(sc);
	for (int i = 0; i < NOISE_PIECES && sc->server.ops != NULL; i++) {
		scene_send(sc, pieces[draw(&m, ARRAY_LEN(pieces))]);
		if (draw(&m, 4) == 0)
			hear_noise(sc);
	}
	hear_noise(sc);
	scene_leave(sc);
	for (size_t i = 0; i < sc->message_count; i++)
		assert_true(sc->messages[i].ended);
	assert_true(str_find(buf_str(&sc->log), STR("disconnect from " CLIENT)) < sc->log.n);
}

static void
test_noise(void **state)
{
	(void)state;
	for (uint64_t seed = 1; seed <= NOISE_SEEDS; seed++)
		scene_run("smtpd_hard_error_limit = 1000\nsmtpd_soft_error_limit = 1000\n"
		          "smtpd_junk_command_limit = 1000\nsmtpd_forbidden_commands =\n"
		          "smtpd_forbid_unauth_pipelining = no\n",
		    seed, act_noise, &seed);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_reset),
		cmocka_unit_test(test_untouched),
		cmocka_unit_test(test_submit),
		cmocka_unit_test(test_trusted),
		cmocka_unit_test(test_model),
		cmocka_unit_test(test_noise),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
