/* SPDX-License-Identifier: BSD-2-Clause */
/* What the server says and logs, dialogue by dialogue. */
#include "tests/sim/smtpd_rows.h"

static void
test_whole_session(void **state)
{
	static const struct row rows[] = {
		{ "one message", "",
		    DATA
		    "C: Subject: x\nC: \nC: hello\nC: .\nS: 250 2.0.0 Ok: queued as ID1\n" QUIT,
		    CONNECT LEAVE "ehlo=1 mail=1 rcpt=1 data=1 quit=1 commands=5\n" },
		{ "two messages", "",
		    DATA "C: .\nS: 250 2.0.0 Ok: queued as ID1\n"
		         "C: MAIL FROM:<>\nS: 250 2.1.0 Ok\n"
		         "C: RCPT TO:<b@example.com>\nS: 250 2.1.5 Ok\n"
		         "C: DATA\nS> 354 \nC: .\nS: 250 2.0.0 Ok: queued as ID2\n" QUIT,
		    CONNECT LEAVE "ehlo=1 mail=2 rcpt=2 data=2 quit=1 commands=8\n" },
		{ "pipelined", "",
		    EHLO
		    "c: MAIL FROM:<s@x.y>\\r\\nRCPT TO:<a@example.com>\\r\\nRCPT "
		    "TO:<no@example.com>"
		    "\\r\\nDATA\\r\\n\n"
		    "S: 250 2.1.0 Ok\nS: 250 2.1.5 Ok\n"
		    "S: 550 5.1.1 <no@example.com>: Recipient address rejected: User unknown in "
		    "virtual mailbox table\nS> 354 \n"
		    "c: x\\r\\n.\\r\\nQUIT\\r\\n\n"
		    "S: 250 2.0.0 Ok: queued as ID1\nS: 221 2.0.0 Bye\nclosed\n",
		    CONNECT
		    "NOQUEUE: reject: RCPT from " CLIENT
		    ": 550 5.1.1 <no@example.com>: Recipient address rejected: User unknown in "
		    "virtual mailbox table; from=<s@x.y> to=<no@example.com> proto=ESMTP "
		    "helo=<client.example>\n" LEAVE
		    "ehlo=1 mail=1 rcpt=1/2 data=1 quit=1 commands=5/6\n" },
		{ "HELO", "",
		    GREET
		    "C: HELO c\nS: 250 mx.example.com\nC: MAIL FROM:<s@x.y>\nS: 250 2.1.0 Ok\n"
		    "C: RCPT TO:<a@example.com>\nS: 250 2.1.5 Ok\nC: DATA\nS> 354\nC: .\n"
		    "S: 250 2.0.0 Ok: queued as ID1\n" QUIT,
		    CONNECT LEAVE "helo=1 mail=1 rcpt=1 data=1 quit=1 commands=5\n" },
		{ "no HELO at all", "", GREET "C: MAIL FROM:<s@x.y>\nS: 250 2.1.0 Ok\n" QUIT,
		    CONNECT LEAVE "mail=1 quit=1 commands=2\n" },
		{ "lower case, blanks", "",
		    GREET "C: ehlo\tc  \nS* 250\n"
		          "C: mail from: s@x.y\nS: 250 2.1.0 Ok\n"
		          "C: rcpt to:<D@Example.COM>\nS> 550 5.1.1 \n"
		          "C: quit\nS: 221 2.0.0 Bye\nclosed\n",
		    CONNECT
		    "NOQUEUE: reject: RCPT from " CLIENT
		    ": 550 5.1.1 <D@example.com>: Recipient address rejected: User unknown in "
		    "virtual mailbox table; from=<s@x.y> to=<D@example.com> proto=ESMTP "
		    "helo=<c>\n" LEAVE "ehlo=1 mail=1 rcpt=0/1 quit=1 commands=3/4\n" },
	};

	(void)state;
	play_rows(rows, ARRAY_LEN(rows));
}

static void
test_port(void **state)
{
	static const struct row rows[] = {
		{ "the port is logged", "smtpd_client_port_logging = yes\n",
		    GREET "C: MAIL FROM:<s@x.y>\nS> 250\nC: RCPT TO:<no@example.com>\nS> 550\n"
		          "C: BDAT x\nS> 521\nclosed\n",
		    "connect from " CLIENT ":4711\nNOQUEUE: reject: RCPT from " CLIENT
		    ":4711: 550 5.1.1 <no@example.com>: Recipient address rejected: User unknown "
		    "in virtual mailbox table; from=<s@x.y> to=<no@example.com> proto=SMTP\n"
		    "warning: malformed BDAT command syntax from " CLIENT ":4711: BDAT x\n"
		    "disconnect from " CLIENT ":4711 mail=1 rcpt=0/1 bdat=0/1 commands=1/3\n" },
		{ "a client that leaves", "smtpd_client_port_logging = yes\n", GREET "close\n",
		    "connect from " CLIENT ":4711\nlost connection after CONNECT from " CLIENT
		    ":4711\ndisconnect from " CLIENT ":4711 commands=0/0\n" },
	};

	(void)state;
	play_rows(rows, ARRAY_LEN(rows));
}

static void
test_order_of_commands(void **state)
{
	static const struct row rows[] = {
		{ "HELO required", "smtpd_helo_required = yes\n",
		    GREET "C: MAIL FROM:<s@x.y>\nS: 503 5.5.1 Error: send HELO/EHLO first\n"
		          "C: HELO c\nS> 250 \nC: MAIL FROM:<s@x.y>\nS: 250 2.1.0 Ok\n" QUIT,
		    CONNECT LEAVE "helo=1 mail=1/2 quit=1 commands=3/4\n" },
		{ "out of order", "",
		    EHLO "C: RCPT TO:<a@example.com>\nS: 503 5.5.1 Error: need MAIL command\n"
		         "C: DATA\nS: 503 5.5.1 Error: need RCPT command\n"
		         "C: MAIL FROM:<s@x.y>\nS: 250 2.1.0 Ok\n"
		         "C: MAIL FROM:<s@x.y>\nS: 503 5.5.1 Error: nested MAIL command\n"
		         "C: DATA\nS: 554 5.5.1 Error: no valid recipients\n" QUIT,
		    CONNECT LEAVE "ehlo=1 mail=1/2 rcpt=0/1 data=0/2 quit=1 commands=3/7\n" },
		{ "syntax", "",
		    GREET
		    "C: EHLO\nS: 501 Syntax: EHLO hostname\nC: HELO\nS: 501 Syntax: HELO hostname\n"
		    "C: MAIL x\nS: 501 5.5.4 Syntax: MAIL FROM:<address>\n"
		    "C: MAIL FROM:<s@x.y> X=1\nS: 555 5.5.4 Unsupported option: X\n"
		    "C: MAIL FROM:<s@x.y>\nS: 250 2.1.0 Ok\n"
		    "C: RCPT x\nS: 501 5.5.4 Syntax: RCPT TO:<address>\n"
		    "C: RCPT TO:<a@example.com> SIZE=1\n"
		    "S: 555 5.5.4 Unsupported option: SIZE\n"
		    "C: RCPT TO:<>\nS: 501 5.1.3 Bad recipient address syntax\n"
		    "C: DATA x\nS: 501 5.5.4 Syntax: DATA\n"
		    "C: RSET x\nS: 501 5.5.4 Syntax: RSET\n"
		    "C: QUIT x\nS: 501 5.5.4 Syntax: QUIT\n"
		    "C: \nS: 500 5.5.2 Error: bad syntax\n" QUIT,
		    CONNECT
		    "warning: Illegal address syntax from " CLIENT " in RCPT command: TO:<>\n" LEAVE
		    "helo=0/1 ehlo=0/1 mail=1/3 rcpt=0/3 data=0/1 rset=0/1 quit=1/2 unknown=0/1 "
		    "commands=2/13\n" },
		{ "commands without work", "",
		    GREET "C: NOOP\nS: 250 2.0.0 Ok\nC: NOOP anything <here\nS: 250 2.0.0 Ok\n"
		          "C: RSET\nS: 250 2.0.0 Ok\n"
		          "C: HELP\nS: 214 2.0.0 Commands: HELO EHLO MAIL RCPT DATA BDAT RSET NOOP "
		          "VRFY QUIT "
		          "HELP\n" QUIT,
		    CONNECT LEAVE "rset=1 noop=2 quit=1 help=1 commands=5\n" },
		{ "VRFY", "",
		    EHLO "C: VRFY a@example.com\nS: 252 2.0.0 a@example.com\n"
		         "C: VRFY <nobody@example.com>\nS: 252 2.0.0 <nobody@example.com>\n"
		         "C: VRFY root\nS: 252 2.0.0 root\n"
		         "C: VRFY\nS: 501 5.5.4 Syntax: VRFY address [SMTPUTF8]\n"
		         "C: VRFY <>\nS: 501 5.1.3 Bad recipient address syntax\n"
		         "C: VRFY a b\nS: 501 5.1.3 Bad recipient address syntax\n"
		         "C: VRFY \xc3\xbc@x.y\nS: 553 5.6.7 Must declare SMTPUTF8 to send unicode "
		         "address\n"
		         "C: VRFY \xc3\xbc@x.y SMTPUTF8\nS: 252 2.0.0 \xc3\xbc@x.y SMTPUTF8\n" QUIT,
		    CONNECT LEAVE "ehlo=1 vrfy=4/8 quit=1 commands=6/10\n" },
		{ "VRFY disabled", "disable_vrfy_command = yes\nsmtputf8_enable = no\n",
		    GREET
		    "C: EHLO c\nS> 250-mx\nS: 250-PIPELINING\nS: 250-SIZE 10240000\n"
		    "S: 250-ENHANCEDSTATUSCODES\nS: 250-8BITMIME\nS: 250-DSN\nS: 250 CHUNKING\n"
		    "C: VRFY a\nS: 502 5.5.1 VRFY command is disabled\n"
		    "C: MAIL FROM:<s@x.y> SMTPUTF8\nS: 555 5.5.4 Unsupported option: SMTPUTF8\n"
		    "C: HELP\nS: 214 2.0.0 Commands: HELO EHLO MAIL RCPT DATA BDAT RSET NOOP QUIT "
		    "HELP\n" QUIT,
		    CONNECT LEAVE "ehlo=1 mail=0/1 vrfy=0/1 quit=1 help=1 commands=3/5\n" },
		{ "VRFY without SMTPUTF8", "smtputf8_enable = no\n",
		    GREET "C: VRFY\nS: 501 5.5.4 Syntax: VRFY address\n" QUIT,
		    CONNECT LEAVE "vrfy=0/1 quit=1 commands=1/2\n" },
		{ "keywords not offered",
		    "smtpd_discard_ehlo_keywords = pipelining, SIZE 8bitmime "
		    "enhancedstatuscodes vrfy smtputf8 dsn CHUNKING silent-discard\n",
		    GREET
		    "C: EHLO c\nS: 250 mx.example.com\n"
		    "C: MAIL FROM:<s@x.y> SIZE=1\nS: 555 5.5.4 Unsupported option: SIZE\n"
		    "C: MAIL FROM:<s@x.y> BODY=7BIT\nS: 555 5.5.4 Unsupported option: BODY\n"
		    "C: MAIL FROM:<s@x.y> RET=FULL\nS: 555 5.5.4 Unsupported option: RET\n" QUIT,
		    CONNECT LEAVE "ehlo=1 mail=0/3 quit=1 commands=2/5\n" },
		{ "keywords by address",
		    "smtpd_discard_ehlo_keywords = dsn\n"
		    "smtpd_discard_ehlo_keyword_address_maps = inline:{{198.51.100.7=chunking, "
		    "pipelining frob}}\n",
		    GREET "C: EHLO c\nS> 250-mx\nS> 250-SIZE\nS: 250-VRFY\n"
		          "S: 250-ENHANCEDSTATUSCODES\nS: 250-8BITMIME\nS: 250-DSN\nS: 250 "
		          "SMTPUTF8\n" QUIT,
		    CONNECT "warning: smtpd_discard_ehlo_keyword_address_maps: 198.51.100.7: "
		            "\"frob\" is no EHLO keyword\n"
		            "discarding EHLO keywords: PIPELINING CHUNKING\n" LEAVE
		            "ehlo=1 quit=1 commands=2\n" },
		{ "keywords by another's address",
		    "smtpd_discard_ehlo_keywords = dsn silent-discard\n"
		    "smtpd_discard_ehlo_keyword_address_maps = inline:{192.0.2.1=chunking}\n",
		    GREET "C: EHLO c\nS> 250-mx\nS> 250-PIPE\nS> 250-SIZE\nS: 250-VRFY\n"
		          "S: 250-ENHANCEDSTATUSCODES\nS: 250-8BITMIME\nS: 250-SMTPUTF8\n"
		          "S: 250 CHUNKING\n" QUIT,
		    CONNECT LEAVE "ehlo=1 quit=1 commands=2\n" },
		{ "keywords by a table that cannot be asked",
		    "smtpd_discard_ehlo_keyword_address_maps = fail:later\n",
		    GREET "C: EHLO c\nS: 250 mx.example.com\n" QUIT,
		    CONNECT "warning: smtpd_discard_ehlo_keyword_address_maps: fail:later: this "
		            "table always fails\n" LEAVE "ehlo=1 quit=1 commands=2\n" },
		{ "unlimited size", "message_size_limit = 0\nsmtpd_noop_commands = XNOOP\n",
		    GREET "C: EHLO c\nS> 250-mx\nS> 250-\nS: 250-SIZE\nS* 250\n"
		          "C: MAIL FROM:<s@x.y> SIZE=99999999999999999999\nS: 250 2.1.0 Ok\n"
		          "C: xnoop x\nS: 250 2.0.0 Ok\n"
		          "C: XNOP\nS: 500 5.5.2 Error: command not recognized\n" QUIT,
		    CONNECT LEAVE "ehlo=1 mail=1 quit=1 unknown=1/2 commands=4/5\n" },
	};

	(void)state;
	play_rows(rows, ARRAY_LEN(rows));
}

#define REJECT_RCPT(words, to)                                                   \
	"NOQUEUE: reject: RCPT from " CLIENT ": " words "; from=<s@x.y> to=<" to \
	"> proto=ESMTP helo=<client.example>\n"

static void
test_recipients(void **state)
{
	static const struct row rows[] = {
		{ "relay", "",
		    MAIL "C: RCPT TO:<r@other.example>\n"
		         "S: 554 5.7.1 <r@other.example>: Relay access denied\n" QUIT,
		    CONNECT REJECT_RCPT("554 5.7.1 <r@other.example>: Relay access denied",
		        "r@other.example") LEAVE "ehlo=1 mail=1 rcpt=0/1 quit=1 commands=3/4\n" },
		{ "relay from our networks", "mynetworks = 198.51.100.7\n",
		    MAIL "C: RCPT TO:<r@other.example>\n"
		         "S: 250 2.1.5 Ok\n" QUIT,
		    CONNECT LEAVE "ehlo=1 mail=1 rcpt=1 quit=1 commands=4\n" },
		{ "relay domain", "relay_domains = other.example\n",
		    MAIL "C: RCPT TO:<r@other.example>\nS: 250 2.1.5 Ok\n" QUIT,
		    CONNECT LEAVE "ehlo=1 mail=1 rcpt=1 quit=1 commands=4\n" },
		{ "relay domain, unknown",
		    "relay_domains = other.example\nrelay_recipient_maps = inline:{x=y}\n",
		    MAIL "C: RCPT TO:<r@other.example>\nS> 550 5.1.1 \n" QUIT,
		    CONNECT REJECT_RCPT(
		        "550 5.1.1 <r@other.example>: Recipient address rejected: User unknown in "
		        "relay recipient table",
		        "r@other.example") LEAVE "ehlo=1 mail=1 rcpt=0/1 quit=1 commands=3/4\n" },
		{ "odd addresses", "",
		    MAIL "C: RCPT TO:<a%example.com@other.example>\nS> 554 5.7.1 \n"
		         "C: RCPT TO:<other.example!a>\nS> 554 5.7.1 \n"
		         "C: RCPT TO:<\"a@example.com\"@other.example>\nS> 554 5.7.1 \n"
		         "C: RCPT TO:<a@[192.0.2.99]>\nS> 554 5.7.1 \n"
		         "C: RCPT TO:<@example.com:a@other.example>\nS> 554 5.7.1 \n"
		         "C: RCPT TO:<@other.example:a@example.com>\nS: 250 2.1.5 Ok\n"
		         "C: RCPT TO:<.!>\nS> 554 5.7.1 \n" QUIT,
		    CONNECT REJECT_RCPT(
		        "554 5.7.1 <a%example.com@other.example>: Relay access denied",
		        "a%example.com@other.example")
		        REJECT_RCPT(
		            "554 5.7.1 <other.example!a>: Relay access denied", "other.example!a")
		            REJECT_RCPT("554 5.7.1 <\"a@example.com\"@other.example>: Relay access "
		                        "denied",
		                "\"a@example.com\"@other.example")
		                REJECT_RCPT("554 5.7.1 <a@[192.0.2.99]>: Relay access denied",
		                    "a@[192.0.2.99]")
		                    REJECT_RCPT("554 5.7.1 <a@other.example>: Relay access denied",
		                        "a@other.example")
		                        REJECT_RCPT(
		                            "554 5.7.1 <\".!\">: Relay access denied", "\".!\"")
		                            LEAVE "ehlo=1 mail=1 rcpt=1/7 quit=1 commands=4/10\n" },
		{ "unknown in a virtual domain", "",
		    MAIL "C: RCPT TO:<no@example.com>\nS> 550 5.1.1 \n" QUIT,
		    CONNECT REJECT_RCPT(
		        "550 5.1.1 <no@example.com>: Recipient address rejected: User "
		        "unknown in virtual mailbox table",
		        "no@example.com") LEAVE "ehlo=1 mail=1 rcpt=0/1 quit=1 commands=3/4\n" },
		{ "unknown here", "", MAIL "C: RCPT TO:<no@localhost>\nS> 550 5.1.1 \n" QUIT,
		    CONNECT REJECT_RCPT(
		        "550 5.1.1 <no@localhost>: Recipient address rejected: User "
		        "unknown in local recipient table",
		        "no@localhost") LEAVE "ehlo=1 mail=1 rcpt=0/1 quit=1 commands=3/4\n" },
		{ "unknown, no table named, another code",
		    "show_user_unknown_table_name = no\nunknown_virtual_mailbox_reject_code = "
		    "450\n",
		    MAIL "C: RCPT TO:<no@example.com>\n"
		         "S: 450 4.1.1 <no@example.com>: Recipient address rejected: User "
		         "unknown\n" QUIT,
		    CONNECT REJECT_RCPT(
		        "450 4.1.1 <no@example.com>: Recipient address rejected: User "
		        "unknown",
		        "no@example.com") LEAVE "ehlo=1 mail=1 rcpt=0/1 quit=1 commands=3/4\n" },
		{ "recipients not looked up", "smtpd_reject_unlisted_recipient = no\n",
		    MAIL "C: RCPT TO:<no@example.com>\nS: 250 2.1.5 Ok\n"
		         "C: RCPT TO:<no@other.example>\nS> 554 5.7.1 \n" QUIT,
		    CONNECT REJECT_RCPT("554 5.7.1 <no@other.example>: Relay access denied",
		        "no@other.example") LEAVE "ehlo=1 mail=1 rcpt=1/2 quit=1 commands=4/5\n" },
		{ "soft bounce", "soft_bounce = yes\n",
		    MAIL "C: RCPT TO:<no@example.com>\nS> 450 4.1.1 <no@example.com>: \n" QUIT,
		    CONNECT REJECT_RCPT(
		        "450 4.1.1 <no@example.com>: Recipient address rejected: User "
		        "unknown in virtual mailbox table",
		        "no@example.com") LEAVE "ehlo=1 mail=1 rcpt=0/1 quit=1 commands=3/4\n" },
		{ "a table that fails", "virtual_mailbox_maps = fail:mailboxes\n",
		    MAIL "C: RCPT TO:<a@example.com>\n"
		         "S: 451 4.3.0 <a@example.com>: Temporary lookup failure\n" QUIT,
		    CONNECT
		    "warning: fail:mailboxes: this table always "
		    "fails\n" REJECT_RCPT("451 4.3.0 <a@example.com>: Temporary lookup failure",
		        "a@example.com") LEAVE "ehlo=1 mail=1 rcpt=0/1 quit=1 commands=3/4\n" },
		{ "networks that cannot be found out", "mynetworks = fail:networks\n",
		    MAIL "C: RCPT TO:<a@example.com>\nS: 250 2.1.5 Ok\n"
		         "C: RCPT TO:<r@other.example>\n"
		         "S: 451 4.3.0 <r@other.example>: Temporary lookup failure\n" QUIT,
		    CONNECT
		    "warning: mynetworks: fail:networks: this table always fails\n" REJECT_RCPT(
		        "451 4.3.0 <r@other.example>: Temporary lookup failure", "r@other.example")
		        LEAVE "ehlo=1 mail=1 rcpt=1/2 quit=1 commands=4/5\n" },
		{ "bare postmaster",
		    "myorigin = elsewhere.example\nmydestination = mx.example.com\n",
		    MAIL "C: RCPT TO:<postmaster>\nS: 250 2.1.5 Ok\n"
		         "C: RCPT TO:<PostMaster>\nS: 250 2.1.5 Ok\n"
		         "C: RCPT TO:<root>\nS> 554 5.7.1 <root>: Relay\n" QUIT,
		    CONNECT REJECT_RCPT("554 5.7.1 <root>: Relay access denied", "root") LEAVE
		    "ehlo=1 mail=1 rcpt=2/3 quit=1 commands=5/6\n" },
		{ "UTF-8", "virtual_mailbox_maps = static:x\n",
		    EHLO "C: MAIL FROM:<s\xc3\xbc@x.y>\nS> 553 5.6.7 \n"
		         "C: MAIL FROM:<s@x.y>\nS: 250 2.1.0 Ok\n"
		         "C: RCPT TO:<\xc3\xbc@example.com>\nS> 553 5.6.7 \n"
		         "C: RSET\nS: 250 2.0.0 Ok\n"
		         "C: MAIL FROM:<s\xc3\xbc@x.y> SMTPUTF8\nS: 250 2.1.0 Ok\n"
		         "C: RCPT TO:<\xc3\xbc@example.com>\nS: 250 2.1.5 Ok\n" QUIT,
		    CONNECT
		    "NOQUEUE: reject: MAIL from " CLIENT
		    ": 553 5.6.7 Must declare SMTPUTF8 to send unicode address; proto=ESMTP "
		    "helo=<client.example>\nNOQUEUE: reject: RCPT from " CLIENT
		    ": 553 5.6.7 Must declare SMTPUTF8 to send unicode address; from=<s@x.y> "
		    "proto=ESMTP helo=<client.example>\n" LEAVE
		    "ehlo=1 mail=2/3 rcpt=1/2 rset=1 quit=1 commands=6/8\n" },
	};

	(void)state;
	play_rows(rows, ARRAY_LEN(rows));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_whole_session),
		cmocka_unit_test(test_port),
		cmocka_unit_test(test_order_of_commands),
		cmocka_unit_test(test_recipients),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
