/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef LIB_SYS_PIECES_H
#define LIB_SYS_PIECES_H

#include <stdint.h>
#include <sys/uio.h>

#include "lib/base/bug.h"
#include "lib/base/str.h"

/* For the files of this layer: views as the system's scatter lists have them. */
#define PIECES_MAX 64 /* that one call takes; it may always do less than asked for */

static inline size_t
pieces_size(const struct str *pieces, size_t count)
{
	size_t sum = 0;

	for (size_t i = 0; i < count; i++)
		BUG_ON(ADD_OVERFLOWS(sum, pieces[i].n, &sum));
	return sum;
}

/* At most `size` bytes of the pieces; how many entries of iov that took. */
static inline size_t
pieces_gather(const struct str *pieces, size_t count, size_t size, struct iovec iov[PIECES_MAX])
{
	size_t used = 0;

	for (size_t i = 0; i < count && used < PIECES_MAX && size > 0; i++) {
		size_t n = pieces[i].n < size ? pieces[i].n : size;

		if (n == 0)
			continue;
		iov[used].iov_base = (void *)(uintptr_t)pieces[i].p;
		iov[used].iov_len = n;
		size -= n;
		used++;
	}
	return used;
}

#endif
