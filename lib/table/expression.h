/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef LIB_TABLE_EXPRESSION_H
#define LIB_TABLE_EXPRESSION_H

#include "lib/base/buf.h"
#include "lib/table/rule_set.h"

/*
 * What regexp: and pcre: have in common: how a pattern and a result are written.
 *
 *	pattern	= delimiter expression delimiter flags
 *	result	= *(text / "$$" / group)
 *	group	= "$" 1*DIGIT / "${" 1*DIGIT "}" / "$(" 1*DIGIT ")"
 *
 * A delimiter is any visible byte that is neither letter, digit nor backslash.
 */
#define EXPRESSION_GROUPS  100                  /* 0 is the whole match */
#define EXPRESSION_KEY_MAX ((size_t)128 * 1024) /* longer keys cannot be matched: a failure */

/* Takes it off *text; both parts are borrowed. Error: ERR_SYNTAX, with words. */
MUST_USE int expression_take(
    struct str *text, struct str *expression, struct str *flags, struct why *why);

/*
 * Whether a rule whose pattern has `groups` groups may have its result. *used: 1 + the highest group
 * that the result names; 0: none. Error: ERR_SYNTAX, with words.
 */
MUST_USE int expression_check_result(
    const struct rule *r, size_t groups, size_t *used, struct why *why);

/*
 * The result for a key. spans: start and end of each group in the key, as far as the result names
 * them; SIZE_MAX: that group did not take part. Error: ERR_TOO_LONG.
 */
MUST_USE int expression_add_result(
    const struct rule *r, struct str key, const size_t *spans, struct buf *value);

#endif
