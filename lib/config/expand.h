/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef LIB_CONFIG_EXPAND_H
#define LIB_CONFIG_EXPAND_H

#include <stdbool.h>

#include "lib/base/buf.h"
#include "lib/base/str.h"
#include "lib/base/why.h"

/*
 * Puts values in place of names, in main.cf and wherever a parameter says so:
 *
 *	$name ${name} $(name)           its value; nothing where there is none
 *	${name?text} ${name?{text}}     text when the value is not empty
 *	${name:text} ${name:{text}}     text when it is
 *	${name?{text}:{text}}           one or the other; ${name?{text}:text} too
 *	${{text} == {text}?{text}:{text}}   == != < <= >= >: as numbers when both are digits only,
 *		else by bytes; <level and the like: as compatibility levels; without a choice:
 *		"true" or nothing
 *	${domain_to_ascii{text}}        a domain name in its ASCII form
 *	$$                              a dollar sign
 *
 * Each text is expanded in its turn; blanks in it count, those around ? : { } and operators do not.
 */
struct expand_source {
	/*
	 * 1: *value stands for the name, as it is (borrowed until the next call); 0: there is no
	 * such name; negative, with words: the expansion fails with it.
	 */
	int (*find)(void *context, struct str name, struct str *value, struct why *why);
	void *context;
};

#define EXPAND_DEPTH_MAX 50 /* texts within texts */

/*
 * Adds the expansion of text to *out, whose bound limits it. Error, with words: ERR_SYNTAX,
 * ERR_TOO_LONG, ERR_UNSUPPORTED, what find() answers; some of it may then have been added.
 */
MUST_USE int expand(
    struct str text, const struct expand_source *source, struct buf *out, struct why *why);

/* Calls see() with each name after a '$' in text, whichever choice would be taken. */
void expand_each_name(struct str text, void (*see)(void *context, struct str name), void *context);

/* As $name: letters, digits and '_'. */
bool expand_is_name(struct str name);

/* A level "3", "3.6", "3.6.1". Negative, zero or positive, as a is less, equal or more. */
MUST_USE int expand_compare_levels(struct str a, struct str b, int *order, struct why *why);

#endif
