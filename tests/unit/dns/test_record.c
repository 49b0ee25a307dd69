/* SPDX-License-Identifier: BSD-2-Clause */
#include "tests/unit/test.h"

#include "lib/base/err.h"
#include "lib/dns/record.h"
#include "lib/dns/type.h"

#define BYTES(s) STR_INIT(s)
#define LABEL_10 "\12abcdefghij"
#define NAME_241 /* as text; 22 labels of 10 */                                                   \
	LABEL_10 LABEL_10 LABEL_10 LABEL_10 LABEL_10 LABEL_10 LABEL_10 LABEL_10 LABEL_10 LABEL_10 \
	    LABEL_10 LABEL_10 LABEL_10 LABEL_10 LABEL_10 LABEL_10 LABEL_10 LABEL_10 LABEL_10      \
	        LABEL_10 LABEL_10 LABEL_10

static void
test_names(void **state)
{
	static const struct {
		const char *name;
		struct str data;
		int result;
		const char *text;
	} rows[] = {
		{ "plain", BYTES("\4mail\7example\0"), 0, "mail.example" },
		{ "capitals", BYTES("\4MaiL\0"), 0, "mail" },
		{ "root", BYTES("\0"), 0, "" },
		{ "nothing", BYTES(""), ERR_CORRUPT, "" },
		{ "no end", BYTES("\4mail"), ERR_CORRUPT, "" },
		{ "cut label", BYTES("\4mai"), ERR_CORRUPT, "" },
		{ "more after it", BYTES("\4mail\0x"), ERR_CORRUPT, "" },
		{ "compressed", BYTES("\300\14"), ERR_CORRUPT, "" },
		{ "label of 64", BYTES("\100aaaaaaaa"), ERR_CORRUPT, "" },
		{ "253", BYTES(NAME_241 "\13abcdefghijk\0"), 0, NULL },
		{ "254", BYTES(NAME_241 "\14abcdefghijkl\0"), ERR_CORRUPT, "" },
		{ "NUL", BYTES("\3a\0b\0"), ERR_SYNTAX, "" },
		{ "dot in a label", BYTES("\3a.b\0"), ERR_SYNTAX, "" },
		{ "blank", BYTES("\3a b\0"), ERR_SYNTAX, "" },
		{ "newline", BYTES("\3a\nb\0"), ERR_SYNTAX, "" },
		{ "percent", BYTES("\3a%b\0"), ERR_SYNTAX, "" },
		{ "slash", BYTES("\3a/b\0"), ERR_SYNTAX, "" },
		{ "8 bit", BYTES("\3a\377b\0"), ERR_SYNTAX, "" },
		{ "odd and cut", BYTES("\3a b\4mai"), ERR_CORRUPT, "" },
		{ "underscore", BYTES("\4_tcp\0"), 0, "_tcp" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		AUTO(arena) arena = ARENA_INIT((size_t)4096);
		struct str name = STR_NONE;
		int result = dns_read_name(rows[i].data, &arena, &name);

		if (result != rows[i].result)
			fail_msg("%s: %d", rows[i].name, result);
		if (rows[i].text != NULL)
			assert_str_is(name, rows[i].text);
		else
			assert_int_equal(name.n, DNS_NAME_MAX);
	}
}

/* Each kind of record, whole and cut at every byte, and one byte longer. */
static void
test_lengths(void **state)
{
	static const struct {
		unsigned type;
		struct str data;
		const char *text;
		bool any_length; /* shorter ones may be records, too */
	} rows[] = {
		{ DNS_A, BYTES("\300\0\2\1"), "192.0.2.1", false },
		{ DNS_AAAA, BYTES("\40\1\15\270\0\0\0\0\0\0\0\0\0\0\0\1"), "2001:db8::1", true },
		{ DNS_MX, BYTES("\0\12\4mail\0"), "10 mail", false },
		{ DNS_MX, BYTES("\0\0\0"), "0 .", false },
		{ DNS_SRV, BYTES("\0\1\0\2\2\113\4mail\0"), "1 2 587 mail", false },
		{ DNS_TLSA, BYTES("\3\1\1\253\315"), "3 1 1 abcd", true },
		{ DNS_TXT, BYTES("\3a\"b\2c\\"), "\"a\\034bc\\092\"", true },
		{ DNS_TXT, BYTES("\0"), "\"\"", false },
		{ DNS_PTR, BYTES("\4mail\0"), "mail", false },
		{ DNS_CAA, BYTES("\0\5issue"), "\\# 7 00056973737565", true },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		for (size_t n = 0; n <= rows[i].data.n; n++) {
			AUTO(buf) text = BUF_INIT((size_t)1000);

			assert_int_equal(
			    dns_record_add_text(rows[i].type, str_part(rows[i].data, 0, n), &text),
			    0);
			if (n == rows[i].data.n)
				assert_str_is(buf_str(&text), rows[i].text);
			else if (!rows[i].any_length)
				assert_true(str_starts(buf_str(&text), STR("\\# ")));
		}
	}
}

/* No digest is no record; a byte of it is. RFC 6698, section 2.1. */
static void
test_tlsa_of_every_short_length(void **state)
{
	static const char data[] = "\3\1\1\252\273\314";
	struct dns_tlsa tlsa;

	(void)state;
	for (size_t n = 0; n < 4; n++)
		assert_int_equal(dns_read_tlsa(str_make(data, n), &tlsa), ERR_CORRUPT);
	for (size_t n = 4; n < sizeof(data); n++) {
		assert_int_equal(dns_read_tlsa(str_make(data, n), &tlsa), 0);
		assert_int_equal(tlsa.data.n, n - 3);
	}
}

/* Each in memory that ends where it does: a byte beyond it is an error under the sanitizers. */
static void
test_every_type_of_every_length(void **state)
{
	static const unsigned types[] = { DNS_A, DNS_AAAA, DNS_CNAME, DNS_NS, DNS_PTR, DNS_MX,
		DNS_SRV, DNS_TLSA, DNS_TXT, DNS_CAA };
	static const char bytes[] = { '\0', '\1', '\3', '\77', '\300', '\377' };

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(types) * ARRAY_LEN(bytes) * 41; i++) {
		AUTO(buf) text = BUF_INIT((size_t)1000);
		size_t n = i % 41;
		char *data = malloc(n != 0 ? n : 1);

		assert_non_null(data);
		memset(data, bytes[i / 41 % ARRAY_LEN(bytes)], n);
		assert_int_equal(
		    dns_record_add_text(types[i / 41 / ARRAY_LEN(bytes)], str_make(data, n), &text),
		    0);
		free(data);
		assert_true(text.n != 0);
	}
}

static void
test_the_largest_text(void **state)
{
	AUTO(buf) text = BUF_INIT((size_t)100000);
	static char data[65535];

	(void)state;
	memset(data, 'a', sizeof(data));
	for (size_t i = 0; i < sizeof(data); i += 256)
		data[i] = (char)(sizeof(data) - i > 256 ? 255 : sizeof(data) - i - 1);
	assert_int_equal(dns_record_add_text(DNS_TXT, str_make(data, sizeof(data)), &text), 0);
	assert_int_equal(text.n, sizeof(data) - 256 + 2);
}

static void
test_text_of_strings(void **state)
{
	static const struct {
		const char *name;
		struct str data;
		int result;
		const char *text;
	} rows[] = {
		{ "one", BYTES("\3abc"), 0, "abc" },
		{ "many", BYTES("\1a\0\2bc"), 0, "abc" },
		{ "too long a length", BYTES("\3ab"), ERR_CORRUPT, "" },
		{ "255 in 3 bytes", BYTES("\377ab"), ERR_CORRUPT, "" },
		{ "nothing", BYTES(""), ERR_CORRUPT, "" },
		{ "beyond the bound", BYTES("\011123456789"), ERR_TOO_LONG, "" },
		{ "second beyond it", BYTES("\5abcde\5abcde"), ERR_TOO_LONG, "" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		AUTO(buf) text = BUF_INIT((size_t)8);
		int result = dns_read_txt(rows[i].data, &text);

		if (result != rows[i].result)
			fail_msg("%s: %d", rows[i].name, result);
		assert_str_is(buf_str(&text), rows[i].text);
	}
}

static void
test_names_to_ask_for(void **state)
{
	static const struct {
		const char *name;
		bool valid;
	} rows[] = {
		{ ".", true },
		{ "example", true },
		{ "example.com.", true },
		{ "_25._tcp.a-b.example", true },
		{ "0/25.2.0.192.in-addr.arpa", true },
		{ "", false },
		{ "..", false },
		{ "a..b", false },
		{ ".a", false },
		{ "a..", false },
		{ "a b", false },
		{ "a\\b", false },
		{ "a\nb", false },
		{ "\xc3\xa4", false },
		{ "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", true },
		{ "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", false },
	};
	char long_name[DNS_NAME_MAX + 3];

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		if (dns_name_is_valid(str_of(rows[i].name)) != rows[i].valid)
			fail_msg("<%s>", rows[i].name);
	}
	for (size_t i = 0; i < sizeof(long_name); i++)
		long_name[i] = i % 2 == 0 ? 'a' : '.';
	assert_true(dns_name_is_valid(str_make(long_name, DNS_NAME_MAX)));
	assert_true(dns_name_is_valid(str_make(long_name, DNS_NAME_MAX + 1)));
	assert_false(dns_name_is_valid(str_make(long_name, DNS_NAME_MAX + 2)));
}

static void
test_reverse_names(void **state)
{
	static const struct {
		const char *address, *name;
	} rows[] = {
		{ "192.0.2.1", "1.2.0.192.in-addr.arpa" },
		{ "255.254.0.10", "10.0.254.255.in-addr.arpa" },
		{ "::ffff:192.0.2.1", "1.2.0.192.in-addr.arpa" },
		{ "2001:db8::f1",
		    "1.f.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2.ip6.arpa" },
	};
	struct endpoint e;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		AUTO(buf) name = BUF_INIT((size_t)100);

		assert_int_equal(endpoint_parse(str_of(rows[i].address), 25, &e), 0);
		assert_int_equal(dns_add_reverse_name(&e, &name), 0);
		assert_str_is(buf_str(&name), rows[i].name);
	}
	e = (struct endpoint){ .length = 0 };
	assert_int_equal(dns_add_reverse_name(&e, &(struct buf)BUF_INIT((size_t)100)), ERR_SYNTAX);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_names),
		cmocka_unit_test(test_lengths),
		cmocka_unit_test(test_tlsa_of_every_short_length),
		cmocka_unit_test(test_every_type_of_every_length),
		cmocka_unit_test(test_the_largest_text),
		cmocka_unit_test(test_text_of_strings),
		cmocka_unit_test(test_names_to_ask_for),
		cmocka_unit_test(test_reverse_names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
