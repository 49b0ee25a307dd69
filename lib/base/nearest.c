/* SPDX-License-Identifier: BSD-2-Clause */
#include "lib/base/nearest.h"

#define NAME_MAX_COMPARED 100

static size_t
least(size_t a, size_t b)
{
	return a < b ? a : b;
}

/*
 * How many letters must be added, left out, replaced, or swapped with their neighbour (optimal
 * string alignment), row by row of the table of all beginnings; the two rows before are kept.
 */
static size_t
edit_distance(struct str a, struct str b)
{
	size_t rows[3][NAME_MAX_COMPARED + 1];

	for (size_t j = 0; j <= b.n; j++)
		rows[0][j] = j;
	for (size_t i = 1; i <= a.n; i++) {
		size_t *row = rows[i % 3], *above = rows[(i + 2) % 3], *before = rows[(i + 1) % 3];

		row[0] = i;
		for (size_t j = 1; j <= b.n; j++) {
			bool same = a.p[i - 1] == b.p[j - 1];

			row[j] = least(above[j - 1] + !same, least(above[j], row[j - 1]) + 1);
			if (i > 1 && j > 1 && a.p[i - 1] == b.p[j - 2] && a.p[i - 2] == b.p[j - 1])
				row[j] = least(row[j], before[j - 2] + 1);
		}
	}
	return rows[a.n % 3][b.n];
}

void
nearest_init(struct nearest *n, struct str name)
{
	/* more changes than that make another word */
	*n = (struct nearest){ .name = name, .distance = name.n / 4 + 1 };
}

void
nearest_see(struct nearest *n, const char *text)
{
	struct str known = str_of(text);
	size_t distance;

	if (n->name.n > NAME_MAX_COMPARED || known.n > NAME_MAX_COMPARED ||
	    known.n > n->name.n + n->distance || n->name.n > known.n + n->distance)
		return;
	distance = edit_distance(n->name, known);
	if (distance < n->distance || (distance == n->distance && n->best == NULL)) {
		n->distance = distance;
		n->best = text;
	}
}
