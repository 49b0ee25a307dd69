/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef LIB_RUN_RUNTIME_H
#define LIB_RUN_RUNTIME_H

#include "lib/base/heap.h"
#include "lib/run/context.h"
#include "lib/run/loop.h"
#include "lib/run/stack.h"
#include "lib/run/task.h"

/*
 * What the files of this layer share; nobody else includes it. Invariants:
 *
 *  1. A task is in exactly one state: running (runtime.running), runnable (linked in
 *     runtime.ready or runtime.yielded), or waiting (`waits_for` is set).
 *  2. A waiting task is linked in at most one list, its condition's waiters; whoever wakes it
 *     unlinks it, sets its result, and makes it runnable, all at once: a wake-up is never lost to a
 *     timeout or a cancellation that comes between the wake-up and the task's next step.
 *  3. A waiting task with a deadline is in runtime.deadlines under that deadline or an earlier
 *     one; the heap is put right when the earlier one comes. So the common wait, which ends long
 *     before its deadline, moves nothing in the heap.
 *  4. A group's count is the number of tasks linked in it; a task leaves it as its last act.
 *  5. A cancelled task waits only for what is sure to come (`firm`): its job on a thread, the
 *     cancelled members of its group.
 */
struct task {
	struct context context;
	struct list in_all;
	struct list in_group;
	struct list in_queue; /* runnable tasks, or a condition's waiters */
	struct heap_node in_deadlines;
	int64_t deadline;      /* of the wait; TICKS_NEVER when there is none */
	const char *waits_for; /* words; NULL: does not wait */
	int result;            /* of the wait */
	bool firm;
	bool cancelled;
	bool ended;
	bool trimmed; /* since it last ran */
	int64_t last_ran;
	const char *name;
	uint64_t session; /* 0: none */
	struct group *group;
	void (*fn)(void *);
	void *arg;
	struct arena arena;
	struct stack stack; /* the task itself lies at its top */
};

struct runtime {
	const struct loop *loop; /* NULL: run_init() was not called */
	struct context main;
	struct task *running;
	struct list all;
	struct list ready;
	struct list yielded; /* runnable after the next poll */
	struct heap deadlines;
	int64_t now, wall;
	int64_t sweep; /* when stacks are trimmed next */
	int64_t trim_after;
	struct group root;
	void (*before_sleep)(void);
	unsigned offload_threads;
};

extern struct runtime runtime;

/*
 * Parks the running task, linked in `queue` where that is not NULL; `what` is for humans. Firm:
 * neither cancellation nor a deadline ends the wait.
 */
PARKS MUST_USE int task_wait(struct list *queue, int64_t deadline, const char *what);
PARKS void task_wait_firm(struct list *queue, const char *what);
PARKS void task_pass(void); /* behind all that are runnable, cancelled or not */
void task_wake(struct task *t, int result);
void cond_wake_all(struct cond *c, int result);

void task_run_ready(void);
void task_expire(void);           /* wakes whose deadline has come */
int64_t task_next_deadline(void); /* TICKS_NEVER: none */
void task_sweep(void);            /* trims the stacks of tasks that long did not run */
void task_drop_all(void);         /* forgets tasks that can never run again */
void task_report_all(void);       /* on standard error: who waits for what */

void offload_collect(void);                     /* wakes tasks whose jobs are done */
MUST_USE bool offload_before_poll(bool sleeps); /* true: jobs are done, do not sleep */
void offload_drop(void);

#endif
