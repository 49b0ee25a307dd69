/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef LIB_TABLE_RULE_SET_H
#define LIB_TABLE_RULE_SET_H

#include "lib/base/arena.h"
#include "lib/base/why.h"

/*
 * An ordered list of rules, as regexp:, cidr: and later pcre: have it: the first whose pattern
 * matches gives the result.
 *
 *	rules	= *(rule / block)
 *	rule	= ["!"] pattern blanks result
 *	block	= "if" blanks ["!"] pattern  rules  "endif"
 *
 * Read from a file, in logical lines as in main.cf, or from within main.cf: { { rule }, { rule } }.
 * What a pattern is, the type says.
 */
struct rule {
	void *pattern;
	struct str result; /* in the set's arena, with a final NUL */
	size_t end;        /* of an "if": the rule after its "endif"; else 0 */
	bool is_if;
	bool negated;
};

struct rule_set;

struct rule_type {
	/* Takes a pattern off the start of *text, and makes one in the arena. Error: with words. */
	int (*take_pattern)(struct arena *a, struct str *text, void **pattern, struct why *why);
	/* Whether this rule may have this result; may be NULL. Error: with words. */
	int (*check_result)(const struct rule *r, struct why *why);
	/* 1, 0, or a failure. subject: what rule_set_find() was given. */
	int (*match)(const struct rule *r, void *subject);
	void (*drop_pattern)(void *pattern); /* what is not in the arena; may be NULL */
};

struct rule_set {
	const struct rule_type *type;
	struct rule *rules;
	size_t count;
	struct arena arena;
};

/* rest: a file's path, or { { rule }, … }. Error: with words, and the line. */
MUST_USE int rule_set_load(
    struct rule_set *s, const struct rule_type *type, const char *rest, struct why *why);
void rule_set_drop(struct rule_set *s);

/* 1: *found is the first rule that matches; 0: none does; or a failure of match(). */
MUST_USE int rule_set_find(const struct rule_set *s, void *subject, const struct rule **found);

#endif
