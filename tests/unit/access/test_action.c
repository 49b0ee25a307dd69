/* SPDX-License-Identifier: BSD-2-Clause */
/* Keys and entries of access tables, access(5). The replies are those of Postfix 3.7. */
#include "tests/unit/access/ask.h"

#define CLIENT(table) "smtpd_client_restrictions = check_client_access inline:{" table "}\n"
#define SENDER(table) "smtpd_sender_restrictions = check_sender_access inline:{" table "}\n"
#define TO(value)                                                                           \
	"smtpd_recipient_restrictions = check_recipient_access inline:{{known@example.com " \
	"= " value "}}\n"
#define ABOUT(x) "<known@example.com>: Recipient address rejected: " x

static void
test_keys(void **state)
{
#define NO      "554 5.7.1 <a+b@x.sub.example>: Sender address rejected: Access denied"
#define NET(k)  CLIENT("{" k "=REJECT}")
#define FROM(k) SENDER("{" k "=REJECT}")
	static const struct ask_row rows[] = {
		{ "user+ext@domain", FROM("a+b@x.sub.example"), .sender = "a+b@x.sub.example",
		    .answer = NO },
		{ "user@domain", FROM("a@x.sub.example"), .sender = "a+b@x.sub.example",
		    .answer = NO },
		{ "domain", FROM("x.sub.example"), .sender = "a+b@x.sub.example", .answer = NO },
		{ "parent", FROM("sub.example"), .sender = "a+b@x.sub.example", .answer = NO },
		{ "top", FROM("example"), .sender = "a+b@x.sub.example", .answer = NO },
		{ "user+ext@", FROM("a+b@"), .sender = "a+b@x.sub.example", .answer = NO },
		{ "user@", FROM("a@"), .sender = "a+b@x.sub.example", .answer = NO },
		{ "case", FROM("sub.example"), .sender = "A+b@X.sub.example",
		    .answer = "554 5.7.1 <A+b@X.sub.example>: Sender address rejected: Access "
		              "denied" },
		{ "the first key counts", SENDER("{a@x.sub.example=DUNNO},{x.sub.example=REJECT}"),
		    .sender = "a+b@x.sub.example", .answer = "permit" },
		{ "no @domain", FROM("@x.sub.example"), .sender = "a+b@x.sub.example",
		    .answer = "permit" },
		{ ".parent not here", FROM(".sub.example"), .sender = "a+b@x.sub.example",
		    .answer = "permit" },
		{ ".parent there", "parent_domain_matches_subdomains =\n" FROM(".sub.example"),
		    .sender = "a+b@x.sub.example", .answer = NO },
		{ "parent not there", "parent_domain_matches_subdomains =\n" FROM("sub.example"),
		    .sender = "a+b@x.sub.example", .answer = "permit" },
		{ "null sender", FROM("<>"), .sender = "",
		    .answer = "554 5.7.1 <>: Sender address rejected: Access denied" },
		{ "another key for it", "smtpd_null_access_lookup_key = nobody\n" FROM("nobody"),
		    .sender = "",
		    .answer = "554 5.7.1 <>: Sender address rejected: Access denied" },
		{ "patterns see whole addresses",
		    "smtpd_sender_restrictions = check_sender_access "
		    "regexp:{{/^x.sub.example$$/ REJECT}}\n",
		    .sender = "a@x.sub.example", .answer = "permit" },
#define NOCLIENT "554 5.7.1 <unknown[203.0.113.7]>: Client host rejected: Access denied"
		{ "address", NET("203.0.113.7"), .answer = NOCLIENT },
		{ "network", NET("203.0.113"), .answer = NOCLIENT },
		{ "wider", NET("203"), .answer = NOCLIENT },
		{ "not a part of a number", NET("203.0.11"), .answer = "permit" },
		{ "name", NET("unknown"), .answer = NOCLIENT },
		{ "cidr",
		    "smtpd_client_restrictions = check_client_access "
		    "cidr:{{203.0.113.0/24 REJECT}}\n",
		    .answer = NOCLIENT },
		{ "IPv6", NET("2001:db8"), .client = "2001:db8:1::7",
		    .answer = "554 5.7.1 <unknown[2001:db8:1::7]>: Client host rejected: Access "
		              "denied" },
		{ "IPv6, other groups", NET("2001:db"), .client = "2001:db8:1::7",
		    .answer = "permit" },
		{ "helo",
		    "smtpd_helo_restrictions = check_helo_access inline:{example.org=REJECT}\n",
		    .answer =
		        "554 5.7.1 <client.example.org>: Helo command rejected: Access denied" },
		{ "a bare table", "smtpd_helo_restrictions = inline:{example.org=REJECT}\n",
		    .answer =
		        "554 5.7.1 <client.example.org>: Helo command rejected: Access denied" },
		{ "reverse name",
		    "smtpd_client_restrictions = check_reverse_client_hostname_access "
		    "inline:{unknown=REJECT}\n",
		    .answer =
		        "554 5.7.1 <unknown>: Unverified Client host rejected: Access denied" },
		{ "a table that fails", "smtpd_sender_restrictions = check_sender_access fail:x\n",
		    .answer = "451 4.3.0 <a@sender.example>: Temporary lookup failure" },
		{ "OK is not for routes",
		    "smtpd_relay_restrictions =\nsmtpd_recipient_restrictions = "
		    "check_recipient_access static:OK, reject\n",
		    .recipient = "x%y@example.com",
		    .answer = "554 5.7.1 <x%y@example.com>: Recipient address rejected: Access "
		              "denied" },
	};

	(void)state;
	ask_rows(rows, ARRAY_LEN(rows));
}

static void
test_refusals(void **state)
{
	static const struct ask_row rows[] = {
		{ "OK", TO("OK"), .answer = "permit" },
		{ "OK, logged", "smtpd_log_access_permit_actions = static:all\n" TO("OK"),
		    .answer = "permit",
		    .notes = "permit: action=OK for Recipient address=known@example.com from "
		             "inline:{{known@example.com = OK}}\n" },
		{ "soft bounce", "soft_bounce = yes\n" TO("REJECT"),
		    .answer = "454 4.7.1 " ABOUT("Access denied") },
		{ "RELAY, and text", TO("relay ignored"), .answer = "permit" },
		{ "digits", TO("1234567"), .answer = "permit" },
		{ "three digits alone", TO("550"), .answer = "permit" },
		{ "DUNNO", TO("DUNNO x"), .answer = "permit" },
		{ "REJECT", TO("REJECT"), .answer = "554 5.7.1 " ABOUT("Access denied") },
		{ "REJECT text", TO("reject go away"), .answer = "554 5.7.1 " ABOUT("go away") },
		{ "REJECT code", TO("REJECT 5.7.2"),
		    .answer = "554 5.7.2 " ABOUT("Access denied") },
		{ "REJECT code text", TO("REJECT 5.1.1 go"), .answer = "554 5.1.1 " ABOUT("go") },
		{ "its code", "access_map_reject_code = 450\n" TO("REJECT 5.2.2 x"),
		    .answer = "450 4.2.2 " ABOUT("x") },
		{ "DEFER", TO("DEFER"), .answer = "450 4.7.1 " ABOUT("Access denied") },
		{ "DEFER text", TO("DEFER 4.2.1 x y"), .answer = "450 4.2.1 " ABOUT("x y") },
		{ "550 text", TO("550 no"), .answer = "550 5.7.1 " ABOUT("no") },
		{ "599 text", TO("599 5.1.2 no"), .answer = "599 5.1.2 " ABOUT("no") },
		{ "450 text", TO("450 no"), .answer = "450 4.7.1 " ABOUT("no") },
		{ "421", TO("421 bye"), .answer = "421 4.7.1 " ABOUT("bye") },
		{ "521", TO("521 5.3.2 bye"), .answer = "521 5.3.2 " ABOUT("bye") },
		{ "600", TO("600 x"), .answer = "451 4.3.5 Server configuration error" },
		{ "DEFER_IF_PERMIT", TO("DEFER_IF_PERMIT"),
		    .answer = "450 4.7.1 " ABOUT("Service unavailable") },
		{ "DEFER_IF_REJECT", TO("DEFER_IF_REJECT x, y"), .answer = "permit" },
		{ "a restriction", TO("reject"), .answer = "554 5.7.1 " ABOUT("Access denied") },
		{ "restrictions", TO("warn_if_reject defer, reject_plaintext_session"),
		    .answer = "450 4.7.1 Session encryption is required",
		    .notes = "reject_warning: 450 4.3.2 " ABOUT("Try again later") "\n" },
		{ "a class", "smtpd_restriction_classes = c\nc = defer\n" TO("c"),
		    .answer = "450 4.3.2 " ABOUT("Try again later") },
		{ "a table that leads to itself",
		    "smtpd_restriction_classes = c\n"
		    "c = check_sender_access static:c, check_client_access static:c\n" TO("c"),
		    .answer = "451 4.3.5 Server configuration error" },
		{ "no restriction", TO("nonsense"),
		    .answer = "451 4.3.5 Server configuration error" },
		{ "a table", TO("check_client_access hash:/x"),
		    .answer = "451 4.3.5 Server configuration error" },
	};

	(void)state;
	ask_rows(rows, ARRAY_LEN(rows));
}

/* The detail of X.1.Y: of a sender, of a recipient, of what has no address. */
static void
test_enhanced_codes(void **state)
{
	static const struct {
		const char *given, *sender, *recipient, *client;
	} rows[] = {
		{ "5.1.0", "5.1.0", "5.1.0", "5.0.0" },
		{ "5.1.1", "5.1.7", "5.1.1", "5.0.0" },
		{ "5.1.2", "5.1.8", "5.1.2", "5.0.0" },
		{ "5.1.3", "5.1.7", "5.1.3", "5.0.0" },
		{ "5.1.4", "5.1.7", "5.1.4", "5.0.0" },
		{ "5.1.5", "5.1.0", "5.1.5", "5.0.0" },
		{ "5.1.6", "5.1.7", "5.1.6", "5.0.0" },
		{ "5.1.7", "5.1.7", "5.1.3", "5.0.0" },
		{ "5.1.8", "5.1.8", "5.1.2", "5.0.0" },
		{ "5.1.9", "5.1.0", "5.1.0", "5.0.0" },
		{ "5.1.10", "5.1.0", "5.1.0", "5.0.0" },
		{ "5.2.1", "5.2.1", "5.2.1", "5.2.1" },
		{ "5.10.1", "5.10.1", "5.10.1", "5.10.1" },
		{ "4.4.4", "5.4.4", "5.4.4", "5.4.4" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		char cf[3][300], answer[3][200];

		snprintf(cf[0], 300, SENDER("{a@sender.example=550 %s x}"), rows[i].given);
		snprintf(cf[1], 300, TO("550 %s x"), rows[i].given);
		snprintf(cf[2], 300, CLIENT("{203=550 %s x}"), rows[i].given);
		snprintf(answer[0], 200, "550 %s <a@sender.example>: Sender address rejected: x",
		    rows[i].sender);
		snprintf(answer[1], 200, "550 %s " ABOUT("x"), rows[i].recipient);
		snprintf(answer[2], 200, "550 %s <unknown[203.0.113.7]>: Client host rejected: x",
		    rows[i].client);
		ask_rows((const struct ask_row[]){ { "sender", cf[0], .answer = answer[0] },
		             { "recipient", cf[1], .answer = answer[1] },
		             { "client", cf[2], .answer = answer[2] } },
		    3);
	}
}

static void
test_fates(void **state)
{
	static const struct ask_row rows[] = {
		{ "WARN", TO("WARN careful now"), .answer = "permit",
		    .notes = "warn: careful now\n" },
		{ "INFO", TO("INFO x"), .answer = "permit", .notes = "info: x\n" },
		{ "HOLD", TO("HOLD"), .answer = "permit",
		    .notes =
		        "hold: <known@example.com>: Recipient address triggers HOLD action\n" },
		{ "HOLD text", TO("HOLD because"), .answer = "permit",
		    .notes = "hold: <known@example.com>: Recipient address because\n" },
		{ "DISCARD", TO("DISCARD"), .answer = "permit",
		    .notes = "discard: <known@example.com>: Recipient address triggers DISCARD "
		             "action\n" },
		{ "discarded: nothing more is asked",
		    SENDER("{sender.example=DISCARD x}") "smtpd_recipient_restrictions = reject\n",
		    .recipient = "no@elsewhere.example", .answer = "permit",
		    .notes = "discard: <a@sender.example>: Sender address x\n" },
		{ "FILTER", TO("FILTER smtp:[x]:25"), .answer = "permit",
		    .notes = "filter: <known@example.com>: Recipient address triggers FILTER "
		             "smtp:[x]:25\n" },
		{ "FILTER without a transport", TO("FILTER foo"), .answer = "permit" },
		{ "FILTER without anything", TO("FILTER"), .answer = "permit" },
		{ "REDIRECT", TO("REDIRECT r@x.y"), .answer = "permit",
		    .notes = "redirect: <known@example.com>: Recipient address triggers REDIRECT "
		             "r@x.y\n" },
		{ "REDIRECT to no address", TO("REDIRECT r"), .answer = "permit" },
		{ "BCC", TO("BCC b@x.y"), .answer = "permit",
		    .notes = "bcc: <known@example.com>: Recipient address triggers BCC b@x.y\n" },
		{ "PREPEND", TO("PREPEND X-A: b"), .answer = "permit" },
		{ "PREPEND no header", TO("PREPEND nonsense"), .answer = "permit" },
		{ "too early for a fate",
		    "smtpd_delay_reject = no\nsmtpd_client_restrictions = "
		    "check_client_access static:HOLD\n",
		    .answer = "permit" },
	};

	(void)state;
	ask_rows(rows, ARRAY_LEN(rows));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_keys),
		cmocka_unit_test(test_refusals),
		cmocka_unit_test(test_enhanced_codes),
		cmocka_unit_test(test_fates),
	};
	return cmocka_run_group_tests(tests, scratch_make, scratch_drop);
}
