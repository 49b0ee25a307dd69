/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef SMTPD_CLIENT_COUNT_H
#define SMTPD_CLIENT_COUNT_H

#include "smtpd/client_ledger.h"

/* What the two files of the ledger share; only they and their test include it. */
#define REPORT_EVERY TICKS_SECOND
#define ANSWER_TIME  TICKS_SECOND

/* Events are counted up and wrap; only differences are looked at. */
struct client_count {
	struct list in_untold;
	bool in_flight;
	uint32_t open; /* sessions here */
	uint32_t peak; /* the most of them since the last report */
	uint32_t came[CLIENT_EVENTS];
	/* As last reported. */
	uint32_t told_open;
	uint32_t told[CLIENT_EVENTS];
	/* As last answered: what that report had said, and the sums over all processes. */
	uint32_t confirmed_open;
	uint32_t answered[CLIENT_EVENTS];
	uint32_t elsewhere; /* sessions in other processes */
	uint32_t sums[CLIENT_EVENTS];
	size_t block_length;
	char block[];
};

struct str client_count_block(const struct client_count *k);

/* client_ledger.c */
void ledger_tell_later(struct client_ledger *l, struct client_count *k); /* with the next report */
void ledger_tell_now(struct client_ledger *l); /* the next report leaves at once */
void ledger_told(struct client_ledger *l, struct client_count *k);
void ledger_let_go(struct client_ledger *l, struct client_count *k);  /* if nobody needs it */
void ledger_give_up(struct client_ledger *l, struct client_count *k); /* if nobody can be told */

/* client_reports.c: the task, as long as the ledger is open; arg is the ledger. */
PARKS void ledger_run(void *arg);
PARKS int ledger_open_socket(void *context, struct channel *c, int64_t deadline, struct why *why);

#endif
