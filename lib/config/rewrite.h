/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef LIB_CONFIG_REWRITE_H
#define LIB_CONFIG_REWRITE_H

#include "lib/base/buf.h"
#include "lib/base/why.h"

/* Adds the new text of a file, made from the old one, to *out. Error, with words: nothing changes. */
typedef int rewrite_make(void *context, struct str old, struct buf *out, struct why *why);

/*
 * Gives a file of the configuration another text in such a way that readers see the old or the new one,
 * whole, whatever happens: a file beside it is written, made durable, and renamed over it. Mode, owner
 * and group stay. One at a time in a folder. Error, with words; nothing was changed.
 */
MUST_USE int rewrite_file(
    const char *path, rewrite_make *make, void *context, struct why *why);

#endif
