/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef LIB_CONFIG_ITEM_H
#define LIB_CONFIG_ITEM_H

#include <stdbool.h>

#include "lib/base/str.h"
#include "lib/base/why.h"

#define ITEM_BLANKS " \t\r\n"
#define ITEM_COMMAS ", \t\r\n" /* what separates the items of most lists */

/*
 * Takes the next item off *rest: bytes up to one of `separators`, which do not count between
 * { and }. Braces stay. 1; 0: no item is left; ERR_SYNTAX: a brace is missing.
 *
 *	while ((n = item_next(&rest, ITEM_COMMAS, &item, &why)) > 0) ...
 */
MUST_USE int item_next(struct str *rest, const char *separators, struct str *item, struct why *why);

/*
 * "{ text }" becomes "text", without blanks at its ends; anything else stays as it is. Error:
 * ERR_SYNTAX when something follows the closing brace.
 */
MUST_USE int item_strip_braces(struct str *item, struct why *why);

/* "name = value": blanks around both are left out; the value may be empty. Error: ERR_SYNTAX. */
MUST_USE int item_split_name(struct str text, struct str *name, struct str *value, struct why *why);

#endif
