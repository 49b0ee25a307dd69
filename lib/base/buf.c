/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Growth doubles, from 64 bytes, and never passes the bound: the amortised cost of a byte is
 * constant and a remote cannot make a buffer larger than its owner has said.
 */
#include "lib/base/buf.h"

#include <stdio.h>

#include "lib/base/bug.h"
#include "lib/base/err.h"
#include "lib/base/mem.h"

#define FIRST_ROOM ((size_t)64)

void
buf_init(struct buf *b, size_t max)
{
	BUG_ON(max >= SIZE_MAX / 2);
	*b = (struct buf)BUF_INIT(max);
}

void
buf_drop(struct buf *b)
{
	mem_free(b->p);
	*b = (struct buf)BUF_INIT(b->max);
}

void
buf_clear(struct buf *b)
{
	buf_cut(b, 0);
}

void
buf_trim(struct buf *b)
{
	if (b->n == 0) {
		buf_drop(b);
	} else if (b->n < b->room) {
		b->p = mem_resize(b->p, b->n + 1, 1);
		b->room = b->n;
	}
}

void
buf_cut(struct buf *b, size_t n)
{
	BUG_ON(n > b->n);
	b->n = n;
	if (b->p != NULL)
		b->p[n] = '\0';
}

void
buf_consume(struct buf *b, size_t n)
{
	BUG_ON(n > b->n);
	if (n == 0)
		return;
	memmove(b->p, b->p + n, b->n - n);
	buf_cut(b, b->n - n);
}

char *
buf_reserve(struct buf *b, size_t size)
{
	size_t need, room;

	if (ADD_OVERFLOWS(b->n, size, &need) || need > b->max)
		return NULL;
	if (b->p == NULL || need > b->room) {
		room = b->room < FIRST_ROOM ? FIRST_ROOM : b->room * 2;
		if (room < need)
			room = need;
		if (room > b->max)
			room = b->max;
		b->p = mem_resize(b->p, room + 1, 1);
		b->room = room;
		b->p[b->n] = '\0';
	}
	return b->p + b->n;
}

void
buf_grow(struct buf *b, size_t size)
{
	BUG_ON(size > b->room - b->n);
	if (size != 0)
		b->p[b->n += size] = '\0';
}

int
buf_add(struct buf *b, struct str s)
{
	char *p = buf_reserve(b, s.n);

	if (p == NULL)
		return ERR_TOO_LONG;
	if (s.n != 0)
		memcpy(p, s.p, s.n);
	buf_grow(b, s.n);
	return 0;
}

int
buf_add_byte(struct buf *b, char c)
{
	return buf_add(b, str_make(&c, 1));
}

int
buf_addf(struct buf *b, const char *format, ...)
{
	va_list ap;
	int result;

	va_start(ap, format);
	result = buf_addv(b, format, ap);
	va_end(ap);
	return result;
}

int
buf_addv(struct buf *b, const char *format, va_list ap)
{
	va_list again;
	char *p;
	int n;

	va_copy(again, ap);
	n = vsnprintf(NULL, 0, format, ap);
	BUG_ON(n < 0);
	p = buf_reserve(b, (size_t)n);
	if (p != NULL) {
		vsnprintf(p, (size_t)n + 1, format, again);
		buf_grow(b, (size_t)n);
	}
	va_end(again);
	return p != NULL ? 0 : ERR_TOO_LONG;
}
