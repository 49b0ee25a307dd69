/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef LIB_ACCESS_TRAIL_H
#define LIB_ACCESS_TRAIL_H

#include "lib/base/arena.h"

/*
 * The steps of a decision, in their order, for those who ask how it came about: each look-up, and what
 * each restriction answered. At most TRAIL_STEPS_MAX are kept.
 */
#define TRAIL_STEPS_MAX ((size_t)1000)

struct access_step {
	const char *list;  /* "smtpd_recipient_restrictions", or the name of a class or table */
	unsigned position; /* of the restriction in it, from 1 */
	unsigned depth;    /* 1: a list of main.cf; more: what it has led to */
	const char *rule;  /* "check_client_access hash:/etc/access" */
	const char *table; /* of a look-up; NULL: what the restriction answered */
	const char *key;
	const char *answer; /* what stands in the table, "not found"; or "permit", "refuse: …" */
};

struct access_trail {
	struct arena arena;
	struct access_step *steps;
	size_t count;
	bool is_cut; /* there were more */
};

void access_trail_init(struct access_trail *t);
void access_trail_drop(struct access_trail *t);

/* Copies what step points to. t may be NULL: nobody asks. */
void access_trail_add(struct access_trail *t, const struct access_step *step);

#endif
