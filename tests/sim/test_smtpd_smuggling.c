/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Ends of data that are none, in a whole session: each way to write a dot between two line ends, cut
 * at each byte. Only CRLF "." CRLF may end the message; what a smuggler adds behind the others must
 * come out as content, byte for byte, and never as a second message.
 */
#include "tests/sim/smtpd_rows.h"

#define SMUGGLED "MAIL FROM:<forged@x.y>\r\nRCPT TO:<b@example.com>\r\nDATA\r\nforged\r\n"

static const struct form {
	const char *name;
	struct str wire;    /* between "a" and what is smuggled */
	struct str content; /* what becomes of it */
} forms[] = {
	{ "LF.LF", STR_INIT("\n.\n"), STR_INIT("\r\n.\r\n") },
	{ "LF.CRLF", STR_INIT("\n.\r\n"), STR_INIT("\r\n.\r\n") },
	{ "LF.CR", STR_INIT("\n.\r"), STR_INIT("\r\n ") },
	{ "CR.CR", STR_INIT("\r.\r"), STR_INIT(" . ") },
	{ "CR.LF", STR_INIT("\r.\n"), STR_INIT(" .\r\n") },
	{ "CR.CRLF", STR_INIT("\r.\r\n"), STR_INIT(" .\r\n") },
	{ "CRLF.LF", STR_INIT("\r\n.\n"), STR_INIT("\r\n.\r\n") },
	{ "CRLF.CR", STR_INIT("\r\n.\r"), STR_INIT("\r\n ") },
	{ "CRLF.CRCRLF", STR_INIT("\r\n.\r\r\n"), STR_INIT("\r\n \r\n") },
	{ "CRLF..CRLF", STR_INIT("\r\n..\r\n"), STR_INIT("\r\n.\r\n") },
	{ "CRCRLF.CRLF with a blank", STR_INIT("\r\r\n. \r\n"), STR_INIT(" \r\n \r\n") },
	{ "CRLF NUL .CRLF", STR_INIT("\r\n\0.\r\n"), STR_INIT("\r\n\0.\r\n") },
};

struct cut {
	const struct form *form;
	size_t at; /* the client waits behind so many bytes */
};

static void
add(struct buf *b, struct str s)
{
	assert_int_equal(buf_add(b, s), 0);
}

static void
act_cut(struct scene *sc)
{
	const struct cut *cut = sc->arg;
	AUTO(buf) wire = BUF_INIT(1000);
	AUTO(buf) content = BUF_INIT(1000);

	add(&wire, STR("a"));
	add(&wire, cut->form->wire);
	add(&wire, STR(SMUGGLED ".\r\n"));
	add(&content, STR("a"));
	add(&content, cut->form->content);
	add(&content, STR(SMUGGLED));

	scene_connect(sc);
	scene_play(sc, DATA);
	scene_send(sc, str_part(buf_str(&wire), 0, cut->at));
	scene_play(sc, "quiet\n");
	scene_send(sc, str_from(buf_str(&wire), cut->at));
	scene_play(sc, "S: 250 2.0.0 Ok: queued as ID1\n" QUIT);
	scene_leave(sc);
	assert_int_equal(sc->message_count, 1);
	if (!str_equal(buf_str(&sc->messages[0].content), buf_str(&content)))
		fail_msg("%s, cut at %zu: %s", cut->form->name, cut->at,
		    buf_text(&sc->messages[0].content));
	assert_str_is(buf_str(&sc->messages[0].sender), "s@x.y");
	assert_str_is(buf_str(&sc->messages[0].recipients), "a@example.com");
}

static void
test_forms(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(forms); i++) {
		for (size_t at = 0; at <= forms[i].wire.n + 2; at++) {
			struct cut cut = { .form = &forms[i], .at = at };

			scene_run("", at, act_cut, &cut);
		}
	}
}

/* The true end, cut at each byte, with the next message right behind it. */
static void
act_true_end(struct scene *sc)
{
	static const struct str wire =
	    STR_INIT("a\r\n.\r\nMAIL FROM:<s2@x.y>\r\nRCPT TO:<b@example.com>\r\nDATA\r\n");
	const size_t *at = sc->arg;

	scene_connect(sc);
	scene_play(sc, DATA);
	scene_send(sc, str_part(wire, 0, *at));
	assert_int_equal(task_sleep(run_deadline(TICKS_SECOND)), 0);
	scene_send(sc, str_from(wire, *at));
	scene_play(sc, "S: 250 2.0.0 Ok: queued as ID1\nS> 250 2.1.0\nS> 250 2.1.5\nS> 354 \n"
	               "c: ..b\\r\\n.\\r\\n\nS: 250 2.0.0 Ok: queued as ID2\n" QUIT);
	scene_leave(sc);
	assert_int_equal(sc->message_count, 2);
	assert_str_is(buf_str(&sc->messages[0].content), "a\r\n");
	assert_str_is(buf_str(&sc->messages[1].content), ".b\r\n");
	assert_str_is(buf_str(&sc->messages[1].sender), "s2@x.y");
	assert_str_is(buf_str(&sc->messages[1].recipients), "b@example.com");
}

static void
test_true_end(void **state)
{
	(void)state;
	for (size_t at = 0; at <= 8; at++)
		scene_run("", at, act_true_end, &at);
}

static void
test_modes(void **state)
{
	static const struct row rows[] = {
		{ "reject: content", "smtpd_forbid_bare_newline = reject\n",
		    DATA "c: a\\r\\nb\\n\n"
		         "S: 550 5.5.2 mx.example.com Error: bare <LF> received\nclosed\n",
		    CONNECT "bare <LF> received after DATA (5 bytes) from " CLIENT "\n" LEAVE
		            "ehlo=1 mail=1 rcpt=1 data=0/1 commands=3/4\n" },
		{ "reject: another code",
		    "smtpd_forbid_bare_newline = reject\n"
		    "smtpd_forbid_bare_newline_reject_code = 450\n",
		    DATA "c: \\n\nS> 450 4.5.2 \nclosed\n",
		    CONNECT "bare <LF> received after DATA (1 bytes) from " CLIENT "\n" LEAVE
		            "ehlo=1 mail=1 rcpt=1 data=0/1 commands=3/4\n" },
		{ "reject: a command", "smtpd_forbid_bare_newline = reject\n",
		    GREET "C: NOOP\nS> 250\nc: NOOP\\n\nS> 550 5.5.2\nclosed\n",
		    CONNECT "bare <LF> received after NOOP from " CLIENT "\n" LEAVE
		            "noop=1 unknown=0/1 commands=1/2\n" },
		{ "reject: not the excluded",
		    "smtpd_forbid_bare_newline = reject\n"
		    "smtpd_forbid_bare_newline_exclusions = 198.51.100.0/24\n",
		    DATA "c: a\\n.\\n\nS> 250 2.0.0\nc: QUIT\\n\nS> 221\nclosed\n",
		    CONNECT LEAVE "ehlo=1 mail=1 rcpt=1 data=1 quit=1 commands=5\n" },
		{ "note", "smtpd_forbid_bare_newline = note\n",
		    DATA "c: a\\n.\\r\\nb\\r\\n.\\r\\n\nS> 250 2.0.0\n" QUIT,
		    CONNECT LEAVE "ehlo=1 mail=1 rcpt=1 data=1 quit=1 commands=5 notes=bare_lf\n" },
		{ "note: a command", "smtpd_forbid_bare_newline = note\n",
		    GREET "c: NOOP\\n\nS> 250\n" QUIT,
		    CONNECT LEAVE "noop=1 quit=1 commands=2 notes=bare_lf\n" },
		{ "yes is normalize", "smtpd_forbid_bare_newline = yes\n",
		    DATA "c: a\\n.\\n\nquiet\nc: b\\r\\n.\\r\\n\nS> 250 2.0.0\n" QUIT,
		    CONNECT LEAVE "ehlo=1 mail=1 rcpt=1 data=1 quit=1 commands=5\n" },
		{ "no", "smtpd_forbid_bare_newline = no\n", DATA "c: a\\n.\\n\nS> 250 2.0.0\n" QUIT,
		    CONNECT LEAVE "ehlo=1 mail=1 rcpt=1 data=1 quit=1 commands=5\n" },
		{ "exclusions that cannot be found out are none",
		    "smtpd_forbid_bare_newline_exclusions = fail:x\n",
		    DATA "c: a\\n.\\n\nquiet\nc: b\\r\\n.\\r\\n\nS> 250 2.0.0\n" QUIT,
		    CONNECT
		    "warning: smtpd_forbid_bare_newline_exclusions: fail:x: this table always "
		    "fails\n" LEAVE "ehlo=1 mail=1 rcpt=1 data=1 quit=1 commands=5\n" },
	};

	(void)state;
	play_rows(rows, ARRAY_LEN(rows));
}

static void
act_stray_cr(struct scene *sc)
{
	scene_connect(sc);
	scene_play(sc, DATA "c: a\\rb\\r\\r\\n.\\r\\n\nS> 250\n" QUIT);
	scene_leave(sc);
	assert_str_is(buf_str(&sc->messages[0].content), (const char *)sc->arg);
}

static void
test_stray_cr(void **state)
{
	char replaced[] = "a b \r\n", kept[] = "a\rb\r\r\n";

	(void)state;
	scene_run("", 1, act_stray_cr, replaced);
	scene_run("cleanup_replace_stray_cr_lf = no\n", 1, act_stray_cr, kept);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_forms),
		cmocka_unit_test(test_true_end),
		cmocka_unit_test(test_modes),
		cmocka_unit_test(test_stray_cr),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
