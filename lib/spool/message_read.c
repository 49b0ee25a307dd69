/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A message file is read in one or two calls: what is asked for mostly fits the first 8 KiB. A queue of a
 * million is read this way at start, so every call counts. The content is not read: whoever
 * delivers it, does.
 */
#include <errno.h>

#include "lib/base/err.h"
#include "lib/base/mem.h"
#include "lib/spool/message_file.h"
#include "lib/spool/record.h"
#include "lib/sys/file.h"

#define FIRST_READ  ((uint64_t)8192)
#define SEARCH_MOST ((uint64_t)64 * 1024 * 1024)

struct source {
	int fd;
	uint64_t size;
	uint64_t owner;
	struct str first; /* the file's first bytes */
	struct arena *arena;
};

/* `length` bytes from `offset`: from what is there, or read anew. */
static int
take(const struct source *s, uint64_t offset, uint64_t length, struct str *out)
{
	char *p;
	int result;

	if (offset > s->size || length > s->size - offset)
		return ERR_CORRUPT;
	if (offset + length <= s->first.n) {
		*out = str_part(s->first, (size_t)offset, (size_t)length);
		return 0;
	}
	p = arena_try(s->arena, (size_t)length);
	if (p == NULL)
		return ERR_FULL;
	result = sys_pread_all(s->fd, p, (size_t)length, offset);
	if (result < 0)
		return result == ERR_EOF ? ERR_CORRUPT : result;
	*out = str_make(p, (size_t)length);
	return 0;
}

static int
open_source(const char *path, const struct queue_id *id, struct arena *arena, struct source *s,
    int64_t *modified)
{
	struct file_info info;
	int result;

	*s = (struct source){ .owner = record_owner(queue_id_str(id)), .arena = arena };
	/* Whatever has that name, opening it may not wait. */
	s->fd = sys_open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK, 0);
	if (s->fd < 0)
		return s->fd;
	result = sys_info_fd(s->fd, &info);
	if (result == 0 && info.kind != FILE_REGULAR)
		result = ERR_CORRUPT;
	if (result == 0) {
		*modified = info.modified;
		s->size = info.size;
		result = take(s, 0, info.size < FIRST_READ ? info.size : FIRST_READ, &s->first);
	}
	if (result < 0)
		sys_close(s->fd);
	return result;
}

/* A record's header, and its head verified. */
static int
take_record(const struct source *s, uint64_t position, struct record *r, struct str *head)
{
	struct str bytes;
	int result;

	if (s->size - position < RECORD_HEADER)
		return ERR_CORRUPT;
	result = take(s, position, RECORD_HEADER, &bytes);
	if (result == 0)
		result = record_decode(bytes, s->owner, position, r);
	if (result < 0)
		return result;
	if (r->length > s->size - position)
		return ERR_CORRUPT;
	result = take(s, position + r->head_offset, r->head_length, head);
	return result < 0 ? result : record_head_check(r, *head);
}

static int
read_envelope(const struct source *s, const struct queue_id *id, struct stored *out)
{
	struct record r;
	int result = take_record(s, 0, &r, &out->envelope_bytes);

	if (result == 0 && r.type != RECORD_MESSAGE)
		result = ERR_CORRUPT;
	if (result == 0)
		result = envelope_decode(out->envelope_bytes, s->arena, &out->envelope);
	if (result == 0 && !str_equal(out->envelope.queue_id, queue_id_str(id)))
		result = ERR_CORRUPT;
	if (result < 0)
		return result;
	out->content_offset = r.body_offset;
	out->content_length = r.body_length;
	out->content_crc = r.body_crc;
	out->history_start = r.length;
	out->end = r.length;
	return 0;
}

/* Where the next whole record stands; the file's size when there is none (S18). */
static int
skip_damage(const struct source *s, uint64_t from, uint64_t *position)
{
	uint64_t length = s->size - from;
	char *p;
	int result;

	*position = s->size;
	if (length < RECORD_HEADER || length > SEARCH_MOST)
		return 0;
	p = mem_array((size_t)length, 1);
	result = sys_pread_all(s->fd, p, (size_t)length, from);
	if (result == 0 || result == ERR_EOF) {
		*position = from + record_find(str_make(p, (size_t)length), s->owner, from, 0);
		result = 0;
	}
	mem_free(p);
	return result;
}

static int
read_history(const struct source *s, uint64_t position, struct record *r, struct stored *out)
{
	struct history h;
	struct str head;
	int result = take_record(s, position, r, &head);

	if (result == 0 && r->type != RECORD_HISTORY)
		result = ERR_CORRUPT;
	if (result == 0)
		result = history_decode(head, s->arena, &h);
	if (result == 0)
		result = history_merge(&out->history, &h, out->envelope.recipients_count, s->arena);
	return result;
}

static int
read_histories(const struct source *s, struct stored *out)
{
	uint64_t position = out->history_start;
	struct record r;
	int result;

	while (position < s->size) {
		result = read_history(s, position, &r, out);
		if (result == 0) {
			position += r.length;
			out->end = position;
		} else if (result == ERR_CORRUPT) {
			result = skip_damage(s, position + RECORD_ALIGN, &position);
		}
		if (result < 0)
			return result;
	}
	return 0;
}

int
message_read(enum spool_queue queue, const struct queue_id *id, struct arena *arena,
    struct stored *out, struct why *why)
{
	struct stored m = { .queue = queue, .id = *id };
	char path[SPOOL_PATH_MAX];
	struct source s;
	int result;

	spool_message_path(queue, id, path);
	result = open_source(path, id, arena, &s, &m.next);
	if (result == 0) {
		result = read_envelope(&s, id, &m);
		if (result == 0)
			result = read_histories(&s, &m);
		sys_close(s.fd);
	}
	if (result == 0)
		*out = m;
	else
		why_set(why, "message file %s: %s", path, err_text(result));
	return result;
}
