/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef LIB_BASE_LIST_H
#define LIB_BASE_LIST_H

#include <stdbool.h>

#include "lib/base/compiler.h"

/*
 * A doubly linked ring through links that live inside the things listed. The head is a link of its
 * own. A link that is in no list points to itself, so list_remove() may be called twice.
 *
 *	LIST_EACH (it, &group->tasks) {
 *		struct task *t = CONTAINER_OF(it, struct task, in_group);
 *	}
 */
struct list {
	struct list *next, *prev;
};

static inline void
list_init(struct list *l)
{
	l->next = l->prev = l;
}

static inline bool
list_is_empty(const struct list *head)
{
	return head->next == head;
}

static inline void
list_insert(struct list *before, struct list *item)
{
	item->prev = before->prev;
	item->next = before;
	before->prev->next = item;
	before->prev = item;
}

static inline void
list_append(struct list *head, struct list *item)
{
	list_insert(head, item);
}

static inline void
list_prepend(struct list *head, struct list *item)
{
	list_insert(head->next, item);
}

static inline void
list_remove(struct list *item)
{
	item->prev->next = item->next;
	item->next->prev = item->prev;
	list_init(item);
}

/* The first link, removed from the list; NULL when the list is empty. */
static inline struct list *
list_take_first(struct list *head)
{
	struct list *item = head->next;

	if (item == head)
		return NULL;
	list_remove(item);
	return item;
}

#define LIST_EACH(it, head) for (struct list *it = (head)->next; it != (head); it = it->next)

/* The body may remove `it` from the list. */
#define LIST_EACH_SAFE(it, head)                                                                   \
	for (struct list *it = (head)->next, *it##_next = it->next; it != (head);                  \
	     it = it##_next, it##_next = it->next)

#endif
