/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Marks are collected for a turn and written as one record a segment, without a sync: to lose one costs a
 * second delivery, never a message. What bounds that is journal_sync(), each second, on a thread.
 *
 * While the thread works, tasks go on: they may mark, flush, unlink. So what the thread uses (the descriptors
 * of marks) is closed nowhere but at the end of a sync, and what becomes dirty meanwhile stays so for the next.
 */
#include "lib/spool/journal.h"

#include <errno.h>

#include "lib/base/bug.h"
#include "lib/base/err.h"
#include "lib/base/mem.h"
#include "lib/run/offload.h"
#include "lib/sys/fault.h"
#include "lib/sys/file.h"

void
journal_init(struct journal *j)
{
	*j = (struct journal){ .dirty = 0 };
	list_init(&j->segments);
	list_init(&j->unlinked);
}

static void
free_all(struct list *segments)
{
	struct list *it;

	while ((it = list_take_first(segments)) != NULL)
		segment_free(CONTAINER_OF(it, struct segment, in_journal));
}

void
journal_drop(struct journal *j)
{
	BUG_ON(j->syncing);
	free_all(&j->segments);
	free_all(&j->unlinked);
}

static struct segment *
find(const struct list *segments, struct str name)
{
	LIST_EACH (it, segments) {
		struct segment *s = CONTAINER_OF(it, struct segment, in_journal);

		if (str_equal(queue_id_str(&s->name), name))
			return s;
	}
	return NULL;
}

struct segment *
journal_find_segment(const struct journal *j, struct str name)
{
	return find(&j->segments, name);
}

bool
journal_knows(const struct journal *j, const struct queue_id *name)
{
	return find(&j->segments, queue_id_str(name)) != NULL ||
	       find(&j->unlinked, queue_id_str(name)) != NULL;
}

int
journal_open_segment(struct journal *j, struct str name, struct segment **out)
{
	struct queue_id id;
	struct segment *s = journal_find_segment(j, name);
	int result;

	if (s == NULL) {
		if (queue_id_parse(name, &id) < 0)
			return ERR_SYNTAX;
		result = segment_new(&id, &s);
		if (result < 0)
			return result;
		list_append(&j->segments, &s->in_journal);
	}
	*out = s;
	return 0;
}

/* --- Once a turn ----------------------------------------------------------------------------- */

static int
unlink_segment(struct journal *j, struct segment *s)
{
	char path[SPOOL_PATH_MAX];
	int result;

	segment_path(s, "seg", path);
	result = sys_unlink(path);
	if (result < 0 && result != -ENOENT)
		return result;
	FAULT_POINT("spool.segment_unlinked");
	j->dirty |= spool_folder_bit(SPOOL_JOURNAL, NULL);
	list_remove(&s->in_journal);
	list_append(&j->unlinked, &s->in_journal);
	return 0;
}

static int
flush_segment(struct journal *j, struct segment *s)
{
	bool created = false;
	int result;

	if (segment_is_over(s))
		return unlink_segment(j, s);
	result = segment_write_marks(s, &created);
	if (created)
		j->dirty |= spool_folder_bit(SPOOL_JOURNAL, NULL);
	return result;
}

int
journal_flush(struct journal *j)
{
	int first = 0;

	LIST_EACH_SAFE (it, &j->segments) {
		int result = flush_segment(j, CONTAINER_OF(it, struct segment, in_journal));

		if (result < 0 && first == 0)
			first = result;
	}
	return first;
}

/* --- Each second ----------------------------------------------------------------------------- */

struct sync_job {
	int *fds;
	size_t fd_count;
	uint64_t folders;
	struct list over; /* segments that nobody else knows any more */
};

static int
sync_folders(uint64_t bits)
{
	char path[SPOOL_PATH_MAX];
	int first = 0, result;

	for (unsigned bit = 0; bit < SPOOL_FOLDERS; bit++) {
		if ((bits >> bit & 1) == 0)
			continue;
		spool_folder_of_bit(bit, path);
		result = sys_sync_folder(AT_FDCWD, path);
		if (result < 0 && first == 0)
			first = result;
	}
	return first;
}

static void
remove_marks(struct list *over)
{
	char path[SPOOL_PATH_MAX];

	LIST_EACH (it, over) {
		const struct segment *s = CONTAINER_OF(it, struct segment, in_journal);

		if (s->marks_fd < 0)
			continue;
		segment_path(s, "done", path);
		(void)!sys_unlink(path); /* recovery removes what stays (S17) */
	}
}

/* On a thread, for dropping a segment of many megabytes takes its time. */
static int
sync_all(void *arg)
{
	struct sync_job *job = arg;
	int first = 0, result;

	for (size_t i = 0; i < job->fd_count; i++) {
		result = sys_sync_data(job->fds[i]);
		if (result < 0 && first == 0)
			first = result;
	}
	result = sync_folders(job->folders);
	if (first < 0 || result < 0)
		return first < 0 ? first : result;
	remove_marks(&job->over);
	free_all(&job->over);
	return 0;
}

/* The dirty marks, counted as clean from now on: what is written meanwhile makes them dirty again. */
static size_t
take_dirty(struct list *segments, int *fds)
{
	size_t n = 0;

	LIST_EACH (it, segments) {
		struct segment *s = CONTAINER_OF(it, struct segment, in_journal);

		if (!s->dirty)
			continue;
		s->dirty = false;
		fds[n++] = s->marks_fd;
	}
	return n;
}

static size_t
count(const struct list *segments)
{
	size_t n = 0;

	LIST_EACH (it, segments)
		n++;
	return n;
}

static bool
is_dirty(const struct journal *j)
{
	if (j->dirty != 0 || !list_is_empty(&j->unlinked))
		return true;
	LIST_EACH (it, &j->segments) {
		if (CONTAINER_OF(it, struct segment, in_journal)->dirty)
			return true;
	}
	return false;
}

/* After a failure: which of them it was does not matter. */
static void
set_dirty(struct journal *j, uint64_t folders)
{
	j->dirty |= folders;
	LIST_EACH (it, &j->segments) {
		struct segment *s = CONTAINER_OF(it, struct segment, in_journal);

		s->dirty = s->marks_fd >= 0;
	}
}

static void
move_all(struct list *from, struct list *to)
{
	struct list *it;

	while ((it = list_take_first(from)) != NULL)
		list_append(to, it);
}

int
journal_sync(struct journal *j)
{
	struct sync_job job = { .folders = j->dirty };
	size_t segments = count(&j->segments);
	int result;

	if (j->syncing || !is_dirty(j))
		return 0;
	job.fds = segments != 0 ? mem_array(segments, sizeof(*job.fds)) : NULL;
	job.fd_count = take_dirty(&j->segments, job.fds);
	list_init(&job.over);
	move_all(&j->unlinked, &job.over);
	j->dirty = 0;
	j->syncing = true;
	result = offload(sync_all, &job);
	j->syncing = false;
	mem_free(job.fds);
	if (result < 0) {
		set_dirty(j, job.folders);
		move_all(&job.over, &j->unlinked);
	}
	return result;
}
