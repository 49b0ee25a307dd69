/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef LIB_BASE_NEAREST_H
#define LIB_BASE_NEAREST_H

#include "lib/base/str.h"

/*
 * Of many known names, the one that a misspelt one was most likely meant to be.
 *
 *	nearest_init(&n, name);
 *	for (...)
 *		nearest_see(&n, known[i]);
 *	if (n.best != NULL)             // else none is like it
 *		…
 */
struct nearest {
	struct str name;
	size_t distance;  /* of the best one; at first, of what is another word */
	const char *best; /* borrowed */
};

void nearest_init(struct nearest *n, struct str name); /* borrows name */
void nearest_see(struct nearest *n, const char *known);

#endif
