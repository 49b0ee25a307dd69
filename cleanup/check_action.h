/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef CLEANUP_CHECK_ACTION_H
#define CLEANUP_CHECK_ACTION_H

#include "lib/base/str.h"

/* What a table of header or body checks says: "REJECT no such thing" (header_checks(5)). Pure. */
enum check_kind {
	CHECK_UNKNOWN,
	CHECK_DUNNO,
	CHECK_BCC,
	CHECK_DISCARD,
	CHECK_FILTER,
	CHECK_HOLD,
	CHECK_IGNORE,
	CHECK_INFO,
	CHECK_PASS,
	CHECK_PREPEND,
	CHECK_REDIRECT,
	CHECK_REJECT,
	CHECK_REPLACE,
	CHECK_STRIP,
	CHECK_WARN,
};

struct check_action {
	enum check_kind kind;
	const char *word; /* for the log; NULL: not logged */
	struct str text;  /* behind the name; may be empty; borrowed */
};

struct check_action check_action_parse(struct str value);

#endif
