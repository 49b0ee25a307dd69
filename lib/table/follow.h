/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef LIB_TABLE_FOLLOW_H
#define LIB_TABLE_FOLLOW_H

#include "lib/table/table_type.h"

/*
 * A table that is read from a text file as a whole, and read again when the file has changed, which
 * is looked at once a second. A new text that is faulty or cannot be read is told of, and what was
 * read before still counts.
 */
struct table *follow_open(
    const struct table_type *type, const char *path, unsigned flags, struct why *why);

#endif
