/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A segment is read a window at a time, each by one pread() on a thread, and taken apart in memory.
 *
 * Where no whole record stands, two cases look alike: a tail torn by a crash, of which nothing was ever
 * acknowledged, and a block gone bad in the middle. What follows tells: if a whole record of this segment
 * stands further on, it is damage. Either way the bytes are kept, unless they are only the zeros of a
 * file system that had grown the file and not yet written it.
 */
#include "lib/spool/scan.h"

#include <errno.h>
#include <stdio.h>

#include "lib/base/bug.h"
#include "lib/base/err.h"
#include "lib/base/mem.h"
#include "lib/run/offload.h"
#include "lib/sys/file.h"

#define WINDOW (2 * RECORD_JOURNAL_MAX)

int
scan_open(struct scan *c, struct segment *s)
{
	struct file_info info;
	int result = sys_info_fd(s->fd, &info);

	if (result < 0)
		return result;
	s->scanning = true;
	*c = (struct scan){ .segment = s, .size = info.size, .window = mem_array(WINDOW, 1) };
	return 0;
}

void
scan_close(struct scan *c)
{
	if (c->segment != NULL)
		c->segment->scanning = false;
	mem_free(c->window);
	*c = (struct scan){ .segment = NULL };
}

/* --- The window ------------------------------------------------------------------------------ */

struct read_job {
	int fd;
	char *p;
	size_t size;
	uint64_t offset;
};

static int
read_window(void *arg)
{
	const struct read_job *job = arg;

	return sys_pread_all(job->fd, job->p, job->size, job->offset);
}

static struct str
view(const struct scan *c, uint64_t position)
{
	return str_from(str_make(c->window, c->length), (size_t)(position - c->base));
}

/* Sees to it that n bytes from `position`, or all up to the end, are in the window. */
PARKS static int
need(struct scan *c, uint64_t position, size_t n)
{
	struct read_job job = { .fd = c->segment->fd, .p = c->window, .offset = position };
	uint64_t left = c->size - position;
	int result;

	if (position >= c->base && position - c->base <= c->length &&
	    (view(c, position).n >= n || c->base + c->length == c->size))
		return 0;
	job.size = left < WINDOW ? (size_t)left : WINDOW;
	result = offload(read_window, &job);
	c->base = position;
	c->length = result < 0 ? 0 : job.size;
	return result;
}

/*
 * The record at c->position: 1, with its bytes; 0: no whole one stands here. Its parts' CRCs are not
 * looked at. Error: ERR_UNSUPPORTED (*r holds its length), -errno.
 */
PARKS static int
look(struct scan *c, struct record *r, struct str *bytes)
{
	int result = need(c, c->position, RECORD_HEADER), decoded;

	if (result < 0)
		return result;
	decoded = record_decode(view(c, c->position), c->segment->owner, c->position, r);
	if (decoded == ERR_CORRUPT || r->length > RECORD_JOURNAL_MAX ||
	    r->length > c->size - c->position)
		return 0;
	result = need(c, c->position, (size_t)r->length);
	if (result < 0)
		return result;
	*bytes = str_part(view(c, c->position), 0, (size_t)r->length);
	return decoded < 0 ? decoded : 1;
}

/* --- Damage ---------------------------------------------------------------------------------- */

static bool
is_zero(struct str s)
{
	for (size_t i = 0; i < s.n; i++) {
		if (s.p[i] != '\0')
			return false;
	}
	return true;
}

/* Where the next whole record stands (the end of the segment: nowhere), and whether all before is 0. */
PARKS static int
find_whole(struct scan *c, uint64_t *next, bool *zero)
{
	uint64_t at = c->position;
	size_t from = RECORD_ALIGN;

	*zero = true;
	while (at < c->size) {
		int result = need(c, at, WINDOW);
		struct str bytes = view(c, at);
		size_t found;

		if (result < 0)
			return result;
		found = record_find(bytes, c->segment->owner, at, from);
		*zero = *zero && is_zero(str_part(bytes, 0, found));
		if (found < bytes.n) {
			*next = at + found;
			return 0;
		}
		if (at + bytes.n == c->size)
			break;
		at += (bytes.n - RECORD_HEADER) & ~(RECORD_ALIGN - 1);
		from = 0;
	}
	*next = c->size;
	return 0;
}

struct keep_job {
	int fd;
	uint64_t from;
	uint64_t to;
	const char *path;
};

static int
copy_bytes(int out, const struct keep_job *job)
{
	uint64_t at = job->from;
	int result;

	do {
		result = sys_copy_range(out, job->fd, at, (size_t)(job->to - at));
		at += result > 0 ? (uint64_t)result : 0;
	} while (result > 0 && at < job->to);
	if (result < 0)
		return result;
	return at == job->to ? 0 : -EIO;
}

/* On a thread. -EEXIST: an earlier scan has kept them. */
static int
keep_bytes(void *arg)
{
	const struct keep_job *job = arg;
	int out, result;

	out = sys_open(job->path, O_WRONLY | O_CREAT | O_EXCL, 0600);
	if (out < 0)
		return out;
	result = copy_bytes(out, job);
	if (result == 0)
		result = sys_sync(out);
	sys_close(out);
	if (result == 0)
		result = sys_sync_folder(AT_FDCWD, "corrupt");
	if (result < 0)
		(void)!sys_unlink(job->path);
	return result;
}

static int
give_up(struct scan *c, int error, const char *act, struct found *out)
{
	why_set(&out->why, "journal segment %s at %llu: %s: %s", c->segment->name.text,
	    (unsigned long long)c->position, act, err_text(error));
	out->kind = FOUND_UNREADABLE;
	out->error = error;
	c->failed = true;
	c->position = c->size;
	return 1;
}

/*
 * No whole record stands at c->position: keeps the bytes up to the next one. 1: *out tells of it; 0: there
 * is nothing to tell.
 */
PARKS static int
pass_damage(struct scan *c, struct found *out)
{
	struct keep_job job = {
		.fd = c->segment->fd, .from = c->position, .path = out->destination
	};
	bool zero;
	int result = find_whole(c, &job.to, &zero);

	if (result < 0)
		return give_up(c, result, "cannot be read", out);
	if (!(zero && job.to == c->size)) {
		snprintf(out->destination, sizeof(out->destination), "corrupt/%s-%llu",
		    c->segment->name.text, (unsigned long long)job.from);
		result = offload(keep_bytes, &job);
		if (result < 0 && result != -EEXIST)
			return give_up(c, result, "cannot be kept in corrupt/", out);
	}
	c->position = job.to;
	if (zero || result == -EEXIST)
		return 0;
	why_set(&out->why, "%llu bytes at %llu are %s", (unsigned long long)(job.to - job.from),
	    (unsigned long long)job.from,
	    job.to == c->size ? "a torn tail: nothing acknowledged is in it" : "damaged");
	out->kind = FOUND_DAMAGED;
	out->error = ERR_CORRUPT;
	return 1;
}

/* --- Records --------------------------------------------------------------------------------- */

static int
finish(struct scan *c, struct found *out)
{
	if (c->failed)
		return 0;
	c->segment->records = c->records;
	c->segment->known_end = c->size;
	c->segment->scanned = true;
	out->kind = FOUND_SCANNED;
	out->count = c->undone;
	return 1;
}

/* 1: *out tells of a message; 0: it is done; ERR_CORRUPT: it is damaged. */
static int
take_message(struct scan *c, const struct record *r, struct str bytes, struct arena *arena,
    struct found *out)
{
	int result;

	if (segment_is_done(c->segment, r->position))
		return 0;
	result = segment_decode(r, bytes, arena, &out->message, NULL);
	if (result < 0)
		return result;
	out->kind = FOUND_MESSAGE;
	out->position = r->position;
	out->length = r->length;
	c->undone++;
	return 1;
}

/* A record that only a newer program understands: it keeps its segment alive. */
static int
pass_unknown(struct scan *c, const struct record *r, struct found *out)
{
	why_set(
	    &out->why, "a newer program wrote the record at %llu", (unsigned long long)r->position);
	out->kind = FOUND_UNREADABLE;
	out->error = ERR_UNSUPPORTED;
	c->undone++;
	return 1;
}

PARKS static int
step(struct scan *c, struct arena *arena, struct found *out)
{
	struct record r;
	struct str bytes;
	int result = look(c, &r, &bytes);

	if (result == 1) {
		result = take_message(c, &r, bytes, arena, out);
		if (result == ERR_CORRUPT)
			return pass_damage(c, out);
	} else if (result == 0) {
		return pass_damage(c, out);
	}
	if (result == ERR_UNSUPPORTED)
		result = pass_unknown(c, &r, out);
	if (result < 0)
		return give_up(c, result, "cannot be read", out);
	c->records++;
	c->position += r.length;
	return result;
}

int
scan_next(struct scan *c, struct arena *arena, struct found *out)
{
	int result = 0;

	*out = (struct found){ .segment = c->segment };
	segment_path(c->segment, "seg", out->path);
	while (result == 0 && c->position < c->size)
		result = step(c, arena, out);
	if (result == 0)
		result = finish(c, out);
	return result;
}
