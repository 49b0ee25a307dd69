/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Tasks, their groups and conditions. Every switch goes through the loop's own context: a park is
 * one switch there, a resume one back. Going straight to the next task would save one of the two
 * (some nanoseconds) and make every stack a place where the scheduler may stand.
 *
 * The task structure lies at the top of its stack, on the page that the first frames touch anyway.
 *
 * What a task waits on, how it is woken, and what deadlines cost: the invariants in runtime.h.
 */
#include "lib/run/runtime.h"

#include <stdio.h>

#include "lib/base/bug.h"
#include "lib/base/err.h"
#include "lib/sys/memory.h"

#define ARENA_CAP     ((size_t)16 * 1024 * 1024)
#define TURN_SWITCHES 256 /* the loop looks at descriptors at least this often */
#define CHOICE_MAX    64
#define SWEEP_PAUSE   (100 * TICKS_MS)
#define SWEEP_TRIMS   256 /* system calls in one turn */

static void
park(struct task *t)
{
	BUG_ON(t != runtime.running);
	context_switch(&t->context, &runtime.main);
}

/* --- Waiting ------------------------------------------------------------------------------- */

static void
set_deadline(struct task *t, int64_t deadline)
{
	t->deadline = deadline;
	if (deadline == TICKS_NEVER)
		return;
	if (!heap_has(&t->in_deadlines))
		heap_insert(&runtime.deadlines, &t->in_deadlines, deadline);
	else if (deadline < heap_key(&runtime.deadlines, &t->in_deadlines))
		heap_change(&runtime.deadlines, &t->in_deadlines, deadline);
}

PARKS static int
wait_parked(struct task *t, struct list *queue, int64_t deadline, const char *what)
{
	t->waits_for = what;
	set_deadline(t, deadline);
	if (queue != NULL)
		list_append(queue, &t->in_queue);
	park(t);
	return t->result;
}

int
task_wait(struct list *queue, int64_t deadline, const char *what)
{
	struct task *t = runtime.running;

	BUG_ON(t == NULL);
	if (t->cancelled)
		return ERR_CANCELLED;
	if (deadline <= runtime.now)
		return ERR_TIMEOUT;
	return wait_parked(t, queue, deadline, what);
}

void
task_wait_firm(struct list *queue, const char *what)
{
	struct task *t = runtime.running;

	BUG_ON(t == NULL);
	t->firm = true;
	wait_parked(t, queue, TICKS_NEVER, what);
	t->firm = false;
}

void
task_wake(struct task *t, int result)
{
	BUG_ON(t->waits_for == NULL);
	t->waits_for = NULL;
	t->deadline = TICKS_NEVER;
	t->result = result;
	list_remove(&t->in_queue);
	list_append(&runtime.ready, &t->in_queue);
}

void
cond_init(struct cond *c)
{
	list_init(&c->waiters);
}

int
cond_wait(struct cond *c, int64_t deadline)
{
	return task_wait(&c->waiters, deadline, "a condition");
}

void
cond_signal(struct cond *c)
{
	if (!list_is_empty(&c->waiters))
		task_wake(CONTAINER_OF(c->waiters.next, struct task, in_queue), 0);
}

void
cond_wake_all(struct cond *c, int result)
{
	while (!list_is_empty(&c->waiters))
		task_wake(CONTAINER_OF(c->waiters.next, struct task, in_queue), result);
}

void
cond_broadcast(struct cond *c)
{
	cond_wake_all(c, 0);
}

/* The first task to expire, and its deadline; entries that stand too early are put right. */
static struct task *
next_to_expire(int64_t *deadline)
{
	struct heap_node *first;

	while ((first = heap_first(&runtime.deadlines)) != NULL) {
		struct task *t = CONTAINER_OF(first, struct task, in_deadlines);

		*deadline = heap_key(&runtime.deadlines, first);
		if (t->deadline == *deadline)
			return t;
		if (t->deadline == TICKS_NEVER)
			heap_remove(&runtime.deadlines, first);
		else
			heap_change(&runtime.deadlines, first, t->deadline);
	}
	return NULL;
}

int64_t
task_next_deadline(void)
{
	int64_t deadline;

	return next_to_expire(&deadline) != NULL ? deadline : TICKS_NEVER;
}

void
task_expire(void)
{
	struct task *t;
	int64_t deadline;

	while ((t = next_to_expire(&deadline)) != NULL && deadline <= runtime.now) {
		heap_remove(&runtime.deadlines, &t->in_deadlines);
		task_wake(t, ERR_TIMEOUT);
	}
}

/* --- Life ---------------------------------------------------------------------------------- */

static void
task_main(void *arg)
{
	struct task *t = arg;

	context_entered(&runtime.main);
	t->fn(t->arg);
	t->ended = true;
	context_leave(&t->context, &runtime.main);
}

/* A stack, with the task at its top: cache lines of its own, above the first frame. */
static struct task *
task_on(const struct stack *s)
{
	size_t size = (sizeof(struct task) + 63) / 64 * 64;

	return (struct task *)(void *)(s->base + s->size - size);
}

uint64_t
task_session(void)
{
	return runtime.running != NULL ? runtime.running->session : 0;
}

void
task_begin_session(void)
{
	static uint64_t last;

	runtime.running->session = ++last;
}

int
task_start(struct group *g, const char *name, void (*fn)(void *), void *arg)
{
	struct stack stack;
	struct task *t;
	int result = stack_take(&stack);

	if (result < 0)
		return result;
	t = task_on(&stack);
	*t = (struct task){ .name = name, .fn = fn, .arg = arg, .group = g, .stack = stack };
	t->deadline = TICKS_NEVER;
	t->session = task_session();
	t->cancelled = g->cancelled;
	arena_init(&t->arena, ARENA_CAP);
	context_init(&t->context, stack.base, (size_t)((char *)t - stack.base), task_main, t);
	list_append(&runtime.all, &t->in_all);
	list_append(&g->tasks, &t->in_group);
	list_append(&runtime.ready, &t->in_queue);
	g->count++;
	return 0;
}

static void
leave_group(struct task *t)
{
	struct group *g = t->group;

	list_remove(&t->in_group);
	g->count--;
	if (g->count == 0)
		cond_broadcast(&g->ended);
}

static void
discard(struct task *t)
{
	struct stack stack = t->stack; /* t goes with it */

	arena_drop(&t->arena);
	if (heap_has(&t->in_deadlines))
		heap_remove(&runtime.deadlines, &t->in_deadlines);
	list_remove(&t->in_all);
	list_remove(&t->in_queue);
	stack_give(&stack);
}

static void
resume(struct task *t)
{
	list_remove(&t->in_queue);
	t->last_ran = runtime.now;
	t->trimmed = false;
	runtime.running = t;
	context_switch(&runtime.main, &t->context);
	runtime.running = NULL;
	if (t->ended) {
		leave_group(t);
		discard(t);
	}
}

/* The longest runnable, or, simulated, a random one of the first few. */
static struct task *
choose(void)
{
	struct list *link = runtime.ready.next;
	size_t count = 0, steps;

	if (runtime.loop->choose != NULL) {
		LIST_EACH (it, &runtime.ready) {
			if (++count == CHOICE_MAX)
				break;
		}
		for (steps = runtime.loop->choose(count); steps > 0; steps--)
			link = link->next;
	}
	return CONTAINER_OF(link, struct task, in_queue);
}

void
task_run_ready(void)
{
	for (int i = 0; i < TURN_SWITCHES && !list_is_empty(&runtime.ready); i++)
		resume(choose());
	if (runtime.sweep == TICKS_NEVER && runtime.loop->real)
		runtime.sweep = runtime.now + runtime.trim_after;
}

/* --- Groups -------------------------------------------------------------------------------- */

void
group_init(struct group *g)
{
	*g = (struct group){ .count = 0 };
	list_init(&g->tasks);
	cond_init(&g->ended);
}

int
group_wait(struct group *g, int64_t deadline)
{
	int result;

	BUG_ON(runtime.running != NULL && runtime.running->group == g);
	while (g->count > 0) {
		result = task_wait(&g->ended.waiters, deadline, "the end of its group");
		if (result < 0)
			return result;
	}
	return 0;
}

void
group_cancel(struct group *g)
{
	g->cancelled = true;
	LIST_EACH (it, &g->tasks) {
		struct task *t = CONTAINER_OF(it, struct task, in_group);

		t->cancelled = true;
		if (t->waits_for != NULL && !t->firm)
			task_wake(t, ERR_CANCELLED);
	}
}

void
group_end(struct group *g)
{
	BUG_ON(runtime.running != NULL && runtime.running->group == g);
	group_cancel(g);
	while (g->count > 0)
		task_wait_firm(&g->ended.waiters, "the end of its cancelled group");
}

/* --- The running task ---------------------------------------------------------------------- */

struct task *
task_self(void)
{
	return runtime.running;
}

bool
task_is_cancelled(void)
{
	BUG_ON(runtime.running == NULL);
	return runtime.running->cancelled;
}

struct arena *
task_arena(void)
{
	BUG_ON(runtime.running == NULL);
	return &runtime.running->arena;
}

void
task_pass(void)
{
	BUG_ON(runtime.running == NULL);
	list_append(&runtime.yielded, &runtime.running->in_queue);
	park(runtime.running);
}

int
task_yield(void)
{
	if (task_is_cancelled())
		return ERR_CANCELLED;
	task_pass();
	return 0;
}

int
task_sleep(int64_t deadline)
{
	int result;

	if (deadline <= runtime.now)
		return task_yield();
	result = task_wait(NULL, deadline, "time to pass");
	return result == ERR_TIMEOUT ? 0 : result;
}

size_t
task_stack_watermark(void)
{
	BUG_ON(runtime.running == NULL);
	return sys_pages_resident(runtime.running->stack.base, runtime.running->stack.size);
}

/* --- All tasks ----------------------------------------------------------------------------- */

/* What lies below the frames of a parked task is of no use to anybody. */
static void
trim(struct task *t)
{
	const char *lowest = context_lowest(&t->context);

	if (lowest != NULL && lowest > t->stack.base)
		stack_trim(&t->stack, lowest);
	t->trimmed = true;
}

void
task_sweep(void)
{
	bool again = stack_cache_sweep();
	unsigned trims = 0;

	LIST_EACH (it, &runtime.all) {
		struct task *t = CONTAINER_OF(it, struct task, in_all);

		if (!t->trimmed && runtime.now - t->last_ran >= runtime.trim_after) {
			trim(t);
			if (++trims == SWEEP_TRIMS)
				break;
		}
		again = again || !t->trimmed;
	}
	if (trims == SWEEP_TRIMS)
		runtime.sweep = runtime.now + SWEEP_PAUSE;
	else
		runtime.sweep = again ? runtime.now + runtime.trim_after : TICKS_NEVER;
}

/* The lists that link these tasks may be gone, so that nothing in them is touched. */
void
task_drop_all(void)
{
	LIST_EACH_SAFE (it, &runtime.all) {
		struct task *t = CONTAINER_OF(it, struct task, in_all);
		struct stack stack = t->stack;

		arena_drop(&t->arena);
		stack_give(&stack);
	}
	list_init(&runtime.all);
}

void
task_report_all(void)
{
	LIST_EACH (it, &runtime.all) {
		const struct task *t = CONTAINER_OF(it, struct task, in_all);

		fprintf(stderr, "task \"%s\" waits for %s%s\n", t->name,
		    t->waits_for != NULL ? t->waits_for : "its turn",
		    t->cancelled ? " (cancelled)" : "");
	}
}
