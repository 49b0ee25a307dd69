/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef LIB_ESMTP_PATH_H
#define LIB_ESMTP_PATH_H

#include "lib/mail/address.h"

/*
 * Takes a Reverse-path or Forward-path off *rest, which then begins behind it: empty, or with a
 * blank. A source route is read and dropped (RFC 5321, appendix C). "<>" is the null address, which
 * the caller allows or not. Unless strict, blanks before the path, and a path without its angle
 * brackets, are taken. Error: ERR_SYNTAX (no path), ERR_RANGE (a path, but no valid address in it),
 * ERR_TOO_LONG (address beyond its bounds).
 */
MUST_USE int path_parse(struct str *rest, bool strict, struct arena *arena, struct address *out);

#endif
