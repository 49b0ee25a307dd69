/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The simulated loop: no time passes while a task can run, and when none can, the clock jumps to
 * the next deadline. Among tasks that are runnable together a generator picks, so that each seed
 * is another order, and the same seed the same run. Seed 0 is first come, first served.
 *
 * Descriptors whose other end is in this process work too: they are looked at whenever no task can
 * run, and time stands still as long as one is ready that a task waits for. A test whose peer is
 * another process belongs on the real loop.
 */
#include <errno.h>

#include "lib/base/bug.h"
#include "lib/base/list.h"
#include "lib/base/mem.h"
#include "lib/run/loop.h"
#include "lib/run/runtime.h"
#include "lib/sys/poll.h"

#define START TICKS_DAY /* a clock that begins at 0 hides mistakes */

struct sim_watch {
	struct list link;
	struct watch *watch;
};

static struct {
	int64_t now;
	int64_t wall_offset;
	uint64_t random;
	struct list watches;
	size_t count;
} sim;

static int
sim_open(const struct run_options *o)
{
	sim.now = START;
	sim.wall_offset = o->wall - START;
	sim.random = o->seed;
	list_init(&sim.watches);
	sim.count = 0;
	return 0;
}

static void
sim_close(void)
{
	BUG_ON(sim.count != 0);
}

static int
sim_add_watch(struct watch *w)
{
	struct sim_watch *s = NEW(struct sim_watch);

	s->watch = w;
	list_append(&sim.watches, &s->link);
	sim.count++;
	w->handle = s;
	return 0;
}

static void
sim_remove_watch(struct watch *w)
{
	struct sim_watch *s = w->handle;

	list_remove(&s->link);
	sim.count--;
	mem_free(s);
	w->handle = NULL;
}

static int64_t
sim_now(void)
{
	return sim.now;
}

static int64_t
sim_wall(void)
{
	return sim.now + sim.wall_offset;
}

/* xorshift64* */
static size_t
sim_choose(size_t count)
{
	if (sim.random == 0)
		return 0;
	sim.random ^= sim.random >> 12;
	sim.random ^= sim.random << 25;
	sim.random ^= sim.random >> 27;
	return (size_t)((sim.random * 2685821657736338717u) >> 33) % count;
}

/* The descriptors that tasks wait for at this moment; whose they are. */
static size_t
collect_waiting(struct ready *fds, struct watch **watches)
{
	size_t n = 0;

	LIST_EACH (it, &sim.watches) {
		struct watch *w = CONTAINER_OF(it, struct sim_watch, link)->watch;
		bool in = !list_is_empty(&w->in.waiters), out = !list_is_empty(&w->out.waiters);

		if (!in && !out)
			continue;
		fds[n] = (struct ready){ .fd = w->fd, .in = in, .out = out };
		watches[n++] = w;
	}
	return n;
}

static int
wake_ready(void)
{
	struct ready *fds;
	struct watch **watches;
	size_t count;
	int ready;

	if (sim.count == 0)
		return 0;
	fds = mem_array(sim.count, sizeof(*fds));
	watches = mem_array(sim.count, sizeof(struct watch *));
	count = collect_waiting(fds, watches);
	ready = sys_poll(fds, count);
	for (size_t i = 0; i < count && ready > 0; i++)
		watch_edge(watches[i], fds[i].in, fds[i].out);
	mem_free(fds);
	mem_free(watches);
	return ready;
}

static int
sim_poll(int64_t until)
{
	int ready = wake_ready();

	if (ready != 0 || until <= sim.now)
		return ready < 0 ? ready : 0;
	if (until == TICKS_NEVER)
		return -EDEADLK;
	sim.now = until;
	return 0;
}

const struct loop loop_sim = {
	.open = sim_open,
	.close = sim_close,
	.watch = sim_add_watch,
	.unwatch = sim_remove_watch,
	.now = sim_now,
	.wall = sim_wall,
	.poll = sim_poll,
	.choose = sim_choose,
};
