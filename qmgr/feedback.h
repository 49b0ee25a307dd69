/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef QMGR_FEEDBACK_H
#define QMGR_FEEDBACK_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/base/str.h"

/*
 * How many deliveries to a destination run at once: a window that grows by what goes well and
 * shrinks by what fails (SCHEDULER_README). Pure.
 */
struct feedback {
	double amount;
	enum feedback_per {
		FEEDBACK_PLAIN,
		FEEDBACK_PER_CONCURRENCY, /* amount / window */
	} per;
};

/*
 * "1", "1/5", "1/concurrency"; numbers with up to 6 decimals, blanks around the
 * slash. The amount is at most 1. Error: ERR_SYNTAX, ERR_RANGE.
 */
MUST_USE int feedback_parse(struct str text, struct feedback *out);

struct window {
	uint32_t size;
	double credit;  /* below 1: on its way to a larger or smaller window */
	double cohorts; /* rounds of the whole window that failed in a row */
};

void window_init(struct window *w, uint32_t initial, uint32_t most); /* most, 0: no limit */

/* in_flight: including the delivery that has just gone well. */
void window_grow(struct window *w, const struct feedback *f, uint32_t in_flight, uint32_t most);
/* True: so many rounds have failed in a row (cohorts_most; 0: never). */
bool window_shrink(struct window *w, const struct feedback *f, uint32_t cohorts_most);

#endif
