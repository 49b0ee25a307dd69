/* SPDX-License-Identifier: BSD-2-Clause */
#include "qmgr/name.h"

#include <string.h>

#include "lib/base/bug.h"
#include "lib/base/mem.h"

void
names_drop(struct names *n)
{
	BUG_ON(n->map.count != 0);
	map_drop(&n->map);
}

struct name *
names_take(struct names *n, struct str text)
{
	struct name *name;

	if (text.n == 0)
		return NULL;
	name = map_find(&n->map, text);
	if (name == NULL) {
		BUG_ON(text.n > UINT32_MAX);
		name = mem_new(sizeof(*name) + text.n);
		name->length = (uint32_t)text.n;
		memcpy(name->text, text.p, text.n);
		map_put(&n->map, name_str(name), name);
	}
	BUG_ON(name->uses == UINT32_MAX);
	name->uses++;
	return name;
}

void
names_give(struct names *n, struct name *name)
{
	if (name == NULL || --name->uses > 0)
		return;
	map_remove(&n->map, name_str(name));
	mem_free(name);
}
