/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef LIB_ACCESS_EVALUATION_H
#define LIB_ACCESS_EVALUATION_H

#include "lib/access/rules.h"
#include "lib/mail/dsn.h"

/* What a refusal is about: "<client.example[192.0.2.1]>: Client host rejected". */
struct subject {
	struct str name;
	const char *kind; /* SUBJECT_ */
};

#define SUBJECT_CLIENT         "Client host"
#define SUBJECT_REVERSE_CLIENT "Unverified Client host"
#define SUBJECT_HELO           "Helo command"
#define SUBJECT_SENDER         "Sender address"
#define SUBJECT_RECIPIENT      "Recipient address"
#define SUBJECT_DATA           "Data command"
#define SUBJECT_END_OF_DATA    "End-of-data"
#define SUBJECT_ETRN           "Etrn command"

#define EVALUATION_DEPTH_MAX 20  /* classes and tables that lead to further restrictions */
#define CLIENT_TEXT_MAX      320 /* "name[address]" */

/*
 * A list being applied. warn_depth: the depth at which warn_if_reject stood; it holds for the next
 * restriction there, and what that leads to.
 */
struct evaluation {
	struct access *access;
	enum access_stage stage;
	struct subject subject;
	const struct restriction *default_access; /* what a bare table means; NULL: a mistake */
	unsigned depth;
	unsigned warn_depth;      /* 0: not */
	struct reply *if_refused; /* what is said instead of a lasting refusal; NULL: that */
	int64_t deadline;
	struct reply *reply; /* set with ANSWER_REFUSE */
	/* Where it stands, for the trail. */
	const struct rule_list *list;
	unsigned position;
	char client[CLIENT_TEXT_MAX];
};

static inline const struct access_facts *
facts_of(const struct evaluation *e)
{
	return &e->access->facts;
}

static inline const struct config *
config_of(const struct evaluation *e)
{
	return e->access->rules->config;
}

/* Applies a list, its restrictions about `subject` where they are about nothing more exact. */
PARKS enum answer evaluation_run(struct evaluation *e, const struct rule_list *list);

/*
 * Refuses, with the words behind the codes; or, after warn_if_reject, only says so. dsn: given the
 * class of the code.
 */
PRINTF(4, 5)
enum answer evaluation_refuse(
    struct evaluation *e, int code, const char *dsn, const char *format, ...);

/* "<x>: Client host rejected: words", x being the subject. */
enum answer evaluation_reject(struct evaluation *e, int code, const char *dsn, struct str words);

/* As evaluation_reject(), if everything else permits, or if something else refuses for good. */
enum answer evaluation_defer_if_permit(
    struct evaluation *e, int code, const char *dsn, struct str words);
enum answer evaluation_defer_if_reject(
    struct evaluation *e, int code, const char *dsn, struct str words);

/* Could not find out, about `what`: 451, whatever warn_if_reject says. words: for the warning. */
enum answer evaluation_fail(struct evaluation *e, struct str what, const char *words);
/* Could not find out whether to permit: a lasting refusal in this list becomes 451. */
enum answer evaluation_doubt(struct evaluation *e);
/* A mistake in the configuration: 451 4.3.5. */
PRINTF(2, 3) enum answer evaluation_blame(struct evaluation *e, const char *format, ...);

/* ANSWER_PERMIT, logged where that is asked for. table: where it stands; NULL: in none. */
PARKS enum answer evaluation_permit(
    struct evaluation *e, const char *action, struct subject about, const char *table);

PRINTF(3, 4)
void evaluation_note(struct evaluation *e, const char *action, const char *format, ...);
PRINTF(2, 3) void evaluation_warn(struct evaluation *e, const char *format, ...);

/* A look-up, for the trail; result as of table_find(). */
void evaluation_trace(
    struct evaluation *e, struct table *t, struct str key, int result, const char *answer);

#endif
