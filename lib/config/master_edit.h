/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef LIB_CONFIG_MASTER_EDIT_H
#define LIB_CONFIG_MASTER_EDIT_H

#include "lib/base/buf.h"
#include "lib/config/master_cf.h"

/*
 * Changes to the text of master.cf. An entry that changes is written anew (master_format.h); all other
 * bytes, and the comments between an entry's lines, stay as they are.
 */
enum master_edit_kind {
	MASTER_EDIT_ENTRY,    /* the entry becomes `value`, a line; none matches: added at the end */
	MASTER_EDIT_REMOVE,   /* the entry goes */
	MASTER_EDIT_COMMENT,  /* the entry becomes comments */
	MASTER_EDIT_FIELD,    /* column `field` becomes `value` */
	MASTER_EDIT_OVERRIDE, /* -o `field`=`value`, in place of the old one, or behind the options */
	MASTER_EDIT_UNSET,    /* -o `field` goes */
};

struct master_edit {
	struct str name, type; /* of the entries that are meant; "*": any */
	struct str field;
	struct str value;
	bool matched; /* set: there was such an entry */
};

/* The columns by the names that they have here: service, type, private, …, command. */
const char *master_field_name(enum master_column column);
/* MASTER_COLUMNS: there is no such column. */
enum master_column master_field_find(struct str name);

/* Is it one of the entries that a pattern means? Empty and "*" are any. */
bool master_entry_matches(const struct master_entry *e, struct str name, struct str type);

/* Error, with words: ERR_SYNTAX (the new entry, or one that is to change), ERR_TOO_LONG. */
MUST_USE int master_edit_text(struct str text, enum master_edit_kind kind,
    struct master_edit *edits, size_t count, struct buf *out, struct why *why);

/* The same with a file, as rewrite_file(). */
MUST_USE int master_edit_file(const char *path, enum master_edit_kind kind,
    struct master_edit *edits, size_t count, struct why *why);

#endif
