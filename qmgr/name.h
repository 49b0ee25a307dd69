/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef QMGR_NAME_H
#define QMGR_NAME_H

#include <stdint.h>

#include "lib/base/map.h"

/*
 * Texts that many things share, held once and counted: domains of a million recipients, the words
 * of a failure that hit a thousand messages.
 *
 *	r->domain = names_take(&names, domain);
 *	...
 *	names_give(&names, r->domain);
 */
struct name {
	uint32_t uses;
	uint32_t length;
	char text[];
};

struct names {
	struct map map;
};

#define NAMES_INIT              \
	{                       \
		.map = MAP_INIT \
	}

void names_drop(struct names *n); /* nobody uses one any more */

/* One use more; NULL for an empty text. */
MUST_USE struct name *names_take(struct names *n, struct str text);
void names_give(struct names *n, struct name *name); /* NULL is fine */

static inline struct str
name_str(const struct name *name) /* borrows from name */
{
	return name != NULL ? str_make(name->text, name->length) : STR_NONE;
}

#endif
