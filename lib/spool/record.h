/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef LIB_SPOOL_RECORD_H
#define LIB_SPOOL_RECORD_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/base/str.h"

/*
 * The unit that segments, done marks and message files are made of: a header with its own CRC, and
 * up to two parts behind it, the head (an envelope, a history, done marks) and the body (the
 * content), each with a CRC32C. Pure.
 *
 * On disk, little-endian, 8-byte aligned in its file:
 *	u32 magic | u8 version | u8 type | u16 0
 *	u64 owner          a hash of the file's name: record_owner()
 *	u64 position       of this header in its file
 *	u64 length         of the whole record, a multiple of 8: the next one follows
 *	u64 head_offset    from the header's start | u32 head_length | u32 head_crc
 *	u64 body_offset    from the header's start | u64 body_length | u32 body_crc
 *	u32 crc            of the bytes before it
 */
#define RECORD_HEADER  ((size_t)72)
#define RECORD_ALIGN   ((size_t)8)
#define RECORD_VERSION 1

/* No record in a segment is longer; a message that would be gets a file. */
#define RECORD_JOURNAL_MAX ((size_t)1024 * 1024)
/* No record is longer anywhere. */
#define RECORD_MAX ((uint64_t)1 << 48)

enum record_type {
	RECORD_MESSAGE = 1, /* head: envelope; body: content */
	RECORD_HISTORY = 2, /* head: history */
	RECORD_DONE = 3,    /* head: u64 positions of messages that are done */
};

struct record {
	enum record_type type;
	uint64_t owner;
	uint64_t position;
	uint64_t length;
	uint64_t head_offset;
	uint32_t head_length;
	uint32_t head_crc;
	uint64_t body_offset;
	uint64_t body_length;
	uint32_t body_crc;
};

/* What blocks of the file of this name carry (S8). */
uint64_t record_owner(struct str name);

static inline uint64_t
record_align(uint64_t n)
{
	return (n + RECORD_ALIGN - 1) & ~(uint64_t)(RECORD_ALIGN - 1);
}

/*
 * A record of head and body one after the other: fills offsets, lengths and CRCs. The writer puts
 * zeros between header, head and body up to the next multiple of 8.
 */
void record_make(struct record *r, enum record_type type, uint64_t owner, uint64_t position,
    struct str head, struct str body);

void record_encode(const struct record *r, char bytes[RECORD_HEADER]);

/*
 * Reads a header that stands at `position` of the file of this owner. The parts are not looked at.
 * Error: ERR_CORRUPT (also: shorter than a header, of another place or owner); ERR_UNSUPPORTED
 * (whole, but of a newer version or unknown type; *out holds its place and length).
 */
MUST_USE int record_decode(struct str bytes, uint64_t owner, uint64_t position, struct record *out);

/*
 * The parts of a record whose bytes (header and all) are in memory, their CRCs verified.
 * Error: ERR_CORRUPT.
 */
MUST_USE int record_head(const struct record *r, struct str bytes, struct str *head);
MUST_USE int record_body(const struct record *r, struct str bytes, struct str *body);
/* The same for a head that was read alone. */
MUST_USE int record_head_check(const struct record *r, struct str head);

/*
 * The first offset >= from, where a header of this owner stands; bytes begin at `position` of the
 * file, a multiple of 8. bytes.n when there is none.
 */
size_t record_find(struct str bytes, uint64_t owner, uint64_t position, size_t from);

#endif
