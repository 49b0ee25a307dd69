/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef LIB_BASE_BUF_H
#define LIB_BASE_BUF_H

#include <stdarg.h>
#include <stdint.h>

#include "lib/base/str.h"

/*
 * Bytes that grow up to a bound that is set at birth. The bytes are always followed by a NUL, so
 * that p is also a C string where they hold none themselves; before the first byte, p is NULL and
 * buf_text() gives "".
 *
 *	AUTO(buf) line = BUF_INIT(1000);
 *	if (buf_addf(&line, "%d", code) < 0) ...        // ERR_TOO_LONG: nothing was added
 */
struct buf {
	char *p;
	size_t n;    /* bytes in use */
	size_t room; /* bytes allocated, without the one for the NUL */
	size_t max;  /* n never exceeds it */
};

#define BUF_INIT(limit) { .p = NULL, .n = 0, .room = 0, .max = (limit) }

void buf_init(struct buf *b, size_t max);
void buf_drop(struct buf *b); /* gives the memory back; b is then empty and usable, same bound */
void buf_clear(struct buf *b); /* keeps the memory */
void buf_trim(struct buf *b); /* gives back the memory beyond the bytes in use */
void buf_cut(struct buf *b, size_t n); /* keeps the first n bytes; n <= b->n */
void buf_consume(struct buf *b, size_t n); /* removes the first n bytes; n <= b->n */

/* Each adds all or nothing. Error: ERR_TOO_LONG. */
MUST_USE int buf_add(struct buf *b, struct str s);
MUST_USE int buf_add_byte(struct buf *b, char c);
MUST_USE int buf_addf(struct buf *b, const char *format, ...) PRINTF(2, 3);
MUST_USE int buf_addv(struct buf *b, const char *format, va_list ap) PRINTF(2, 0);

/*
 * Room for `size` more bytes, for a call that fills memory; then say how many came.
 *	p = buf_reserve(&b, 4096);  n = sys_read(fd, p, 4096);  buf_grow(&b, n);
 * NULL when the bound does not allow it.
 */
MUST_USE char *buf_reserve(struct buf *b, size_t size);
void buf_grow(struct buf *b, size_t size);

static inline struct str
buf_str(const struct buf *b) /* borrows from b until it changes */
{
	return str_make(b->p, b->n);
}

static inline const char *
buf_text(const struct buf *b)
{
	return b->p != NULL ? b->p : "";
}

#endif
