/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef LIB_BASE_BUG_H
#define LIB_BASE_BUG_H

#include "lib/base/compiler.h"

/*
 * What cannot be, is checked all the same, in every build: a broken invariant ends the process
 * before it can harm mail. The queue survives the death of any process; wrong memory it may not.
 */
#define BUG_ON(x)                                                                                  \
	do {                                                                                       \
		if (UNLIKELY(x))                                                                   \
			bug_abort(__FILE__, __LINE__, #x);                                         \
	} while (0)

/* Says where and what on descriptor 2, then abort(). */
NORETURN COLD void bug_abort(const char *file, int line, const char *what);

/* Says how much was asked for, then exits with status 71 (EX_OSERR). */
NORETURN COLD void bug_out_of_memory(size_t size);

#endif
