/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Envelopes and histories as bytes:
 *
 *	record = *field
 *	field  = tag length value           ; u16, u32, little-endian; tags never descend
 *	value  = text | number | record     ; number: u64
 *
 * Fields with tags rather than a fixed order, because a spool outlives the program that wrote it:
 * a message deferred for five days meets the next version. Absent means empty or zero, so a field that
 * is added later reads as its default from older messages. Ascending tags make a second copy of a
 * field visible as damage, at no cost.
 *
 * The rows of the two .def files become one encoder and one decoder function for each record. A table of
 * offsets walked by one generic routine was the other way; it saves a few hundred bytes of
 * code and costs the compiler's type checks.
 */
#include "lib/spool/envelope.h"

#include "lib/base/err.h"
#include "lib/base/le.h"

#define TAG_OPTIONAL 0x8000 /* from here on, tags may be skipped (S9) */
#define FIELD_HEADER ((size_t)6)

static bool
holds_control(struct str s)
{
	for (size_t i = 0; i < s.n; i++) {
		if ((unsigned char)s.p[i] < 0x20 || s.p[i] == 0x7f)
			return true;
	}
	return false;
}

/* --- Encoding -------------------------------------------------------------------------------- */

static int
begin_field(struct buf *out, unsigned tag)
{
	char header[FIELD_HEADER] = { 0 };

	le_put(header, tag, 2);
	return buf_add(out, str_make(header, sizeof(header)));
}

/* The field's value is what was added after its header at `at`. */
static void
end_field(struct buf *out, size_t at)
{
	le_put(out->p + at + 2, out->n - at - FIELD_HEADER, 4);
}

static int
put_text(struct buf *out, unsigned tag, struct str value, size_t max)
{
	size_t at = out->n;
	int result;

	if (value.n == 0)
		return 0;
	if (value.n > max)
		return ERR_TOO_LONG;
	if (holds_control(value))
		return ERR_SYNTAX;
	result = begin_field(out, tag);
	if (result == 0)
		result = buf_add(out, value);
	if (result == 0)
		end_field(out, at);
	return result;
}

static int
put_number(struct buf *out, unsigned tag, uint64_t value)
{
	size_t at = out->n;
	char bytes[8];
	int result;

	if (value == 0)
		return 0;
	le_put(bytes, value, sizeof(bytes));
	result = begin_field(out, tag);
	if (result == 0)
		result = buf_add(out, str_make(bytes, sizeof(bytes)));
	if (result == 0)
		end_field(out, at);
	return result;
}

#define TEXT(tag, name, max) \
	if (result == 0)     \
		result = put_text(out, (tag), v->name, (max));
#define NUMBER(tag, type, name) \
	if (result == 0)        \
		result = put_number(out, (tag), (uint64_t)v->name);
#define LIST(tag, name, record, max)                                    \
	if (result == 0 && v->name##_count > (max))                     \
		result = ERR_TOO_MANY;                                  \
	for (uint32_t i = 0; result == 0 && i < v->name##_count; i++) { \
		size_t at = out->n;                                     \
		result = begin_field(out, (tag));                       \
		if (result == 0)                                        \
			result = put_##record(out, &v->name[i]);        \
		if (result == 0)                                        \
			end_field(out, at);                             \
	}
#define RECORD(name, ...)                                            \
	static int put_##name(struct buf *out, const struct name *v) \
	{                                                            \
		int result = 0;                                      \
		__VA_ARGS__                                          \
		return result;                                       \
	}
#include "lib/spool/envelope.def"
#include "lib/spool/history.def"
#undef TEXT
#undef NUMBER
#undef LIST
#undef RECORD

int
envelope_encode(const struct envelope *e, struct buf *out)
{
	size_t before = out->n;
	int result = put_envelope(out, e);

	if (result < 0)
		buf_cut(out, before);
	return result;
}

int
history_encode(const struct history *h, struct buf *out)
{
	size_t before = out->n;
	int result = put_history(out, h);

	if (result < 0)
		buf_cut(out, before);
	return result;
}

/* --- Decoding -------------------------------------------------------------------------------- */

struct field {
	unsigned tag;
	struct str value;
};

/* 1: a field, taken off *rest; 0: there is none left. */
static int
next_field(struct str *rest, struct field *f)
{
	unsigned tag;
	size_t length;

	if (rest->n == 0)
		return 0;
	if (rest->n < FIELD_HEADER)
		return ERR_CORRUPT;
	tag = (unsigned)le_get(rest->p, 2);
	length = (size_t)le_get(rest->p + 2, 4);
	if (length > rest->n - FIELD_HEADER || tag < f->tag)
		return ERR_CORRUPT;
	f->tag = tag;
	f->value = str_part(*rest, FIELD_HEADER, length);
	*rest = str_from(*rest, FIELD_HEADER + length);
	return 1;
}

static int
get_text(const struct field *f, size_t max, struct str *out)
{
	if (out->n != 0 || f->value.n > max || holds_control(f->value))
		return ERR_CORRUPT;
	*out = f->value;
	return 0;
}

static int
get_number(const struct field *f, uint64_t *out)
{
	if (f->value.n != 8)
		return ERR_CORRUPT;
	*out = le_get(f->value.p, 8);
	return 0;
}

/* How many fields of f's tag there are: f itself and those that follow it. */
static size_t
count_alike(struct field f, struct str rest)
{
	unsigned tag = f.tag;
	size_t count = 1;

	while (next_field(&rest, &f) > 0 && f.tag == tag)
		count++;
	return count;
}

/* Room for a whole list, when its first item has come. */
static int
need_list(void **list, const struct field *f, struct str rest, size_t max, size_t size,
    struct arena *arena)
{
	size_t count;

	if (*list != NULL)
		return 0;
	count = count_alike(*f, rest);
	if (count > max)
		return ERR_CORRUPT;
	*list = arena_try(arena, count * size);
	return *list != NULL ? 0 : ERR_FULL;
}

#define TEXT(t, name, max)                              \
	case (t):                                       \
		result = get_text(&f, (max), &v->name); \
		break;
#define NUMBER(t, type, name)                                                  \
	case (t):                                                              \
		result = v->name != 0 ? ERR_CORRUPT : get_number(&f, &number); \
		v->name = (type)number;                                        \
		if ((uint64_t)v->name != number)                               \
			result = ERR_CORRUPT;                                  \
		break;
#define LIST(t, name, record, max)                                                          \
	case (t):                                                                           \
		list = v->name;                                                             \
		result = need_list(&list, &f, bytes, (max), sizeof(struct record), arena);  \
		v->name = list;                                                             \
		if (result == 0)                                                            \
			result = get_##record(f.value, arena, &v->name[v->name##_count++]); \
		break;
#define RECORD(name, ...)                                                                   \
	static int get_##name(struct str bytes, UNUSED struct arena *arena, struct name *v) \
	{                                                                                   \
		struct field f = { .tag = 0 };                                              \
		UNUSED uint64_t number = 0;                                                 \
		UNUSED void *list;                                                          \
		int result;                                                                 \
                                                                                            \
		while ((result = next_field(&bytes, &f)) > 0) {                             \
			switch (f.tag) {                                                    \
				__VA_ARGS__                                                 \
			default:                                                            \
				result = f.tag >= TAG_OPTIONAL ? 0 : ERR_UNSUPPORTED;       \
			}                                                                   \
			if (result < 0)                                                     \
				return result;                                              \
		}                                                                           \
		return result;                                                              \
	}
#include "lib/spool/envelope.def"
#include "lib/spool/history.def"
#undef TEXT
#undef NUMBER
#undef LIST
#undef RECORD

int
envelope_decode(struct str bytes, struct arena *arena, struct envelope *out)
{
	struct envelope e = { 0 };
	int result = get_envelope(bytes, arena, &e);

	if (result == 0)
		*out = e;
	return result;
}

int
history_decode(struct str bytes, struct arena *arena, struct history *out)
{
	struct history h = { 0 };
	int result = get_history(bytes, arena, &h);

	if (result == 0)
		*out = h;
	return result;
}

/* --- Merging --------------------------------------------------------------------------------- */

int
history_merge(
    struct history *base, const struct history *newer, uint32_t recipients, struct arena *arena)
{
	struct history_result *all;
	struct history merged = *newer;

	merged.results = NULL;
	merged.results_count = 0;
	if (recipients == 0) {
		*base = merged;
		return 0;
	}
	all = arena_try(arena, recipients * sizeof(*all));
	if (all == NULL)
		return ERR_FULL;
	for (uint32_t i = 0; i < base->results_count; i++) {
		if (base->results[i].index < recipients)
			all[base->results[i].index] = base->results[i];
	}
	for (uint32_t i = 0; i < newer->results_count; i++) {
		if (newer->results[i].index < recipients)
			all[newer->results[i].index] = newer->results[i];
	}
	for (uint32_t i = 0; i < recipients; i++) {
		if (all[i].status != 0)
			all[merged.results_count++] = all[i];
	}
	merged.results = all;
	merged.flags |= base->flags;
	*base = merged;
	return 0;
}
