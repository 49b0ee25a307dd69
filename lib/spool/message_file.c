/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What qmgr does to messages that have files of their own. Each act is one job on a thread: a
 * message is deferred, retried and removed at human pace, so a hop to a thread is nothing beside the
 * fsync; and the loop never waits for a disk.
 *
 * Histories are appended rather than rewritten: one small write where a rewrite would cost a copy of the
 * content and two syncs. What piles up is bounded: when the old words outweigh what is still true
 * of them, the file is written anew (compact).
 */
#include "lib/spool/message_file.h"

#include <errno.h>
#include <stdio.h>

#include "lib/base/bug.h"
#include "lib/base/crc32c.h"
#include "lib/base/err.h"
#include "lib/base/mem.h"
#include "lib/run/offload.h"
#include "lib/spool/publish.h"
#include "lib/spool/record.h"
#include "lib/spool/room.h"
#include "lib/sys/fault.h"
#include "lib/sys/file.h"

#define RESULTS_PER_RECORD 1000u
#define COMPACT_FROM       ((uint64_t)1024 * 1024)
#define COMPACT_FACTOR     4u
#define COMPACT_ARENA      ((size_t)256 * 1024 * 1024)
#define HISTORY_MAX        ((size_t)512 * 1024 * 1024) /* all records of one update */

static int
put_why(struct why *why, const char *act, const struct queue_id *id, int error)
{
	why_set(why, "cannot %s message %s: %s", act, id->text, err_text(error));
	return error;
}

/* --- History records ------------------------------------------------------------------------- */

static int
add_record(struct buf *out, const struct history *h, uint64_t owner, uint64_t start)
{
	static const char zeros[RECORD_ALIGN];
	AUTO(buf) head = BUF_INIT(ENVELOPE_MAX);
	char header[RECORD_HEADER];
	struct record r;
	int result = history_encode(h, &head);

	if (result < 0)
		return result;
	record_make(&r, RECORD_HISTORY, owner, start + out->n, buf_str(&head), STR_NONE);
	record_encode(&r, header);
	result = buf_add(out, str_make(header, sizeof(header)));
	if (result == 0)
		result = buf_add(out, buf_str(&head));
	if (result == 0)
		result = buf_add(out, str_make(zeros, (size_t)record_align(head.n) - head.n));
	return result;
}

/*
 * The records that say h, for a file of this owner from offset `start` on. A record holds a thousand
 * results at most, so that none comes near the bound of an encoded history.
 */
static int
add_history(struct buf *out, const struct history *h, uint64_t owner, uint64_t start)
{
	struct history part = *h;
	uint32_t from = 0;
	int result;

	do {
		uint32_t left = h->results_count - from;

		part.results = left != 0 ? h->results + from : NULL;
		part.results_count = left < RESULTS_PER_RECORD ? left : RESULTS_PER_RECORD;
		result = add_record(out, &part, owner, start);
		from += part.results_count;
	} while (result == 0 && from < h->results_count);
	return result;
}

static uint64_t
weight(const struct history *h)
{
	uint64_t sum = 0;

	for (uint32_t i = 0; i < h->results_count; i++) {
		const struct history_result *r = &h->results[i];

		sum += sizeof(*r) + r->dsn.n + r->text.n + r->relay.n;
	}
	return sum;
}

/* --- Opening --------------------------------------------------------------------------------- */

struct load_job {
	enum spool_queue queue;
	const struct queue_id *id;
	struct arena *arena;
	struct stored *out;
	struct why *why;
};

static int
load(void *arg)
{
	const struct load_job *job = arg;

	return message_read(job->queue, job->id, job->arena, job->out, job->why);
}

int
message_load(enum spool_queue queue, const struct queue_id *id, struct arena *arena,
    struct stored *out, struct why *why)
{
	struct load_job job = { queue, id, arena, out, why };

	return offload(load, &job);
}

struct open_job {
	const struct stored *message;
	bool verify;
};

static int
verify_content(int fd, const struct stored *m)
{
	enum { CHUNK = 256 * 1024 };
	uint64_t done = 0;
	uint32_t crc = 0;
	char *p = mem_new(CHUNK);
	int result = 0;

	while (done < m->content_length && result == 0) {
		uint64_t left = m->content_length - done;
		size_t n = left < CHUNK ? (size_t)left : CHUNK;

		result = sys_pread_all(fd, p, n, m->content_offset + done);
		crc = crc32c(crc, str_make(p, n));
		done += n;
	}
	mem_free(p);
	if (result == ERR_EOF || (result == 0 && crc != m->content_crc))
		return ERR_CORRUPT;
	return result;
}

static int
open_message(void *arg)
{
	const struct open_job *job = arg;
	char path[SPOOL_PATH_MAX];
	int fd, result;

	spool_message_path(job->message->queue, &job->message->id, path);
	fd = sys_open(path, O_RDONLY | O_NOFOLLOW, 0);
	if (fd < 0 || !job->verify)
		return fd;
	result = verify_content(fd, job->message);
	if (result < 0) {
		sys_close(fd);
		return result;
	}
	return fd;
}

int
message_open(const struct stored *m, bool verify, int *fd, struct why *why)
{
	struct open_job job = { m, verify };
	int result = offload(open_message, &job);

	if (result < 0)
		return put_why(why, "open", &m->id, result);
	*fd = result;
	return 0;
}

/* --- Promotion ------------------------------------------------------------------------------- */

struct promote_job {
	struct segment *segment;
	const struct stored *message;
	enum spool_queue queue;
	const struct history *history;
	struct record record; /* as it is in the file */
	uint64_t end;
};

static int
write_promoted(struct promote_job *job, int fd, struct str content)
{
	static const char zeros[RECORD_ALIGN];
	const struct str envelope = job->message->envelope_bytes;
	AUTO(buf) history = BUF_INIT(HISTORY_MAX);
	char header[RECORD_HEADER];
	struct record *r = &job->record;
	struct str pieces[6];
	int result;

	record_make(
	    r, RECORD_MESSAGE, record_owner(queue_id_str(&job->message->id)), 0, envelope, content);
	record_encode(r, header);
	result = add_history(&history, job->history, r->owner, r->length);
	if (result < 0)
		return result;
	pieces[0] = str_make(header, sizeof(header));
	pieces[1] = envelope;
	pieces[2] = str_make(zeros, (size_t)record_align(envelope.n) - envelope.n);
	pieces[3] = content;
	pieces[4] = str_make(zeros, (size_t)record_align(content.n) - content.n);
	pieces[5] = buf_str(&history);
	job->end = r->length + history.n;
	result = sys_write_pieces_all(fd, pieces, ARRAY_LEN(pieces));
	if (result < 0)
		return result;
	return sys_set_times_fd(fd, job->history->next, job->history->next);
}

/* The journal has it still: a file that may not be durable would only be a second copy. */
static int
end_promotion(int fd, enum spool_queue queue, const struct queue_id *id)
{
	int result = publish_end(fd, queue, id);

	if (result < 0)
		publish_retract(queue, id);
	return result;
}

static int
promote(void *arg)
{
	struct promote_job *job = arg;
	const struct stored *m = job->message;
	char *content = mem_new((size_t)m->content_length + 1);
	int fd, result;

	result = segment_read_content(job->segment, m, content);
	if (result == 0)
		result = publish_begin(job->queue, &m->id);
	if (result < 0)
		goto end;
	fd = result;
	result = write_promoted(job, fd, str_make(content, (size_t)m->content_length));
	if (result < 0)
		publish_abort(job->queue, &m->id);
	else
		result = end_promotion(fd, job->queue, &m->id);
	FAULT_POINT("spool.promoted");
	sys_close(fd);
end:
	mem_free(content);
	return result;
}

int
message_promote(struct segment *s, struct stored *m, enum spool_queue queue,
    const struct history *history, struct why *why)
{
	struct promote_job job = { .segment = s, .message = m, .queue = queue, .history = history };
	int result = offload(promote, &job);

	if (result < 0) {
		put_why(why, "promote", &m->id, result);
		return room_error(result);
	}
	m->queue = queue;
	m->content_offset = job.record.body_offset;
	m->history_start = job.record.length;
	m->end = job.end;
	m->next = history->next;
	return 0;
}

/* --- Updates --------------------------------------------------------------------------------- */

struct update_job {
	const struct stored *message;
	const struct history *history;
	enum spool_queue queue;
	bool durable;
	uint64_t end;
	uint64_t history_start;
	bool moved;
};

static int
append_history(struct update_job *job, int fd)
{
	const struct stored *m = job->message;
	AUTO(buf) bytes = BUF_INIT(HISTORY_MAX);
	struct file_info info;
	int result;

	result = add_history(&bytes, job->history, record_owner(queue_id_str(&m->id)), m->end);
	if (result == 0)
		result = sys_info_fd(fd, &info);
	if (result == 0 && info.size < m->end)
		result = ERR_CORRUPT;
	if (result == 0 && info.size > m->end)
		result = sys_truncate(fd, m->end);
	if (result < 0)
		return result;
	result = sys_pwrite_all(fd, buf_str(&bytes), m->end);
	if (result < 0) {
		(void)!sys_truncate(fd, m->end);
		return result;
	}
	FAULT_POINT("spool.history_written");
	job->end = m->end + bytes.n;
	return sys_set_times_fd(fd, job->history->next, job->history->next);
}

static int
append(struct update_job *job)
{
	char path[SPOOL_PATH_MAX];
	int fd, result;

	spool_message_path(job->message->queue, &job->message->id, path);
	fd = sys_open(path, O_RDWR | O_NOFOLLOW, 0);
	if (fd < 0)
		return fd;
	result = append_history(job, fd);
	if (result == 0 && job->durable)
		result = sys_sync(fd);
	sys_close(fd);
	return result;
}

static int
copy_start(int out, const struct stored *m)
{
	char path[SPOOL_PATH_MAX];
	uint64_t done = 0;
	int in, result;

	spool_message_path(m->queue, &m->id, path);
	in = sys_open(path, O_RDONLY | O_NOFOLLOW, 0);
	if (in < 0)
		return in;
	do {
		result = sys_copy_range(out, in, done, (size_t)(m->history_start - done));
		done += result > 0 ? (uint64_t)result : 0;
	} while (result > 0 && done < m->history_start);
	sys_close(in);
	if (result < 0)
		return result;
	return done == m->history_start ? 0 : ERR_CORRUPT;
}

static int
write_anew(struct update_job *job, const struct stored *m, int fd)
{
	AUTO(buf) bytes = BUF_INIT(HISTORY_MAX);
	int result;

	result =
	    add_history(&bytes, &m->history, record_owner(queue_id_str(&m->id)), m->history_start);
	if (result == 0)
		result = copy_start(fd, m);
	if (result == 0)
		result = sys_pwrite_all(fd, buf_str(&bytes), m->history_start);
	if (result < 0)
		return result;
	job->end = m->history_start + bytes.n;
	return sys_set_times_fd(fd, m->history.next, m->history.next);
}

/* Writes the file anew, with one history in place of all that piled up. */
static int
compact(struct update_job *job)
{
	AUTO(arena) arena = ARENA_INIT(COMPACT_ARENA);
	const struct queue_id *id = &job->message->id;
	enum spool_queue queue = job->message->queue;
	struct stored m;
	struct why why;
	int fd, result;

	result = message_read(queue, id, &arena, &m, &why);
	if (result == 0)
		result =
		    history_merge(&m.history, job->history, m.envelope.recipients_count, &arena);
	if (result < 0)
		return result;
	fd = publish_begin(queue, id);
	if (fd < 0)
		return fd;
	result = write_anew(job, &m, fd);
	if (result < 0)
		publish_abort(queue, id);
	else
		result = publish_end(fd, queue, id);
	sys_close(fd);
	return result;
}

static bool
is_bloated(const struct stored *m, const struct history *news)
{
	uint64_t truth = weight(&m->history) + weight(news);

	return m->end - m->history_start > COMPACT_FROM + COMPACT_FACTOR * truth;
}

static int
update(void *arg)
{
	struct update_job *job = arg;
	const struct stored *m = job->message;
	int result;

	result = is_bloated(m, job->history) ? compact(job) : append(job);
	if (result == 0 && job->queue != m->queue)
		result = publish_move(m->queue, job->queue, &m->id, job->durable, &job->moved);
	return result;
}

int
message_update(struct stored *m, const struct history *history, enum spool_queue queue,
    bool durable, struct why *why)
{
	struct update_job job = {
		.message = m, .history = history, .queue = queue, .durable = durable
	};
	int result;

	BUG_ON(m->queue == SPOOL_JOURNAL || queue == SPOOL_JOURNAL);
	result = offload(update, &job);
	if (job.end != 0) {
		/* The history is there even where the move failed. */
		m->end = job.end;
		m->next = history->next;
	}
	if (job.moved)
		m->queue = queue;
	if (result < 0) {
		put_why(why, "update", &m->id, result);
		return room_error(result);
	}
	return 0;
}

/* --- Moves ----------------------------------------------------------------------------------- */

struct move_job {
	enum spool_queue from;
	enum spool_queue to;
	const struct queue_id *id;
	bool moved;
};

static int
move(void *arg)
{
	struct move_job *job = arg;

	return publish_move(job->from, job->to, job->id, true, &job->moved);
}

int
message_move(struct stored *m, enum spool_queue queue, struct why *why)
{
	struct move_job job = { .from = m->queue, .to = queue, .id = &m->id };
	int result = offload(move, &job);

	if (job.moved)
		m->queue = queue;
	return result < 0 ? put_why(why, "move", &m->id, result) : 0;
}

static int
remove_file(void *arg)
{
	const struct move_job *job = arg;
	char path[SPOOL_PATH_MAX];

	spool_message_path(job->from, job->id, path);
	return sys_unlink(path);
}

int
message_remove(
    struct journal *j, enum spool_queue queue, const struct queue_id *id, struct why *why)
{
	struct move_job job = { .from = queue, .id = id };
	int result = offload(remove_file, &job);

	FAULT_POINT("spool.removed");
	if (result < 0 && result != -ENOENT)
		return put_why(why, "remove", id, result);
	j->dirty |= spool_folder_bit(queue, id);
	return 0;
}

/* --- Quarantine ------------------------------------------------------------------------------ */

struct quarantine_job {
	enum spool_queue queue;
	const struct queue_id *id;
	char *destination;
};

static int
quarantine(void *arg)
{
	enum { TRIES = 1000 };
	const struct quarantine_job *job = arg;
	char path[SPOOL_PATH_MAX];
	int result = -EEXIST;

	spool_message_path(job->queue, job->id, path);
	for (unsigned i = 0; i < TRIES && result == -EEXIST; i++) {
		if (i == 0)
			snprintf(job->destination, SPOOL_PATH_MAX, "corrupt/%s", job->id->text);
		else
			snprintf(
			    job->destination, SPOOL_PATH_MAX, "corrupt/%s.%u", job->id->text, i);
		result = sys_rename_new(AT_FDCWD, path, AT_FDCWD, job->destination);
	}
	return result < 0 ? result : sys_sync_folder(AT_FDCWD, "corrupt");
}

int
message_quarantine(enum spool_queue queue, const struct queue_id *id,
    char destination[SPOOL_PATH_MAX], struct why *why)
{
	struct quarantine_job job = { queue, id, destination };
	int result = offload(quarantine, &job);

	return result < 0 ? put_why(why, "quarantine", id, result) : 0;
}
