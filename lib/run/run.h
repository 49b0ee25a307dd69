/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef LIB_RUN_RUN_H
#define LIB_RUN_RUN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/base/compiler.h"
#include "lib/base/ticks.h"

/*
 * The runtime of a process: one thread, an event loop, and tasks on it (task.h). There are two
 * loops behind one interface (loop.h): libevent's, and a simulated one whose clock jumps to the next
 * deadline as soon as no task can run, so that an hour of waiting takes no time and the same seed
 * gives the same run.
 *
 *	run_init(&(struct run_options){ .simulated = false });
 *	run_main(serve, &service);        // returns when serve() and all that it started have ended
 *	run_drop();
 */
struct run_options {
	bool simulated;
	uint64_t seed;            /* simulated: order of tasks that become runnable together */
	int64_t wall;             /* simulated: wall time at start */
	unsigned offload_threads; /* 0: default, 4; started when first used */
	size_t stack_size;        /* 0: default, 128 KiB reserved; only touched pages cost memory */
	int64_t trim_after;       /* 0: default, 10 s: stacks of idle tasks give memory back then */
};

MUST_USE int run_init(const struct run_options *o);
void run_drop(void);

/* Runs fn(arg) as the first task, until no task is left. Error: -errno when it cannot start. */
MUST_USE int run_main(void (*fn)(void *), void *arg);

/* Monotonic and wall time of this turn of the loop: read once a turn, no system call. */
int64_t run_now(void);
int64_t run_wall(void);

static inline int64_t
run_deadline(int64_t duration)
{
	return ticks_add(run_now(), duration);
}

/* fn runs each time before the loop sleeps (flushing logs). One per process. It may not park. */
void run_before_sleep(void (*fn)(void));

#endif
