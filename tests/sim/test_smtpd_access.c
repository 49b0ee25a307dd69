/* SPDX-License-Identifier: BSD-2-Clause */
/* Where in a session each list is applied, what is logged, and what cleanup is told. */
#include "tests/sim/smtpd_rows.h"

#define AT_ONCE     "smtpd_delay_reject = no\n"
#define IN(command) "NOQUEUE: reject: " command " from " CLIENT ": "
#define ESMTP       " proto=ESMTP helo=<client.example>\n"
#define NO_CLIENT   "554 5.7.1 <" CLIENT ">: Client host rejected: Access denied"
#define NO_HELO     "554 5.7.1 <client.example>: Helo command rejected: Access denied"
#define NO_SENDER   "554 5.7.1 <s@x.y>: Sender address rejected: Access denied"

static void
test_stages(void **state)
{
	static const struct row rows[] = {
		{ "the client, later", "smtpd_client_restrictions = reject\n",
		    MAIL "C: RCPT TO:<a@example.com>\nS: " NO_CLIENT "\n" QUIT,
		    CONNECT IN("RCPT") NO_CLIENT "; from=<s@x.y> to=<a@example.com>" ESMTP LEAVE
		                                 "ehlo=1 mail=1 rcpt=0/1 quit=1 commands=3/4\n" },
		{ "the client, at once", AT_ONCE "smtpd_client_restrictions = reject\n",
		    "S: " NO_CLIENT "\nC: EHLO x\nS: 503 5.7.0 Error: access denied for " CLIENT
		    "\nC: RSET\nS> 503 5.7.0 \n" QUIT,
		    CONNECT IN("CONNECT") NO_CLIENT "; proto=SMTP\n" LEAVE
		                                    "ehlo=0/1 rset=0/1 quit=1 commands=1/3\n" },
		{ "the client, for good",
		    AT_ONCE "smtpd_client_restrictions = check_client_access static:{521 no}\n",
		    "S: 521 5.7.1 <" CLIENT ">: Client host rejected: no\nclosed\n",
		    CONNECT IN("CONNECT") "521 5.7.1 <" CLIENT
		                          ">: Client host rejected: no; proto=SMTP\n" LEAVE
		                          "commands=0/0\n" },
		{ "the name, at once", AT_ONCE "smtpd_helo_restrictions = reject\n",
		    GREET "C: EHLO client.example\nS: " NO_HELO
		          "\nC: MAIL FROM:<s@x.y>\nS> 250\n" QUIT,
		    CONNECT IN("EHLO") NO_HELO "; proto=SMTP helo=<client.example>\n" LEAVE
		                               "ehlo=0/1 mail=1 quit=1 commands=2/3\n" },
		{ "the sender, at once", AT_ONCE "smtpd_sender_restrictions = reject\n",
		    EHLO "C: MAIL FROM:<s@x.y>\nS: " NO_SENDER
		         "\nC: RCPT TO:<a@example.com>\nS> 503 5.5.1\n" QUIT,
		    CONNECT IN("MAIL") NO_SENDER "; from=<s@x.y>" ESMTP LEAVE
		                                 "ehlo=1 mail=0/1 rcpt=0/1 quit=1 commands=2/4\n" },
		{ "one recipient of two",
		    "smtpd_recipient_restrictions = check_recipient_access "
		    "inline:{{a@example.com=defer_if_permit}}\n",
		    MAIL "C: RCPT TO:<a@example.com>\nS> 450 4.7.1\n"
		         "C: RCPT TO:<b@example.com>\nS> 250\nC: DATA\nS> 354\nC: .\nS> 250\n" QUIT,
		    CONNECT IN("RCPT") "450 4.7.1 <a@example.com>: Recipient address rejected: "
		                       "Service unavailable; from=<s@x.y> "
		                       "to=<a@example.com>" ESMTP LEAVE
		                       "ehlo=1 mail=1 rcpt=1/2 data=1 quit=1 commands=5/6\n" },
		{ "data", "smtpd_data_restrictions = reject\n",
		    RCPT "C: DATA\nS: 554 5.7.1 <DATA>: Data command rejected: Access denied\n"
		         "C: RCPT TO:<b@example.com>\nS> 250\nC: DATA\nS> 554\n" QUIT,
		    CONNECT IN(
		        "DATA") "554 5.7.1 <DATA>: Data command rejected: Access denied; "
		                "from=<s@x.y> to=<a@example.com>" ESMTP IN(
		                    "DATA") "554 5.7.1 <DATA>: Data command rejected: Access "
		                            "denied; from=<s@x.y>" ESMTP LEAVE
		                            "ehlo=1 mail=1 rcpt=2 data=0/2 quit=1 commands=5/7\n" },
		{ "chunks", "smtpd_data_restrictions = reject\n",
		    RCPT "c: BDAT 5\\r\\nabcde\nS> 554 5.7.1 <DATA>\n"
		         "c: BDAT 5 LAST\\r\\nabcde\nS> 551 5.0.0\nC: DATA\nS> 503\n" QUIT,
		    CONNECT IN(
		        "BDAT") "554 5.7.1 <DATA>: Data command rejected: Access denied; "
		                "from=<s@x.y> to=<a@example.com>" ESMTP LEAVE
		                "ehlo=1 mail=1 rcpt=1 data=0/1 bdat=0/2 quit=1 commands=4/7\n" },
		{ "end of data", "smtpd_end_of_data_restrictions = reject\n",
		    DATA "C: x\nC: .\nS> 554 5.7.1 <END-OF-MESSAGE>: End-of-data rejected\n"
		         "C: DATA\nS> 503\n" QUIT,
		    CONNECT IN(
		        "END-OF-MESSAGE") "554 5.7.1 <END-OF-MESSAGE>: End-of-data rejected: "
		                          "Access denied; from=<s@x.y> "
		                          "to=<a@example.com>" ESMTP LEAVE
		                          "ehlo=1 mail=1 rcpt=1 data=0/2 quit=1 commands=4/6\n" },
		{ "in a hurry",
		    "smtpd_forbid_unauth_pipelining = no\nsmtpd_data_restrictions = "
		    "reject_unauth_pipelining\n",
		    RCPT "c: DATA\\r\\nx\\r\\n\nS: 503 5.5.0 <DATA>: Data command rejected: "
		         "Improper use "
		         "of SMTP command pipelining\nS> 500\n" QUIT,
		    CONNECT IN(
		        "DATA") "503 5.5.0 <DATA>: Data command rejected: Improper use of SMTP "
		                "command pipelining; from=<s@x.y> to=<a@example.com>" ESMTP LEAVE
		                "ehlo=1 mail=1 rcpt=1 data=0/1 quit=1 unknown=0/1 commands=4/6\n" },
		{ "a report for two", "smtpd_data_restrictions = reject_multi_recipient_bounce\n",
		    EHLO "C: MAIL FROM:<>\nS> 250\nC: RCPT TO:<a@example.com>\nS> 250\n"
		         "C: RCPT TO:<b@example.com>\nS> 250\nC: DATA\nS> 550 5.5.3\n" QUIT,
		    CONNECT IN("DATA") "550 5.5.3 <DATA>: Data command rejected: Multi-recipient "
		                       "bounce; from=<>" ESMTP LEAVE
		                       "ehlo=1 mail=1 rcpt=2 data=0/1 quit=1 commands=5/6\n" },
	};

	(void)state;
	play_rows(rows, ARRAY_LEN(rows));
}

/* What is to become of a message counts once, and does not outlive it. */
static void
act_actions(struct scene *sc)
{
	scene_connect(sc);
	scene_play(sc,
	    EHLO "C: MAIL FROM:<s@x.y>\nS> 250\nC: RCPT TO:<a@example.com>\nS> 250\n"
	         "C: RCPT TO:<b@example.com>\nS> 250\nC: DATA\nS> 354\nC: .\nS> 250\n"
	         "C: MAIL FROM:<other@x.z>\nS> 250\nC: RCPT TO:<a@example.com>\nS> 250\n"
	         "C: DATA\nS> 354\nC: .\nS> 250\n"
	         "C: MAIL FROM:<s@x.y>\nS> 250\nC: RCPT TO:<b@example.com>\nS> 250\nC: RSET\n"
	         "S> 250\nC: MAIL FROM:<other@x.z>\nS> 250\nC: RCPT TO:<a@example.com>\n"
	         "S> 250\nC: DATA\nS> 354\nC: .\nS> 250\n" QUIT);
	scene_leave(sc);
	assert_int_equal(sc->message_count, 3);
	assert_str_is(buf_str(&sc->messages[0].actions),
	    "6:X-Sender: seen\n1:for b\nend\n1:all that was taken\n");
	assert_str_is(buf_str(&sc->messages[1].actions), "");
	assert_str_is(buf_str(&sc->messages[2].actions), "");
}

static void
test_actions(void **state)
{
	(void)state;
	scene_run("smtpd_sender_restrictions = check_sender_access "
	          "inline:{{x.y=PREPEND X-Sender: seen}}\n"
	          "smtpd_recipient_restrictions = check_recipient_access "
	          "inline:{{b@example.com=HOLD for b}}\n"
	          "smtpd_end_of_data_restrictions = check_sender_access "
	          "inline:{{x.y=HOLD all that was taken}}\n",
	    1, act_actions, NULL);
}

/* A message that is thrown away is taken for anybody; the next one is not. */
static void
act_discard(struct scene *sc)
{
	scene_connect(sc);
	scene_play(sc,
	    EHLO "C: MAIL FROM:<s@x.y>\nS> 250\nC: RCPT TO:<r@other.example>\nS> 250\n"
	         "C: DATA\nS> 354\nC: .\nS> 250\n"
	         "C: MAIL FROM:<t@x.z>\nS> 250\nC: RCPT TO:<r@other.example>\nS> 554\n" QUIT);
	scene_leave(sc);
	assert_str_is(buf_str(&sc->messages[0].actions), "2:\n");
}

static void
test_discard(void **state)
{
	(void)state;
	scene_run("smtpd_sender_restrictions = check_sender_access inline:{{x.y=DISCARD}}\n", 1,
	    act_discard, NULL);
}

/* A message with more actions than there is room for: what cannot be noted must not let it pass. */
static void
test_no_room_to_discard(void **state)
{
	static const char log[] =
	    CONNECT "warning: too many actions for one message:  is skipped\n"
	            "warning: access table regexp:{{/^(x.*)@/ PREPEND X-A: $1} {/^d@/ DISCARD}}: no "
	            "room for DISCARD\n" IN("RCPT") "451 4.3.5 Server configuration error; "
	                                            "from=<s@x.y> to=<d@example.com>" ESMTP IN("RCPT")
	                "554 5.7.1 <r@o.example>: Relay access denied; from=<s@x.y> "
	                "to=<r@o.example>" ESMTP LEAVE
	                "ehlo=1 mail=1 rcpt=100/102 quit=1 commands=103/105\n";
	AUTO(buf) script = BUF_INIT(20000);
	struct row row = { "no room", NULL, NULL, log, { 0 } };

	(void)state;
	row.main_cf = "smtpd_sender_restrictions = check_recipient_access "
	              "regexp:{{/^(x.*)@/ PREPEND X-A: $$1} {/^d@/ DISCARD}}\n"
	              "smtpd_reject_unlisted_recipient = no\n";
	assert_int_equal(buf_addf(&script, "%s", MAIL), 0);
	for (int i = 0; i < ACCESS_ACTIONS_MAX; i++)
		assert_int_equal(
		    buf_addf(&script, "C: RCPT TO:<x%d@example.com>\nS> 250\n", i), 0);
	assert_int_equal(buf_addf(&script, "C: RCPT TO:<d@example.com>\nS> 451 4.3.5\n"
	                                   "C: RCPT TO:<r@o.example>\nS> 554 5.7.1\n" QUIT),
	    0);
	row.script = buf_text(&script);
	play_rows(&row, 1);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_stages),
		cmocka_unit_test(test_no_room_to_discard),
		cmocka_unit_test(test_actions),
		cmocka_unit_test(test_discard),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
