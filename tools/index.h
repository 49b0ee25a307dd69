/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef TOOLS_INDEX_H
#define TOOLS_INDEX_H

#include "lib/config/config.h"
#include "lib/table/source.h"

/*
 * What postmap and postalias share: making and changing the index of a hash: table, and
 * asking tables. Trouble is shown on standard error; each answers whether all went well.
 */
enum index_duplicate {
	DUPLICATE_WARN,    /* and keep the first */
	DUPLICATE_IGNORE,  /* keep the first */
	DUPLICATE_REPLACE, /* the last counts */
};

struct index_options {
	enum source_kind kind;
	enum index_duplicate duplicates;
	bool keep_case;    /* -f */
	bool without_nul;  /* -n */
	bool keep_rights;  /* -o: root stays root */
	bool default_mode; /* -p: 0644 rather than the mode of the source */
	bool incremental;  /* -i: entries come from standard input and are added */
	bool verbose;
};

/* name: "hash:/path", or a path for $default_database_type. */
bool index_build(const struct config *c, const struct index_options *o, const char *name);

/* Removes keys: `key`, or "-" for each line of standard input. True: any was there. */
bool index_remove(
    const struct config *c, const struct index_options *o, const char *name, const char *key);

/* Shows every entry. */
bool index_show(const struct config *c, const struct index_options *o, const char *name);

/*
 * Asks tables of any type for `key`, or "-" for each line of standard input, and shows what the
 * first has. True: any was found.
 */
PARKS bool index_query(const struct config *c, const struct index_options *o, char *const *names,
    int count, const char *key);

/* main() of postmap and postalias. */
PARKS int index_main(enum source_kind kind, int argc, char **argv);

#endif
