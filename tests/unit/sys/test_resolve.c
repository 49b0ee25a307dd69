/* SPDX-License-Identifier: BSD-2-Clause */
/* Only names that every machine knows by itself: no test asks a name server. */
#include "tests/unit/test.h"

#include "lib/sys/resolve.h"

static void
test_hosts(void **state)
{
	static const struct {
		const char *host;
		int family;
		const char *want; /* "": none */
	} rows[] = {
		{ "127.0.0.1", AF_UNSPEC, "127.0.0.1" },
		{ "127.0.0.1", AF_INET, "127.0.0.1" },
		{ "127.0.0.1", AF_INET6, "" },
		{ "::1", AF_UNSPEC, "::1" },
		{ "::1", AF_INET, "" },
		{ "localhost", AF_INET, "127.0.0.1" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		char text[ENDPOINT_TEXT_MAX];
		struct endpoint found[4];
		int count = sys_resolve_host(rows[i].host, rows[i].family, 2525, found, 4);

		assert_int_equal(count, rows[i].want[0] != '\0' ? 1 : 0);
		if (count == 0)
			continue;
		assert_string_equal(endpoint_text(&found[0], text), rows[i].want);
		assert_int_equal(endpoint_port(&found[0]), 2525);
	}
}

static void
test_no_more_than_there_is_room_for(void **state)
{
	struct endpoint found[1];

	(void)state;
	assert_int_equal(sys_resolve_host("127.0.0.1", AF_UNSPEC, 25, found, 0), 0);
}

static void
test_services(void **state)
{
	(void)state;
	assert_int_equal(sys_resolve_service("no-such-service"), 0);
	assert_int_equal(sys_resolve_service(""), 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_hosts),
		cmocka_unit_test(test_no_more_than_there_is_room_for),
		cmocka_unit_test(test_services),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
