/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A name for each message that no other message ever had or will have, made without asking anybody:
 * time says when, the nonce says by whom, and a source never goes back in time. Not chosen: inode
 * numbers (they come again, and a copied spool changes them), a counter on disk (a write for each
 * message), 128 random bits (they do not sort, and are long to read aloud).
 *
 * 80 bits are 16 digits of 5 bits: digit 0 to 10 and the top bit of digit 11 hold the time, the
 * rest the nonce.
 */
#include "lib/mail/queue_id.h"

#include "lib/base/bug.h"
#include "lib/base/err.h"

#define NONCE_BITS  24
#define DIGIT_BITS  5
#define DIGIT_MASK  0x1fu
#define HALF_DIGITS (QUEUE_ID_LENGTH / 2) /* 40 bits: what is computed at once */

static const char digits[] = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";

/* The value of a digit, or -1. */
static int
digit_value(char c)
{
	const char *at = c != '\0' ? strchr(digits, c) : NULL;

	return at != NULL ? (int)(at - digits) : -1;
}

static void
put_half(char *out, uint64_t value)
{
	for (int i = HALF_DIGITS - 1; i >= 0; i--) {
		out[i] = digits[value & DIGIT_MASK];
		value >>= DIGIT_BITS;
	}
}

static uint64_t
get_half(const char *in)
{
	uint64_t value = 0;

	for (int i = 0; i < HALF_DIGITS; i++) {
		BUG_ON(digit_value(in[i]) < 0);
		value = value << DIGIT_BITS | (unsigned)digit_value(in[i]);
	}
	return value;
}

void
queue_id_source_init(struct queue_id_source *s, uint32_t nonce)
{
	s->last = -1;
	s->nonce = nonce & QUEUE_ID_NONCE_MAX;
}

struct queue_id
queue_id_make(int64_t wall, uint32_t nonce)
{
	uint64_t time = (uint64_t)wall;
	struct queue_id id;

	BUG_ON(wall < 0 || wall > QUEUE_ID_WALL_MAX || nonce > QUEUE_ID_NONCE_MAX);
	put_half(id.text, time >> 16);
	put_half(id.text + HALF_DIGITS, (time & 0xffff) << NONCE_BITS | nonce);
	id.text[QUEUE_ID_LENGTH] = '\0';
	return id;
}

struct queue_id
queue_id_next(struct queue_id_source *s, int64_t wall)
{
	if (wall <= s->last) /* it begins at -1: a clock before 1970 gives 0 */
		wall = s->last + 1;
	s->last = wall;
	return queue_id_make(wall, s->nonce);
}

bool
queue_id_is_valid(struct str text)
{
	if (text.n != QUEUE_ID_LENGTH)
		return false;
	for (size_t i = 0; i < text.n; i++) {
		if (digit_value(text.p[i]) < 0)
			return false;
	}
	return true;
}

int
queue_id_parse(struct str text, struct queue_id *out)
{
	if (!queue_id_is_valid(text))
		return ERR_SYNTAX;
	memcpy(out->text, text.p, QUEUE_ID_LENGTH);
	out->text[QUEUE_ID_LENGTH] = '\0';
	return 0;
}

int64_t
queue_id_wall(const struct queue_id *id)
{
	uint64_t high = get_half(id->text), low = get_half(id->text + HALF_DIGITS);

	return (int64_t)(high << 16 | low >> NONCE_BITS);
}

uint32_t
queue_id_nonce(const struct queue_id *id)
{
	return (uint32_t)(get_half(id->text + HALF_DIGITS) & QUEUE_ID_NONCE_MAX);
}
