/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef LIB_TABLE_TABLE_TYPE_H
#define LIB_TABLE_TABLE_TYPE_H

#include "lib/table/table.h"

/*
 * What a type of table provides, for table.c. Each type has a struct of its own that begins with
 * `struct table`; open() makes it, table.c fills in the rest.
 */
struct table_type {
	const char *name; /* before the colon */
	bool is_pattern;
	bool is_exact; /* keys are always compared as they stand, whatever the flags say */
	/* rest: what follows the colon. NULL: why. */
	struct table *(*open)(const char *rest, unsigned flags, struct why *why);
	/* key: folded already where that was asked for. The value is empty when this is called. */
	PARKS int (*find)(
	    struct table *t, struct str key, struct buf *value, int64_t deadline, struct why *why);
	void (*close)(struct table *t);
};

struct table {
	const struct table_type *type;
	char *name; /* "type:rest" */
	unsigned flags;
	struct why notice; /* empty: none */
	/* One that could not be opened yet (TABLE_LATE); monotonic time of the next try. */
	bool is_broken;
	int64_t next_try;
	struct table *real; /* what was opened later */
};

extern const struct table_type table_type_cidr;
extern const struct table_type table_type_fail;
extern const struct table_type table_type_hash;
extern const struct table_type table_type_inline;
extern const struct table_type table_type_regexp;
extern const struct table_type table_type_static;
extern const struct table_type table_type_texthash;
extern const struct table_type table_type_unix;

/* A table whose every look-up fails with the words of `notice`. */
struct table *table_broken_new(const struct why *notice);

/* Adds `key` in lower case (ASCII). */
void table_add_folded(struct buf *out, struct str key);

#endif
