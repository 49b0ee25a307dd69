/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * One encoder and one decoder walk tables of fields that message.def expands to; code generated per
 * message would be faster by little and larger by much. The encoding is canonical: what decodes is,
 * encoded again, the same bytes. The decoder trusts no length: it is checked against the row's bound
 * and against what is left of the frame before anything is allocated, and a list is not believed to
 * be longer than its smallest records would fit.
 */
#include "lib/ipc/message.h"

#include "lib/base/bug.h"
#include "lib/base/err.h"
#include "lib/base/le.h"
#include "lib/ipc/encoder.h"

enum field_kind {
	FIELD_KIND_END,
	FIELD_KIND_U32 = 1, /* the numbers are those on the wire */
	FIELD_KIND_U64 = 2,
	FIELD_KIND_I64 = 3,
	FIELD_KIND_TEXT = 4,
	FIELD_KIND_LIST = 5,
};

struct field {
	enum field_kind kind;
	size_t offset;                       /* in the struct */
	size_t max;                          /* TEXT: bytes, LIST: records */
	const struct field *(*record)(void); /* LIST */
	size_t record_size;
	size_t count_offset;
};

/* Of each message and record: a function, so that `self` can name its struct in the rows. */
#define U32(name) { .kind = FIELD_KIND_U32, .offset = offsetof(self, name) },
#define U64(name) { .kind = FIELD_KIND_U64, .offset = offsetof(self, name) },
#define I64(name) { .kind = FIELD_KIND_I64, .offset = offsetof(self, name) },
#define TEXT(name, limit) \
	{ .kind = FIELD_KIND_TEXT, .offset = offsetof(self, name), .max = (limit) },
#define LIST(name, of, limit)                                 \
	{                                                     \
		.kind = FIELD_KIND_LIST,                      \
		.offset = offsetof(self, name),               \
		.max = (limit),                               \
		.record = fields_of_##of,                     \
		.record_size = sizeof(struct message_##of),   \
		.count_offset = offsetof(self, name##_count), \
	},
#define NO_FIELDS
#define END(self)                                           \
	{                                                   \
		.kind = FIELD_KIND_END, .max = sizeof(self) \
	}
#define RECORD(name, ...)                                                       \
	static const struct field *fields_of_##name(void)                       \
	{                                                                       \
		typedef struct message_##name self;                             \
		static const struct field fields[] = { __VA_ARGS__ END(self) }; \
		return fields;                                                  \
	}
#define MESSAGE(number, name, ...) RECORD(name, __VA_ARGS__)
#include "lib/ipc/message.def"
#undef U32
#undef U64
#undef I64
#undef TEXT
#undef LIST
#undef NO_FIELDS
#undef END
#undef RECORD
#undef MESSAGE

/* Room for any message, aligned for any. */
union any_message {
#define RECORD(name, ...)
#define MESSAGE(number, name, ...) struct message_##name name;
#include "lib/ipc/message.def"
#undef RECORD
#undef MESSAGE
};

struct message_type {
	const char *name;
	size_t size;
	const struct field *fields;
};

/* False: there is no such message. */
static bool
find_type(uint32_t number, struct message_type *out)
{
	switch (number) {
#define RECORD(name, ...)
#define MESSAGE(n, name, ...)                                                       \
	case n:                                                                     \
		*out = (struct message_type){ #name, sizeof(struct message_##name), \
			fields_of_##name() };                                       \
		return true;
#include "lib/ipc/message.def"
#undef RECORD
#undef MESSAGE
	default:
		return false;
	}
}

const char *
message_name(uint32_t number)
{
	struct message_type type;

	return find_type(number, &type) ? type.name : "?";
}

/* --- Encoding -------------------------------------------------------------------------------- */

static uint32_t
number_32(const char *at)
{
	uint32_t n;

	memcpy(&n, at, sizeof(n));
	return n;
}

static uint64_t
number_64(const char *at)
{
	uint64_t n;

	memcpy(&n, at, sizeof(n));
	return n;
}

static struct str
text_at(const char *at)
{
	struct str s;

	memcpy(&s, at, sizeof(s));
	return s;
}

static const char *
records_at(const char *at)
{
	const char *p;

	memcpy(&p, at, sizeof(p));
	return p;
}

/* Bytes that the fields of *from take on the wire. Error: ERR_TOO_LONG, beyond a bound. */
static int
measure(const struct field *fields, const char *from, size_t *size)
{
	for (const struct field *f = fields; f->kind != FIELD_KIND_END; f++) {
		size_t n = 0;

		*size += f->kind == FIELD_KIND_U64 || f->kind == FIELD_KIND_I64 ? 9 : 5;
		if (f->kind == FIELD_KIND_TEXT)
			*size += n = text_at(from + f->offset).n;
		else if (f->kind == FIELD_KIND_LIST)
			n = number_32(from + f->count_offset);
		if (n > f->max)
			return ERR_TOO_LONG;
		for (size_t i = 0; f->kind == FIELD_KIND_LIST && i < n; i++) {
			const char *record = records_at(from + f->offset) + i * f->record_size;

			if (measure(f->record(), record, size) < 0)
				return ERR_TOO_LONG;
		}
	}
	return 0;
}

static void
add(struct buf *out, struct str bytes)
{
	int n = buf_add(out, bytes);

	BUG_ON(n < 0); /* the room was measured */
}

/* u8 kind, and a number of 4 or 8 bytes: all of a number field, the head of the others. */
static void
add_number(struct buf *out, enum field_kind kind, uint64_t value, unsigned bytes)
{
	char wire[9];

	wire[0] = (char)kind;
	le_put(wire + 1, value, bytes);
	add(out, str_make(wire, 1 + bytes));
}

static void encode_fields(const struct field *fields, const char *from, struct buf *out);

static void
encode_list(const struct field *f, const char *from, struct buf *out)
{
	uint32_t count = number_32(from + f->count_offset);
	const char *record = records_at(from + f->offset);

	add_number(out, f->kind, count, 4);
	for (uint32_t i = 0; i < count; i++, record += f->record_size)
		encode_fields(f->record(), record, out);
}

static void
encode_field(const struct field *f, const char *from, struct buf *out)
{
	switch (f->kind) {
	case FIELD_KIND_U32:
		add_number(out, f->kind, number_32(from + f->offset), 4);
		break;
	case FIELD_KIND_U64:
	case FIELD_KIND_I64:
		add_number(out, f->kind, number_64(from + f->offset), 8);
		break;
	case FIELD_KIND_TEXT:
		add_number(out, f->kind, text_at(from + f->offset).n, 4);
		add(out, text_at(from + f->offset));
		break;
	case FIELD_KIND_LIST:
		encode_list(f, from, out);
		break;
	case FIELD_KIND_END:
		break;
	}
}

static void
encode_fields(const struct field *fields, const char *from, struct buf *out)
{
	for (const struct field *f = fields; f->kind != FIELD_KIND_END; f++)
		encode_field(f, from, out);
}

int
encoder_init(
    struct encoder *e, enum message_number number, const void *m, uint32_t request, unsigned fds)
{
	struct message_type type;
	size_t size = FRAME_HEAD;

	BUG_ON(!find_type(number, &type) || fds > 1);
	if (measure(type.fields, m, &size) < 0 || size > FRAME_MAX)
		return ERR_TOO_LONG;
	le_put(e->head, size - 4, 4);
	le_put(e->head + 4, number, 2);
	le_put(e->head + 6, fds, 2);
	le_put(e->head + 8, request, 4);
	e->size = size;
	e->message = m;
	e->next = type.fields;
	e->begun = false;
	return 0;
}

bool
encoder_next(struct encoder *e, struct buf *out, size_t big, struct str *text)
{
	if (!e->begun)
		add(out, str_make(e->head, FRAME_HEAD));
	e->begun = true;
	for (; e->next->kind != FIELD_KIND_END; e->next++) {
		if (e->next->kind == FIELD_KIND_TEXT) {
			*text = text_at(e->message + e->next->offset);
			if (text->n >= big) {
				add_number(out, FIELD_KIND_TEXT, text->n, 4);
				e->next++;
				return true;
			}
		}
		encode_field(e->next, e->message, out);
	}
	return false;
}

int
message_encode(enum message_number number, const void *m, uint32_t request, struct buf *out)
{
	struct encoder e;
	struct str text;

	if (encoder_init(&e, number, m, request, 0) < 0 || buf_reserve(out, e.size) == NULL)
		return ERR_TOO_LONG;
	while (encoder_next(&e, out, SIZE_MAX, &text))
		add(out, text);
	return 0;
}

/* --- Decoding -------------------------------------------------------------------------------- */

/* Takes the head of a field of this kind off *rest. */
static bool
take_number(struct str *rest, enum field_kind kind, unsigned bytes, uint64_t *out)
{
	if (rest->n < 1 + bytes || rest->p[0] != (char)kind)
		return false;
	*out = le_get(rest->p + 1, bytes);
	*rest = str_from(*rest, 1 + bytes);
	return true;
}

static bool decode_fields(const struct field *fields, struct str *rest, struct arena *a, char *to);

/* No record is smaller than this on the wire. */
static size_t
smallest(const struct field *fields)
{
	size_t size = 0;

	for (const struct field *f = fields; f->kind != FIELD_KIND_END; f++)
		size += f->kind == FIELD_KIND_U64 || f->kind == FIELD_KIND_I64 ? 9 : 5;
	return size;
}

static bool
decode_list(const struct field *f, struct str *rest, struct arena *a, char *to)
{
	uint64_t count;
	uint32_t count_32;
	char *records;

	if (!take_number(rest, f->kind, 4, &count) || count > f->max)
		return false;
	if (count > rest->n / smallest(f->record()))
		return false;
	BUG_ON(a == NULL);
	records = count > 0 ? arena_try(a, count * f->record_size) : NULL;
	if (count > 0 && records == NULL)
		return false;
	for (uint64_t i = 0; i < count; i++) {
		if (!decode_fields(f->record(), rest, a, records + i * f->record_size))
			return false;
	}
	count_32 = (uint32_t)count;
	memcpy(to + f->offset, &records, sizeof(records));
	memcpy(to + f->count_offset, &count_32, sizeof(count_32));
	return true;
}

static bool
decode_text(const struct field *f, struct str *rest, char *to)
{
	uint64_t size;
	struct str text;

	if (!take_number(rest, f->kind, 4, &size) || size > f->max || size > rest->n)
		return false;
	text = str_part(*rest, 0, size);
	*rest = str_from(*rest, size);
	memcpy(to + f->offset, &text, sizeof(text));
	return true;
}

static bool
decode_field(const struct field *f, struct str *rest, struct arena *a, char *to)
{
	uint64_t value;
	uint32_t value_32;

	switch (f->kind) {
	case FIELD_KIND_U32:
		if (!take_number(rest, f->kind, 4, &value))
			return false;
		value_32 = (uint32_t)value;
		memcpy(to + f->offset, &value_32, sizeof(value_32));
		return true;
	case FIELD_KIND_U64:
	case FIELD_KIND_I64:
		if (!take_number(rest, f->kind, 8, &value))
			return false;
		memcpy(to + f->offset, &value, sizeof(value));
		return true;
	case FIELD_KIND_TEXT:
		return decode_text(f, rest, to);
	case FIELD_KIND_LIST:
		return decode_list(f, rest, a, to);
	case FIELD_KIND_END:
		break;
	}
	return false;
}

static bool
decode_fields(const struct field *fields, struct str *rest, struct arena *a, char *to)
{
	for (const struct field *f = fields; f->kind != FIELD_KIND_END; f++) {
		if (!decode_field(f, rest, a, to))
			return false;
	}
	return true;
}

int
message_decode(const struct frame *f, enum message_number number, struct arena *a, void *out)
{
	struct message_type type;
	struct str rest = f->fields;
	union any_message m;

	BUG_ON(!find_type(number, &type));
	memset(&m, 0, sizeof(m));
	if (f->number != number || !decode_fields(type.fields, &rest, a, (char *)&m) || rest.n != 0)
		return ERR_PROTOCOL;
	memcpy(out, &m, type.size);
	return 0;
}

int
frame_split(struct str bytes, size_t frame_max, struct frame *f, size_t *used)
{
	struct message_type type;
	size_t size;

	*used = FRAME_HEAD;
	if (bytes.n < FRAME_HEAD)
		return 0;
	size = 4 + (size_t)le_get(bytes.p, 4);
	f->number = (uint32_t)le_get(bytes.p + 4, 2);
	f->fds = (unsigned)le_get(bytes.p + 6, 2);
	f->request = (uint32_t)le_get(bytes.p + 8, 4);
	if (size < FRAME_HEAD || size > frame_max || f->fds > 1 || !find_type(f->number, &type))
		return ERR_PROTOCOL;
	*used = size;
	if (bytes.n < size)
		return 0;
	f->fields = str_part(bytes, FRAME_HEAD, size - FRAME_HEAD);
	return 1;
}
