/* SPDX-License-Identifier: BSD-2-Clause */
/* What an administrator makes of commands and replies: filters, footers, soft_bounce, stress. */
#include "tests/sim/smtpd_rows.h"

#define LEFT(words) CONNECT words LEAVE

static void
test_footer(void **state)
{
	static const struct row rows[] = {
		{ "a line more", "smtpd_reject_footer = See $client_address at $server_name.\n",
		    GREET "C: FROB\nS: 500-5.5.2 Error: command not recognized\n"
		          "S: 500 5.5.2 See 198.51.100.7 at mx.example.com.\nC: NOOP\nS: "
		          "250 2.0.0 "
		          "Ok\n" QUIT,
		    LEFT("") "noop=1 quit=1 unknown=0/1 commands=2/3\n" },
		{ "joined, with lines",
		    "smtpd_reject_footer = \\c; $client "
		    "$client_name\\n${client_port}\\n$$\n",
		    GREET "C: FROB\nS: 500-5.5.2 Error: command not recognized; "
		          "unknown[198.51.100.7] unknown\n"
		          "S: 500-5.5.2 4711\nS: 500 5.5.2 $\n" QUIT,
		    LEFT("") "quit=1 unknown=0/1 commands=1/2\n" },
		{ "choices, and a name that is none",
		    "smtpd_reject_footer = ${client_port?{yes}:{no}} "
		    "${sender?{yes}:{no}}$foo\n",
		    GREET "C: FROB\nS> 500-\nS: 500 5.5.2 yes no\n" QUIT,
		    LEFT("warning: smtpd_reject_footer: there is no value \"foo\"\n") "quit="
		                                                                      "1 "
		                                                                      "unkno"
		                                                                      "wn=0/"
		                                                                      "1 "
		                                                                      "comma"
		                                                                      "nds="
		                                                                      "1/"
		                                                                      "2"
		                                                                      "\n" },
		{ "a bad one", "smtpd_reject_footer = ${client_port\n",
		    GREET "C: FROB\nS: 500 5.5.2 Error: command not recognized\n" QUIT,
		    LEFT("warning: smtpd_reject_footer: \"{\" without \"}\" in "
		         "\"{client_port\"\n") "quit=1 "
		                               "unknown"
		                               "=0/1 "
		                               "command"
		                               "s=1/"
		                               "2\n" },
		{ "what the client says is filtered",
		    "smtpd_expansion_filter = ab\\143\\56\nsmtpd_reject_footer = "
		    "$helo_name\n",
		    GREET "C: HELO abcd.%\nS> 250 \nC: FROB\nS> 500-\nS: 500 5.5.2 abc_._\n" QUIT,
		    LEFT("") "helo=1 quit=1 unknown=0/1 commands=2/3\n" },
		{ "by the reply",
		    "smtpd_reject_footer = all\nsmtpd_reject_footer_maps = regexp:{{/^500 "
		    "5.5.2 Error: command not/ for $$$$helo_name\\nmore}}\n",
		    GREET "C: HELO me\nS> 250\nC: FROB\nS> 500-\nS: 500-5.5.2 for me\nS: "
		          "500 5.5.2 more\n"
		          "C: HELO\nS: 501-Syntax: HELO hostname\nS: 501 all\n" QUIT,
		    LEFT("") "helo=1/2 quit=1 unknown=0/1 commands=2/4\n" },
		{ "a table that cannot be asked",
		    "smtpd_reject_footer = all\nsmtpd_reject_footer_maps = fail:x\n",
		    GREET "C: FROB\nS> 500-5.5.2\nS: 500 5.5.2 all\n" QUIT,
		    LEFT("warning: smtpd_reject_footer_maps: fail:x: this table always "
		         "fails\n") "qu"
		                    "it"
		                    "=1"
		                    " u"
		                    "nk"
		                    "no"
		                    "wn"
		                    "=0"
		                    "/1"
		                    " c"
		                    "om"
		                    "ma"
		                    "nd"
		                    "s="
		                    "1/"
		                    "2"
		                    "\n" },
	};

	(void)state;
	play_rows(rows, ARRAY_LEN(rows));
}

static void
test_filter(void **state)
{
	static const struct row rows[] = {
		{ "another reply",
		    "smtpd_reject_filter_maps = regexp:{{/^500 5.5.2 Error: command not/ "
		    "554 5.7.9 Go away}}\nsmtpd_reject_footer = \\c, please\n",
		    GREET "C: FROB\nS: 554 5.7.9 Go away, please\n" QUIT,
		    LEFT("") "quit=1 unknown=0/1 commands=1/2\n" },
		{ "without enhanced code", "smtpd_reject_filter_maps = static:{450 Later}\n",
		    GREET "C: FROB\nS: 450 4.0.0 Later\n" QUIT,
		    LEFT("") "quit=1 unknown=0/1 commands=1/2\n" },
		{ "no refusal", "smtpd_reject_filter_maps = static:{250 Ok}\n",
		    GREET "C: FROB\nS: 500 5.5.2 Error: command not recognized\n" QUIT,
		    LEFT("warning: smtpd_reject_filter_maps: \"250 Ok\" is no "
		         "refusal\n") "quit=1 unknown=0/1 commands=1/2\n" },
		{ "no reply", "smtpd_reject_filter_maps = static:REJECT\n",
		    GREET "C: FROB\nS: 500 5.5.2 Error: command not recognized\n" QUIT,
		    LEFT("warning: smtpd_reject_filter_maps: \"REJECT\" is no "
		         "refusal\n") "quit=1 unknown=0/1 commands=1/2\n" },
		{ "a table that cannot be asked", "smtpd_reject_filter_maps = fail:x\n",
		    GREET "C: FROB\nS: 500 5.5.2 Error: command not recognized\n" QUIT,
		    LEFT("warning: smtpd_reject_filter_maps: fail:x: this table always "
		         "fails\n") "quit=1 unknown=0/1 commands=1/2\n" },
		{ "one that ends the session",
		    "smtpd_reject_filter_maps = static:{421 4.7.9 Go away}\n",
		    GREET "C: FROB\nS: 421 4.7.9 Go away\nclosed\n",
		    LEFT("") "unknown=0/1 commands=0/1\n" },
		{ "soft, behind the filter",
		    "soft_bounce = yes\nsmtpd_reject_filter_maps = static:{554 5.7.9 "
		    "No}\n",
		    GREET "C: FROB\nS: 454 4.7.9 No\n" QUIT,
		    LEFT("") "quit=1 unknown=0/1 commands=1/2\n" },
	};

	(void)state;
	play_rows(rows, ARRAY_LEN(rows));
}

#define REPLACED(what, by) CLIENT ": replacing command \"" what "\" with \"" by "\"\n"

static void
test_command_filter(void **state)
{
	static const struct row rows[] = {
		{ "another command",
		    "smtpd_command_filter = regexp:{{/^FROB me$$/ NOOP} {/^RSET/ X y}}\n",
		    GREET "C: FROB me\nS: 250 2.0.0 Ok\nC: FROB\nS> 500\nC: RSET\nS: 500 5.5.2 "
		          "Error: command not recognized\n" QUIT,
		    LEFT(REPLACED("FROB me", "NOOP")
		            REPLACED("RSET", "X y")) "noop=1 quit=1 unknown=0/2 commands=2/4\n" },
		{ "a pattern", "smtpd_command_filter = regexp:{{/^VRFY (.*)/ NOOP $$1}}\n",
		    GREET "C: VRFY a\nS> 250\nC: vrfy b\nS> 250\n" QUIT,
		    LEFT(REPLACED("VRFY a", "NOOP a")
		            REPLACED("vrfy b", "NOOP b")) "noop=2 quit=1 commands=3\n" },
		{ "content is no command", "smtpd_command_filter = regexp:{{/^x/ QUIT}}\n",
		    DATA "C: x\nC: .\nS> 250 2.0.0\nc: MAIL FROM:<>\\r\\nRCPT "
		         "TO:<a@example.com>\\r\\nBDAT 3 "
		         "LAST\\r\\nx\\r\\n\nS> 250\nS> 250\nS> 250\n" QUIT,
		    LEFT("") "ehlo=1 mail=2 rcpt=2 data=1 bdat=1 quit=1 commands=8\n" },
		{ "a table that cannot be asked", "smtpd_command_filter = fail:x\n",
		    GREET "C: NOOP\nS: 421 4.3.0 mx.example.com Server local data error\nclosed\n",
		    LEFT(
		        "warning: smtpd_command_filter: fail:x: this table always fails\n") "unknow"
		                                                                            "n=0/1 "
		                                                                            "comman"
		                                                                            "ds=0/"
		                                                                            "1\n" },
	};

	(void)state;
	play_rows(rows, ARRAY_LEN(rows));
}

/* Under stress: short waits, and one error or idle command is too many. */
static void
test_stress(void **state)
{
	static const struct row rows[] = {
		{ "time", "stress = yes\n", GREET "wait 9s\nquiet\nwait 2s\nS> 421 4.4.2\nclosed\n",
		    LEFT("timeout after CONNECT from " CLIENT "\n") "commands=0/0\n" },
		{ "errors", "stress = yes\n", GREET "C: FROB\nS> 500\nS> 421 4.7.0\nclosed\n",
		    LEFT("too many errors after UNKNOWN from " CLIENT
		         "\n") "unknown=0/1 commands=0/1\n" },
		{ "idle commands", "stress = yes\n",
		    GREET "C: NOOP\nS> 250\nC: NOOP\nS> 250\nS> 421 4.7.0\nclosed\n",
		    LEFT("too many errors after NOOP from " CLIENT "\n") "noop=2 commands=2\n" },
		{ "a deadline for the whole of a message", "stress = yes\n",
		    DATA "c: abcde\nwait 9s\nc: fghij\nwait 2s\nS> 421 4.4.2\nclosed\n",
		    LEFT("timeout after DATA (10 bytes) from " CLIENT
		         "\n") "ehlo=1 mail=1 rcpt=1 data=0/1 commands=3/4\n" },
		{ "none", "stress =\n", GREET "wait 200s\nC: FROB\nS> 500\nC: FROB\nS> 500\n" QUIT,
		    LEFT("") "quit=1 unknown=0/2 commands=1/3\n" },
	};

	(void)state;
	play_rows(rows, ARRAY_LEN(rows));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_footer),
		cmocka_unit_test(test_filter),
		cmocka_unit_test(test_command_filter),
		cmocka_unit_test(test_stress),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
