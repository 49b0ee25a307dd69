/* SPDX-License-Identifier: BSD-2-Clause */
#include "qmgr/notes.h"

#include <stdbool.h>
#include <string.h>

#include "lib/base/arena.h"
#include "lib/base/mem.h"
#include "lib/ipc/message.h"

/* The results of the largest message with the longest texts stay below. */
#define ARENA_CAP ((size_t)256 * 1024 * 1024)

#define DSN_MAX   16
#define TEXT_MAX  1024
#define RELAY_MAX 256

struct notes {
	struct arena arena;
	struct history_result *results;
	uint32_t count;
	uint32_t room;
};

/* A peer's words never hold what could be taken for something else on disk. RFC 5321, 4.5.3.1.5 */
static struct str
clean(struct arena *arena, struct str text, size_t max)
{
	char *copy = arena_text(arena, str_part(text, 0, max));
	size_t n = text.n < max ? text.n : max;

	for (size_t i = 0; i < n; i++) {
		if ((unsigned char)copy[i] < 0x20 || copy[i] == 0x7f)
			copy[i] = ' ';
	}
	return str_make(copy, n);
}

void
notes_add(struct notes **n, const struct history_result *result)
{
	struct notes *notes = *n;
	struct history_result *copy;

	if (notes == NULL) {
		notes = *n = NEW(struct notes);
		arena_init(&notes->arena, ARENA_CAP);
	}
	if (notes->count == notes->room) {
		notes->room = notes->room == 0 ? 1 : notes->room * 2;
		notes->results = mem_resize(notes->results, notes->room, sizeof(*copy));
	}
	copy = &notes->results[notes->count++];
	*copy = *result;
	copy->dsn = clean(&notes->arena, result->dsn, DSN_MAX);
	copy->text = clean(&notes->arena, result->text, TEXT_MAX);
	copy->relay = clean(&notes->arena, result->relay, RELAY_MAX);
}

void
notes_free(struct notes *n)
{
	if (n == NULL)
		return;
	arena_drop(&n->arena);
	mem_free(n->results);
	mem_free(n);
}

void
notes_list(const struct notes *n, struct history *out)
{
	out->results = n != NULL ? n->results : NULL;
	out->results_count = n != NULL ? n->count : 0;
}

bool
notes_are_final(const struct notes *n)
{
	for (uint32_t i = 0; n != NULL && i < n->count; i++) {
		if (n->results[i].status != OUTCOME_DEFERRED)
			return true;
	}
	return false;
}

/* at[index]: 1 + the place of the result about that recipient. */
static uint32_t *
places(const struct notes *n, const struct notes *also, uint32_t *size)
{
	uint32_t *at;

	*size = 0;
	for (uint32_t i = 0; i < n->count; i++)
		*size = n->results[i].index >= *size ? n->results[i].index + 1 : *size;
	for (uint32_t i = 0; i < also->count; i++)
		*size = also->results[i].index >= *size ? also->results[i].index + 1 : *size;
	at = mem_array(*size, sizeof(*at));
	for (uint32_t i = 0; i < n->count; i++)
		at[n->results[i].index] = i + 1;
	return at;
}

/* A recipient has one result however often the disk refused to take it: notes stay bounded. */
void
notes_put_back(struct notes **n, struct notes *older)
{
	struct notes *newer = *n;
	uint32_t size, *at;

	if (older == NULL)
		return;
	*n = older;
	if (newer == NULL)
		return;
	at = places(older, newer, &size);
	for (uint32_t i = 0; i < newer->count; i++) {
		uint32_t place = at[newer->results[i].index];

		notes_add(&older, &newer->results[i]);
		if (place != 0)
			older->results[place - 1] = older->results[--older->count];
	}
	mem_free(at);
	notes_free(newer);
}
