/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef LIB_RUN_TASK_H
#define LIB_RUN_TASK_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/base/arena.h"
#include "lib/base/compiler.h"
#include "lib/base/list.h"

/*
 * A task is a function with a stack of its own that can stop in the middle (park) and go on later.
 * Only one runs at a time; a switch happens only inside a call marked PARKS. Each such call takes an
 * absolute deadline and answers 0 or more, ERR_TIMEOUT, or ERR_CANCELLED. Once a task is cancelled,
 * each wait in it answers ERR_CANCELLED at once: it unwinds by ordinary returns.
 *
 * Tasks are born in a group. A group does not end before its members: group_wait() waits for them,
 * group_cancel() asks them to end, group_end() does both and works in a cancelled task, too. Who owns
 * a group calls group_end() before its memory goes, or has seen group_wait() answer 0.
 *
 *	struct group sessions;
 *	group_init(&sessions);
 *	task_start(&sessions, "session", serve, conn);
 *	...
 *	group_end(&sessions);
 */
struct task;

/* Tasks wait on it, others wake them. Starts with cond_init(); needs no drop. */
struct cond {
	struct list waiters;
};

void cond_init(struct cond *c);
PARKS MUST_USE int cond_wait(struct cond *c, int64_t deadline);
void cond_signal(struct cond *c);    /* wakes the longest waiting task, if any */
void cond_broadcast(struct cond *c); /* wakes all that wait now */

struct group {
	struct list tasks;
	struct cond ended;
	size_t count;
	bool cancelled; /* later members are born cancelled */
};

void group_init(struct group *g);
PARKS MUST_USE int group_wait(struct group *g, int64_t deadline); /* 0: no member is left */
void group_cancel(struct group *g);
PARKS void group_end(struct group *g); /* cancels the members and waits until all have ended */

/*
 * Starts fn(arg) as a new task; it first runs when the caller parks. `name` is for debuggers and is
 * kept by pointer. Error: -ENOMEM (no stack to be had; the caller refuses its work).
 */
MUST_USE int task_start(struct group *g, const char *name, void (*fn)(void *), void *arg);

struct task *task_self(void); /* NULL outside of tasks */
bool task_is_cancelled(void);

/*
 * A number for what the running task does, and the tasks that it starts from now on: log lines of
 * one session have one number. 0: none was begun.
 */
void task_begin_session(void);
uint64_t task_session(void);

/* The running task's arena: dies with the task. Cap: 16 MiB. */
struct arena *task_arena(void);

PARKS MUST_USE int task_sleep(int64_t deadline); /* 0 when the deadline has come */
PARKS MUST_USE int task_yield(void);             /* lets every other runnable task go first */

/* Bytes of the running task's stack ever touched, to the page; walks the stack, for tests. */
size_t task_stack_watermark(void);

#endif
