/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef LIB_BASE_LE_H
#define LIB_BASE_LE_H

#include <stdint.h>

/* Numbers as little-endian bytes, anywhere in memory: what our files and frames consist of. */

static inline void
le_put(char *p, uint64_t value, unsigned bytes)
{
	for (unsigned i = 0; i < bytes; i++)
		p[i] = (char)(value >> (8 * i));
}

static inline uint64_t
le_get(const char *p, unsigned bytes)
{
	uint64_t value = 0;

	for (unsigned i = 0; i < bytes; i++)
		value |= (uint64_t)(unsigned char)p[i] << (8 * i);
	return value;
}

#endif
