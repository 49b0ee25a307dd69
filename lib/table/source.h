/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef LIB_TABLE_SOURCE_H
#define LIB_TABLE_SOURCE_H

#include "lib/base/buf.h"
#include "lib/base/why.h"
#include "lib/config/logical.h"

/*
 * The text that a table is made from, for texthash:, postmap and postalias. Logical lines as in
 * main.cf; each is one entry:
 *
 *	SOURCE_MAP	key blank value; a key may have "quoted parts" that hold blanks
 *	SOURCE_ALIASES	name: value; the name may be "quoted"
 *
 *	struct source in;
 *	source_init(&in, SOURCE_MAP, text);
 *	while ((n = source_next(&in, &key, &value, &why)) != 0)
 *		…                       // n < 0: this line is no entry, why says so; go on or stop
 *	source_drop(&in);
 */
enum source_kind {
	SOURCE_MAP,
	SOURCE_ALIASES,
};

#define SOURCE_MAX ((size_t)256 * 1024 * 1024) /* of a file */

struct source {
	enum source_kind kind;
	struct logical lines;
	struct buf key; /* of an alias, without its quotes */
	int line;       /* of the entry given last */
};

void source_init(struct source *s, enum source_kind kind, struct str text); /* borrows text */
void source_drop(struct source *s);

/* 1: an entry, valid until the next call; 0: no more. Error: ERR_SYNTAX, words without the line. */
MUST_USE int source_next(struct source *s, struct str *key, struct str *value, struct why *why);

#endif
