/* SPDX-License-Identifier: BSD-2-Clause */
#include "cleanup/orders.h"

static void
add(struct str **list, size_t *count, struct arena *arena, struct str text)
{
	if (*count == ORDERS_LIST_MAX)
		return;
	if (*count == 0)
		*list = ARENA_ARRAY(arena, struct str, ORDERS_LIST_MAX);
	(*list)[(*count)++] = arena_str(arena, text);
}

/* A check may say the same of each line. */
static void
set(struct str *where, struct arena *arena, struct str text)
{
	if (!str_equal(*where, text))
		*where = arena_str(arena, text);
}

void
orders_take(struct orders *o, struct arena *arena, uint32_t kind, struct str text)
{
	switch (kind) {
	case ACTION_HOLD:
		o->hold = true;
		break;
	case ACTION_DISCARD:
		o->discard = true;
		break;
	case ACTION_FILTER:
		set(&o->filter, arena, text);
		break;
	case ACTION_REDIRECT:
		set(&o->redirect, arena, text);
		break;
	case ACTION_BCC:
		add(&o->bcc, &o->bcc_count, arena, text);
		break;
	case ACTION_PREPEND:
		add(&o->prepend, &o->prepend_count, arena, text);
		break;
	default:
		break;
	}
}
