/* SPDX-License-Identifier: BSD-2-Clause */
#include "tests/unit/test.h"

#include "lib/base/err.h"
#include "lib/io/proxy_header.h"

#define SIGNATURE "\r\n\r\n\0\r\nQUIT\n"
#define V4        "\xc0\0\2\5\xc6\x33\x64\x09\x04\xd2\0\x19"
#define V6        "\x20\1\x0d\xb8\0\0\0\0\0\0\0\0\0\0\0\1"
#define MAPPED    "\0\0\0\0\0\0\0\0\0\0\xff\xff\xc0\0\2\5"
#define X27       "aaaaaaaaaaaaaaaaaaaaaaaaaaa"
#define UNIX      X27 X27 X27 X27 X27 X27 X27 X27

struct row {
	const char *name;
	struct str header;
	int result;         /* 0: the header is whole and nothing is behind it */
	const char *source; /* "" where there is none */
	unsigned port;
};

#define ROW(name, header, result, source, port)               \
	{                                                     \
		name, STR_INIT(header), result, source, port, \
	}

static const struct row rows[] = {
	ROW("1, TCP4", "PROXY TCP4 192.0.2.5 198.51.100.9 1234 25\r\n", 0, "192.0.2.5", 1234),
	ROW("1, TCP6", "PROXY TCP6 2001:DB8::1 ::1 0 65535\r\n", 0, "2001:db8::1", 0),
	ROW("1, mapped", "PROXY TCP6 ::ffff:192.0.2.5 ::1 7 25\r\n", 0, "192.0.2.5", 7),
	ROW("1, unknown", "PROXY UNKNOWN\r\n", 0, "", 0),
	ROW("1, unknown with words", "PROXY UNKNOWN a b c d\r\n", 0, "", 0),
	ROW("1, unknown run on", "PROXY UNKNOWNX\r\n", ERR_SYNTAX, "", 0),
	ROW("1, UDP", "PROXY UDP4 192.0.2.5 198.51.100.9 1234 25\r\n", ERR_SYNTAX, "", 0),
	ROW("1, LF alone", "PROXY TCP4 192.0.2.5 198.51.100.9 1234 25\n", ERR_SYNTAX, "", 0),
	ROW("1, nothing", "PROXY \r\n", ERR_SYNTAX, "", 0),
	ROW("1, LF at once", "PROXY \n", ERR_SYNTAX, "", 0),
	ROW("1, too few", "PROXY TCP4 192.0.2.5 198.51.100.9 1234\r\n", ERR_SYNTAX, "", 0),
	ROW("1, too many", "PROXY TCP4 192.0.2.5 198.51.100.9 1234 25 x\r\n", ERR_SYNTAX, "", 0),
	ROW("1, two blanks", "PROXY TCP4  192.0.2.5 198.51.100.9 1234 25\r\n", ERR_SYNTAX, "", 0),
	ROW("1, port", "PROXY TCP4 192.0.2.5 198.51.100.9 1234 65536\r\n", ERR_SYNTAX, "", 0),
	ROW("1, negative port", "PROXY TCP4 192.0.2.5 198.51.100.9 -1 25\r\n", ERR_SYNTAX, "", 0),
	ROW("1, address", "PROXY TCP4 192.0.2.256 198.51.100.9 1 25\r\n", ERR_SYNTAX, "", 0),
	ROW("1, v6 for v4", "PROXY TCP4 ::1 198.51.100.9 1 25\r\n", ERR_SYNTAX, "", 0),
	ROW("1, v4 for v6", "PROXY TCP6 ::1 198.51.100.9 1 25\r\n", ERR_SYNTAX, "", 0),
	ROW("1, 107 octets", "PROXY UNKNOWN " X27 X27 X27 "bbbbbbbbbb\r\n", 0, "", 0),
	ROW("1, 108 octets", "PROXY UNKNOWN " X27 X27 X27 "bbbbbbbbbbb\r\n", ERR_TOO_LONG, "", 0),
	ROW("2, TCP4", SIGNATURE "\x21\x11\0\x0c" V4, 0, "192.0.2.5", 1234),
	ROW("2, TCP6", SIGNATURE "\x21\x21\0\x24" V6 V6 "\0\1\0\2", 0, "2001:db8::1", 1),
	ROW("2, mapped", SIGNATURE "\x21\x21\0\x24" MAPPED V6 "\0\1\0\2", 0, "192.0.2.5", 1),
	ROW("2, TLVs", SIGNATURE "\x21\x11\0\x11" V4 "\4\0\2xy", 0, "192.0.2.5", 1234),
	ROW("2, local", SIGNATURE "\x20\0\0\0", 0, "", 0),
	ROW("2, local with addresses", SIGNATURE "\x20\x11\0\x0c" V4, 0, "", 0),
	ROW("2, unspecified", SIGNATURE "\x21\0\0\3xyz", 0, "", 0),
	ROW("2, UNIX", SIGNATURE "\x21\x31\0\xd8" UNIX, 0, "", 0),
	ROW("2, UNIX, short", SIGNATURE "\x21\x31\0\1x", ERR_SYNTAX, "", 0),
	ROW("2, TCP4, short", SIGNATURE "\x21\x11\0\x0b" V4, ERR_SYNTAX, "", 0),
	ROW("2, TCP6, short", SIGNATURE "\x21\x21\0\x0c" V4, ERR_SYNTAX, "", 0),
	ROW("2, UDP", SIGNATURE "\x21\x12\0\x0c" V4, ERR_UNSUPPORTED, "", 0),
	ROW("2, UNIX datagrams", SIGNATURE "\x21\x32\0\x0c" V4, ERR_UNSUPPORTED, "", 0),
	ROW("2, a family", SIGNATURE "\x21\x41\0\x0c" V4, ERR_UNSUPPORTED, "", 0),
	ROW("2, version 1", SIGNATURE "\x11\x11\0\x0c" V4, ERR_UNSUPPORTED, "", 0),
	ROW("2, a command", SIGNATURE "\x22\x11\0\x0c" V4, ERR_UNSUPPORTED, "", 0),
	ROW("2, too long", SIGNATURE "\x21\x11\xff\xff" V4, ERR_TOO_LONG, "", 0),
	ROW("2, just too long", SIGNATURE "\x21\x11\x0f\xf1" V4, ERR_TOO_LONG, "", 0),
	ROW("2, signature", "\r\n\r\n\0\r\nQUIT\r", ERR_SYNTAX, "", 0),
	ROW("a command", "EHLO x\r\n", ERR_SYNTAX, "", 0),
	ROW("lower case", "proxy TCP4", ERR_SYNTAX, "", 0),
	ROW("TLS", "\x16\x03\x01\x02", ERR_SYNTAX, "", 0),
};

/* Until the last byte there is no answer, unless it is an error; behind it, what follows is no matter. */
static void
check_splits(const struct row *row)
{
	struct proxy_header header;
	AUTO(buf) more = BUF_INIT(PROXY_HEADER_MAX + 100);
	int result;

	for (size_t n = 0; n < row->header.n; n++) {
		result = proxy_header_parse(str_part(row->header, 0, n), &header);
		if (result != 0 && result != row->result)
			fail_msg("%s: %d at byte %zu", row->name, result, n);
	}
	assert_int_equal(buf_add(&more, row->header), 0);
	assert_int_equal(buf_add(&more, STR("EHLO x\r\nQUIT\r\n")), 0);
	result = proxy_header_parse(buf_str(&more), &header);
	if (result != (row->result == 0 ? (int)row->header.n : row->result))
		fail_msg("%s: %d with more behind it", row->name, result);
}

static void
test_parse(void **state)
{
	char address[ENDPOINT_TEXT_MAX];

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct proxy_header header = { .has_addresses = false };
		int result = proxy_header_parse(rows[i].header, &header);

		if (result != (rows[i].result == 0 ? (int)rows[i].header.n : rows[i].result))
			fail_msg("%s: result %d", rows[i].name, result);
		assert_int_equal(header.has_addresses, rows[i].source[0] != '\0');
		if (header.has_addresses) {
			assert_string_equal(endpoint_text(&header.source, address), rows[i].source);
			assert_int_equal(endpoint_port(&header.source), rows[i].port);
		}
		check_splits(&rows[i]);
	}
}

/* The destination, too. */
static void
test_destination(void **state)
{
	char address[ENDPOINT_TEXT_MAX];
	struct proxy_header header;

	(void)state;
	assert_true(proxy_header_parse(rows[0].header, &header) > 0);
	assert_string_equal(endpoint_text(&header.destination, address), "198.51.100.9");
	assert_int_equal(endpoint_port(&header.destination), 25);
	assert_true(proxy_header_parse(STR(SIGNATURE "\x21\x11\0\x0c" V4), &header) > 0);
	assert_string_equal(endpoint_text(&header.destination, address), "198.51.100.9");
	assert_int_equal(endpoint_port(&header.destination), 25);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_parse),
		cmocka_unit_test(test_destination),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
