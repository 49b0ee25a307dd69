/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Open addressing with linear probing over a power of two: one allocation, neighbours in one cache
 * line, 24 bytes a slot. A removed entry leaves a mark, so that nothing moves and a walk over the
 * slots stays true while entries go; marks are swept when the table is rebuilt, which only map_put()
 * does. Chains were not chosen: an allocation an entry and a cache miss a step.
 */
#include "lib/base/map.h"

#include "lib/base/bug.h"
#include "lib/base/mem.h"

#define FIRST_ROOM ((size_t)8)

/* value == NULL: free (p == NULL), or the mark of a removed entry (p == removed_mark). */
struct map_slot {
	const char *p;
	uint32_t n;
	uint32_t hash;
	void *value;
};

static const char removed_mark[1];

void
map_drop(struct map *m)
{
	mem_free(m->slots);
	*m = (struct map)MAP_INIT;
}

static struct map_slot *
find_slot(const struct map *m, struct str key, uint32_t hash)
{
	size_t mask = m->room - 1;
	struct map_slot *slot;

	for (size_t i = hash & mask;; i = (i + 1) & mask) {
		slot = &m->slots[i];
		if (slot->value == NULL && slot->p == NULL)
			return NULL;
		if (slot->value != NULL && slot->hash == hash &&
		    str_equal(str_make(slot->p, slot->n), key))
			return slot;
	}
}

static uint32_t
hash_of(const struct map *m, struct str key)
{
	return (uint32_t)hash_str(&m->secret, key);
}

void *
map_find(const struct map *m, struct str key)
{
	struct map_slot *slot = m->count != 0 ? find_slot(m, key, hash_of(m, key)) : NULL;

	return slot != NULL ? slot->value : NULL;
}

/* Into the first free slot; the key is not there yet. */
static void
insert(struct map *m, const struct map_slot *entry)
{
	size_t mask = m->room - 1;
	size_t i = entry->hash & mask;

	while (m->slots[i].p != NULL || m->slots[i].value != NULL)
		i = (i + 1) & mask;
	m->slots[i] = *entry;
	m->used++;
	m->count++;
}

/* Another table without marks, at most half full. */
static void
rebuild(struct map *m)
{
	struct map old = *m;

	if (old.slots == NULL)
		m->secret = hash_process_secret();
	m->room = FIRST_ROOM;
	while (m->room < (old.count + 1) * 2)
		m->room *= 2;
	m->slots = mem_array(m->room, sizeof(*m->slots));
	m->count = m->used = 0;
	for (size_t i = 0; i < old.room; i++) {
		if (old.slots[i].value != NULL)
			insert(m, &old.slots[i]);
	}
	mem_free(old.slots);
}

void *
map_put(struct map *m, struct str key, void *value)
{
	struct map_slot *slot;
	struct map_slot entry;
	void *old;

	BUG_ON(value == NULL || key.n > UINT32_MAX);
	if (key.p == NULL)
		key.p = "";
	if ((m->used + 1) * 4 > m->room * 3)
		rebuild(m);
	entry = (struct map_slot){ key.p, (uint32_t)key.n, hash_of(m, key), value };
	slot = find_slot(m, key, entry.hash);
	if (slot == NULL) {
		insert(m, &entry);
		return NULL;
	}
	old = slot->value;
	*slot = entry;
	return old;
}

void *
map_remove(struct map *m, struct str key)
{
	struct map_slot *slot = m->count != 0 ? find_slot(m, key, hash_of(m, key)) : NULL;
	void *value;

	if (slot == NULL)
		return NULL;
	value = slot->value;
	*slot = (struct map_slot){ .p = removed_mark };
	m->count--;
	return value;
}

bool
map_next(const struct map *m, struct map_cursor *c)
{
	const struct map_slot *slot;

	while (c->at < m->room) {
		slot = &m->slots[c->at++];
		if (slot->value == NULL)
			continue;
		c->key = str_make(slot->p, slot->n);
		c->value = slot->value;
		return true;
	}
	return false;
}
