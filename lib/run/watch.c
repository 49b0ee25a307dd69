/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Edge-triggered watching. An edge that comes while nobody waits is remembered, and the next wait
 * answers at once; so no edge is lost between a call that said -EAGAIN and the wait after it. What
 * is remembered may be old news: then the caller tries in vain once and waits again.
 *
 * An edge goes either to the waiting task or to memory, when it comes: a woken task does not look
 * at the watch again, which may be gone by the time it runs.
 */
#include "lib/run/watch.h"

#include "lib/base/bug.h"
#include "lib/base/err.h"
#include "lib/run/runtime.h"

static void
edge(struct cond *c, bool *remembered)
{
	if (list_is_empty(&c->waiters))
		*remembered = true;
	else
		cond_signal(c);
}

void
watch_edge(struct watch *w, bool in, bool out)
{
	if (in)
		edge(&w->in, &w->in_edge);
	if (out)
		edge(&w->out, &w->out_edge);
}

int
watch_open(struct watch *w, int fd)
{
	int result;

	*w = (struct watch){ .fd = fd };
	cond_init(&w->in);
	cond_init(&w->out);
	result = runtime.loop->watch(w);
	if (result < 0)
		w->fd = -1;
	return result;
}

void
watch_close(struct watch *w)
{
	if (w->fd < 0)
		return;
	runtime.loop->unwatch(w);
	w->fd = -1;
	cond_wake_all(&w->in, ERR_CANCELLED);
	cond_wake_all(&w->out, ERR_CANCELLED);
}

PARKS static int
wait_edge(struct cond *c, bool *remembered, int64_t deadline, const char *what)
{
	BUG_ON(!list_is_empty(&c->waiters));
	if (task_is_cancelled())
		return ERR_CANCELLED;
	if (*remembered) {
		*remembered = false;
		return 0;
	}
	return task_wait(&c->waiters, deadline, what);
}

int
watch_in(struct watch *w, int64_t deadline)
{
	return wait_edge(&w->in, &w->in_edge, deadline, "input");
}

int
watch_out(struct watch *w, int64_t deadline)
{
	if (w->fd >= 0 && !w->watches_out && runtime.loop->watch_output != NULL) {
		int result = runtime.loop->watch_output(w);

		if (result < 0)
			return result;
		w->watches_out = true;
	}
	return wait_edge(&w->out, &w->out_edge, deadline, "room for output");
}
