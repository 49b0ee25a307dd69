/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef LIB_MAIL_QUEUE_ID_H
#define LIB_MAIL_QUEUE_ID_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/base/str.h"

/*
 * The name of a message from its acceptance to its end: in logs, replies, file names, messages
 * between processes. 16 characters of 0-9 and A-Z without I L O U (Crockford's base 32), which hold,
 * most significant first, 56 bits of microseconds since 1970 and 24 bits of nonce. So ids sort by
 * time, as text too, and an id says nothing about inodes or hosts. The year 4253 is the last.
 *
 *	struct queue_id_source ids;
 *	queue_id_source_init(&ids, random24);
 *	struct queue_id id = queue_id_next(&ids, run_wall());
 *	... id.text ...
 */
#define QUEUE_ID_LENGTH    16
#define QUEUE_ID_NONCE_MAX ((uint32_t)0xffffff)
#define QUEUE_ID_WALL_MAX  (((int64_t)1 << 56) - 1)

struct queue_id {
	char text[QUEUE_ID_LENGTH + 1];
};

/* Makes ids that never repeat: one per process that commits messages. */
struct queue_id_source {
	int64_t last; /* wall ticks of the newest id */
	uint32_t nonce;
};

/*
 * nonce: random, drawn anew by each process; only its low 24 bits are used. Two processes that make
 * an id in the same microsecond differ by it, and so does a restarted one whose clock was set back.
 */
void queue_id_source_init(struct queue_id_source *s, uint32_t nonce);

/* wall: ticks since 1970; the id's time is that, or one tick after the last id, if that is later. */
struct queue_id queue_id_next(struct queue_id_source *s, int64_t wall);

/* The id of exactly this time (0 to QUEUE_ID_WALL_MAX) and nonce. */
struct queue_id queue_id_make(int64_t wall, uint32_t nonce);

/*
 * Only the canonical form is an id: 16 characters, upper case. So what is valid is also safe as a
 * file name. Error: ERR_SYNTAX.
 */
MUST_USE int queue_id_parse(struct str text, struct queue_id *out);
bool queue_id_is_valid(struct str text);

int64_t queue_id_wall(const struct queue_id *id); /* ticks since 1970 */
uint32_t queue_id_nonce(const struct queue_id *id);

static inline struct str
queue_id_str(const struct queue_id *id) /* borrows from id */
{
	return str_make(id->text, QUEUE_ID_LENGTH);
}

#endif
