/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef TESTS_UNIT_RUN_IN_LOOP_H
#define TESTS_UNIT_RUN_IN_LOOP_H

#include <errno.h>

#include "tests/unit/test.h"

#include "lib/base/err.h"
#include "lib/run/run.h"
#include "lib/run/task.h"

/* Runs fn as the first task of a loop of its own; answers what run_main() does. */
static inline int
in_loop(const struct run_options *o, void (*fn)(void *), void *arg)
{
	int result;

	assert_int_equal(run_init(o), 0);
	result = run_main(fn, arg);
	run_drop();
	return result;
}

static inline void
in_sim(uint64_t seed, void (*fn)(void *), void *arg)
{
	assert_int_equal(
	    in_loop(&(struct run_options){ .simulated = true, .seed = seed }, fn, arg), 0);
}

static inline void
in_real(void (*fn)(void *), void *arg)
{
	assert_int_equal(in_loop(&(struct run_options){ .simulated = false }, fn, arg), 0);
}

/* On both loops. */
static inline void
in_both(void (*fn)(void *), void *arg)
{
	in_sim(0, fn, arg);
	in_real(fn, arg);
}

#endif
