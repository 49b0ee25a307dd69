/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Everything that happens to a crew (a report, an end, a reload, a client at the door) changes its
 * state and wakes its task, which looks at the whole and does what decide() says. Nobody else starts
 * a process. So there is one place to be wrong in, and no order of events that matters.
 *
 * The other way, to act in each event's handler, is what makes supervisors start a process too many
 * or forget one: each handler would have to know what the others have begun.
 */
#include "master/crew.h"

#include <errno.h>
#include <signal.h>

#include "lib/base/bug.h"
#include "lib/base/err.h"
#include "lib/base/mem.h"
#include "lib/run/run.h"
#include "lib/run/watch.h"
#include "lib/service/worker_options.h"
#include "lib/sys/log.h"
#include "master/decide.h"
#include "master/stress.h"

/* What has served for so long does not die "at once" when it dies. */
#define LIFE_IS_GOOD TICKS_MINUTE

/* SIGKILL comes from outside and says nothing about the service; but let the killer breathe. */
#define PAUSE_IF_KILLED (50 * TICKS_MS)

void
crew_wake(struct crew *c)
{
	cond_signal(&c->change);
	cond_broadcast(&c->crews->change);
}

/* --- What becomes of members ------------------------------------------------------------------- */

static void
drain_older(struct crew *c)
{
	LIST_EACH (it, &c->members) {
		struct member *m = CONTAINER_OF(it, struct member, link);

		if (m->generation != c->generation && m->state != MEMBER_DRAINING)
			member_order(m, WORKER_RETIRE);
	}
}

static bool
has_other_current(const struct crew *c, const struct member *m)
{
	LIST_EACH (it, &c->members) {
		const struct member *other = CONTAINER_OF(it, struct member, link);

		if (other != m && other->generation == c->generation && other->ready != 0)
			return true;
	}
	return false;
}

void
crew_note_waiting(struct crew *c, struct member *m)
{
	c->is_single = true;
	if (m->generation != c->generation || has_other_current(c, m))
		member_order(m, WORKER_STOP);
	else
		drain_older(c);
	crew_wake(c);
}

void
crew_note_ready(struct crew *c, const struct member *m)
{
	if (m->generation != c->generation)
		return;
	c->failed_starts = 0;
	drain_older(c);
}

/* The next start waits the longer, the more often it went wrong. Answers how long. */
static int64_t
postpone(struct crew *c, bool was_start)
{
	int64_t throttle = config_time(c->plan->config, PARAM_service_throttle_time);
	unsigned failed = was_start ? ++c->failed_starts : ++c->failed_lives;
	int64_t pause = decide_pause(failed, !was_start, throttle);

	c->not_before = run_deadline(pause);
	return pause;
}

static void
describe_end(const struct process_end *end, struct why *why)
{
	if (end->signal != 0)
		why_set(why, "was killed by signal %d", end->signal);
	else
		why_set(why, "ended with status %d", end->status);
}

static void
note_bad_end(struct crew *c, const struct member *m, const struct process_end *end)
{
	bool replaced = c->leaving || m->generation != c->generation;
	bool was_killed = end->signal == SIGKILL;
	bool was_start = m->ready == 0 && !was_killed;
	int64_t pause = 0;
	struct why how;

	if (m->ready != 0 && run_now() - m->ready >= LIFE_IS_GOOD)
		c->failed_lives = 0;
	if (was_killed)
		c->not_before = run_deadline(PAUSE_IF_KILLED);
	else if (!replaced)
		pause = postpone(c, was_start);
	describe_end(end, &how);
	if (replaced || !was_start)
		log_warning(
		    "service %s: process %d (%s) %s", c->name, (int)m->pid, c->program, how.text);
	else
		log_warning("service %s: process %d (%s) %s before it could serve, for the reason "
		            "it gave; next try in %d s",
		    c->name, (int)m->pid, c->program, how.text, (int)(pause / TICKS_SECOND));
}

void
crew_note_end(struct crew *c, const struct member *m, const struct process_end *end)
{
	bool gave_up = m->ready == 0 && m->state != MEMBER_DRAINING; /* nobody told it to end */

	if (end->signal != 0 || end->status != 0 || gave_up)
		note_bad_end(c, m, end);
	else if (m->generation == c->generation)
		c->failed_lives = 0;
}

static void
start_one(struct crew *c)
{
	int result = member_start(c);
	int64_t pause;

	c->demand = result < 0;
	if (result == 0)
		return;
	pause = postpone(c, true);
	log_warning("service %s: cannot start %s: %s; next try in %d s", c->name,
	    c->service->program_path, err_text(result), (int)(pause / TICKS_SECOND));
}

/* --- Watching the sockets ------------------------------------------------------------------------ */

struct watcher {
	struct list link; /* in none: nobody is interested any more, and the watch is closed */
	struct crew *crew;
	struct watch watch;
};

static void
stop_watching(struct watcher *w)
{
	list_remove(&w->link);
	watch_close(&w->watch);
}

PARKS static void
watcher_run(void *arg)
{
	struct watcher *w = arg;
	int result = watch_in(&w->watch, TICKS_NEVER);

	if (!list_is_empty(&w->link)) {
		stop_watching(w);
		if (result == 0) {
			w->crew->demand = true;
			cond_signal(&w->crew->change);
		}
	}
	mem_free(w);
}

/* A socket on which clients wait already gives an edge as soon as it is watched. */
static void
watch_socket(struct crew *c, int fd)
{
	struct watcher *w = NEW(struct watcher);
	int result = watch_open(&w->watch, fd);

	w->crew = c;
	list_init(&w->link);
	if (result == 0) {
		list_append(&c->watchers, &w->link);
		result = task_start(&c->tasks, "socket", watcher_run, w);
		if (result == 0)
			return;
		stop_watching(w);
	}
	mem_free(w);
	c->demand = true; /* not knowing better, a client waits */
}

static void
watch_sockets(struct crew *c)
{
	int fds[WORKER_SOCKETS_MAX];
	size_t count;

	if (!list_is_empty(&c->watchers))
		return;
	count = sockets_of(&c->crews->sockets, c->service, fds);
	for (size_t i = 0; i < count; i++)
		watch_socket(c, fds[i]);
}

static void
unwatch_sockets(struct crew *c)
{
	LIST_EACH_SAFE (it, &c->watchers)
		stop_watching(CONTAINER_OF(it, struct watcher, link));
}

/* --- The crew's task ------------------------------------------------------------------------------ */

static void
count_members(const struct crew *c, struct situation *s)
{
	LIST_EACH (it, &c->members) {
		const struct member *m = CONTAINER_OF(it, struct member, link);

		if (m->gone || m->state == MEMBER_DRAINING)
			continue;
		if (m->generation != c->generation) {
			s->older++;
			continue;
		}
		s->current++;
		s->free += !m->report.busy;
	}
}

static enum decision
decide_for(const struct crew *c)
{
	struct situation s = {
		.leaving = c->leaving,
		.demand = c->demand,
		.now = run_now(),
		.not_before = c->not_before,
	};

	if (c->leaving)
		return DECIDE_REST;
	s.workers = c->is_single ? 1 : c->service->workers;
	s.resident = c->service->resident;
	count_members(c, &s);
	return decide(&s);
}

/* Does what is to be done; answers until when there is nothing more to do. */
static int64_t
act(struct crew *c)
{
	for (;;) {
		enum decision decision = decide_for(c);

		switch (decision) {
		case DECIDE_START:
			start_one(c);
			continue;
		case DECIDE_WATCH:
			watch_sockets(c);
			if (c->demand)
				continue;
			return TICKS_NEVER;
		case DECIDE_WAIT:
			unwatch_sockets(c);
			return c->not_before;
		case DECIDE_REST:
			unwatch_sockets(c);
			c->demand = false; /* who watches again sees those that wait */
			return TICKS_NEVER;
		}
	}
}

static void
crew_free(struct crew *c)
{
	list_remove(&c->link);
	cond_broadcast(&c->crews->change);
	plan_free(c->plan);
	mem_free(c->name);
	mem_free(c->program);
	mem_free(c);
}

PARKS static void
crew_run(void *arg)
{
	struct crew *c = arg;

	while (!c->leaving || !list_is_empty(&c->members)) {
		int64_t again = ticks_min(act(c), stress_look(c));

		if (cond_wait(&c->change, again) == ERR_CANCELLED)
			break;
	}
	unwatch_sockets(c);
	BUG_ON(group_wait(&c->tasks, TICKS_NEVER) < 0);
	crew_free(c);
}

int
crew_new(struct crews *all, struct plan *p, const struct plan_service *service)
{
	struct crew *c = NEW(struct crew);

	*c = (struct crew){
		.crews = all,
		.plan = plan_use(p),
		.service = service,
		.name = mem_strdup(service->name),
		.program = mem_strdup(service->program),
		.type = service->type,
		.stage = service->stage,
		.calm_since = TICKS_NEVER,
	};
	list_init(&c->members);
	list_init(&c->watchers);
	cond_init(&c->change);
	group_init(&c->tasks);
	list_append(&all->list, &c->link);
	if (task_start(&all->tasks, "crew", crew_run, c) == 0)
		return 0;
	crew_free(c);
	return -ENOMEM;
}

void
crew_renew(struct crew *c, struct plan *p, const struct plan_service *service)
{
	plan_free(c->plan);
	c->plan = plan_use(p);
	mem_free(c->program);
	c->program = mem_strdup(service->program);
	c->service = service;
	c->stage = service->stage;
	c->generation++;
	c->failed_starts = 0;
	c->failed_lives = 0;
	c->not_before = 0;
	unwatch_sockets(c);
	crew_wake(c);
}

void
crew_leave(struct crew *c, enum worker_order what)
{
	c->leaving = true;
	unwatch_sockets(c);
	LIST_EACH (it, &c->members)
		member_order(CONTAINER_OF(it, struct member, link), what);
	crew_wake(c);
}
