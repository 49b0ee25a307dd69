/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef LIB_BASE_HEAP_H
#define LIB_BASE_HEAP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * A binary heap over nodes that live inside the things ordered: the least key first, equal keys in
 * no promised order (the same calls give the same order). A node is in one heap at most; it must
 * leave before its memory goes.
 *
 *	struct heap_node *first = heap_first(&deadlines);
 *	if (first != NULL && heap_key(&deadlines, first) <= now)
 *		expire(CONTAINER_OF(first, struct task, in_deadlines));
 */
struct heap_node {
	uint32_t place; /* 1 + index of its entry; 0: in no heap */
};

struct heap {
	struct heap_entry {
		int64_t key; /* beside the pointer, so that sifting touches no node but the moved */
		struct heap_node *node;
	} * entries;
	uint32_t n, room;
};

#define HEAP_INIT                                  \
	{                                          \
		.entries = NULL, .n = 0, .room = 0 \
	}

void heap_init(struct heap *h);
void heap_drop(struct heap *h); /* the nodes still in it are forgotten, not touched */

void heap_insert(struct heap *h, struct heap_node *node, int64_t key);
void heap_remove(struct heap *h, struct heap_node *node);
void heap_change(struct heap *h, struct heap_node *node, int64_t key);

struct heap_node *heap_first(const struct heap *h); /* NULL: empty */
int64_t heap_key(const struct heap *h, const struct heap_node *node);

static inline bool
heap_has(const struct heap_node *node)
{
	return node->place != 0;
}

#endif
