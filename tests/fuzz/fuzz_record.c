/* SPDX-License-Identifier: BSD-2-Clause */
/* The parts of a record that was read lie within it; a search finds only what decodes. */
#include "tests/fuzz/fuzz.h"

#include "lib/base/crc32c.h"
#include "lib/base/err.h"
#include "lib/base/le.h"
#include "lib/spool/record.h"

#define OWNER 0x1234567890abcdefu

static void
check_parts(const struct record *r, struct str bytes)
{
	struct str part;

	BUG_ON(r->length < RECORD_HEADER || r->length % RECORD_ALIGN != 0);
	BUG_ON(r->head_offset + r->head_length > r->length);
	BUG_ON(r->body_offset + r->body_length > r->length);
	if (record_head(r, bytes, &part) == 0)
		BUG_ON(part.p < bytes.p || part.p + part.n > bytes.p + bytes.n);
	if (record_body(r, bytes, &part) == 0)
		BUG_ON(part.p < bytes.p || part.p + part.n > bytes.p + bytes.n);
}

/* A fuzzer does not find a CRC: it gets a right one. */
static void
check_repaired(struct str bytes)
{
	char header[RECORD_HEADER];
	struct record r;
	int result;

	if (bytes.n < RECORD_HEADER)
		return;
	memcpy(header, bytes.p, sizeof(header));
	le_put(header + 68, crc32c(0, str_make(header, 68)), 4);
	result = record_decode(str_make(header, sizeof(header)), OWNER, 0, &r);
	if (result == 0 || result == ERR_UNSUPPORTED)
		check_parts(&r, bytes);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct str bytes = fuzz_str(data, size);
	struct record r;
	size_t at;

	check_repaired(bytes);
	if (record_decode(bytes, OWNER, 0, &r) == 0)
		check_parts(&r, bytes);
	at = record_find(bytes, OWNER, 0, 0);
	BUG_ON(at > bytes.n);
	if (at < bytes.n)
		BUG_ON(record_decode(str_from(bytes, at), OWNER, at, &r) == ERR_CORRUPT);
	return 0;
}
