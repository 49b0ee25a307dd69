/* SPDX-License-Identifier: BSD-2-Clause */
/* XCLIENT and XFORWARD: what trusted clients say of clients of theirs. */
#include "tests/sim/smtpd_rows.h"

#define TRUSTED                                           \
	"smtpd_authorized_xclient_hosts = 198.51.100.7\n" \
	"smtpd_authorized_xforward_hosts = 198.51.100.7\n"
#define GREETING "S: 220 mx.example.com ESMTP Postroad\n"
#define MESSAGE                                                                          \
	"C: MAIL FROM:<s@x.y>\nS> 250\nC: RCPT TO:<a@example.com>\nS> 250\nC: DATA\nS> " \
	"354\nC: .\nS> 250\n"
#define X100                                                                                       \
	"xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx" \
	"xxxxxxxxxxxx"

static void
test_who_may(void **state)
{
	static const struct row rows[] = {
		{ "a stranger", "",
		    EHLO "C: XCLIENT ADDR=192.0.2.1\nS: 550 5.7.0 Error: insufficient "
		         "authorization\nC: XFORWARD ADDR=192.0.2.1\n"
		         "S: 550 5.7.0 Error: insufficient authorization\n" QUIT,
		    CONNECT LEAVE "ehlo=1 xclient=0/1 xforward=0/1 quit=1 commands=2/4\n" },
		{ "offered to whom it is for", TRUSTED,
		    GREETING
		    "C: EHLO c\nS> 250-mx\nS> 250-PIPELINING\nS> 250-SIZE\nS> 250-VRFY\n"
		    "S: 250-XCLIENT NAME ADDR PROTO HELO REVERSE_NAME PORT DESTADDR DESTPORT\n"
		    "S: 250-XFORWARD NAME ADDR PROTO HELO SOURCE PORT IDENT\nS* 250\n" QUIT,
		    CONNECT LEAVE "ehlo=1 quit=1 commands=2\n" },
		{ "a list that cannot be asked", "smtpd_authorized_xclient_hosts = fail:x\n",
		    GREETING "C: XCLIENT ADDR=192.0.2.1\n"
		             "S: 451 4.3.0 Error: temporary lookup failure\n" QUIT,
		    CONNECT "warning: client 198.51.100.7: fail:x: this table always fails\n"
		            "warning: client 198.51.100.7: fail:x: this table always fails\n" LEAVE
		            "xclient=0/1 quit=1 commands=1/2\n" },
		{ "in a transaction", TRUSTED,
		    GREETING "C: MAIL FROM:<>\nS> 250\nC: XCLIENT ADDR=192.0.2.1\n"
		             "S: 503 5.5.1 Error: MAIL transaction in progress\n"
		             "C: XFORWARD ADDR=192.0.2.1\n"
		             "S: 503 5.5.1 Error: MAIL transaction in progress\n" QUIT,
		    CONNECT LEAVE "xclient=0/1 xforward=0/1 mail=1 quit=1 commands=2/4\n" },
	};

	(void)state;
	play_rows(rows, ARRAY_LEN(rows));
}

static void
test_bad_attributes(void **state)
{
	static const struct {
		const char *command, *reply;
	} rows[] = {
		{ "XCLIENT", "501 5.5.4 Syntax: XCLIENT attribute=value..." },
		{ "XFORWARD", "501 5.5.4 Syntax: XFORWARD attribute=value..." },
		{ "XCLIENT NAME", "501 5.5.4 Error: attribute=value expected" },
		{ "XCLIENT NAME=", "501 5.5.4 Error: attribute=value expected" },
		{ "XCLIENT =x", "501 5.5.4 Bad XCLIENT attribute name: " },
		{ "XCLIENT NAME=a=b", "501 5.5.4 Bad NAME syntax: a=b" },
		{ "XCLIENT FOO=bar", "501 5.5.4 Bad XCLIENT attribute name: FOO" },
		{ "XCLIENT IDENT=bar", "501 5.5.4 Bad XCLIENT attribute name: IDENT" },
		{ "XFORWARD DESTADDR=bar", "501 5.5.4 Bad XFORWARD attribute name: DESTADDR" },
		{ "XCLIENT NAME=+zz", "501 5.5.4 Bad NAME syntax: +zz" },
		{ "XCLIENT NAME=a+00b", "501 5.5.4 Bad NAME syntax: a+00b" },
		{ "XCLIENT HELO=a+0Ab", "501 5.5.4 Bad HELO syntax: a+0Ab" },
		{ "XFORWARD IDENT=a+0D", "501 5.5.4 Bad IDENT syntax: a+0D" },
		{ "XCLIENT NAME=a..b", "501 5.5.4 Bad NAME syntax: a..b" },
		{ "XCLIENT REVERSE_NAME=-", "501 5.5.4 Bad REVERSE_NAME syntax: -" },
		{ "XCLIENT ADDR=300.1.1.1", "501 5.5.4 Bad ADDR syntax: 300.1.1.1" },
		{ "XCLIENT ADDR=2001:db8::1", "501 5.5.4 Bad ADDR syntax: 2001:db8::1" },
		{ "XCLIENT ADDR=IPV6:x", "501 5.5.4 Bad ADDR syntax: IPV6:x" },
		{ "XCLIENT ADDR=192.0.2.5 PORT=abc", "501 5.5.4 Bad PORT syntax: abc" },
		{ "XCLIENT PORT=65536", "501 5.5.4 Bad PORT syntax: 65536" },
		{ "XCLIENT PROTO=LMTP", "501 5.5.4 Bad PROTO syntax: LMTP" },
		{ "XCLIENT PROTO=[UNAVAILABLE]", "501 5.5.4 Bad PROTO syntax: [UNAVAILABLE]" },
		{ "XCLIENT DESTADDR=x", "501 5.5.4 Bad DESTADDR syntax: x" },
		{ "XCLIENT DESTPORT=-1", "501 5.5.4 Bad DESTPORT syntax: -1" },
		{ "XFORWARD SOURCE=x", "501 5.5.4 Bad SOURCE syntax: x" },
		{ "XFORWARD PORT=x", "501 5.5.4 Bad PORT syntax: x" },
		{ "XFORWARD ADDR=x", "501 5.5.4 Bad ADDR syntax: x" },
		{ "XFORWARD HELO=" X100 X100 X100, "501 5.5.4 Error: attribute value too long" },
	};
	char script[8192];

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct row row = { rows[i].command, TRUSTED, script, NULL, { 0 } };
		bool forward = rows[i].command[1] == 'F';

		/* nothing of a bad command is believed */
		snprintf(script, sizeof(script), GREETING "C: %s\nS: %s\nC: BDAT\nS> 521\nclosed\n",
		    rows[i].command, rows[i].reply);
		row.log = forward ? CONNECT "warning: malformed BDAT command syntax from " CLIENT
		                            ": BDAT \n" LEAVE "xforward=0/1 bdat=0/1 commands=0/2\n"
		                  : CONNECT "warning: malformed BDAT command syntax from " CLIENT
		                            ": BDAT \n" LEAVE "xclient=0/1 bdat=0/1 commands=0/2\n";
		play_rows(&row, 1);
	}
}

/* Each attribute: what the session is afterwards. */
static void
test_xclient(void **state)
{
#define LEFT_BY(who) "lost connection after RCPT from " who "\ndisconnect from " who " "
#define ASK          "C: MAIL FROM:<s@x.y>\nS> 250\nC: RCPT TO:<r@o.example>\nS> 554\nclose\n"
#define DENIED(who, rest)                                                                \
	"NOQUEUE: reject: RCPT from " who                                                \
	": 554 5.7.1 <r@o.example>: Relay access denied; from=<s@x.y> to=<r@o.example> " \
	"proto=" rest "\n" LEFT_BY(who)
	static const struct row rows[] = {
		{ "everything", TRUSTED,
		    GREETING "C: XCLIENT NAME=c.example ADDR=IPV6:2001:DB8::1 PORT=99 "
		             "REVERSE_NAME=r.example DESTADDR=192.0.2.1 DESTPORT=25 PROTO=ESMTP "
		             "HELO=h\n" GREETING ASK,
		    CONNECT DENIED("c.example[2001:db8::1]",
		        "ESMTP helo=<h>") "xclient=1 mail=1 rcpt=0/1 commands=2/3\n" },
		{ "nothing is known", TRUSTED,
		    GREETING "C: XCLIENT NAME=[UNAVAILABLE] ADDR=[unavailable] "
		             "PORT=[TEMPUNAVAIL]\n" GREETING ASK,
		    CONNECT DENIED(
		        "unknown[unknown]", "SMTP") "xclient=1 mail=1 rcpt=0/1 commands=2/3\n" },
		{ "the name alone, twice; HELO and EHLO do not last", TRUSTED,
		    GREETING
		    "C: EHLO me\nS* 250\nC: XCLIENT NAME=a.example NAME=b.example\n" GREETING ASK,
		    CONNECT DENIED("b.example[198.51.100.7]",
		        "SMTP") "ehlo=1 xclient=1 mail=1 rcpt=0/1 commands=3/4\n" },
		{ "again and again", TRUSTED "smtpd_client_port_logging = yes\n",
		    GREETING "C: XCLIENT NAME=a.example PORT=1\n" GREETING
		             "C: XCLIENT PORT=2 HELO=h+2Bx\n" GREETING ASK,
		    "connect from " CLIENT ":4711\n" DENIED("a.example[198.51.100.7]:2",
		        "SMTP helo=<h+x>") "xclient=2 mail=1 rcpt=0/1 commands=3/4\n" },
		{ "the client's client may not itself", TRUSTED,
		    GREETING
		    "C: XCLIENT ADDR=192.0.2.99\n" GREETING
		    "C: XCLIENT ADDR=198.51.100.7\nS> 550 5.7.0\n"
		    "C: MAIL FROM:<s@x.y>\nS> 250\nC: RCPT TO:<a@example.com>\nS> 250\n" QUIT,
		    CONNECT "disconnect from unknown[192.0.2.99] xclient=1/2 mail=1 rcpt=1 quit=1 "
		            "commands=4/5\n" },
		{ "its reverse name is what is said, not the proxy's",
		    TRUSTED "smtpd_client_restrictions = check_reverse_client_hostname_access "
		            "inline:{{r.example=REJECT}}\n",
		    GREETING "C: XCLIENT REVERSE_NAME=r.example\n" GREETING
		             "C: MAIL FROM:<s@x.y>\nS> 250\nC: RCPT TO:<a@example.com>\n"
		             "S: 554 5.7.1 <r.example>: Unverified Client host rejected: Access "
		             "denied\n" QUIT,
		    CONNECT "NOQUEUE: reject: RCPT from " CLIENT ": 554 5.7.1 <r.example>: "
		            "Unverified Client host rejected: Access denied; from=<s@x.y> "
		            "to=<a@example.com> proto=SMTP\n" LEAVE
		            "xclient=1 mail=1 rcpt=0/1 quit=1 commands=3/4\n" },
		{ "the end of lines goes by the new client",
		    TRUSTED "smtpd_forbid_bare_newline = reject\n"
		            "smtpd_forbid_bare_newline_exclusions = 192.0.2.99\n",
		    GREETING "C: XCLIENT ADDR=192.0.2.99\n" GREETING "c: NOOP\\n\nS> 250\n"
		             "C: QUIT\nS> 221\nclosed\n",
		    CONNECT
		    "disconnect from unknown[192.0.2.99] xclient=1 noop=1 quit=1 commands=3\n" },
	};

	(void)state;
	play_rows(rows, ARRAY_LEN(rows));
}

/* --- XFORWARD ----------------------------------------------------------------------------------- */

struct forward_row {
	const char *name, *command, *forward;
	unsigned flags;
};

static void
act_forward(struct scene *sc)
{
	const struct forward_row *row = sc->arg;

	scene_connect(sc);
	scene_play(sc, GREETING "C: HELO c\nS> 250\n");
	scene_play(sc, row->command);
	scene_play(sc, MESSAGE MESSAGE QUIT);
	scene_leave(sc);
	assert_str_is(buf_str(&sc->messages[0].forward), row->forward);
	assert_str_is(buf_str(&sc->messages[0].client), CLIENT ":4711");
	assert_int_equal(sc->messages[0].flags, row->flags);
	assert_str_is(buf_str(&sc->messages[1].forward), " ");
	assert_int_equal(sc->messages[1].flags, 0);
}

static void
test_xforward(void **state)
{
	static const struct forward_row rows[] = {
		{ "nothing", "", " ", 0 },
		{ "everything",
		    "C: XFORWARD NAME=c.example ADDR=192.0.2.5 PORT=25 PROTO=ESMTP HELO=h "
		    "IDENT=ABC "
		    "SOURCE=LOCAL\nS: 250 2.0.0 Ok\n",
		    "ABC c.example[192.0.2.5]", SUBMIT_TRUSTED },
		{ "in two commands",
		    "C: XFORWARD NAME=c.example\nS> 250\nC: XFORWARD ADDR=192.0.2.5\nS> 250\n",
		    " c.example[192.0.2.5]", 0 },
		{ "twice",
		    "C: XFORWARD NAME=a.example\nS> 250\nC: XFORWARD NAME=b.example "
		    "SOURCE=REMOTE\nS> 250\n",
		    " b.example", 0 },
		{ "an address", "C: XFORWARD ADDR=IPV6:2001:db8::5\nS> 250\n",
		    " unknown[2001:db8::5]", 0 },
		{ "an id", "C: XFORWARD IDENT=a+20b\nS> 250\n", "a b ", 0 },
		{ "unavailable",
		    "C: XFORWARD NAME=[UNAVAILABLE] ADDR=[UNAVAILABLE] IDENT=[UNAVAILABLE] "
		    "SOURCE=[UNAVAILABLE]\nS> 250\n",
		    " unknown", 0 },
		{ "a bad one changes nothing",
		    "C: XFORWARD IDENT=x\nS> 250\nC: XFORWARD IDENT=y FOO=z\nS> 501\n", "x ", 0 },
		{ "RSET", "C: XFORWARD IDENT=x\nS> 250\nC: RSET\nS> 250\n", " ", 0 },
		{ "EHLO", "C: XFORWARD IDENT=x\nS> 250\nC: HELO c\nS> 250\n", " ", 0 },
		{ "a transaction that ends without message",
		    "C: XFORWARD IDENT=x\nS> 250\nC: MAIL FROM:<>\nS> 250\nC: RSET\nS> 250\n", " ",
		    0 },
		{ "a refused chunk", "C: XFORWARD IDENT=x\nS> 250\nC: BDAT 0 LAST\nS> 503\n", " ",
		    0 },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct forward_row row = rows[i];

		print_message("    %s\n", row.name);
		scene_run(TRUSTED, 1, act_forward, &row);
	}
}

/* --- A proxy in front ---------------------------------------------------------------------------- */

#define BEHIND "smtpd_upstream_proxy_protocol = haproxy\nsmtpd_client_port_logging = yes\n"
#define FAILED "S: 421 4.3.0 mx.example.com Server local error\nclosed\n"
#define WARN   "warning: haproxy header from 198.51.100.7: "
#define MET(words)                                                                    \
	WARN words "\nconnect from " CLIENT ":4711\ndisconnect from " CLIENT ":4711 " \
	           "commands=0/0\n"

static void
test_proxy(void **state)
{
	static const struct row rows[] = {
		{ "version 1, with commands behind it", BEHIND,
		    "c: PROXY TCP4 192.0.2.5 192.0.2.6 99 25\\r\\nNOOP\\r\\n\n" GREETING
		    "S> 250\nC: QUIT\nS> 221\nclosed\n",
		    "connect from unknown[192.0.2.5]:99\ndisconnect from unknown[192.0.2.5]:99 "
		    "noop=1 quit=1 commands=2\n" },
		{ "version 2, byte by byte", BEHIND,
		    "c: \\r\\n\\r\nc: \\n\\0\\r\nc: \\nQUIT\nquiet\nc: \\n\x21\x11\\0\x0c\nc: "
		    "\x7f\\0\\0\x01"
		    "\x7f\\0\\0\x02\\0\x63\\0\nquiet\nc: \x19\n" GREETING
		    "C: QUIT\nS> 221\nclosed\n",
		    "connect from localhost[127.0.0.1]:99\ndisconnect from localhost[127.0.0.1]:99 "
		    "quit=1 commands=1\n" },
		{ "a health check", BEHIND,
		    "c: PROXY UNKNOWN\\r\\n\n" GREETING "C: QUIT\nS> 221\nclosed\n",
		    "connect from " CLIENT ":4711\ndisconnect from " CLIENT
		    ":4711 quit=1 commands=1\n" },
		{ "no header", BEHIND, "C: EHLO x\n" FAILED, MET("syntax error") },
		{ "no header at all", BEHIND "smtpd_upstream_proxy_timeout = 7s\n",
		    "wait 6s\nquiet\nwait 2s\n" FAILED, MET("time limit exceeded") },
		{ "half a header", BEHIND, "c: PROXY TCP4 192.0.2.5\nwait 6s\n" FAILED,
		    MET("time limit exceeded") },
		{ "one that leaves", BEHIND, "c: PROXY TCP4 192.0.2.5\nclose\n",
		    MET("end of stream") },
	};

	(void)state;
	play_rows(rows, ARRAY_LEN(rows));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_who_may),
		cmocka_unit_test(test_bad_attributes),
		cmocka_unit_test(test_xclient),
		cmocka_unit_test(test_xforward),
		cmocka_unit_test(test_proxy),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
