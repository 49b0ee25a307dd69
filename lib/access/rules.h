/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef LIB_ACCESS_RULES_H
#define LIB_ACCESS_RULES_H

#include "lib/access/access.h"
#include "lib/base/map.h"
#include "lib/table/match_list.h"

/* The lists of main.cf as they are applied, for the files of this folder. */
enum access_stage {
	STAGE_CLIENT,
	STAGE_HELO,
	STAGE_SENDER,
	STAGE_RELAY,
	STAGE_RECIPIENT,
	STAGE_DATA,
	STAGE_END_OF_DATA,
	STAGE_ETRN,
	STAGE_COUNT
};

/* DUNNO, in Postfix's words, is ANSWER_NONE. */
enum answer {
	ANSWER_NONE,
	ANSWER_PERMIT,
	ANSWER_REFUSE,
};

enum rule_argument {
	ARGUMENT_NONE,
	ARGUMENT_TABLE,
	ARGUMENT_POLICY,
	ARGUMENT_DOMAIN,
	ARGUMENT_SECONDS,
};

enum restriction_flag {
	RESTRICTION_CLOSES = 1 << 0,
	RESTRICTION_LAST = 1 << 1,
	RESTRICTION_WARNS = 1 << 2,
};

struct evaluation;
struct rule;

/* A row of restriction.def. */
struct restriction {
	const char *name;
	enum rule_argument argument;
	unsigned flags;
	PARKS enum answer (*act)(struct evaluation *e, const struct rule *rule);
	const char *lacks;   /* what this release does not have for it */
	const char *instead; /* of one that is gone */
};

const struct restriction *restriction_find(struct str name); /* NULL: there is none */

struct rule_list {
	const char *name; /* of the parameter, class, or table */
	struct rule *rules;
	size_t count;
};

/* One restriction in a list. */
struct rule {
	const struct restriction *kind; /* NULL: class_, or a bare table */
	const struct rule_list *class_; /* of smtpd_restriction_classes */
	struct table *table;
	int64_t seconds;
	const char *text; /* as written, with its argument */
};

struct access_rules {
	const struct config *config;
	struct router *router;
	struct rule_list lists[STAGE_COUNT];
	struct map classes; /* name -> struct rule_list */
	struct map tables;  /* name -> struct table */
	struct match_list *logged_permits;
	bool is_delayed; /* smtpd_delay_reject */
	bool asks_for_recipients; /* those that do not exist are refused after all lists */
	bool parents;    /* "example.com" in a table is meant for what is below it, too */
	struct arena arena;
	config_report *report;
	void *context;
};

/* The restriction that a bare table in this stage's list stands for; NULL: none may stand there. */
const struct restriction *rules_default_access(enum access_stage stage);

/*
 * Reads the value of a parameter to the list that has its name, and opens its tables. has_tables: a
 * bare table may stand in it. Error: ERR_SYNTAX, with words.
 */
MUST_USE int rules_read(struct access_rules *a, struct rule_list *l, const char *text,
    bool has_tables, struct why *why);

/*
 * Reads what stands in a table in place of an action: restrictions that need no table. Memory of the
 * arena. Error: ERR_SYNTAX, with words.
 */
MUST_USE int rules_read_value(const struct access_rules *r, struct str text, const char *name,
    struct arena *arena, struct rule_list *out, struct why *why);

#endif
