/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef LIB_ESMTP_COMMAND_H
#define LIB_ESMTP_COMMAND_H

#include "lib/base/str.h"

enum verb {
#define VERB(name) VERB_##name,
#include "lib/esmtp/verb.def"
#undef VERB
	VERB_UNKNOWN,
	VERB_COUNT
};

/* A command line, taken apart. Borrows from the line. */
struct command {
	enum verb verb;
	struct str name;     /* the verb as it came */
	struct str argument; /* what follows, without blanks around */
};

/*
 * line: with or without its line end. Error: ERR_SYNTAX (no verb, or a control character other than
 * a tab, NUL included).
 */
MUST_USE int command_parse(struct str line, struct command *out);

/* "MAIL"; "UNKNOWN" for VERB_UNKNOWN. */
const char *verb_name(enum verb v);

/* The line without its CRLF or LF. */
struct str command_chomp(struct str line);

#endif
