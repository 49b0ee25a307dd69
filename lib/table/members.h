/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef LIB_TABLE_MEMBERS_H
#define LIB_TABLE_MEMBERS_H

#include "lib/table/table_type.h"

/* What unionmap: and pipemap: have in common: they ask other tables. */
struct members {
	struct table table; /* a pattern table when any member is one */
	struct table_list list;
};

/* rest: "{ type:name, type:name, … }". NULL: why. */
struct table *members_open(const char *rest, unsigned flags, struct why *why);
void members_close(struct table *t);

#endif
