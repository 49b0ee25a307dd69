/* SPDX-License-Identifier: BSD-2-Clause */
#include "tests/unit/test.h"

#include "lib/base/err.h"
#include "lib/table/network.h"

static void
test_parse(void **state)
{
	static const struct {
		const char *text;
		bool valid;
		const char *words; /* a part of them */
	} rows[] = {
		{ "192.0.2.0/24", true, "" },
		{ "192.0.2.1", true, "" },
		{ "0.0.0.0/0", true, "" },
		{ "::/0", true, "" },
		{ "2001:db8::/32", true, "" },
		{ "[2001:db8::/32]", true, "" },
		{ "[2001:db8::]/32", true, "" },
		{ "[::1]", true, "" },
		{ "[192.0.2.1]", true, "" },
		{ "192.0.2.1/24", false, "bits set beyond its length of 24" },
		{ "192.0.2.128/25", true, "" },
		{ "192.0.2.129/25", false, "beyond" },
		{ "2001:db8::1/127", false, "beyond" },
		{ "192.0.2.0/33", false, "a length of 0 to 32" },
		{ "::/129", false, "a length of 0 to 128" },
		{ "192.0.2.0/", false, "length" },
		{ "192.0.2.0/-1", false, "length" },
		{ "192.0.2.0/255.255.255.0", false, "length" },
		{ "192.0.2", false, "no IP address" },
		{ "192.0.2.256", false, "no IP address" },
		{ "", false, "no IP address" },
		{ "/24", false, "no IP address" },
		{ "example.com", false, "no IP address" },
		{ "[::1", false, "no IP address" },
		{ "2001:db8:aaaa:bbbb:cccc:dddd:eeee:ffff:0000:1111", false, "no IP address" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct network n;
		struct why why = WHY_INIT;
		int result = network_parse(str_of(rows[i].text), &n, &why);

		if ((result == 0) != rows[i].valid || strstr(why.text, rows[i].words) == NULL)
			fail_msg("\"%s\": %d, %s", rows[i].text, result, why.text);
	}
}

static void
test_contains(void **state)
{
	static const struct {
		const char *block;
		const char *address;
		bool inside;
	} rows[] = {
		{ "192.0.2.0/24", "192.0.2.255", true },
		{ "192.0.2.0/24", "192.0.3.0", false },
		{ "192.0.2.128/25", "192.0.2.127", false },
		{ "192.0.2.128/25", "192.0.2.128", true },
		{ "192.0.2.5", "192.0.2.5", true },
		{ "192.0.2.5", "192.0.2.4", false },
		{ "0.0.0.0/0", "255.255.255.255", true },
		{ "0.0.0.0/0", "::1", false },
		{ "::/0", "127.0.0.1", false },
		{ "::/0", "::ffff:127.0.0.1", false },
		{ "127.0.0.0/8", "::ffff:127.0.0.1", true },
		{ "2001:db8::/33", "2001:db8:7fff::1", true },
		{ "2001:db8::/33", "2001:db8:8000::1", false },
		{ "2001:db8::1", "[2001:DB8::1]", true },
		{ "2001:db8::1", "2001:db8::2", false },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct network block, address;
		struct why why;

		assert_int_equal(network_parse(str_of(rows[i].block), &block, &why), 0);
		assert_true(network_parse_address(str_of(rows[i].address), &address));
		if (network_contains(&block, &address) != rows[i].inside)
			fail_msg("%s in %s", rows[i].address, rows[i].block);
	}
}

static void
test_what_is_no_address(void **state)
{
	static const struct str rows[] = {
		{ "", 0 },
		{ NULL, 0 },
		{ "[]", 2 },
		{ "1.2.3.4/32", 10 },
		{ "1.2.3.4\0", 8 },
		{ "localhost", 9 },
		{ " 1.2.3.4", 8 },
		{ "01.2.3.4", 8 },
		{ "fe80::1%lo", 10 },
	};
	struct network n;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		if (network_parse_address(rows[i], &n))
			fail_msg("row %zu", i);
	}
}

static void
test_widen(void **state)
{
	static const struct {
		const char *address;
		unsigned bits;
		const char *text;
	} rows[] = {
		{ "192.0.2.255", 32, "192.0.2.255" },
		{ "192.0.2.255", 64, "192.0.2.255" },
		{ "192.0.2.255", 25, "192.0.2.128/25" },
		{ "192.0.2.255", 0, "0.0.0.0/0" },
		{ "2001:db8::1:2", 128, "2001:db8::1:2" },
		{ "2001:db8:1:2:ffff:ffff::1", 84, "2001:db8:1:2:ffff:f000::/84" },
		{ "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", 127,
		    "ffff:ffff:ffff:ffff:ffff:ffff:ffff:fffe/127" },
		{ "::ffff:192.0.2.9", 24, "192.0.2.0/24" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		char text[NETWORK_TEXT_MAX];
		struct network n, again;
		struct why why;

		assert_true(network_parse_address(str_of(rows[i].address), &n));
		network_widen(&n, rows[i].bits);
		assert_string_equal(network_text(&n, text), rows[i].text);
		assert_int_equal(network_parse(str_of(text), &again, &why), 0);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_parse),
		cmocka_unit_test(test_contains),
		cmocka_unit_test(test_what_is_no_address),
		cmocka_unit_test(test_widen),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
