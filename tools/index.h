/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef TOOLS_INDEX_H
#define TOOLS_INDEX_H

#include "lib/base/buf.h"
#include "lib/config/config.h"
#include "lib/sys/path.h"
#include "lib/table/index_file.h"
#include "lib/table/source.h"

/*
 * What postmap and postalias share: making and changing indexes, and asking tables. Trouble is shown
 * on standard error; each answers whether all went well.
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
	bool any_bytes;    /* -u: entries need not be UTF-8 */
	bool from_files;   /* -F: values name files, whose content counts */
	bool as_json;      /* -j */
	bool headers;      /* -h: standard input is a message, its header lines are keys */
	bool body;         /* -b: its body lines are */
	bool mime;         /* -m: headers of its parts are header lines, too */
	bool verbose;
};

/* name: "btree:/path", or a path for $default_database_type. */
bool index_make(const struct config *c, const struct index_options *o, const char *name);

/* Removes keys: `key`, or "-" for each line of standard input. True: any was there. */
bool index_remove(
    const struct config *c, const struct index_options *o, const char *name, const char *key);

/* Shows every entry. */
bool index_show(const struct config *c, const struct index_options *o, const char *name);

/*
 * Asks tables of any type for `key`, or "-" for each line of standard input, and shows what the
 * first has. True: any was found.
 */
bool index_query(const struct config *c, const struct index_options *o, char *const *names,
    int count, const char *key);

/* main() of postmap and postalias. */
int index_main(enum source_kind kind, int argc, char **argv);

/* --- Between the files --------------------------------------------------------------------- */

/* An index that can be made, by its name; false: it is none, which was said. */
struct index_place {
	const struct index_format *format;
	const char *path; /* of the text; borrowed from the name */
};
bool index_find_place(const struct config *c, const char *name, struct index_place *out);

/*
 * Runs act(arg) with the rights to write beside `path`: see index_rights.c. by_root: what act()
 * makes has to be given to the owner of the source. source: NULL, there is none.
 */
bool index_with_rights(const char *path, const struct file_info *source,
    bool (*act)(void *arg, bool by_root), void *arg);

/* What asks for one key: 1, 0, or could not find out. */
struct index_asker {
	PARKS int (*ask)(struct index_asker *asker, struct str key);
};

/* Asks for the parts of a message that the options name; stops where one cannot be found out. */
PARKS MUST_USE int index_ask_for_message(const struct config *c, const struct index_options *o,
    struct str text, struct index_asker *asker);

/* A value of -F: the content of the files that `names` lists, one after the other, as base64. */
MUST_USE int index_read_files(struct str names, struct buf *out, struct why *why);

#endif
