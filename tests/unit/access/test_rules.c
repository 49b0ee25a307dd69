/* SPDX-License-Identifier: BSD-2-Clause */
#include "tests/unit/access/ask.h"

static struct buf reports;

static void
see_report(void *context, bool is_error, const char *text)
{
	(void)context;
	assert_false(is_error);
	assert_int_equal(buf_addf(&reports, "%s\n", text), 0);
}

/* One main.cf: NULL words: it can be read, and `reported` is said; else what is wrong. */
static void
check(const char *main_cf, const char *words, const char *reported)
{
	struct why why = WHY_INIT;
	struct access_rules *rules;
	struct router *router;
	struct config *c;
	char text[4000];

	snprintf(text, sizeof(text), "%s%s", ask_base, main_cf);
	c = with_config(text);
	router = router_new(c, &why);
	assert_non_null(router);
	buf_init(&reports, 10000);
	rules = access_rules_open(c, router, see_report, NULL, &why);
	if ((rules != NULL) != (words == NULL) || (words != NULL && strcmp(why.text, words) != 0))
		fail_msg("%s: %s", main_cf, why.text);
	if (strcmp(buf_text(&reports), reported) != 0)
		fail_msg("%s: %s", main_cf, buf_text(&reports));
	buf_drop(&reports);
	access_rules_close(rules);
	router_free(router);
	config_free(c);
}

#define CLIENT "smtpd_client_restrictions = "

static void
test_mistakes(void **state)
{
	static const struct {
		const char *main_cf, *words;
	} rows[] = {
		{ CLIENT "permit_mynetworks reject_unknown_clients\n",
		    "smtpd_client_restrictions: restriction 2, reject_unknown_clients: there is no "
		    "such restriction; is reject_unknown_client meant?" },
		{ CLIENT "zzz\n",
		    "smtpd_client_restrictions: restriction 1, zzz: there is no such restriction" },
		{ "smtpd_restriction_classes = greedy\ngreedy = reject\n" CLIENT "gredy\n",
		    "smtpd_client_restrictions: restriction 1, gredy: there is no such "
		    "restriction; "
		    "is greedy meant?" },
		{ "smtpd_restriction_classes = greedy\ngreedy = permit, rejct\n",
		    "greedy: restriction 2, rejct: there is no such restriction; is reject "
		    "meant?" },
		{ "smtpd_restriction_classes = greedy\n",
		    "smtpd_restriction_classes: greedy is set nowhere" },
		{ CLIENT "check_client_access\n",
		    "smtpd_client_restrictions: restriction 1, check_client_access: an argument is "
		    "missing" },
		{ CLIENT "check_client_access permit\n",
		    "smtpd_client_restrictions: restriction 1, permit: a table, type:name, is "
		    "expected" },
		{ CLIENT "check_client_access zork:x\n",
		    "smtpd_client_restrictions: restriction 1, zork:x: "
		    "tables of the type \"zork\" are not supported" },
		{ CLIENT "sleep x\n", "smtpd_client_restrictions: restriction 1, x: a number of "
		                      "seconds is expected" },
		{ CLIENT "reject_maps_rbl\n",
		    "smtpd_client_restrictions: restriction 1, reject_maps_rbl: it is gone; use "
		    "reject_rbl_client domain" },
		{ "smtpd_data_restrictions = static:x\n",
		    "smtpd_data_restrictions: restriction 1, static:x: before a table must stand "
		    "what is looked up, as in check_client_access" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		check(rows[i].main_cf, rows[i].words, "");
}

#define RELAY "smtpd_relay_restrictions = "
#define NEEDED                                                                   \
	"in smtpd_relay_restrictions or smtpd_recipient_restrictions, one of "   \
	"reject_unauth_destination, defer_unauth_destination, reject, defer or " \
	"defer_if_permit is needed: strangers could relay through this host"

static void
test_closed(void **state)
{
	static const struct {
		const char *main_cf, *words;
	} rows[] = {
		{ RELAY "permit_mynetworks, reject_unauth_destination\n", NULL },
		{ RELAY "\nsmtpd_recipient_restrictions = reject_unauth_destination\n", NULL },
		{ RELAY "c\nsmtpd_restriction_classes = c\nc = defer\n", NULL },
		{ RELAY "permit_mynetworks\n", NEEDED },
		{ RELAY "warn_if_reject reject_unauth_destination\n", NEEDED },
		{ RELAY "c\nsmtpd_restriction_classes = c\nc = c\n", NEEDED },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		check(rows[i].main_cf, rows[i].words, "");
}

static void
test_reports(void **state)
{
	(void)state;
	check(CLIENT "permit, reject\n", NULL,
	    "smtpd_client_restrictions: restriction `reject' after `permit' is ignored\n");
	check(CLIENT "warn_if_reject reject, permit\n", NULL, "");
	check(CLIENT "reject_rbl_client x.example, permit_sasl_authenticated\n", NULL,
	    "smtpd_client_restrictions: reject_rbl_client has no effect yet: this release has no "
	    "DNS\n");
	check(CLIENT "check_client_access texthash:/no/such\n", NULL,
	    "texthash:/no/such: No such file or directory\n");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_mistakes),
		cmocka_unit_test(test_closed),
		cmocka_unit_test(test_reports),
	};
	return cmocka_run_group_tests(tests, scratch_make, scratch_drop);
}
