/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The turn of the loop: run what is runnable; flush; look for edges, sleeping until the next
 * deadline when nothing is runnable; wake whose time has come. The clock is read once a turn.
 *
 * Deadlines are kept here, not in libevent, because both loops need them, and because a wait of
 * ours then costs no heap operation in the common case (runtime.h, invariant 3).
 */
#include "lib/run/run.h"

#include <errno.h>
#include <stdio.h>

#include "lib/base/bug.h"
#include "lib/run/runtime.h"

#define STACK_SIZE      ((size_t)128 * 1024)
#define OFFLOAD_THREADS 4
#define TRIM_AFTER      (10 * TICKS_SECOND)

struct runtime runtime;

static void
read_clock(void)
{
	runtime.now = runtime.loop->now();
	runtime.wall = runtime.loop->wall();
}

int
run_init(const struct run_options *o)
{
	int result;

	BUG_ON(runtime.loop != NULL);
	runtime = (struct runtime){ .sweep = TICKS_NEVER };
	list_init(&runtime.all);
	list_init(&runtime.ready);
	list_init(&runtime.yielded);
	heap_init(&runtime.deadlines);
	group_init(&runtime.root);
	context_init_main(&runtime.main);
	runtime.offload_threads = o->offload_threads != 0 ? o->offload_threads : OFFLOAD_THREADS;
	runtime.trim_after = o->trim_after != 0 ? o->trim_after : TRIM_AFTER;
	runtime.loop = o->simulated ? &loop_sim : &loop_event;
	result = runtime.loop->open(o);
	if (result < 0) {
		runtime.loop = NULL;
		return result;
	}
	stack_cache_init(o->stack_size != 0 ? o->stack_size : STACK_SIZE);
	read_clock();
	return 0;
}

void
run_drop(void)
{
	BUG_ON(runtime.loop == NULL || runtime.running != NULL);
	offload_drop();
	task_drop_all();
	stack_cache_drop();
	heap_drop(&runtime.deadlines);
	runtime.loop->close();
	runtime.loop = NULL;
}

static void
runnable_again(struct list *from)
{
	struct list *link;

	while ((link = list_take_first(from)) != NULL)
		list_append(&runtime.ready, link);
}

static int
poll_turn(void)
{
	bool busy = !list_is_empty(&runtime.ready) || !list_is_empty(&runtime.yielded);
	int64_t until = busy ? runtime.now : ticks_min(task_next_deadline(), runtime.sweep);
	int result;

	if (offload_before_poll(until > runtime.now))
		until = runtime.now;
	result = runtime.loop->poll(until);
	read_clock();
	offload_collect();
	runnable_again(&runtime.yielded);
	task_expire();
	if (runtime.now >= runtime.sweep)
		task_sweep();
	return result;
}

static void
flush(void)
{
	if (runtime.before_sleep != NULL)
		runtime.before_sleep();
}

int
run_main(void (*fn)(void *), void *arg)
{
	int result = task_start(&runtime.root, "main", fn, arg);

	while (result == 0 && !list_is_empty(&runtime.all)) {
		task_run_ready();
		flush();
		if (!list_is_empty(&runtime.all))
			result = poll_turn();
	}
	if (result == -EDEADLK) {
		fprintf(stderr, "deadlock: no task can ever run again\n");
		task_report_all();
	}
	return result;
}

int64_t
run_now(void)
{
	return runtime.now;
}

int64_t
run_wall(void)
{
	return runtime.wall;
}

void
run_before_sleep(void (*fn)(void))
{
	runtime.before_sleep = fn;
}
