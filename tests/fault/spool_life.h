/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef TESTS_FAULT_SPOOL_LIFE_H
#define TESTS_FAULT_SPOOL_LIFE_H

#include "tests/unit/spool/spool_test.h"

/*
 * A short life of some messages, from commit to removal, in a spool in memory, and the ledger of what
 * was promised in it, which outlives the process that is killed. Afterwards recovery must find what
 * was promised: S1 to S4, S14, S15, S17, S19, S22, S23. The order of things is the simulated loop's:
 * the n-th call, or point, of a life is the same moment each time.
 */
#define MESSAGES_MAX 64

enum promise {
	PROMISE_NONE, /* 0 was not answered yet: there or not */
	PROMISE_KEPT, /* answered 0: must be there */
	PROMISE_NOT,  /* answered a failure: must not be there, unless more than one thing failed */
	PROMISE_MAYBE, /* was being removed */
	PROMISE_GONE,  /* was removed: must not be there, unless the power failed */
	PROMISE_OVER,  /* and journal_sync() came after it: not even then */
};

struct ledger {
	unsigned count;
	struct {
		struct queue_id id;
		enum promise promise;
		size_t size;
	} messages[MESSAGES_MAX];
};

extern struct ledger *ledger;

void ledger_open(void); /* once, before the tests */

/* An empty spool, which becomes the current folder, and an empty ledger. */
void enter_spool(void);
void leave_spool(void);
const char *spool_path(void);

/* First tasks of a loop: what cleanup does; what qmgr does with what it finds; both. */
void commit_task(void *arg);
void work_task(void *arg);
void life_task(void *arg);

/* What a fault may have undone. */
enum excuse {
	EXCUSE_NONE,
	EXCUSE_FAILURES, /* several calls failed: what was refused may be there */
	EXCUSE_POWER,    /* what was done since the last sync may be undone */
};

/* Takes stock, twice, and compares with the ledger. rules and n are for the words of a failure. */
void check_spool(const char *rules, unsigned n, enum excuse excuse);

#endif
