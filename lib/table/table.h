/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef LIB_TABLE_TABLE_H
#define LIB_TABLE_TABLE_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/base/buf.h"
#include "lib/base/why.h"

/*
 * A look-up table named "type:name", as in main.cf: hash:/etc/postroad/aliases,
 * inline:{a=b}, static:OK, regexp:/file, cidr:/file, texthash:/file. One file per type
 * (table_hash.c, …) behind this interface.
 *
 * “Could not find out” is never “no”: a failed look-up is negative, and its caller must treat it as
 * temporary.
 */
struct table;

enum table_flag {
	TABLE_FOLD = 1 << 0, /* keys are compared without case (most uses) */
	/*
	 * One that cannot be opened becomes a table whose every look-up fails, with the words that
	 * table_notice() also gives: a missing file makes its users wait, not the whole program. It
	 * is tried again when it is asked, at most once a second.
	 */
	TABLE_LATE = 1 << 1,
};

#define TABLE_VALUE_MAX ((size_t)1024 * 1024)

/*
 * Opens, and for text forms reads, a table; before rights are dropped. NULL: why says what is wrong
 * and where.
 */
MUST_USE struct table *table_open(const char *name, unsigned flags, struct why *why);
void table_close(struct table *t); /* NULL is fine */

/*
 * 1: found, and *value is what stands there; 0: no such key; negative: could not find out, and why
 * says the rest. *value is emptied in the last two cases.
 */
PARKS MUST_USE int table_find(
    struct table *t, struct str key, struct buf *value, int64_t deadline, struct why *why);

const char *table_name(const struct table *t); /* "hash:/etc/aliases" */

/* Something that an administrator should look at (an index older than its source); NULL: nothing. */
const char *table_notice(const struct table *t);

/* The types there are, 0, 1, …; NULL after the last. */
const char *table_type_name(size_t index);

/* Tables that match patterns get only whole keys, never parts of an address (regexp, cidr, pcre). */
bool table_is_pattern(const struct table *t);

/*
 * A list of tables, separated by commas or blanks, asked in order: the first that has the key, or
 * cannot find out, decides. An empty list has no key.
 */
struct table_list {
	struct table **tables;
	size_t count;
};
MUST_USE int table_list_open(
    struct table_list *l, const char *names, unsigned flags, struct why *why);
void table_list_close(struct table_list *l);
PARKS MUST_USE int table_list_find(
    struct table_list *l, struct str key, struct buf *value, int64_t deadline, struct why *why);
/* The key is a part of what is looked for: pattern tables are not asked. */
PARKS MUST_USE int table_list_find_part(
    struct table_list *l, struct str part, struct buf *value, int64_t deadline, struct why *why);

#endif
