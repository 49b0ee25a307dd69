/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef LOCAL_CONTENT_H
#define LOCAL_CONTENT_H

#include "lib/base/buf.h"

/* The content of a message: bytes that are here, or a part of an open file. Lines end in CR LF. */
struct content {
	struct str bytes; /* p is NULL: it is in the file */
	int fd;
	uint64_t offset;
	uint64_t length;
};

/*
 *	struct content_reader r;
 *	content_start(&r, &content);
 *	while ((n = content_next(&r, &piece)) > 0)
 *		use(piece);
 *	content_stop(&r);
 */
struct content_reader {
	const struct content *content;
	uint64_t done;
	struct buf buf;
};

void content_start(struct content_reader *r, const struct content *c);
void content_stop(struct content_reader *r);

/* 1: the next piece, valid until the next call; 0: the end. Error: -errno; ERR_EOF: cut short. */
MUST_USE int content_next(struct content_reader *r, struct str *piece);

#endif
