/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef MASTER_DECIDE_H
#define MASTER_DECIDE_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/base/ticks.h"

/*
 * What is to be done for a service, from what is known of its processes. Pure.
 */
struct situation {
	uint32_t workers; /* processes it may have */
	bool resident;    /* has one at all times */
	bool leaving;
	bool demand;      /* a client waits that no process takes */
	uint32_t current; /* processes of this generation that are not draining */
	uint32_t free;    /* of them those with room: starting ones, too */
	uint32_t older;   /* of older generations, not draining */
	int64_t now;
	int64_t not_before; /* after a failure */
};

enum decision {
	DECIDE_REST,  /* nothing, until something changes */
	DECIDE_WAIT,  /* nothing, until not_before */
	DECIDE_WATCH, /* a process is started when a client comes */
	DECIDE_START, /* a process is started now */
};

enum decision decide(const struct situation *s);

/*
 * Whether a network service is overloaded: all its processes are there, and full. Once it was, it
 * counts as overloaded until it was not for STRESS_LINGER, so that it does not change all the time.
 */
struct load {
	uint32_t workers;
	uint32_t full; /* processes of this generation that take no further client */
	bool stressed;
	int64_t calm_since; /* loop time; TICKS_NEVER: not calm */
	int64_t now;
};

bool decide_stress(const struct load *l);

#define STRESS_LINGER (10 * TICKS_SECOND)

/*
 * How long a service is left alone after its `failed`-th bad end in a row (1: the first); ticks.
 * was_ready: the process had become ready to serve. throttle: $service_throttle_time.
 */
int64_t decide_pause(unsigned failed, bool was_ready, int64_t throttle);

#endif
