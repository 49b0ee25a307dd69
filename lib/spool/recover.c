/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Recovery is an iterator rather than a list of callbacks: qmgr takes up each message where it stands in
 * its own code, and may stop taking when its memory is full. It parks at each read, so deliveries go
 * on meanwhile; hence what a batch read is looked at again before it is yielded.
 *
 * A folder's names are read at once: 20 bytes each, in the order of time, which a directory does not
 * keep. Other names than ours are left alone.
 */
#include "lib/spool/recover.h"

#include <errno.h>
#include <stdio.h>

#include "lib/base/bug.h"
#include "lib/base/err.h"
#include "lib/base/mem.h"
#include "lib/run/offload.h"
#include "lib/run/run.h"
#include "lib/run/task.h"
#include "lib/spool/file_batch.h"
#include "lib/spool/scan.h"
#include "lib/sys/file.h"

#define ARENA_CAP ((size_t)1024 * 1024 * 1024)
#define STALE_AGE TICKS_MINUTE

enum name_kind {
	NAME_MESSAGE,
	NAME_TEMPORARY,
	NAME_DONE,
	NAME_SEGMENT,
};

struct name {
	struct queue_id id;
	unsigned char kind;
};

/* The folders, in the order of S15. */
enum stage {
	STAGE_HOLD,
	STAGE_DEFERRED, /* the first of as many as SPOOL_SPREAD has characters */
	STAGE_INCOMING = STAGE_DEFERRED + sizeof(SPOOL_SPREAD) - 1,
	STAGE_JOURNAL,
	STAGE_END,
};

struct recover_state {
	struct journal *journal;
	struct arena arena; /* of the record that was yielded last */
	unsigned stage;
	struct name *names; /* of the stage's folder */
	size_t name_count;
	size_t name_at;
	bool listed;
	struct file_batch batch;
	struct segment *only;
	struct scan scan;
};

static enum spool_queue
stage_queue(unsigned stage)
{
	if (stage == STAGE_HOLD)
		return SPOOL_HOLD;
	if (stage == STAGE_JOURNAL)
		return SPOOL_JOURNAL;
	return stage == STAGE_INCOMING ? SPOOL_INCOMING : SPOOL_DEFERRED;
}

static void
stage_folder(unsigned stage, char path[SPOOL_PATH_MAX])
{
	enum spool_queue q = stage_queue(stage);

	if (q == SPOOL_DEFERRED)
		spool_folder_of_bit(stage - STAGE_DEFERRED, path);
	else
		snprintf(path, SPOOL_PATH_MAX, "%s", spool_queue_name(q));
}

/* --- Listing a folder ------------------------------------------------------------------------ */

struct list_job {
	char path[SPOOL_PATH_MAX];
	struct name *names;
	size_t count;
	size_t room;
};

static bool
parse_name(const char *text, struct name *out)
{
	static const struct {
		const char *suffix;
		enum name_kind kind;
	} rows[] = {
		{ "", NAME_MESSAGE },
		{ ".tmp", NAME_TEMPORARY },
		{ ".done", NAME_DONE },
		{ ".seg", NAME_SEGMENT },
	};
	struct str s = str_of(text);

	if (queue_id_parse(str_part(s, 0, QUEUE_ID_LENGTH), &out->id) < 0)
		return false;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		if (str_equal(str_from(s, QUEUE_ID_LENGTH), str_of(rows[i].suffix))) {
			out->kind = (unsigned char)rows[i].kind;
			return true;
		}
	}
	return false;
}

static int
compare_names(const void *a, const void *b)
{
	const struct name *x = a, *y = b;
	int order = str_compare(queue_id_str(&x->id), queue_id_str(&y->id));

	return order != 0 ? order : x->kind - y->kind;
}

static int
add_name(struct list_job *job, const char *text)
{
	struct name name;

	if (!parse_name(text, &name))
		return 0;
	if (job->count == job->room) {
		job->room = job->room == 0 ? 256 : job->room * 2;
		job->names = mem_resize(job->names, job->room, sizeof(*job->names));
	}
	job->names[job->count++] = name;
	return 0;
}

/* On a thread. */
static int
list_folder(void *arg)
{
	struct list_job *job = arg;
	struct folder_entry entry;
	struct folder f;
	int result = folder_open(&f, AT_FDCWD, job->path);

	if (result == -ENOENT) /* deferred/x is made when it is needed */
		return 0;
	if (result < 0)
		return result;
	while ((result = folder_next(&f, &entry)) > 0)
		add_name(job, entry.name);
	folder_close(&f);
	if (result < 0) {
		mem_free(job->names);
		return result;
	}
	if (job->count != 0)
		qsort(job->names, job->count, sizeof(*job->names), compare_names);
	return 0;
}

PARKS static int
list_stage(struct recover_state *s)
{
	struct list_job job = { .count = 0 };
	int result;

	stage_folder(s->stage, job.path);
	result = offload(list_folder, &job);
	if (result < 0)
		return result;
	s->names = job.names;
	s->name_count = job.count;
	s->name_at = 0;
	s->listed = true;
	return 0;
}

static void
leave_stage(struct recover_state *s)
{
	mem_free(s->names);
	s->names = NULL;
	s->name_count = s->name_at = 0;
	s->listed = false;
	s->stage++;
}

/* --- What is left over ----------------------------------------------------------------------- */

struct stale_job {
	const char *path;
	bool marks;
	int64_t before; /* wall ticks: younger ones may be in the making */
};

static int
remove_temporary(const struct stale_job *job)
{
	struct file_info info;
	int fd, result;

	fd = sys_open(job->path, O_RDONLY | O_NOFOLLOW, 0);
	if (fd < 0)
		return fd;
	result = sys_info_fd(fd, &info);
	if (result == 0 && info.modified > job->before)
		result = -EAGAIN;
	if (result == 0)
		result = sys_lock(fd, false);
	if (result == 0)
		result = sys_unlink(job->path);
	sys_close(fd);
	return result;
}

/* On a thread. */
static int
remove_stale(void *arg)
{
	const struct stale_job *job = arg;
	int result;

	if (!job->marks)
		return remove_temporary(job);
	/* The segment's unlinking may be on the way to the disk only now (S17). */
	result = sys_sync_folder(AT_FDCWD, "journal");
	return result < 0 ? result : sys_unlink(job->path);
}

/* 1: *out tells that it was removed; 0: it is in use, or gone. */
PARKS static int
pass_leftover(struct recover_state *s, const struct name *name, struct found *out)
{
	struct stale_job job = { .path = out->path, .marks = name->kind == NAME_DONE };
	char folder[SPOOL_PATH_MAX];
	int result;

	stage_folder(s->stage, folder);
	snprintf(out->path, sizeof(out->path), "%.32s/%s.%s", folder, name->id.text,
	    job.marks ? "done" : "tmp");
	job.before = run_wall() - STALE_AGE;
	result = offload(remove_stale, &job);
	if (result == -EAGAIN || result == -ENOENT)
		return 0;
	out->kind = result < 0 ? FOUND_UNREADABLE : FOUND_STALE;
	out->error = result;
	why_set(&out->why, result < 0 ? "cannot be removed: %s" : "left over: %s",
	    result < 0 ? err_text(result) : "removed");
	return 1;
}

/* --- Message files --------------------------------------------------------------------------- */

PARKS static int
take_batch(struct recover_state *s)
{
	size_t first = s->name_at;
	bool room = true;
	int result;

	file_batch_begin(&s->batch, stage_queue(s->stage));
	while (room && s->name_at < s->name_count && s->names[s->name_at].kind == NAME_MESSAGE)
		room = file_batch_add(&s->batch, &s->names[s->name_at++].id);
	result = file_batch_load(&s->batch);
	if (result < 0)
		s->name_at = first;
	return result;
}

PARKS static int
pass_damaged(struct recover_state *s, const struct loaded *l, struct found *out)
{
	int result = message_quarantine(stage_queue(s->stage), l->id, out->destination, &out->why);

	if (result == -ENOENT)
		return 0;
	if (result == 0)
		out->why = l->why;
	out->kind = result == 0 ? FOUND_DAMAGED : FOUND_UNREADABLE;
	return 1;
}

PARKS static int
yield_loaded(struct recover_state *s, const struct loaded *l, struct found *out)
{
	spool_message_path(stage_queue(s->stage), l->id, out->path);
	out->error = l->result;
	switch (l->result) {
	case 0:
		/* It may have been finished or moved since the batch was read. */
		if (sys_may_access(out->path, F_OK) == -ENOENT)
			return 0;
		out->kind = FOUND_MESSAGE;
		out->message = l->message;
		return 1;
	case -ENOENT:
		return 0;
	case ERR_CORRUPT:
		return pass_damaged(s, l, out);
	default:
		out->kind = FOUND_UNREADABLE;
		out->why = l->why;
		return 1;
	}
}

/* --- The journal ----------------------------------------------------------------------------- */

/* 0: the scan is open; 1: *out tells why not. */
static int
begin_scan(struct recover_state *s, struct segment *segment, struct found *out)
{
	int result = segment_is_live(segment);

	out->segment = segment;
	segment_path(segment, "seg", out->path);
	if (result == 1) {
		out->kind = FOUND_LIVE;
		return 1;
	}
	if (result == 0)
		result = scan_open(&s->scan, segment);
	if (result == 0)
		return 0;
	out->kind = FOUND_UNREADABLE;
	out->error = result;
	why_set(&out->why, "cannot be read: %s", err_text(result));
	return 1;
}

static int
open_segment(struct recover_state *s, const struct name *name, struct found *out)
{
	struct segment *segment;
	int result = journal_open_segment(s->journal, queue_id_str(&name->id), &segment);

	if (result == 0)
		return begin_scan(s, segment, out);
	if (result == -ENOENT)
		return 0;
	snprintf(out->path, sizeof(out->path), "journal/%s.seg", name->id.text);
	out->kind = FOUND_UNREADABLE;
	out->error = result;
	why_set(&out->why, "cannot be read: %s", err_text(result));
	return 1;
}

/* Marks whose segment is gone; those of a segment that this process has just unlinked go by themselves. */
static bool
is_orphan(const struct recover_state *s, const struct name *marks)
{
	const struct name *next = marks + 1;
	bool has_segment = s->name_at < s->name_count && next->kind == NAME_SEGMENT &&
	                   str_equal(queue_id_str(&next->id), queue_id_str(&marks->id));

	return !has_segment && !journal_knows(s->journal, &marks->id);
}

PARKS static int
take_name(struct recover_state *s, struct found *out)
{
	const struct name *name = &s->names[s->name_at];

	if (name->kind == NAME_MESSAGE && s->stage != STAGE_JOURNAL)
		return take_batch(s);
	s->name_at++;
	if (name->kind == NAME_TEMPORARY)
		return pass_leftover(s, name, out);
	if (name->kind == NAME_DONE && s->stage == STAGE_JOURNAL && is_orphan(s, name))
		return pass_leftover(s, name, out);
	if (name->kind == NAME_SEGMENT && s->stage == STAGE_JOURNAL)
		return open_segment(s, name, out);
	return 0;
}

/* --- Public ---------------------------------------------------------------------------------- */

void
recover_open(struct recover *r, struct journal *j)
{
	r->state = NEW(struct recover_state);
	r->state->journal = j;
	arena_init(&r->state->arena, ARENA_CAP);
	file_batch_init(&r->state->batch);
}

void
recover_segment(struct recover *r, struct journal *j, struct segment *s)
{
	recover_open(r, j);
	r->state->stage = STAGE_END;
	r->state->only = s;
}

void
recover_close(struct recover *r)
{
	struct recover_state *s = r->state;

	if (s == NULL)
		return;
	scan_close(&s->scan);
	arena_drop(&s->arena);
	file_batch_drop(&s->batch);
	mem_free(s->names);
	mem_free(s);
	r->state = NULL;
}

PARKS static int
scan_step(struct recover_state *s, struct found *out)
{
	int result;

	arena_drop(&s->arena);
	result = scan_next(&s->scan, &s->arena, out);
	if (result == 0 || out->kind == FOUND_SCANNED)
		scan_close(&s->scan);
	return result;
}

PARKS static int
step(struct recover_state *s, struct found *out)
{
	struct segment *only = s->only;
	struct loaded *loaded;

	*out = (struct found){ .segment = NULL };
	if (s->scan.segment != NULL)
		return scan_step(s, out);
	loaded = file_batch_next(&s->batch);
	if (loaded != NULL)
		return yield_loaded(s, loaded, out);
	if (only != NULL) {
		s->only = NULL;
		return begin_scan(s, only, out);
	}
	if (!s->listed)
		return list_stage(s);
	if (s->name_at < s->name_count)
		return take_name(s, out);
	leave_stage(s);
	return 0;
}

static bool
is_at_end(const struct recover_state *s)
{
	return s->stage == STAGE_END && s->only == NULL && s->scan.segment == NULL;
}

int
recover_next(struct recover *r, struct found *out)
{
	int result = 0;

	while (result == 0 && !is_at_end(r->state)) {
		if (task_is_cancelled())
			return ERR_CANCELLED;
		result = step(r->state, out);
	}
	return result;
}
