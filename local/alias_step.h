/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef LOCAL_ALIAS_STEP_H
#define LOCAL_ALIAS_STEP_H

#include "local/alias.h"
#include "local/alias_value.h"

/* What alias.c and alias_user.c share: the way to the name that is being expanded. */
enum alias_step_kind {
	STEP_START,
	STEP_ALIAS,
	STEP_FORWARD, /* of the user `name` */
	STEP_INCLUDE, /* of the file `name` */
	STEP_LUSER,
};

struct alias_step {
	const struct alias_step *before;
	enum alias_step_kind kind;
	struct str name;
	struct address address; /* that led here */
	struct address owner;
	struct str value;     /* of an alias */
	struct rights rights; /* of a list or .forward file */
	enum alias_source source;
	unsigned depth;
	struct why *why;
};

/* In lower case, in the arena; "kind:" keeps what is in `seen` apart. */
struct str alias_fold(struct alias_expansion *x, const char *kind, struct str s);

/* False: it was there before. */
bool alias_note(struct alias_expansion *x, struct str key);

bool alias_is_on_the_way(const struct alias_step *s, enum alias_step_kind kind, struct str name);

/* A step of this kind behind another. Error: ERR_LOOP. */
MUST_USE int alias_step_into(struct alias_step *s, const struct alias_step *before,
    enum alias_step_kind kind, struct str name);

MUST_USE int alias_add(
    struct alias_expansion *x, const struct alias_step *s, const struct alias_result *r);

/* The text of a list, a .forward file: lines of targets. */
PARKS MUST_USE int alias_expand_lines(
    struct alias_expansion *x, const struct alias_step *s, const struct message_mailbox_text *file);

/* One line of targets. */
PARKS MUST_USE int alias_expand_value(
    struct alias_expansion *x, const struct alias_step *s, struct str value);

/* A name that is no alias. is_alias: or whose alias was followed. */
PARKS MUST_USE int alias_expand_user(struct alias_expansion *x, const struct alias_step *before,
    const struct address *a, bool is_alias, bool is_final);

/* As address_find(), for a name of this host. */
PARKS MUST_USE int alias_look_up(struct alias_expansion *x, struct table_list *tables,
    const struct address *a, struct buf *value, struct why *why);

/* A file or command. */
PARKS MUST_USE int alias_add_special(
    struct alias_expansion *x, const struct alias_step *s, const struct alias_target *t);

/* What is in the list `path`. */
PARKS MUST_USE int alias_expand_list(
    struct alias_expansion *x, const struct alias_step *before, struct str path);

#endif
