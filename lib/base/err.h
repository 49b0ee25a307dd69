/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef LIB_BASE_ERR_H
#define LIB_BASE_ERR_H

/*
 * A failure is a negative int: -errno as the system said it, or one of our own codes, which lie
 * below every errno. Zero, or a count, is success.
 *
 *	n = stream_read_line(s, &line, deadline);
 *	if (n == ERR_TIMEOUT)
 *		...
 *	if (n < 0)
 *		return n;
 */
enum err {
	ERR_LOWEST_ = -5000,
#define ERR(name, text) ERR_##name,
#include "lib/base/err.def"
#undef ERR
	ERR_END_
};

/* Words for any failure code, without a final stop. Never NULL; static memory. */
const char *err_text(int code);

#endif
