/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Files of maildrop/ are submitted as their owners' mail, in the order of their names, which is
 * that of time. One that was taken is removed; what cleanup cannot take now stays for the next
 * time; what it refuses for good, or what cannot be understood, goes to corrupt/, and the log says
 * so: the user is gone, and nothing is dropped silently.
 *
 * The removal comes after the verdict: a crash between them submits the message twice, never not at
 * all.
 */
#include "services/pickup/pickup.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "lib/base/err.h"
#include "lib/base/mem.h"
#include "lib/run/offload.h"
#include "lib/run/run.h"
#include "lib/spool/maildrop.h"
#include "lib/sys/fault.h"
#include "lib/sys/file.h"
#include "lib/sys/log.h"

#define NAMES_MAX   100000 /* of one visit; the rest waits for the next */
#define READ_SIZE   ((size_t)64 * 1024)
#define STALE_AFTER (36 * TICKS_HOUR) /* since when nobody wrote to a file that is not ready */
#define ARENA_MAX   ((size_t)256 * 1024 * 1024)

/* --- Calls that may block: on threads ------------------------------------------------------- */

struct names {
	char (*items)[QUEUE_ID_LENGTH + 1];
	size_t count, room;
};

static int
compare_names(const void *a, const void *b)
{
	return memcmp(a, b, QUEUE_ID_LENGTH);
}

static void
add_name(struct names *n, const char *name)
{
	if (n->count == n->room) {
		n->room = n->room == 0 ? 64 : 2 * n->room;
		n->items = mem_resize(n->items, n->room, sizeof(n->items[0]));
	}
	memcpy(n->items[n->count++], name, QUEUE_ID_LENGTH + 1);
}

static int
list_names(void *arg)
{
	struct names *n = arg;
	struct folder_entry entry;
	struct folder f;
	int result = folder_open(&f, AT_FDCWD, MAILDROP_FOLDER);

	if (result < 0)
		return result;
	while (n->count < NAMES_MAX && (result = folder_next(&f, &entry)) > 0) {
		if (queue_id_is_valid(str_of(entry.name)))
			add_name(n, entry.name);
	}
	folder_close(&f);
	if (n->count != 0)
		qsort(n->items, n->count, sizeof(n->items[0]), compare_names);
	return result < 0 ? result : 0;
}

struct file_job {
	char path[SPOOL_PATH_MAX];
	char other[SPOOL_PATH_MAX]; /* of a rename */
	int fd;
	struct file_info info;
	int64_t stale_before; /* wall ticks */
	struct buf *out;
};

static int
open_file(void *arg)
{
	struct file_job *job = arg;

	return maildrop_open(job->path, &job->info);
}

static int
read_more(void *arg)
{
	struct file_job *job = arg;
	char *p = buf_reserve(job->out, READ_SIZE);
	int n;

	if (p == NULL)
		return ERR_TOO_LONG;
	n = sys_read(job->fd, p, READ_SIZE);
	if (n > 0)
		buf_grow(job->out, (size_t)n);
	return n;
}

static int
remove_file(void *arg)
{
	struct file_job *job = arg;
	int result;

	FAULT_POINT("pickup.taken");
	result = sys_unlink(job->path);
	FAULT_POINT("pickup.removed");
	return result < 0 ? result : sys_sync_folder(AT_FDCWD, MAILDROP_FOLDER);
}

static int
move_file(void *arg)
{
	struct file_job *job = arg;

	return sys_rename(job->path, job->other);
}

static int
remove_stale(void *arg)
{
	struct file_job *job = arg;
	int result = sys_info_at(AT_FDCWD, job->path, &job->info);

	if (result < 0 || job->info.modified > job->stale_before)
		return 0;
	result = sys_unlink(job->path);
	return result < 0 ? result : 1;
}

/* --- One file ------------------------------------------------------------------------------ */

struct replay {
	struct file_job *job;
	struct buf in;
	size_t used; /* of `in`, by the frame handed out last */
};

/* The next frame, borrowed until the next call. Error: ERR_EOF, ERR_PROTOCOL, of reading. */
PARKS static int
next_frame(struct replay *p, struct frame *f)
{
	int result, n;

	buf_consume(&p->in, p->used);
	p->used = 0;
	p->job->out = &p->in;
	for (;;) {
		size_t length;

		result = frame_split(buf_str(&p->in), FRAME_MAX, f, &length);
		if (result != 0) {
			p->used = result > 0 ? length : 0;
			return result < 0 ? result : 0;
		}
		n = offload(read_more, p->job);
		if (n <= 0)
			return n < 0 ? n : ERR_EOF;
	}
}

/* 0: the content is whole, or the verdict is there. */
PARKS static int
replay_content(struct replay *p, struct relay *r)
{
	int result;

	while (!r->decided) {
		struct message_content content;
		struct frame f;

		result = next_frame(p, &f);
		if (result == 0 && f.number == MESSAGE_NUMBER_content_end)
			return 0;
		if (result == 0)
			result = message_decode_content(&f, NULL, &content);
		if (result < 0)
			return result;
		relay_content(r, content.bytes);
	}
	return 0;
}

/* What becomes of a file. */
enum fate {
	WAITS,
	WAITS_WITH_ALL, /* the others would fare no better */
	TAKEN,
	REFUSED,
};

static enum fate
fate_of(const struct relay *r)
{
	switch (r->verdict.code / 100) {
	case 2:
		return TAKEN;
	case 5:
		return REFUSED;
	default:
		return r->is_away || str_equal(r->verdict.dsn, STR("4.3.1")) ? WAITS_WITH_ALL
		                                                             : WAITS;
	}
}

/* 0 and *fate, or why the file cannot be understood. */
PARKS static int
replay(const struct pickup *p, struct file_job *job, enum fate *fate)
{
	struct arena arena = ARENA_INIT(ARENA_MAX);
	AUTO(buf) envelope = BUF_INIT(FRAME_MAX);
	struct replay play = { .job = job, .in = BUF_INIT(FRAME_MAX + READ_SIZE) };
	struct message_submit submit;
	struct relay r;
	struct frame f;
	int result = next_frame(&play, &f);

	if (result == 0)
		result = buf_add(&envelope, f.fields);
	f.fields = buf_str(&envelope);
	if (result == 0)
		result = message_decode_submit(&f, &arena, &submit);
	if (result == 0) {
		relay_begin(&r, p, &submit, job->info.uid);
		result = replay_content(&play, &r);
		if (result == 0)
			relay_end(&r);
		*fate = fate_of(&r);
		relay_drop(&r);
	}
	buf_drop(&play.in);
	arena_drop(&arena);
	return result;
}

PARKS static void
quarantine(struct file_job *job, const char *reason)
{
	int result;

	snprintf(job->other, sizeof(job->other), "corrupt%s", strrchr(job->path, '/'));
	result = offload(move_file, job);
	if (result < 0)
		log_error("cannot move %s to %s: %s", job->path, job->other, err_text(result));
	else
		log_error("%s of user id %ld was moved to %s: %s", job->path, (long)job->info.uid,
		    job->other, reason);
}

/* What the file says is wrong; not that it could not be read. */
static bool
is_damage(int result)
{
	return result == ERR_EOF || result == ERR_PROTOCOL || result == ERR_TOO_LONG;
}

/* True: go on with the next file. */
PARKS static bool
submit(const struct pickup *p, struct file_job *job)
{
	enum fate fate = WAITS;
	int result = replay(p, job, &fate);

	if (result == ERR_CANCELLED || task_is_cancelled())
		return false;
	if (is_damage(result)) {
		quarantine(job, err_text(result));
		return true;
	}
	if (result < 0) {
		log_error("cannot read %s: %s", job->path, err_text(result));
		return false;
	}
	if (fate == WAITS || fate == WAITS_WITH_ALL)
		return fate == WAITS;
	if (fate == REFUSED) {
		quarantine(job, "refused");
		return true;
	}
	result = offload(remove_file, job);
	if (result < 0)
		log_error(
		    "%s was submitted and cannot be removed: %s", job->path, err_text(result));
	return result == 0;
}

PARKS static bool
collect_file(const struct pickup *p, const char *name)
{
	struct file_job job = { .fd = -1, .stale_before = run_wall() - STALE_AFTER };
	bool go_on;

	snprintf(job.path, sizeof(job.path), MAILDROP_FOLDER "/%s", name);
	job.fd = offload(open_file, &job);
	if (job.fd >= 0) {
		go_on = submit(p, &job);
		sys_close(job.fd);
		return go_on;
	}
	if (job.fd == -EAGAIN || job.fd == -ENOENT)
		return true;
	if (job.fd != ERR_REFUSED && job.fd != -EACCES)
		log_error("cannot read %s: %s", job.path, err_text(job.fd));
	else if (offload(remove_stale, &job) > 0)
		log_warning("%s was never finished, and was removed", job.path);
	return true;
}

void
maildrop_collect(const struct pickup *p)
{
	struct names names = { .items = NULL };
	int result = offload(list_names, &names);

	if (result < 0)
		log_error("cannot read %s: %s", MAILDROP_FOLDER, err_text(result));
	for (size_t i = 0; i < names.count && !service_is_draining(); i++) {
		if (!collect_file(p, names.items[i]))
			break;
	}
	mem_free(names.items);
}
