/* SPDX-License-Identifier: BSD-2-Clause */
#include "tests/unit/test.h"

#include "lib/base/ticks.h"
#include "lib/table/login_senders.h"
#include "tests/unit/table/with_config.h"

#define TABLES                                                                                     \
	"recipient_delimiter = +\n"                                                                \
	"local_login_sender_maps = inline:{ {root = *}, {me = me@d, @Dom}, {bounce = <>}, {uid:7 " \
	"= u@d} }\n"

static void
test_patterns(void **state)
{
	static const struct {
		const char *name;
		const char *login, *sender;
		int found;
	} rows[] = {
		{ "anything", "root", "x@y", 1 },
		{ "anything, null", "root", "", 1 },
		{ "address", "me", "me@d", 1 },
		{ "case", "ME", "Me@D", 1 },
		{ "extension", "me", "me+x@d", 1 },
		{ "other address", "me", "you@d", 0 },
		{ "prefix", "me", "me2@d", 0 },
		{ "domain", "me", "any@dom", 1 },
		{ "subdomain", "me", "any@sub.dom", 0 },
		{ "null", "me", "", 0 },
		{ "null allowed", "bounce", "", 1 },
		{ "only null", "bounce", "bounce@d", 0 },
		{ "without an account", "uid:7", "u@d", 1 },
		{ "not listed", "other", "me@d", 0 },
	};
	struct config *c = with_config(TABLES);
	struct why why;
	struct login_senders *l = login_senders_open(c, &why);

	(void)state;
	assert_non_null(l);
	assert_false(login_senders_allow_all(l));
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		int found = login_senders_find(
		    l, str_of(rows[i].login), str_of(rows[i].sender), TICKS_NEVER, &why);

		if (found != rows[i].found)
			fail_msg("%s: %d", rows[i].name, found);
	}
	login_senders_close(l);
	config_free(c);
}

static void
test_everybody_and_nobody(void **state)
{
	struct config *c = with_config("");
	struct why why;
	struct login_senders *l = login_senders_open(c, &why);

	(void)state;
	assert_true(login_senders_allow_all(l));
	assert_true(login_senders_allow_all(NULL));
	assert_int_equal(login_senders_find(l, STR("x"), STR("y@z"), TICKS_NEVER, &why), 1);
	login_senders_close(l);
	config_free(c);

	c = with_config("local_login_sender_maps = fail:x\n");
	l = login_senders_open(c, &why);
	assert_non_null(l);
	assert_true(login_senders_find(l, STR("x"), STR("y@z"), TICKS_NEVER, &why) < 0);
	login_senders_close(l);
	config_free(c);

	c = with_config("local_login_sender_maps = nonsense:x\n");
	assert_null(login_senders_open(c, &why));
	login_senders_close(NULL);
	config_free(c);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_patterns),
		cmocka_unit_test(test_everybody_and_nobody),
	};
	return cmocka_run_group_tests(tests, scratch_make, scratch_drop);
}
