/* SPDX-License-Identifier: BSD-2-Clause */
#include "tests/unit/test.h"

#include "lib/base/crc32c.h"

/* From RFC 3720, B.4, and the check value of the catalogue of CRCs. */
static void
test_known_values(void **state)
{
	static const char zeros[32];
	static char ones[32], up[32];

	(void)state;
	for (int i = 0; i < 32; i++) {
		ones[i] = (char)0xff;
		up[i] = (char)i;
	}
	const struct {
		const char *name;
		struct str bytes;
		uint32_t crc;
	} rows[] = {
		{ "nothing", STR_NONE, 0 },
		{ "check value", STR("123456789"), 0xe3069283 },
		{ "zeros", { zeros, 32 }, 0x8a9136aa },
		{ "ones", { ones, 32 }, 0x62a8ab43 },
		{ "counting up", { up, 32 }, 0x46dd794e },
	};
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		if (crc32c(0, rows[i].bytes) != rows[i].crc)
			fail_msg("%s", rows[i].name);
		if (crc32c_by_table(0, rows[i].bytes) != rows[i].crc)
			fail_msg("%s, by table", rows[i].name);
	}
}

static void
test_goes_on_from_any_cut(void **state)
{
	char bytes[67];
	struct str whole = str_make(bytes, sizeof(bytes));

	(void)state;
	for (size_t i = 0; i < sizeof(bytes); i++)
		bytes[i] = (char)(i * 37);
	for (size_t cut = 0; cut <= sizeof(bytes); cut++) {
		uint32_t crc = crc32c(0, str_part(whole, 0, cut));

		assert_int_equal(crc32c(crc, str_from(whole, cut)), crc32c(0, whole));
		crc = crc32c_by_table(0, str_part(whole, 0, cut));
		assert_int_equal(crc32c_by_table(crc, str_from(whole, cut)), crc32c(0, whole));
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_known_values),
		cmocka_unit_test(test_goes_on_from_any_cut),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
