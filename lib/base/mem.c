/* SPDX-License-Identifier: BSD-2-Clause */
#include "lib/base/mem.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/bug.h"

void *
mem_new(size_t size)
{
	return mem_array(1, size);
}

void *
mem_array(size_t count, size_t size)
{
	void *p;

	BUG_ON(count == 0 || size == 0);
	p = calloc(count, size);
	if (p == NULL)
		bug_out_of_memory(count > SIZE_MAX / size ? SIZE_MAX : count * size);
	return p;
}

void *
mem_resize(void *old, size_t count, size_t size)
{
	size_t bytes;
	void *p;

	BUG_ON(count == 0 || size == 0);
	if (MUL_OVERFLOWS(count, size, &bytes))
		bug_out_of_memory(SIZE_MAX);
	p = realloc(old, bytes);
	if (p == NULL)
		bug_out_of_memory(bytes);
	return p;
}

char *
mem_strdup(const char *text)
{
	size_t size = strlen(text) + 1;

	return memcpy(mem_new(size), text, size);
}

void
mem_free(void *p)
{
	free(p);
}

void
mem_wipe(void *p, size_t size)
{
	explicit_bzero(p, size);
}
