/* SPDX-License-Identifier: BSD-2-Clause */
#include "local/content.h"

#include "lib/base/bug.h"
#include "lib/base/err.h"
#include "lib/sys/file.h"

#define PIECE_MAX ((size_t)64 * 1024)

void
content_start(struct content_reader *r, const struct content *c)
{
	*r = (struct content_reader){ .content = c };
	buf_init(&r->buf, PIECE_MAX);
}

void
content_stop(struct content_reader *r)
{
	buf_drop(&r->buf);
}

static int
read_piece(struct content_reader *r, size_t size, struct str *piece)
{
	const struct content *c = r->content;
	char *p;
	int n;

	buf_clear(&r->buf);
	p = buf_reserve(&r->buf, size);
	BUG_ON(p == NULL);
	n = sys_pread(c->fd, p, size, c->offset + r->done);
	if (n <= 0)
		return n < 0 ? n : ERR_EOF;
	buf_grow(&r->buf, (size_t)n);
	*piece = buf_str(&r->buf);
	return 1;
}

int
content_next(struct content_reader *r, struct str *piece)
{
	const struct content *c = r->content;
	uint64_t left = c->length - r->done;
	int result = 1;

	if (left == 0)
		return 0;
	if (c->bytes.p != NULL)
		*piece = c->bytes;
	else
		result = read_piece(r, left < PIECE_MAX ? (size_t)left : PIECE_MAX, piece);
	if (result > 0)
		r->done += piece->n;
	return result;
}
