/* SPDX-License-Identifier: BSD-2-Clause */
#include "lib/access/audit.h"

#include "lib/access/gateway.h"
#include "lib/base/err.h"
#include "tests/unit/access/ask.h"

static const struct audit_row {
	const char *main_cf;
	int result;
	const char *words;
} audits[] = {
	{ "", 0, NULL },
	{ "mynetworks = 0.0.0.0/0\n", ERR_REFUSED, "may send to everybody, by permit_mynetworks" },
	{ "mynetworks = [::]/0\n", ERR_REFUSED, "client 3fff:77::77" },
	{ "mynetworks = 0.0.0.0/0\nopen_relay_acknowledged = yes\n", 0, NULL },
	{ "mynetworks = 203.0.113.0/24\n", 0, NULL },
	{ "smtpd_relay_restrictions = check_client_access static:OK, reject\n", ERR_REFUSED,
	    "by check_client_access static:OK in smtpd_relay_restrictions" },
	{ "smtpd_relay_restrictions = check_client_access static:OK, reject\n"
	  "smtpd_recipient_restrictions = reject_unauth_destination\n",
	    0, NULL },
	{ "smtpd_relay_restrictions = check_client_access fail:x, permit\n"
	  "smtpd_recipient_restrictions = defer_if_permit\n",
	    0, NULL },
	{ "smtpd_relay_restrictions = permit_mynetwork, reject\n", ERR_SYNTAX,
	    "permit_mynetwork: there is no such restriction; is permit_mynetworks meant?" },
	{ "smtpd_relay_restrictions = permit_mynetworks\n", ERR_SYNTAX, "one of" },
};

PARKS static void
act_audits(void *arg)
{
	(void)arg;
	for (size_t i = 0; i < ARRAY_LEN(audits); i++) {
		struct why why = WHY_INIT;
		struct config *c;
		char text[4000];
		int result;

		snprintf(text, sizeof(text), "%s%s", ask_base, audits[i].main_cf);
		c = with_config(text);
		assert_non_null(c);
		result = relay_audit(c, &why);
		if (result != audits[i].result ||
		    (audits[i].words != NULL && strstr(why.text, audits[i].words) == NULL))
			fail_msg("%s: %d, %s", audits[i].main_cf, result, why.text);
		config_free(c);
	}
}

static void
test_audit(void **state)
{
	(void)state;
	assert_int_equal(run_init(&(struct run_options){ .simulated = true }), 0);
	assert_int_equal(run_main(act_audits, NULL), 0);
	run_drop();
}

static void
test_gateway(void **state)
{
#define HEADING "Iface\tDestination\tGateway \tFlags\tRefCnt\n"
	static const struct {
		const char *routes, *address;
	} rows[] = {
		{ HEADING "eth0\t00000000\t010011AC\t0003\t0\n", "172.17.0.1" },
		{ HEADING "eth0\t000011AC\t00000000\t0001\t0\neth0\t00000000\t010011AC\t3\t0\n",
		    "172.17.0.1" },
		{ HEADING "eth0\t00000000\t00000000\t0001\t0\n", NULL },
		{ HEADING "eth0\t00000000\tx\t0001\t0\n", NULL },
		{ HEADING "eth0\t00000000\n", NULL },
		{ "", NULL },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		char address[ENDPOINT_TEXT_MAX] = "";
		bool found = gateway_find(str_of(rows[i].routes), address);

		assert_int_equal(found, rows[i].address != NULL);
		if (found)
			assert_string_equal(address, rows[i].address);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_audit),
		cmocka_unit_test(test_gateway),
	};
	return cmocka_run_group_tests(tests, scratch_make, scratch_drop);
}
