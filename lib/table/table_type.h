/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef LIB_TABLE_TABLE_TYPE_H
#define LIB_TABLE_TABLE_TYPE_H

#include "lib/table/table.h"
#include "lib/table/turn.h"

/*
 * What a type of table provides, for table.c. Each type has a struct of its own that begins with
 * `struct table`; open() makes it, table.c fills in the rest: the name, the flags.
 */
struct table_type {
	const char *name; /* before the colon */
	bool is_pattern;
	bool is_text;  /* rest is a file that is read as a whole, unless it begins with a brace */
	bool is_exact; /* keys are always compared as they stand, whatever the flags say */
	bool needs_no_rest; /* nothing has to follow the colon */
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
	bool is_pattern;   /* as its type; of one that asks others: one of them is */
	struct why notice; /* empty: none */
	/* One that could not be opened yet (TABLE_LATE), and when to try again. */
	bool is_broken;
	struct turn turn;
	struct table *real; /* what was opened later */
	unsigned users;     /* of a reading; follow.h */
};

extern const struct table_type table_type_btree;
extern const struct table_type table_type_cidr;
extern const struct table_type table_type_debug;
extern const struct table_type table_type_environ;
extern const struct table_type table_type_fail;
extern const struct table_type table_type_hash;
extern const struct table_type table_type_inline;
extern const struct table_type table_type_pcre;
extern const struct table_type table_type_pipemap;
extern const struct table_type table_type_proxy;
extern const struct table_type table_type_randmap;
extern const struct table_type table_type_regexp;
extern const struct table_type table_type_socketmap;
extern const struct table_type table_type_static;
extern const struct table_type table_type_tcp;
extern const struct table_type table_type_texthash;
extern const struct table_type table_type_unionmap;
extern const struct table_type table_type_unix;
#ifdef HAVE_CDB
extern const struct table_type table_type_cdb;
#endif
#ifdef HAVE_LMDB
extern const struct table_type table_type_lmdb;
#endif

/* A table whose every look-up fails with the words of `notice`. */
struct table *table_broken_new(const struct why *notice);

/* Adds `key` in lower case (ASCII). */
void table_add_folded(struct buf *out, struct str key);

#endif
