/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef LIB_RUN_LOOP_H
#define LIB_RUN_LOOP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/run/run.h"
#include "lib/run/watch.h"

/*
 * What the runtime asks of a loop. Deadlines are the runtime's: a loop knows descriptors, the
 * clock, and how to sleep. It reports edges with watch_edge(), only from within poll().
 */
struct loop {
	MUST_USE int (*open)(const struct run_options *o);
	void (*close)(void);

	MUST_USE int (*watch)(struct watch *w);
	void (*unwatch)(struct watch *w);
	/* Reports edges of output too, beginning with one if there is room now. NULL: always does. */
	MUST_USE int (*watch_output)(struct watch *w);

	int64_t (*now)(void);
	int64_t (*wall)(void);

	/*
	 * Waits until something happened, at most until the deadline; one that has passed looks
	 * and does not wait. -EDEADLK: nothing can ever happen any more.
	 */
	MUST_USE int (*poll)(int64_t until);

	/* Which of `count` runnable tasks goes next; 0 is the longest runnable. NULL: always 0. */
	size_t (*choose)(size_t count);

	bool real; /* time passes by itself: jobs run beside it, idle memory is given back */
};

extern const struct loop loop_event, loop_sim;

/* From a loop: these edges came. */
void watch_edge(struct watch *w, bool in, bool out);

#endif
