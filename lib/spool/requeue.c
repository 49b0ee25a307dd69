/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The maildrop holds what would be said to pickup, so a message comes back through the same door as
 * new mail, whether the mail system runs or not. pickup believes the envelope because root or the
 * mail owner wrote the file.
 *
 * Not done: to hand it to cleanup from here. That would need the mail system to run, and a second way in.
 */
#include "lib/spool/requeue.h"

#include "lib/base/crc32c.h"
#include "lib/base/err.h"
#include "lib/base/mem.h"
#include "lib/ipc/message.h"
#include "lib/spool/maildrop.h"
#include "lib/sys/file.h"

#define PIECE_MAX ((size_t)65536) /* of message.def */

struct requeue {
	const struct stored *message;
	int fd;
	struct maildrop_writer file;
	struct buf frame;
	struct why *why;
};

static int
fail(struct requeue *r, int error)
{
	why_set(r->why, "cannot requeue message %s: %s", r->message->id.text, err_text(error));
	return error;
}

/* What the encoder answered, then the frame that it made. */
static int
write_frame(struct requeue *r, int encoded)
{
	int result =
	    encoded < 0 ? fail(r, encoded) : maildrop_add(&r->file, buf_str(&r->frame), r->why);

	buf_clear(&r->frame);
	return result;
}

static void
fill_recipients(const struct envelope *e, const bool *done, struct message_submit *out)
{
	for (uint32_t i = 0; i < e->recipients_count; i++) {
		if (done[i])
			continue;
		out->recipients[out->recipients_count++] = (struct message_recipient){
			.address = e->recipients[i].address,
			.original = e->recipients[i].original,
			.notify = e->recipients[i].notify,
		};
	}
}

static int
write_envelope(struct requeue *r, const bool *done)
{
	const struct envelope *e = &r->message->envelope;
	struct message_submit submit = {
		.sender = e->sender,
		.flags = e->flags & ~(uint32_t)SUBMIT_HOLD,
		.protocol = e->protocol,
		.helo = e->helo,
		.client_name = e->client_name,
		.client_address = e->client_address,
		.client_port = e->client_port,
		.envid = e->envid,
		.uid = e->uid,
		.size = r->message->content_length,
		.arrival = e->arrival,
		.previous_id = e->queue_id,
		.recipients =
		    mem_array((size_t)e->recipients_count + 1, sizeof(struct message_recipient)),
	};
	int result;

	fill_recipients(e, done, &submit);
	result = write_frame(r, message_encode_submit(&submit, 1, &r->frame));
	mem_free(submit.recipients);
	return result;
}

static int
write_content(struct requeue *r, char *piece)
{
	const struct stored *m = r->message;
	uint64_t written = 0;
	uint32_t crc = 0;

	while (written < m->content_length) {
		uint64_t left = m->content_length - written;
		size_t n = left < PIECE_MAX ? (size_t)left : PIECE_MAX;
		struct message_content content = { .bytes = str_make(piece, n) };
		int result = sys_pread_all(r->fd, piece, n, m->content_offset + written);

		if (result < 0)
			return fail(r, result == ERR_EOF ? ERR_CORRUPT : result);
		result = write_frame(r, message_encode_content(&content, 1, &r->frame));
		if (result < 0)
			return result;
		crc = crc32c(crc, content.bytes);
		written += n;
	}
	return crc == m->content_crc ? 0 : fail(r, ERR_CORRUPT);
}

static int
write_all(struct requeue *r, const bool *done)
{
	static const struct message_content_end end;
	char *piece = mem_new(PIECE_MAX);
	int result = write_envelope(r, done);

	if (result == 0)
		result = write_content(r, piece);
	if (result == 0)
		result = write_frame(r, message_encode_content_end(&end, 1, &r->frame));
	if (result == 0)
		result = maildrop_commit(&r->file, r->why);
	if (result == 0 && (result = sys_sync_folder(AT_FDCWD, MAILDROP_FOLDER)) < 0)
		(void)fail(r, result);
	mem_free(piece);
	return result;
}

int
requeue_write(const struct stored *m, int fd, const bool *done, struct why *why)
{
	struct requeue r = { .message = m, .fd = fd, .frame = BUF_INIT(FRAME_MAX), .why = why };
	int result = maildrop_create(&r.file, why);

	if (result < 0)
		return result;
	result = write_all(&r, done);
	if (result < 0)
		maildrop_abort(&r.file);
	buf_drop(&r.frame);
	return result;
}
