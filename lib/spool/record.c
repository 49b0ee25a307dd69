/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * One form of record for segments, done marks and message files, so that there is one place that
 * decides whether bytes on disk are whole. The header says where it stands and in whose file; a
 * block that an older file left behind, or that a copy put elsewhere, does not pass (S8).
 *
 * The two parts are found by offsets rather than by order: a message file is written content first,
 * because its envelope may still grow while it streams; a segment has the envelope first, since the
 * scan at start reads only that.
 */
#include "lib/spool/record.h"

#include "lib/base/crc32c.h"
#include "lib/base/err.h"
#include "lib/base/le.h"

#define MAGIC  0x63655250u /* "PRec" */
#define CRC_AT 68

/* FNV-1a, 64 bits. Names are unique for good (S11), so a hash of one tells files apart. */
uint64_t
record_owner(struct str name)
{
	uint64_t hash = 0xcbf29ce484222325u;

	for (size_t i = 0; i < name.n; i++)
		hash = (hash ^ (unsigned char)name.p[i]) * 0x100000001b3u;
	return hash;
}

void
record_make(struct record *r, enum record_type type, uint64_t owner, uint64_t position,
    struct str head, struct str body)
{
	*r = (struct record){
		.type = type,
		.owner = owner,
		.position = position,
		.head_offset = RECORD_HEADER,
		.head_length = (uint32_t)head.n,
		.head_crc = crc32c(0, head),
		.body_offset = RECORD_HEADER + record_align(head.n),
		.body_length = body.n,
		.body_crc = crc32c(0, body),
	};
	r->length = r->body_offset + record_align(body.n);
}

void
record_encode(const struct record *r, char bytes[RECORD_HEADER])
{
	le_put(bytes, MAGIC, 4);
	le_put(bytes + 4, RECORD_VERSION, 1);
	le_put(bytes + 5, r->type, 1);
	le_put(bytes + 6, 0, 2);
	le_put(bytes + 8, r->owner, 8);
	le_put(bytes + 16, r->position, 8);
	le_put(bytes + 24, r->length, 8);
	le_put(bytes + 32, r->head_offset, 8);
	le_put(bytes + 40, r->head_length, 4);
	le_put(bytes + 44, r->head_crc, 4);
	le_put(bytes + 48, r->body_offset, 8);
	le_put(bytes + 56, r->body_length, 8);
	le_put(bytes + 64, r->body_crc, 4);
	le_put(bytes + CRC_AT, crc32c(0, str_make(bytes, CRC_AT)), 4);
}

static bool
part_fits(uint64_t offset, uint64_t length, uint64_t whole)
{
	return offset >= RECORD_HEADER && offset <= whole && length <= whole - offset;
}

static bool
is_sound(const struct record *r)
{
	return r->position % RECORD_ALIGN == 0 && r->position <= RECORD_MAX &&
	       r->length % RECORD_ALIGN == 0 && r->length >= RECORD_HEADER &&
	       r->length <= RECORD_MAX && part_fits(r->head_offset, r->head_length, r->length) &&
	       part_fits(r->body_offset, r->body_length, r->length);
}

int
record_decode(struct str bytes, uint64_t owner, uint64_t position, struct record *out)
{
	const char *p = bytes.p;
	struct record r;

	if (bytes.n < RECORD_HEADER || le_get(p, 4) != MAGIC ||
	    le_get(p + CRC_AT, 4) != crc32c(0, str_make(p, CRC_AT)))
		return ERR_CORRUPT;
	r = (struct record){
		.type = (enum record_type)le_get(p + 5, 1),
		.owner = le_get(p + 8, 8),
		.position = le_get(p + 16, 8),
		.length = le_get(p + 24, 8),
		.head_offset = le_get(p + 32, 8),
		.head_length = (uint32_t)le_get(p + 40, 4),
		.head_crc = (uint32_t)le_get(p + 44, 4),
		.body_offset = le_get(p + 48, 8),
		.body_length = le_get(p + 56, 8),
		.body_crc = (uint32_t)le_get(p + 64, 4),
	};
	if (r.owner != owner || r.position != position || !is_sound(&r))
		return ERR_CORRUPT;
	*out = r;
	if (le_get(p + 4, 1) != RECORD_VERSION || le_get(p + 6, 2) != 0 ||
	    r.type < RECORD_MESSAGE || r.type > RECORD_DONE)
		return ERR_UNSUPPORTED;
	return 0;
}

static int
take_part(struct str bytes, uint64_t offset, uint64_t length, uint32_t crc, struct str *out)
{
	struct str part;

	if (offset > bytes.n || length > bytes.n - offset)
		return ERR_CORRUPT;
	part = str_part(bytes, (size_t)offset, (size_t)length);
	if (crc32c(0, part) != crc)
		return ERR_CORRUPT;
	*out = part;
	return 0;
}

int
record_head(const struct record *r, struct str bytes, struct str *head)
{
	return take_part(bytes, r->head_offset, r->head_length, r->head_crc, head);
}

int
record_body(const struct record *r, struct str bytes, struct str *body)
{
	return take_part(bytes, r->body_offset, r->body_length, r->body_crc, body);
}

int
record_head_check(const struct record *r, struct str head)
{
	return head.n == r->head_length && crc32c(0, head) == r->head_crc ? 0 : ERR_CORRUPT;
}

size_t
record_find(struct str bytes, uint64_t owner, uint64_t position, size_t from)
{
	struct record r;

	for (size_t i = (size_t)record_align(from); i + RECORD_HEADER <= bytes.n;
	     i += RECORD_ALIGN) {
		int result;

		if (le_get(bytes.p + i, 4) != MAGIC)
			continue;
		result = record_decode(str_from(bytes, i), owner, position + i, &r);
		if (result == 0 || result == ERR_UNSUPPORTED)
			return i;
	}
	return bytes.n;
}
