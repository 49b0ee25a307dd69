/* SPDX-License-Identifier: BSD-2-Clause */
#include "lib/base/heap.h"

#include "lib/base/bug.h"
#include "lib/base/mem.h"

#define ROOM_FIRST 16

void
heap_init(struct heap *h)
{
	*h = (struct heap)HEAP_INIT;
}

void
heap_drop(struct heap *h)
{
	mem_free(h->entries);
	heap_init(h);
}

static void
put(struct heap *h, uint32_t i, struct heap_entry e)
{
	h->entries[i] = e;
	e.node->place = i + 1;
}

static void
sift_up(struct heap *h, uint32_t i, struct heap_entry e)
{
	while (i > 0 && e.key < h->entries[(i - 1) / 2].key) {
		put(h, i, h->entries[(i - 1) / 2]);
		i = (i - 1) / 2;
	}
	put(h, i, e);
}

static void
sift_down(struct heap *h, uint32_t i, struct heap_entry e)
{
	uint32_t child;

	while ((child = 2 * i + 1) < h->n) {
		if (child + 1 < h->n && h->entries[child + 1].key < h->entries[child].key)
			child++;
		if (e.key <= h->entries[child].key)
			break;
		put(h, i, h->entries[child]);
		i = child;
	}
	put(h, i, e);
}

/* Puts e where it belongs, beginning at the free place i. */
static void
settle(struct heap *h, uint32_t i, struct heap_entry e)
{
	if (i > 0 && e.key < h->entries[(i - 1) / 2].key)
		sift_up(h, i, e);
	else
		sift_down(h, i, e);
}

static uint32_t
index_of(const struct heap *h, const struct heap_node *node)
{
	BUG_ON(node->place == 0 || node->place > h->n);
	BUG_ON(h->entries[node->place - 1].node != node);
	return node->place - 1;
}

void
heap_insert(struct heap *h, struct heap_node *node, int64_t key)
{
	BUG_ON(node->place != 0);
	if (h->n == h->room) {
		BUG_ON(h->room > UINT32_MAX / 2);
		h->room = h->room == 0 ? ROOM_FIRST : h->room * 2;
		h->entries = mem_resize(h->entries, h->room, sizeof(*h->entries));
	}
	h->n++;
	sift_up(h, h->n - 1, (struct heap_entry){ .key = key, .node = node });
}

void
heap_remove(struct heap *h, struct heap_node *node)
{
	uint32_t i = index_of(h, node);
	struct heap_entry last = h->entries[--h->n];

	if (last.node != node)
		settle(h, i, last);
	node->place = 0;
}

void
heap_change(struct heap *h, struct heap_node *node, int64_t key)
{
	settle(h, index_of(h, node), (struct heap_entry){ .key = key, .node = node });
}

struct heap_node *
heap_first(const struct heap *h)
{
	return h->n == 0 ? NULL : h->entries[0].node;
}

int64_t
heap_key(const struct heap *h, const struct heap_node *node)
{
	return h->entries[index_of(h, node)].key;
}
