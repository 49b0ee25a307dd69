/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A list of chunks, newest first; a piece is cut from the newest. Chunks double from 512 bytes to
 * 32 KiB, so that an idle session pays little and a large transaction allocates rarely; a piece
 * larger than that gets a chunk of its own.
 */
#include "lib/base/arena.h"

#include <stdarg.h>
#include <stdio.h>

#include "lib/base/bug.h"
#include "lib/base/mem.h"

#define CHUNK_FIRST ((size_t)512)
#define CHUNK_MAX   ((size_t)32768)

struct arena_chunk {
	struct arena_chunk *next;
	size_t room;
	size_t used;
	size_t padding; /* keeps bytes[] aligned for any type */
	char bytes[];
};

void
arena_init(struct arena *a, size_t cap)
{
	*a = (struct arena)ARENA_INIT(cap);
}

void
arena_drop(struct arena *a)
{
	struct arena_chunk *chunk = a->chunk, *next;

	for (; chunk != NULL; chunk = next) {
		next = chunk->next;
		mem_free(chunk);
	}
	arena_init(a, a->cap);
}

static void
add_chunk(struct arena *a, size_t size)
{
	size_t room = a->chunk == NULL ? CHUNK_FIRST : a->chunk->room * 2;
	struct arena_chunk *chunk;

	if (room > CHUNK_MAX)
		room = CHUNK_MAX;
	if (room < size)
		room = size;
	chunk = mem_new(sizeof(*chunk) + room);
	chunk->room = room;
	chunk->next = a->chunk;
	a->chunk = chunk;
}

void *
arena_try(struct arena *a, size_t size)
{
	const size_t align = _Alignof(max_align_t);
	void *piece;

	if (size > a->cap)
		return NULL;
	if (ADD_OVERFLOWS(size, align - 1, &size))
		return NULL;
	size = size / align * align;
	if (size > a->cap - a->used)
		return NULL;
	if (a->chunk == NULL || size > a->chunk->room - a->chunk->used)
		add_chunk(a, size);
	piece = a->chunk->bytes + a->chunk->used;
	a->chunk->used += size;
	a->used += size;
	return piece;
}

void *
arena_new(struct arena *a, size_t size)
{
	void *piece = arena_try(a, size);

	BUG_ON(piece == NULL);
	return piece;
}

void *
arena_array(struct arena *a, size_t count, size_t size)
{
	size_t bytes;

	BUG_ON(MUL_OVERFLOWS(count, size, &bytes));
	return arena_new(a, bytes);
}

char *
arena_text(struct arena *a, struct str s)
{
	char *copy = arena_new(a, s.n + 1);

	if (s.n != 0)
		memcpy(copy, s.p, s.n);
	return copy;
}

struct str
arena_str(struct arena *a, struct str s)
{
	return str_make(arena_text(a, s), s.n);
}

char *
arena_printf(struct arena *a, const char *format, ...)
{
	va_list ap;
	char *text;
	int n;

	va_start(ap, format);
	n = vsnprintf(NULL, 0, format, ap);
	va_end(ap);
	BUG_ON(n < 0);
	text = arena_new(a, (size_t)n + 1);
	va_start(ap, format);
	vsnprintf(text, (size_t)n + 1, format, ap);
	va_end(ap);
	return text;
}
