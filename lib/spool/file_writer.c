/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Messages too big for the journal are few and long: their cost is in the bytes, so one fsync each is
 * no loss, and a file of their own spares the journal megabytes that would lie there until their last
 * recipient is done.
 *
 * The header goes in last, so that a file without one is known to be unfinished even where the order of
 * writes on disk is not that of the calls; the name is a second, independent witness (S6).
 */
#include "lib/spool/file_writer.h"

#include "lib/base/bug.h"
#include "lib/base/crc32c.h"
#include "lib/base/err.h"
#include "lib/run/offload.h"
#include "lib/spool/publish.h"
#include "lib/spool/record.h"
#include "lib/spool/room.h"
#include "lib/sys/file.h"

#define PENDING_MAX ((size_t)256 * 1024)
#define WRITE_LEAST ((size_t)128 * 1024) /* smaller pieces wait for company */

void
file_writer_init(struct file_writer *f, const struct queue_id *id)
{
	*f = (struct file_writer){ .id = *id, .fd = -1 };
	buf_init(&f->pending, PENDING_MAX);
}

void
file_writer_drop(struct file_writer *f)
{
	if (f->fd >= 0) {
		publish_abort(SPOOL_INCOMING, &f->id);
		sys_close(f->fd);
		f->fd = -1;
	}
	buf_drop(&f->pending);
}

static int
fail(struct file_writer *f, int error, struct why *why)
{
	f->failed = room_error(error);
	why_set(why, "the spool could not store the message: %s", err_text(error));
	return f->failed;
}

static int
begin(void *arg)
{
	const struct file_writer *f = arg;

	return publish_begin(SPOOL_INCOMING, &f->id);
}

int
file_writer_open(struct file_writer *f, struct why *why)
{
	int fd = offload(begin, f);

	if (fd < 0)
		return fail(f, fd, why);
	f->fd = fd;
	return 0;
}

/* --- Content --------------------------------------------------------------------------------- */

struct write_job {
	int fd;
	uint64_t offset;
	struct str bytes;
	uint32_t crc;
};

static int
write_content(void *arg)
{
	struct write_job *job = arg;

	job->crc = crc32c(job->crc, job->bytes);
	return sys_pwrite_all(job->fd, job->bytes, job->offset);
}

PARKS static int
write_bytes(struct file_writer *f, struct str bytes, struct why *why)
{
	struct write_job job = {
		.fd = f->fd, .offset = FILE_CONTENT + f->written, .bytes = bytes, .crc = f->crc
	};
	int result = offload(write_content, &job);

	if (result < 0)
		return fail(f, result, why);
	f->written += bytes.n;
	f->crc = job.crc;
	return 0;
}

PARKS static int
write_pending(struct file_writer *f, struct why *why)
{
	int result;

	if (f->pending.n == 0)
		return 0;
	result = write_bytes(f, buf_str(&f->pending), why);
	if (result == 0)
		buf_clear(&f->pending);
	return result;
}

int
file_writer_add(struct file_writer *f, struct str bytes, struct why *why)
{
	int result;

	BUG_ON(f->fd < 0);
	if (f->failed < 0)
		return fail(f, f->failed, why);
	if (f->pending.n + bytes.n >= WRITE_LEAST) {
		result = write_pending(f, why);
		if (result < 0)
			return result;
		if (bytes.n >= WRITE_LEAST)
			return write_bytes(f, bytes, why);
	}
	result = buf_add(&f->pending, bytes);
	BUG_ON(result < 0);
	return 0;
}

/* --- Commit ---------------------------------------------------------------------------------- */

struct commit_job {
	struct file_writer *writer;
	struct str envelope;
};

static void
make_header(const struct file_writer *f, struct str envelope, char bytes[RECORD_HEADER])
{
	struct record r;

	record_make(&r, RECORD_MESSAGE, record_owner(queue_id_str(&f->id)), 0, envelope, STR_NONE);
	r.body_offset = FILE_CONTENT;
	r.body_length = f->written;
	r.body_crc = f->crc;
	r.head_offset = FILE_CONTENT + record_align(f->written);
	r.length = r.head_offset + record_align(envelope.n);
	record_encode(&r, bytes);
}

static int
commit(void *arg)
{
	const struct commit_job *job = arg;
	const struct file_writer *f = job->writer;
	const uint64_t at = FILE_CONTENT + record_align(f->written);
	char header[RECORD_HEADER];
	int result;

	/* The length first: what lies between the parts and behind the last one is zeros. */
	result = sys_truncate(f->fd, at + record_align(job->envelope.n));
	if (result == 0)
		result = sys_pwrite_all(f->fd, job->envelope, at);
	make_header(f, job->envelope, header);
	if (result >= 0)
		result = sys_pwrite_all(f->fd, str_make(header, sizeof(header)), 0);
	if (result < 0) {
		publish_abort(SPOOL_INCOMING, &f->id);
		return result;
	}
	result = publish_end(f->fd, SPOOL_INCOMING, &f->id);
	if (result < 0)
		publish_retract(SPOOL_INCOMING, &f->id);
	return result;
}

int
file_writer_commit(struct file_writer *f, struct str envelope, struct why *why)
{
	struct commit_job job = { .writer = f, .envelope = envelope };
	int result;

	BUG_ON(f->fd < 0);
	if (f->failed < 0)
		return fail(f, f->failed, why);
	result = write_pending(f, why);
	if (result < 0)
		return result;
	result = offload(commit, &job);
	sys_close(f->fd);
	f->fd = -1;
	return result < 0 ? fail(f, result, why) : 0;
}
