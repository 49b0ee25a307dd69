/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef TOOLS_INDEX_QUERY_H
#define TOOLS_INDEX_QUERY_H

#include "lib/base/buf.h"
#include "lib/config/config.h"

/* The path of a hash: table by its name; NULL: it is none, which was said. */
const char *index_hash_path(const struct config *c, const char *name);

/* All of it, added. Error: -errno, ERR_TOO_LONG. */
MUST_USE int index_read_standard_input(struct buf *out);

#endif
