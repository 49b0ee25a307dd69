/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef LOCAL_MAILBOX_PATH_H
#define LOCAL_MAILBOX_PATH_H

#include "lib/base/buf.h"
#include "lib/base/why.h"

#define MAILBOX_PATH_MAX ((size_t)4096)

/*
 * Where a mailbox is: base, '/', and what a table said, which may come from a hostile database or
 * hold a stranger's text. It must lie below base: no part may be "." or "..", and no byte a control
 * character. Without a base it must be absolute. Error: ERR_REFUSED, ERR_TOO_LONG, with words.
 */
MUST_USE int mailbox_path_make(struct buf *out, struct str base, struct str found, struct why *why);

/* A base without its final '/'; "" stays "". The caller frees it (mem_free). */
MUST_USE char *mailbox_path_base(const char *base);

/* A user or group id from a table: digits, from `least` up, never 0 or -1. Error: ERR_REFUSED. */
MUST_USE int mailbox_id_parse(struct str text, uint64_t least, uint32_t *out, struct why *why);

#endif
