/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef CLEANUP_CHECKS_H
#define CLEANUP_CHECKS_H

#include "cleanup/verdict.h"
#include "lib/config/config.h"
#include "lib/table/table.h"

/* header_checks and its kin: tables that are asked for each header field and each line of the body. */
enum check_table {
	CHECKS_HEADER,
	CHECKS_MIME,   /* MIME fields, wherever they stand */
	CHECKS_NESTED, /* fields of attached messages */
	CHECKS_BODY,
	CHECKS_TABLES
};

struct checks {
	struct table_list tables[CHECKS_TABLES];
	size_t body_max; /* bytes of a part that are looked at */
	bool any;
};

/* Opens the tables, before rights are dropped. Error: with words. */
MUST_USE int checks_open(struct checks *c, const struct config *config, struct why *why);
void checks_close(struct checks *c);

/* What becomes of the field or line. */
struct check_change {
	bool remove;
	struct str replace; /* in its place; empty: it stays */
	struct str prepend; /* before it; empty: nothing */
};

struct message;

/*
 * Asks a table for a line, and does what the answer says of the
 * message; what it says of the text is in *out, borrowed until the next check. VERDICT_NONE, or how
 * the message ends.
 */
PARKS MUST_USE enum verdict check_text(
    struct message *m, enum check_table table, struct str text, struct check_change *out);

/* The same for a whole header field, whose folds become single LFs. MIME fields have a table. */
PARKS MUST_USE enum verdict check_field_text(
    struct message *m, enum check_table table, struct str field, struct check_change *out);

/* The log line of a decision over content: "ID: ACTION: CLASS CONTENT from CLIENT; from=<> …: text". */
void check_log(const struct message *m, const char *action, const char *class_, struct str content,
    struct str text);

/* A message that is refused for its form: text shows where. Logs, sets the words, and is the verdict. */
enum verdict check_mime_error(struct message *m, const char *words, struct str text);

#endif
