/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Both kinds have one form, six u32, little-endian:
 *
 *	magic | kind | a | b | c low | c high
 *
 * report: a sessions, b flags (FLAG_), c served. order: a the order, b and c 0.
 * The typed messages of lib/ipc would do, but for their variable lengths and their hello: this link
 * is the one place where root reads what others wrote, and should be the dullest of all.
 */
#include "lib/service/worker_link.h"

#include "lib/base/err.h"

#define MAGIC       0x314b5257u /* "WRK1" */
#define KIND_REPORT 1u
#define KIND_ORDER  2u

#define FLAG_BUSY     1u
#define FLAG_DRAINING 2u
#define FLAG_WAITING  4u
#define FLAG_TOOK_LOG 8u
#define FLAG_FULL     16u
#define FLAGS_ALL     31u

enum place { PLACE_MAGIC, PLACE_KIND, PLACE_A, PLACE_B, PLACE_C_LOW, PLACE_C_HIGH };

static void
put(char *bytes, enum place place, uint32_t value)
{
	for (unsigned i = 0; i < 4; i++)
		bytes[4 * (unsigned)place + i] = (char)(value >> 8 * i & 0xff);
}

static uint32_t
get(struct str bytes, enum place place)
{
	uint32_t value = 0;

	for (unsigned i = 0; i < 4; i++)
		value |= (uint32_t)(unsigned char)bytes.p[4 * (unsigned)place + i] << 8 * i;
	return value;
}

static void
encode(char *bytes, uint32_t kind, uint32_t a, uint32_t b, uint64_t c)
{
	put(bytes, PLACE_MAGIC, MAGIC);
	put(bytes, PLACE_KIND, kind);
	put(bytes, PLACE_A, a);
	put(bytes, PLACE_B, b);
	put(bytes, PLACE_C_LOW, (uint32_t)c);
	put(bytes, PLACE_C_HIGH, (uint32_t)(c >> 32));
}

static bool
is_kind(struct str bytes, uint32_t kind)
{
	return bytes.n == WORKER_MESSAGE_SIZE && get(bytes, PLACE_MAGIC) == MAGIC &&
	       get(bytes, PLACE_KIND) == kind;
}

void
worker_report_encode(const struct worker_report *r, char bytes[WORKER_MESSAGE_SIZE])
{
	uint32_t flags = (r->busy ? FLAG_BUSY : 0) | (r->draining ? FLAG_DRAINING : 0) |
	                 (r->waiting ? FLAG_WAITING : 0) | (r->took_log ? FLAG_TOOK_LOG : 0) |
	                 (r->full ? FLAG_FULL : 0);

	encode(bytes, KIND_REPORT, r->sessions, flags, r->served);
}

void
worker_order_encode(enum worker_order order, char bytes[WORKER_MESSAGE_SIZE])
{
	encode(bytes, KIND_ORDER, (uint32_t)order, 0, 0);
}

int
worker_report_decode(struct str bytes, struct worker_report *out)
{
	uint32_t flags;

	if (!is_kind(bytes, KIND_REPORT))
		return ERR_PROTOCOL;
	flags = get(bytes, PLACE_B);
	if ((flags & ~FLAGS_ALL) != 0)
		return ERR_PROTOCOL;
	*out = (struct worker_report){
		.sessions = get(bytes, PLACE_A),
		.busy = (flags & FLAG_BUSY) != 0,
		.draining = (flags & FLAG_DRAINING) != 0,
		.waiting = (flags & FLAG_WAITING) != 0,
		.full = (flags & FLAG_FULL) != 0,
		.took_log = (flags & FLAG_TOOK_LOG) != 0,
		.served = get(bytes, PLACE_C_LOW) | (uint64_t)get(bytes, PLACE_C_HIGH) << 32,
	};
	return 0;
}

int
worker_order_decode(struct str bytes, enum worker_order *out)
{
	uint32_t order;

	if (!is_kind(bytes, KIND_ORDER))
		return ERR_PROTOCOL;
	order = get(bytes, PLACE_A);
	if (order < WORKER_DRAIN || order > WORKER_RETIRE)
		return ERR_PROTOCOL;
	*out = (enum worker_order)order;
	return 0;
}

int
worker_report_send(struct stream *s, const struct worker_report *r, int64_t deadline)
{
	char bytes[WORKER_MESSAGE_SIZE];
	int result;

	worker_report_encode(r, bytes);
	result = stream_write(s, str_make(bytes, sizeof(bytes)), deadline);
	return result < 0 ? result : stream_flush(s, deadline);
}

int
worker_report_receive(struct stream *s, struct worker_report *out, int64_t deadline)
{
	struct str bytes;
	int result = stream_read_exact(s, WORKER_MESSAGE_SIZE, &bytes, deadline);

	return result < 0 ? result : worker_report_decode(bytes, out);
}

int
worker_order_receive(struct stream *s, enum worker_order *out, int64_t deadline)
{
	struct str bytes;
	int result = stream_read_exact(s, WORKER_MESSAGE_SIZE, &bytes, deadline);

	return result < 0 ? result : worker_order_decode(bytes, out);
}
