/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef QMGR_POLICY_H
#define QMGR_POLICY_H

#include <stdbool.h>
#include <stdint.h>

/*
 * When a message is tried again, and when it has been tried long enough. Times in ticks. Pure.
 */
struct policy {
	int64_t backoff_least;   /* minimal_backoff_time */
	int64_t backoff_most;    /* maximal_backoff_time */
	int64_t lifetime;        /* maximal_queue_lifetime; 0: one attempt */
	int64_t bounce_lifetime; /* bounce_queue_lifetime, of messages with a null sender */
	int64_t transport_retry; /* transport_retry_time */
	int64_t journal_age;     /* a message does not stay longer in the journal */
};

/*
 * The pause after so many attempts: it doubles from backoff_least up to backoff_most, and varies by an
 * eighth both ways, within these bounds, so that what failed together does not come back together.
 * random: any number.
 */
int64_t policy_backoff(const struct policy *p, uint32_t attempts, uint64_t random);

/* The end of a message's time; the last attempt is made then. */
int64_t policy_expiry(const struct policy *p, int64_t arrival, bool null_sender);

/* Wall time of the next attempt: by the backoff, at the expiry at the latest, but not before
 * `least`, the end of a suspension (0: none). */
int64_t policy_next(int64_t wall, int64_t backoff, int64_t expiry, int64_t least);

#endif
