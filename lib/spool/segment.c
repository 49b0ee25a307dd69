/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * One segment as qmgr sees it: opened once, read through the page cache, with the positions of what is
 * done in memory, a hash table of some 24 bytes a message that goes with the segment; so a scan can run
 * beside deliveries and still yields nothing that was finished a moment ago.
 *
 * pread() rather than mmap(): a segment grows and may be cut back by its writer (S4), and a page that is
 * no longer there would be a signal, not an error.
 */
#include "lib/spool/segment.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "lib/base/bug.h"
#include "lib/base/crc32c.h"
#include "lib/base/err.h"
#include "lib/base/le.h"
#include "lib/base/mem.h"
#include "lib/spool/record.h"
#include "lib/sys/file.h"

#define MARK       ((size_t)8)
#define MARKS_MAX  ((size_t)16 * 1024 * 1024)
#define DONE_FIRST ((size_t)64)

void
segment_path(const struct segment *s, const char *suffix, char path[SPOOL_PATH_MAX])
{
	snprintf(path, SPOOL_PATH_MAX, "journal/%s.%s", s->name.text, suffix);
}

static uint64_t
marks_owner(const struct segment *s)
{
	char name[QUEUE_ID_LENGTH + 8];

	snprintf(name, sizeof(name), "%s.done", s->name.text);
	return record_owner(str_of(name));
}

/* --- What is done ---------------------------------------------------------------------------- */

/* Where position is in the table, or belongs: a free place. Multiplicative hashing (Knuth, 6.4). */
static uint64_t *
place_of(const struct segment *s, uint64_t position)
{
	size_t mask = s->done_room - 1;
	size_t i = (size_t)((position / RECORD_ALIGN * 0x9e3779b97f4a7c15u) >> 32) & mask;

	while (s->done[i] != 0 && s->done[i] != position + 1)
		i = (i + 1) & mask;
	return &s->done[i];
}

static void
make_room(struct segment *s)
{
	uint64_t *old = s->done;
	size_t old_room = s->done_room;

	s->done_room = old_room == 0 ? DONE_FIRST : old_room * 2;
	s->done = mem_array(s->done_room, sizeof(*s->done));
	for (size_t i = 0; i < old_room; i++) {
		if (old[i] != 0)
			*place_of(s, old[i] - 1) = old[i];
	}
	mem_free(old);
}

static void
remember(struct segment *s, uint64_t position)
{
	if (s->done_count >= s->done_room / 2)
		make_room(s);
	*place_of(s, position) = position + 1;
	s->done_count++;
}

bool
segment_is_done(const struct segment *s, uint64_t position)
{
	return s->done_room != 0 && *place_of(s, position) != 0;
}

void
segment_done(struct segment *s, uint64_t position)
{
	char mark[MARK];
	int result;

	BUG_ON(segment_is_done(s, position));
	remember(s, position);
	le_put(mark, position, sizeof(mark));
	result = buf_add(&s->marks, str_make(mark, sizeof(mark)));
	BUG_ON(result < 0);
}

/* --- Marks on disk --------------------------------------------------------------------------- */

static void
take_marks(struct segment *s, struct str positions)
{
	for (size_t i = 0; i + MARK <= positions.n; i += MARK) {
		uint64_t position = le_get(positions.p + i, MARK);

		if (!segment_is_done(s, position))
			remember(s, position);
	}
}

/* Up to the first record that is not whole: a torn one loses only its own marks (S16). */
static void
read_marks(struct segment *s, struct str bytes)
{
	struct record r;
	struct str head;

	s->marks_end = 0;
	while (record_decode(
	           str_from(bytes, (size_t)s->marks_end), marks_owner(s), s->marks_end, &r) == 0) {
		if (r.type != RECORD_DONE || r.length > bytes.n - s->marks_end ||
		    record_head(&r, str_from(bytes, (size_t)s->marks_end), &head) < 0)
			break;
		take_marks(s, head);
		s->marks_end += r.length;
	}
}

static int
open_marks(struct segment *s)
{
	AUTO(buf) bytes = BUF_INIT(MARKS_MAX);
	char path[SPOOL_PATH_MAX];
	int result;

	segment_path(s, "done", path);
	result = sys_read_file(path, &bytes);
	if (result == -ENOENT)
		return 0;
	if (result < 0)
		return result;
	read_marks(s, buf_str(&bytes));
	s->marks_fd = sys_open(path, O_WRONLY, 0);
	if (s->marks_fd < 0)
		return s->marks_fd;
	/* What is torn is cut off, so that nothing stale can follow the next record. */
	return s->marks_end < bytes.n ? sys_truncate(s->marks_fd, s->marks_end) : 0;
}

int
segment_write_marks(struct segment *s, bool *created)
{
	char bytes[RECORD_HEADER], path[SPOOL_PATH_MAX];
	struct record r;
	struct str pieces[2];
	int result;

	if (s->marks.n == 0)
		return 0;
	if (s->marks_fd < 0) {
		segment_path(s, "done", path);
		result = sys_open(path, O_WRONLY | O_CREAT | O_NOFOLLOW, 0600);
		if (result < 0)
			return result;
		s->marks_fd = result;
		*created = true;
	}
	record_make(&r, RECORD_DONE, marks_owner(s), s->marks_end, buf_str(&s->marks), STR_NONE);
	record_encode(&r, bytes);
	pieces[0] = str_make(bytes, sizeof(bytes));
	pieces[1] = buf_str(&s->marks); /* marks are 8 bytes each: no padding */
	result = sys_seek(s->marks_fd, s->marks_end);
	if (result == 0)
		result = sys_write_pieces_all(s->marks_fd, pieces, ARRAY_LEN(pieces));
	if (result < 0)
		return result;
	s->marks_end += r.length;
	s->dirty = true;
	buf_clear(&s->marks);
	return 0;
}

/* --- Birth and end --------------------------------------------------------------------------- */

void
segment_free(struct segment *s)
{
	sys_close(s->fd);
	sys_close(s->marks_fd);
	buf_drop(&s->marks);
	mem_free(s->done);
	mem_free(s);
}

int
segment_new(const struct queue_id *name, struct segment **out)
{
	struct segment *s = NEW(struct segment);
	char path[SPOOL_PATH_MAX];
	int result;

	s->name = *name;
	s->owner = record_owner(queue_id_str(name));
	s->marks_fd = -1;
	list_init(&s->in_journal);
	buf_init(&s->marks, MARKS_MAX);
	segment_path(s, "seg", path);
	s->fd = sys_open(path, O_RDONLY | O_NOFOLLOW, 0);
	result = s->fd < 0 ? s->fd : open_marks(s);
	if (result < 0) {
		segment_free(s);
		return result;
	}
	*out = s;
	return 0;
}

int
segment_is_live(struct segment *s)
{
	int result;

	if (s->closed)
		return 0;
	result = sys_lock(s->fd, false);
	if (result == -EAGAIN)
		return 1;
	if (result < 0)
		return result;
	s->closed = true;
	return sys_unlock(s->fd);
}

void
segment_announced(struct segment *s, uint64_t position, uint64_t length)
{
	if (s->scanned || position != s->known_end)
		return;
	s->known_end += length;
	s->records++;
}

bool
segment_closed(struct segment *s, uint64_t length)
{
	s->closed = true;
	if (s->known_end == length)
		s->scanned = true;
	return s->scanned;
}

bool
segment_is_over(const struct segment *s)
{
	return s->closed && s->scanned && !s->scanning && s->done_count == s->records;
}

/* --- Reading --------------------------------------------------------------------------------- */

int
segment_decode(const struct record *r, struct str bytes, struct arena *arena, struct stored *out,
    struct str *content)
{
	struct str head, body;
	struct envelope e;
	struct queue_id id;
	int result;

	if (r->type != RECORD_MESSAGE)
		return ERR_CORRUPT;
	result = record_head(r, bytes, &head);
	if (result == 0)
		result = record_body(r, bytes, &body);
	if (result == 0)
		result = envelope_decode(head, arena, &e);
	if (result < 0)
		return result;
	if (queue_id_parse(e.queue_id, &id) < 0)
		return ERR_CORRUPT;
	*out = (struct stored){
		.queue = SPOOL_JOURNAL,
		.id = id,
		.envelope = e,
		.envelope_bytes = head,
		.content_offset = r->position + r->body_offset,
		.content_length = r->body_length,
		.content_crc = r->body_crc,
		.end = r->position + r->length,
	};
	if (content != NULL)
		*content = body;
	return 0;
}

int
segment_read(struct segment *s, uint64_t position, uint64_t length, struct arena *arena,
    struct stored *out, struct str *content)
{
	struct record r;
	struct str bytes;
	char *p;
	int result;

	if (length < RECORD_HEADER || length > RECORD_JOURNAL_MAX)
		return ERR_CORRUPT;
	p = arena_try(arena, (size_t)length);
	if (p == NULL)
		return ERR_FULL;
	bytes = str_make(p, (size_t)length);
	result = sys_pread_all(s->fd, p, (size_t)length, position);
	if (result == ERR_EOF)
		return ERR_CORRUPT;
	if (result < 0)
		return result;
	result = record_decode(bytes, s->owner, position, &r);
	if (result == 0 && r.length != length)
		result = ERR_CORRUPT;
	return result < 0 ? result : segment_decode(&r, bytes, arena, out, content);
}

int
segment_read_content(struct segment *s, const struct stored *m, char *p)
{
	int result;

	if (m->content_length == 0)
		return 0;
	result = sys_pread_all(s->fd, p, (size_t)m->content_length, m->content_offset);
	if (result == ERR_EOF)
		return ERR_CORRUPT;
	if (result < 0)
		return result;
	return crc32c(0, str_make(p, (size_t)m->content_length)) == m->content_crc ? 0
	                                                                           : ERR_CORRUPT;
}
