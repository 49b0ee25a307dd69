/* SPDX-License-Identifier: BSD-2-Clause */
#include "tests/unit/test.h"

#include "lib/dns/type.h"

static void
test_types(void **state)
{
	static const struct {
		const char *name;
		unsigned type;
	} rows[] = {
		{ "MX", 15 },
		{ "mx", 15 },
		{ "AAAA", 28 },
		{ "TLSA", 52 },
		{ "TYPE52", 52 },
		{ "type65535", 65535 },
		{ "TYPE65536", 0 },
		{ "TYPE", 0 },
		{ "TYPEx", 0 },
		{ "", 0 },
		{ "MXX", 0 },
		{ "M", 0 },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		if (dns_type_find(str_of(rows[i].name)) != rows[i].type)
			fail_msg("<%s>", rows[i].name);
	}
	assert_string_equal(dns_type_name(15), "MX");
	assert_null(dns_type_name(65000));
}

int
main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_types) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
