/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A message is a file of its own in incoming, deferred or hold, or else a record in a journal segment,
 * found by looking at the headers of all records. While the mail system runs, it may move between
 * these places; so they are looked through twice.
 */
#include <errno.h>
#include <stdio.h>
#include <sysexits.h>

#include "lib/base/err.h"
#include "lib/service/command.h"
#include "lib/spool/message_file.h"
#include "lib/spool/record.h"
#include "lib/sys/file.h"
#include "lib/sys/folder.h"
#include "tools/postcat.h"

#define ARENA_MAX ((size_t)256 * 1024 * 1024)

#define SEGMENT_EXT ".seg"

/* 1: found; 0: it is not there. Ends the program when it cannot be read. */
static int
find_file(const struct queue_id *id, struct arena *arena, struct found *out)
{
	static const enum spool_queue queues[] = { SPOOL_INCOMING, SPOOL_DEFERRED, SPOOL_HOLD };
	struct why why;

	for (size_t i = 0; i < ARRAY_LEN(queues); i++) {
		int result = message_read(queues[i], id, arena, &out->message, &why);

		if (result == -ENOENT)
			continue;
		if (result < 0)
			command_fail(result == -EACCES ? EX_NOPERM : EX_DATAERR, "%s", why.text);
		spool_message_path(queues[i], id, out->path);
		return 1;
	}
	return 0;
}

struct segment_file {
	char path[2 * SPOOL_PATH_MAX];
	int fd;
	uint64_t owner;
};

/* Is it this message? Its envelope is then in *out. Damaged records are for qmgr to report. */
static bool
is_message(const struct segment_file *f, const struct record *r, const struct queue_id *id,
    struct arena *arena, struct found *out)
{
	char *head = arena_try(arena, r->head_length + (size_t)1);
	struct envelope e;

	if (head == NULL || r->type != RECORD_MESSAGE ||
	    sys_pread_all(f->fd, head, r->head_length, r->position + r->head_offset) < 0 ||
	    record_head_check(r, str_make(head, r->head_length)) < 0 ||
	    envelope_decode(str_make(head, r->head_length), arena, &e) < 0 ||
	    !str_equal(e.queue_id, queue_id_str(id)))
		return false;
	out->message = (struct stored){
		.queue = SPOOL_JOURNAL,
		.id = *id,
		.envelope = e,
		.content_offset = r->position + r->body_offset,
		.content_length = r->body_length,
	};
	snprintf(out->path, sizeof(out->path), "%s", f->path);
	return true;
}

static int
find_in_segment(
    const struct segment_file *f, const struct queue_id *id, struct arena *arena, struct found *out)
{
	uint64_t position = 0;
	struct record r;
	char header[RECORD_HEADER];

	while (sys_pread_all(f->fd, header, sizeof(header), position) >= 0) {
		struct arena scratch = ARENA_INIT(ARENA_MAX);
		bool is_it;

		if (record_decode(str_make(header, sizeof(header)), f->owner, position, &r) < 0)
			break; /* the end, as far as it is written */
		is_it = is_message(f, &r, id, &scratch, out);
		arena_drop(&scratch);
		if (is_it)
			return is_message(f, &r, id, arena, out);
		position += r.length;
	}
	return 0;
}

static int
look_into(const char *name, const struct queue_id *id, struct arena *arena, struct found *out)
{
	struct str stem = str_of(name);
	struct segment_file f;
	int result;

	if (!str_ends(stem, STR(SEGMENT_EXT)))
		return 0;
	stem.n -= sizeof(SEGMENT_EXT) - 1;
	f.owner = record_owner(stem);
	snprintf(f.path, sizeof(f.path), "journal/%s", name);
	f.fd = sys_open(f.path, O_RDONLY | O_NOFOLLOW, 0);
	if (f.fd < 0)
		return 0; /* it was over meanwhile */
	result = find_in_segment(&f, id, arena, out);
	sys_close(f.fd);
	return result;
}

static int
find_in_journal(const struct queue_id *id, struct arena *arena, struct found *out)
{
	struct folder_entry entry;
	struct folder folder;
	int result = folder_open(&folder, AT_FDCWD, "journal");
	int found = 0;

	if (result < 0)
		command_fail(EX_NOPERM, "cannot read journal: %s", err_text(result));
	while (found == 0 && folder_next(&folder, &entry) > 0)
		found = look_into(entry.name, id, arena, out);
	folder_close(&folder);
	return found;
}

void
found_by_id(const struct queue_id *id, struct arena *arena, struct found *out)
{
	for (int i = 0; i < 2; i++) {
		if (find_file(id, arena, out) || find_in_journal(id, arena, out))
			return;
	}
	command_fail(EX_UNAVAILABLE, "%s: no such message in the queue", id->text);
}

/* "deferred/x/ID" and the like, below the queue directory or with it before them. */
void
found_by_path(const char *path, struct arena *arena, struct found *out)
{
	static const enum spool_queue queues[] = { SPOOL_INCOMING, SPOOL_DEFERRED, SPOOL_HOLD };
	struct str text = str_of(path);
	struct queue_id id;
	struct why why;

	if (queue_id_parse(str_from(text, str_rindex(text, '/') + 1), &id) < 0)
		command_fail(EX_USAGE, "\"%s\" is no file of the queue", path);
	for (size_t i = 0; i < ARRAY_LEN(queues); i++) {
		spool_message_path(queues[i], &id, out->path);
		if (!str_ends(text, str_of(out->path)))
			continue;
		if (message_read(queues[i], &id, arena, &out->message, &why) < 0)
			command_fail(EX_DATAERR, "%s", why.text);
		return;
	}
	command_fail(EX_USAGE, "\"%s\" is not in incoming, deferred or hold", path);
}
