/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef LIB_IPC_ENCODER_H
#define LIB_IPC_ENCODER_H

#include <stdbool.h>

#include "lib/ipc/message.h"

/*
 * For channel.c: encodes a message in steps, so that its large texts need not be copied.
 *
 *	n = encoder_init(&e, number, message, request, 0);
 *	while (encoder_next(&e, out, 16384, &text))
 *		… out, then text …
 *	… out …
 */
struct encoder {
	char head[FRAME_HEAD];
	size_t size; /* of the whole frame */
	const char *message;
	const struct field *next;
	bool begun;
};

/* Error: ERR_TOO_LONG: a field beyond the bound of its row, or a frame beyond FRAME_MAX. */
MUST_USE int encoder_init(
    struct encoder *e, enum message_number number, const void *m, uint32_t request, unsigned fds);

/*
 * Adds to *out, which must have room for what is left of the frame, up to the next text of `big`
 * bytes or more; true: *text is that text and follows. False: the frame has ended.
 */
MUST_USE bool encoder_next(struct encoder *e, struct buf *out, size_t big, struct str *text);

#endif
