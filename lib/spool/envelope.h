/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef LIB_SPOOL_ENVELOPE_H
#define LIB_SPOOL_ENVELOPE_H

#include "lib/base/arena.h"
#include "lib/base/buf.h"

/*
 * A message's envelope (envelope.def) and its delivery history (history.def), as structs and as
 * they lie on disk: a sequence of fields, each a tag, a length and bytes, so that fields can be added
 * without a new format. Pure.
 *
 *	struct envelope_recipient { struct str address; struct str original; uint32_t notify; };
 *	struct envelope { struct str queue_id; int64_t arrival; ...;
 *	    struct envelope_recipient *recipients; uint32_t recipients_count; ... };
 */
#define TEXT(tag, name, max)    struct str name;
#define NUMBER(tag, type, name) type name;
#define LIST(tag, name, record, max) \
	struct record *name;         \
	uint32_t name##_count;
#define RECORD(name, ...)   \
	struct name {       \
		__VA_ARGS__ \
	};
#include "lib/spool/envelope.def"
#include "lib/spool/history.def"
#undef TEXT
#undef NUMBER
#undef LIST
#undef RECORD

/* Largest encoded form of either. */
#define ENVELOPE_MAX ((size_t)16 * 1024 * 1024)

/* history.flags and history_result.flags */
enum history_flag {
	HISTORY_DELAY_REPORTED = 1 << 0, /* the sender was told that it is late */
	HISTORY_REPORTED = 1 << 1,       /* the report on this outcome is committed */
	HISTORY_EXPIRE = 1 << 2,         /* an administrator ended its lifetime */
};

/*
 * Add to `out`, all or nothing. Error: ERR_TOO_LONG (a field, or the whole beyond out's bound),
 * ERR_TOO_MANY (a list), ERR_SYNTAX (a control character in a text).
 */
MUST_USE int envelope_encode(const struct envelope *e, struct buf *out);
MUST_USE int history_encode(const struct history *h, struct buf *out);

/*
 * Texts borrow from bytes; lists are in the arena. Error: ERR_CORRUPT; ERR_UNSUPPORTED (holds an
 * attribute that must be known and is not: a newer program wrote it); ERR_FULL (the arena's cap).
 */
MUST_USE int envelope_decode(struct str bytes, struct arena *arena, struct envelope *out);
MUST_USE int history_decode(struct str bytes, struct arena *arena, struct history *out);

/*
 * Lays `newer` over `base`: the newest word about each recipient counts. The merged list is in the
 * arena. Indexes at or beyond `recipients` are dropped. Error: ERR_FULL.
 */
MUST_USE int history_merge(
    struct history *base, const struct history *newer, uint32_t recipients, struct arena *arena);

#endif
