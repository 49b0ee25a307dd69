/* SPDX-License-Identifier: BSD-2-Clause */
/* Records: S8, a record is whole when header, place and parts agree; and nothing else passes. */
#include "tests/unit/test.h"

#include "lib/base/crc32c.h"
#include "lib/base/err.h"
#include "lib/base/le.h"
#include "lib/spool/record.h"

#define OWNER    0x1234567890abcdefu
#define POSITION 4096u

/* head and body behind a header, padded. */
static size_t
build(char *out, uint64_t position, struct str head, struct str body)
{
	struct record r;

	record_make(&r, RECORD_MESSAGE, OWNER, position, head, body);
	memset(out, 0, (size_t)r.length);
	record_encode(&r, out);
	if (head.n != 0)
		memcpy(out + r.head_offset, head.p, head.n);
	if (body.n != 0)
		memcpy(out + r.body_offset, body.p, body.n);
	return (size_t)r.length;
}

static void
test_comes_back_as_it_was(void **state)
{
	static const struct {
		struct str head;
		struct str body;
		uint64_t length;
	} rows[] = {
		{ { "", 0 }, { "", 0 }, 72 },
		{ { "h", 1 }, { "", 0 }, 80 },
		{ { "12345678", 8 }, { "123456789", 9 }, 96 },
		{ { "", 0 }, { "b", 1 }, 80 },
	};
	char bytes[200];

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		size_t n = build(bytes, POSITION, rows[i].head, rows[i].body);
		struct str view = str_make(bytes, n), head, body;
		struct record r;

		assert_int_equal(n, rows[i].length);
		assert_int_equal(record_decode(view, OWNER, POSITION, &r), 0);
		assert_int_equal(r.length, n);
		assert_int_equal(record_head(&r, view, &head), 0);
		assert_int_equal(record_body(&r, view, &body), 0);
		assert_int_equal(record_head_check(&r, head), 0);
		assert_true(str_equal(head, rows[i].head));
		assert_true(str_equal(body, rows[i].body));
	}
}

static void
test_other_place_or_owner(void **state)
{
	char bytes[200];
	struct str view = str_make(bytes, build(bytes, POSITION, STR("head"), STR("body")));
	struct record r;

	(void)state;
	assert_int_equal(record_decode(view, OWNER + 1, POSITION, &r), ERR_CORRUPT);
	assert_int_equal(record_decode(view, OWNER, POSITION + 8, &r), ERR_CORRUPT);
	assert_int_equal(record_decode(str_part(view, 0, 71), OWNER, POSITION, &r), ERR_CORRUPT);
	assert_true(record_owner(STR("06DNNQXE1B5X0001")) != record_owner(STR("06DNNQXE1B5X0002")));
}

/* Each bit of header and parts counts; bits of the padding do not matter. */
static void
test_flip_every_bit(void **state)
{
	char bytes[200];
	struct str head_text = STR("the head"), body_text = STR("the body!");
	size_t n = build(bytes, POSITION, head_text, body_text);
	struct str view = str_make(bytes, n), part;
	unsigned found = 0;

	(void)state;
	for (size_t i = 0; i < n * 8; i++) {
		struct record r;
		bool bad;

		bytes[i / 8] = (char)(bytes[i / 8] ^ 1 << i % 8);
		bad = record_decode(view, OWNER, POSITION, &r) != 0 ||
		      record_head(&r, view, &part) != 0 || record_body(&r, view, &part) != 0;
		assert_int_equal(bad, i / 8 < 72 + head_text.n + body_text.n);
		found += bad;
		bytes[i / 8] = (char)(bytes[i / 8] ^ 1 << i % 8);
	}
	assert_int_equal(found, (72 + head_text.n + body_text.n) * 8);
}

static void
set(char *bytes, size_t at, uint64_t value, unsigned size)
{
	le_put(bytes + at, value, size);
	le_put(bytes + 68, crc32c(0, str_make(bytes, 68)), 4);
}

/* Headers whose CRC is right and whose content is not: no offset leads out of the record. */
static void
test_unsound_headers(void **state)
{
	static const struct {
		const char *name;
		size_t at;
		uint64_t value;
		unsigned size;
		int result;
	} rows[] = {
		{ "as it was", 0, 0x63655250, 4, 0 },
		{ "newer version", 4, 2, 1, ERR_UNSUPPORTED },
		{ "type 0", 5, 0, 1, ERR_UNSUPPORTED },
		{ "unknown type", 5, 4, 1, ERR_UNSUPPORTED },
		{ "flags of the future", 6, 1, 2, ERR_UNSUPPORTED },
		{ "length not aligned", 24, 89, 8, ERR_CORRUPT },
		{ "length below a header", 24, 64, 8, ERR_CORRUPT },
		{ "length 0", 24, 0, 8, ERR_CORRUPT },
		{ "length 2^64-8", 24, UINT64_MAX - 7, 8, ERR_CORRUPT },
		{ "head in the header", 32, 71, 8, ERR_CORRUPT },
		{ "head beyond the record", 32, 96, 8, ERR_CORRUPT },
		{ "head wraps", 32, UINT64_MAX, 8, ERR_CORRUPT },
		{ "head too long", 40, 0xffffffff, 4, ERR_CORRUPT },
		{ "body beyond the record", 48, 1000, 8, ERR_CORRUPT },
		{ "body too long", 56, UINT64_MAX, 8, ERR_CORRUPT },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		char bytes[200];
		size_t n = build(bytes, POSITION, STR("head"), STR("body"));
		struct record r;
		int result;

		set(bytes, rows[i].at, rows[i].value, rows[i].size);
		result = record_decode(str_make(bytes, n), OWNER, POSITION, &r);
		if (result != rows[i].result)
			fail_msg("%s: %d", rows[i].name, result);
	}
}

static void
test_find(void **state)
{
	char bytes[400];
	struct str view = str_make(bytes, sizeof(bytes));

	(void)state;
	memset(bytes, 'P', sizeof(bytes));
	assert_int_equal(record_find(view, OWNER, POSITION, 0), sizeof(bytes));
	build(bytes + 80, POSITION + 80, STR("head"), STR("body"));
	build(bytes + 200, POSITION + 200, STR("head"), STR("body"));
	build(bytes + 304, POSITION + 8, STR("stale"), STR("body"));
	assert_int_equal(record_find(view, OWNER, POSITION, 0), 80);
	assert_int_equal(record_find(view, OWNER, POSITION, 80), 80);
	assert_int_equal(record_find(view, OWNER, POSITION, 81), 200);
	assert_int_equal(record_find(view, OWNER, POSITION, 201), sizeof(bytes));
	assert_int_equal(record_find(view, OWNER + 1, POSITION, 0), sizeof(bytes));
	assert_int_equal(record_find(str_part(view, 0, 100), OWNER, POSITION, 0), 100);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_comes_back_as_it_was),
		cmocka_unit_test(test_other_place_or_owner),
		cmocka_unit_test(test_flip_every_bit),
		cmocka_unit_test(test_unsound_headers),
		cmocka_unit_test(test_find),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
