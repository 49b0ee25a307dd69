/* SPDX-License-Identifier: BSD-2-Clause */
#include "tests/unit/table/with_config.h"

#include "lib/ipc/submit_options.h"

static void
test_rows(void **state)
{
	static const struct {
		const char *config;
		uint32_t flags;
		const char *filter;
		const char *error; /* NULL: none */
	} rows[] = {
		{ "", 0, "", NULL },
		{ "content_filter = smtp:[127.0.0.1]:10024\n", 0, "smtp:[127.0.0.1]:10024", NULL },
		{ "receive_override_options = no_address_mappings, no_milters\n",
		    SUBMIT_NO_ADDRESS_MAPPINGS, "", NULL },
		{ "receive_override_options = no_header_body_checks no_unknown_recipient_checks\n",
		    SUBMIT_NO_HEADER_BODY_CHECKS, "", NULL },
		{ "content_filter = nonsense\n", 0, "", "content_filter" },
		{ "receive_override_options = nonsense\n", 0, "", "\"nonsense\"" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct config *c = with_config(rows[i].config);
		struct message_submit m = { .flags = SUBMIT_LOCAL };
		struct submit_options o;
		struct why why = WHY_INIT;
		int result = submit_options_init(&o, c, &why);

		assert_int_equal(result < 0, rows[i].error != NULL);
		if (result < 0) {
			assert_non_null(strstr(why.text, rows[i].error));
		} else {
			submit_options_apply(&o, &m);
			assert_int_equal(m.flags, SUBMIT_LOCAL | rows[i].flags);
			assert_str_is(m.filter, rows[i].filter);
		}
		config_free(c);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_rows) };

	return cmocka_run_group_tests(tests, scratch_make, scratch_drop);
}
