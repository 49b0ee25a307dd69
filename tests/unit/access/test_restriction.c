/* SPDX-License-Identifier: BSD-2-Clause */
/* Every restriction, and how they work together. The replies are those of Postfix 3.7. */
#include "tests/unit/access/ask.h"

#define RCPT(list) "smtpd_recipient_restrictions = " list "\n"
#define OPEN       "smtpd_relay_restrictions =\n"
#define ABOUT(x)   "<known@example.com>: Recipient address rejected: " x

static void
test_any(void **state)
{
	static const struct ask_row rows[] = {
		{ "permit", RCPT("permit"), .answer = "permit" },
		{ "permit ends its list", RCPT("permit, reject"), .answer = "permit" },
		{ "reject", RCPT("reject"), .answer = "554 5.7.1 " ABOUT("Access denied") },
		{ "its code", RCPT("reject") "reject_code = 450\n",
		    .answer = "450 4.7.1 " ABOUT("Access denied") },
		{ "defer", RCPT("defer"), .answer = "450 4.3.2 " ABOUT("Try again later") },
		{ "defer_if_permit", RCPT("defer_if_permit"),
		    .answer = "450 4.7.0 " ABOUT("defer_if_permit requested") },
		{ "defer_if_permit, then a refusal", RCPT("defer_if_permit, reject"),
		    .answer = "554 5.7.1 " ABOUT("Access denied") },
		{ "the first reason counts",
		    "smtpd_client_restrictions = defer_if_permit\n" RCPT("defer_if_permit"),
		    .answer = "450 4.7.0 <unknown[203.0.113.7]>: Client host rejected: "
		              "defer_if_permit requested" },
		{ "defer_if_reject", RCPT("defer_if_reject, reject"),
		    .answer = "450 4.7.0 " ABOUT("defer_if_reject requested") },
		{ "defer_if_reject, then nothing", RCPT("defer_if_reject"), .answer = "permit" },
		{ "defer_if_reject of another list",
		    "smtpd_client_restrictions = defer_if_reject\n" RCPT("reject"),
		    .answer = "554 5.7.1 " ABOUT("Access denied") },
		{ "defer_if_reject, then a deferral", RCPT("defer_if_reject, defer"),
		    .answer = "450 4.3.2 " ABOUT("Try again later") },
		{ "warn_if_reject", RCPT("warn_if_reject reject"), .answer = "permit",
		    .notes = "reject_warning: 554 5.7.1 " ABOUT("Access denied") "\n" },
		{ "it holds for one", RCPT("warn_if_reject reject, defer"),
		    .answer = "450 4.3.2 " ABOUT("Try again later"),
		    .notes = "reject_warning: 554 5.7.1 " ABOUT("Access denied") "\n" },
		{ "it holds for all of a class",
		    RCPT("warn_if_reject c, defer") "smtpd_restriction_classes = c\n"
		                                    "c = defer, reject\n",
		    .answer = "450 4.3.2 " ABOUT("Try again later"),
		    .notes = "reject_warning: 450 4.3.2 " ABOUT(
		        "Try again later") "\n"
		                           "reject_warning: 554 5.7.1 " ABOUT(
		                               "Access denied") "\n" },
		{ "it holds for defer_if_permit", RCPT("warn_if_reject defer_if_permit"),
		    .answer = "permit",
		    .notes = "reject_warning: 450 4.7.0 " ABOUT("defer_if_permit requested") "\n" },
		{ "not for what cannot be found out",
		    RCPT("warn_if_reject check_client_access fail:x"),
		    .answer = "451 4.3.0 <unknown[203.0.113.7]>: Temporary lookup failure" },
		{ "sleep", RCPT("sleep 100, reject"),
		    .answer = "554 5.7.1 " ABOUT("Access denied") },
		{ "reject_plaintext_session", RCPT("reject_plaintext_session"),
		    .answer = "450 4.7.1 Session encryption is required" },
		{ "reject_multi_recipient_bounce: one", RCPT("reject_multi_recipient_bounce"),
		    .sender = "", .answer = "permit" },
		{ "reject_unauth_pipelining", RCPT("reject_unauth_pipelining"),
		    .answer = "permit" },
		{ "check_policy_service", RCPT("check_policy_service inet:127.0.0.1:1"),
		    .answer = "451 4.3.5 " ABOUT("Server configuration problem") },
		{ "check_policy_service with options",
		    RCPT("check_policy_service { unix:x, timeout = 1s }, reject"),
		    .answer = "451 4.3.5 " ABOUT("Server configuration problem") },
		{ "a permission that is logged",
		    RCPT("permit") "smtpd_log_access_permit_actions = permit\n", .answer = "permit",
		    .notes = "permit: action=permit for Recipient address=known@example.com\n" },
		{ "one that is overruled is not",
		    RCPT("defer_if_permit, permit") "smtpd_log_access_permit_actions = permit\n",
		    .answer = "450 4.7.0 " ABOUT("defer_if_permit requested") },
		{ "data", "smtpd_data_restrictions = reject\n", .last = REHEARSAL_DATA,
		    .answer = "554 5.7.1 <DATA>: Data command rejected: Access denied" },
		{ "end of data", "smtpd_end_of_data_restrictions = reject\n", .last = REHEARSAL_END,
		    .answer = "554 5.7.1 <END-OF-MESSAGE>: End-of-data rejected: Access denied" },
		{ "too deep", RCPT("c") "smtpd_restriction_classes = c\nc = c\n",
		    .answer = "451 4.3.5 Server configuration error" },
		{ "nobody is authenticated",
		    RCPT("permit_sasl_authenticated, permit_tls_clientcerts, "
		         "permit_tls_all_clientcerts, permit_dnswl_client x.example, "
		         "permit_rhswl_client x.example, permit_mx_backup, reject"),
		    .answer = "554 5.7.1 " ABOUT("Access denied") },
		{ "what has no effect yet",
		    RCPT("reject_rbl_client x.example=127.0.0.2, reject_unknown_sender_domain, "
		         "check_sender_mx_access fail:x, reject_unverified_recipient"),
		    .answer = "permit" },
	};

	(void)state;
	ask_rows(rows, ARRAY_LEN(rows));
}

static void
test_clients_and_names(void **state)
{
#define HELO(x)  "smtpd_helo_restrictions = " x "\n"
#define BAD(n)   "501 5.5.2 <" n ">: Helo command rejected: Invalid name"
#define FQDN(n)  "504 5.5.2 <" n ">: Helo command rejected: need fully-qualified hostname"
#define IP(n)    "501 5.5.2 <" n ">: Helo command rejected: invalid ip address"
#define BADHELO  HELO("reject_invalid_helo_hostname")
#define FULLHELO HELO("reject_non_fqdn_helo_hostname")
	static const struct ask_row rows[] = {
		{ "ours", OPEN RCPT("permit_mynetworks, reject"), .client = "198.51.100.9",
		    .answer = "permit" },
		{ "not ours", OPEN RCPT("permit_mynetworks, reject"),
		    .answer = "554 5.7.1 " ABOUT("Access denied") },
		{ "this host", OPEN RCPT("permit_inet_interfaces, reject"), .client = "127.0.0.1",
		    .answer = "permit" },
		{ "not this host", OPEN RCPT("permit_inet_interfaces, reject"),
		    .answer = "554 5.7.1 " ABOUT("Access denied") },
		{ "perhaps ours", OPEN RCPT("permit_mynetworks, reject") "mynetworks = fail:x\n",
		    .answer = "451 4.3.0 <known@example.com>: Temporary lookup failure" },
		{ "a name", BADHELO, .helo = "a_b.example", .answer = "permit" },
		{ "a final dot", BADHELO, .helo = "x.example.", .answer = "permit" },
		{ "one label", BADHELO, .helo = "foo", .answer = "permit" },
		{ "a hyphen first", BADHELO, .helo = "-x.example", .answer = BAD("-x.example") },
		{ "an empty label", BADHELO, .helo = "a..b", .answer = BAD("a..b") },
		{ "UTF-8", BADHELO, .helo = "\xc3\xbc.example", .answer = BAD("\xc3\xbc.example") },
		{ "a literal", BADHELO, .helo = "[1.2.3.4]", .answer = "permit" },
		{ "a bad literal", BADHELO, .helo = "[999.1.1.1]", .answer = IP("[999.1.1.1]") },
		{ "an old name", HELO("reject_invalid_hostname"), .helo = "a..b",
		    .answer = BAD("a..b") },
		{ "its code", BADHELO "invalid_hostname_reject_code = 450\n", .helo = "a..b",
		    .answer = "450 4.5.2 <a..b>: Helo command rejected: Invalid name" },
		{ "an address", BADHELO, .helo = "1.2.3.4", .answer = "permit" },
		{ "a full name", FULLHELO, .helo = "x.example", .answer = "permit" },
		{ "no full name", FULLHELO, .helo = "localhost", .answer = FQDN("localhost") },
		{ "an address is none", FULLHELO, .helo = "1.2.3.4", .answer = FQDN("1.2.3.4") },
		{ "a literal is one", FULLHELO, .helo = "[IPv6:::1]", .answer = "permit" },
		{ "in another list", RCPT("reject_non_fqdn_hostname"), .helo = "foo",
		    .answer = FQDN("foo") },
		{ "a full sender", RCPT("reject_non_fqdn_sender"), .answer = "permit" },
		{ "the null sender", RCPT("reject_non_fqdn_sender"), .sender = "",
		    .answer = "permit" },
		{ "no domain", RCPT("reject_non_fqdn_sender"), .sender = "a",
		    .answer =
		        "504 5.5.2 <a>: Sender address rejected: need fully-qualified address" },
		{ "one label in a sender", RCPT("reject_non_fqdn_sender"), .sender = "a@b",
		    .answer =
		        "504 5.5.2 <a@b>: Sender address rejected: need fully-qualified address" },
		{ "a literal in a sender", RCPT("reject_non_fqdn_sender"), .sender = "a@[1.2.3.4]",
		    .answer = "permit" },
		{ "a recipient", OPEN RCPT("reject_non_fqdn_recipient, reject"), .recipient = "a@b",
		    .answer = "504 5.5.2 <a@b>: Recipient address rejected: need "
		              "fully-qualified address" },
	};

	(void)state;
	ask_rows(rows, ARRAY_LEN(rows));
}

static void
test_destinations(void **state)
{
#define DENIED(a)     "554 5.7.1 <" a ">: Relay access denied"
#define UNKNOWN(a)    "550 5.1.1 <" a ">: Recipient address rejected: User unknown"
#define REJECT_UNAUTH OPEN RCPT("reject_unauth_destination")
	static const struct ask_row rows[] = {
		{ "by default", "", .recipient = "x@elsewhere.example",
		    .answer = "454 4.7.1 <x@elsewhere.example>: Relay access denied" },
		{ "by default, from our networks", "", .recipient = "x@elsewhere.example",
		    .client = "198.51.100.1", .answer = "permit" },
		{ "refused", REJECT_UNAUTH, .recipient = "x@elsewhere.example",
		    .answer = DENIED("x@elsewhere.example") },
		{ "another code", REJECT_UNAUTH "relay_domains_reject_code = 550\n",
		    .recipient = "x@elsewhere.example",
		    .answer = "550 5.7.1 <x@elsewhere.example>: Relay access denied" },
		{ "local", REJECT_UNAUTH, .recipient = "root@local.example", .answer = "permit" },
		{ "relay", REJECT_UNAUTH, .recipient = "in@relay.example", .answer = "permit" },
		{ "an alias elsewhere is not ours",
		    REJECT_UNAUTH "virtual_alias_maps = inline:{x@elsewhere.example=x}\n",
		    .recipient = "x@elsewhere.example", .answer = DENIED("x@elsewhere.example") },
		{ "a route with %", REJECT_UNAUTH, .recipient = "known%x@example.com",
		    .answer = DENIED("known%x@example.com") },
		{ "a route with !", REJECT_UNAUTH, .recipient = "x!known@example.com",
		    .answer = DENIED("x!known@example.com") },
		{ "a route with @", REJECT_UNAUTH, .recipient = "x@y@local.example",
		    .answer = DENIED("x@y@local.example") },
		{ "routes may be",
		    REJECT_UNAUTH
		    "allow_untrusted_routing = yes\nvirtual_mailbox_maps = static:x\n",
		    .recipient = "known%x@example.com", .answer = "permit" },
		{ "% is a letter",
		    REJECT_UNAUTH "allow_percent_hack = no\nvirtual_mailbox_maps = static:x\n",
		    .recipient = "known%x@example.com", .answer = "permit" },
		{ "permit_auth_destination", OPEN RCPT("permit_auth_destination, reject"),
		    .answer = "permit" },
		{ "permit_auth_destination: not ours", OPEN RCPT("permit_auth_destination, defer"),
		    .recipient = "x@y.example",
		    .answer =
		        "450 4.3.2 <x@y.example>: Recipient address rejected: Try again later" },
		{ "a class that cannot be found out", REJECT_UNAUTH "relay_domains = fail:x\n",
		    .recipient = "x@y.example",
		    .answer = "451 4.3.0 <x@y.example>: Temporary lookup failure" },
		{ "unknown", "", .recipient = "no@example.com",
		    .answer = UNKNOWN("no@example.com") " in virtual mailbox table" },
		{ "unknown here", "", .recipient = "no@local.example",
		    .answer = UNKNOWN("no@local.example") " in local recipient table" },
		{ "unknown alias", "", .recipient = "no@alias.example",
		    .answer = UNKNOWN("no@alias.example") " in virtual alias table" },
		{ "unknown of a relay", "", .recipient = "no@relay.example",
		    .answer = UNKNOWN("no@relay.example") " in relay recipient table" },
		{ "not asked", "smtpd_reject_unlisted_recipient = no\n",
		    .recipient = "no@example.com", .answer = "permit" },
		{ "not asked of this service",
		    "receive_override_options = no_header_body_checks no_unknown_recipient_checks\n",
		    .recipient = "no@example.com", .answer = "permit" },
		{ "asked by a list",
		    RCPT("reject_unlisted_recipient") "smtpd_reject_unlisted_recipient = no\n",
		    .recipient = "no@example.com",
		    .answer = UNKNOWN("no@example.com") " in virtual mailbox table" },
		{ "an old name, no table named",
		    RCPT("check_recipient_maps") "show_user_unknown_table_name = no\n",
		    .recipient = "no@example.com", .answer = UNKNOWN("no@example.com") },
		{ "only warned, and asked again", RCPT("warn_if_reject reject_unlisted_recipient"),
		    .recipient = "no@example.com",
		    .answer = UNKNOWN("no@example.com") " in virtual mailbox table",
		    .notes = "reject_warning: " UNKNOWN("no@example.com") " in virtual mailbox "
		                                                          "table\n" },
		{ "a class that takes nobody", "relay_transport = error:5.2.1 closed for good\n",
		    .recipient = "in@relay.example",
		    .answer =
		        "550 5.2.1 <in@relay.example>: Recipient address rejected: closed for "
		        "good" },
		{ "a sender who is not", "smtpd_reject_unlisted_sender = yes\n",
		    .sender = "no@example.com",
		    .answer =
		        "550 5.1.0 <no@example.com>: Sender address rejected: User unknown in "
		        "virtual mailbox table" },
		{ "asked by a list, too", RCPT("reject_unlisted_sender"),
		    .sender = "no@relay.example",
		    .answer =
		        "550 5.1.0 <no@relay.example>: Sender address rejected: User unknown in "
		        "relay recipient table" },
		{ "a sender elsewhere", "smtpd_reject_unlisted_sender = yes\n",
		    .answer = "permit" },
		{ "the null sender is nobody", "smtpd_reject_unlisted_sender = yes\n", .sender = "",
		    .answer = "permit" },
		{ "relay after recipient",
		    "smtpd_relay_before_recipient_restrictions = no\n" RCPT("defer"),
		    .recipient = "x@y.example",
		    .answer =
		        "450 4.3.2 <x@y.example>: Recipient address rejected: Try again later" },
		{ "at once", "smtpd_delay_reject = no\nsmtpd_sender_restrictions = reject\n",
		    .last = REHEARSAL_MAIL,
		    .answer =
		        "554 5.7.1 <a@sender.example>: Sender address rejected: Access denied" },
		{ "later", "smtpd_sender_restrictions = reject\n", .last = REHEARSAL_MAIL,
		    .answer = "permit" },
		{ "kept for later",
		    "smtpd_delay_reject = no\nsmtpd_client_restrictions = defer_if_permit\n",
		    .answer = "450 4.7.0 <unknown[203.0.113.7]>: Client host rejected: "
		              "defer_if_permit requested" },
	};

	(void)state;
	ask_rows(rows, ARRAY_LEN(rows));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_any),
		cmocka_unit_test(test_clients_and_names),
		cmocka_unit_test(test_destinations),
	};
	return cmocka_run_group_tests(tests, scratch_make, scratch_drop);
}
