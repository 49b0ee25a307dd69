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
#include <string.h>

#include "lib/base/bug.h"
#include "lib/base/err.h"
#include "lib/base/mem.h"
#include "lib/run/run.h"
#include "lib/sys/file.h"
#include "lib/sys/log.h"
#include "master/decide.h"
#include "master/start.h"

/* What has served for so long does not die "at once" when it dies. */
#define LIFE_IS_GOOD TICKS_MINUTE

/* A process without a link is of no use; it has this long to end by itself. */
#define KILL_AFTER TICKS_SECOND

static void
wake(struct crew *c)
{
	cond_signal(&c->change);
	cond_broadcast(&c->crews->change);
}

/* --- Members --------------------------------------------------------------------------------- */

static void
free_if_done(struct member *m)
{
	if (m->reading || !m->gone)
		return;
	stream_close(&m->stream);
	list_remove(&m->link);
	wake(m->crew);
	mem_free(m);
}

static void
order(struct member *m, enum worker_order what)
{
	char bytes[WORKER_MESSAGE_SIZE];
	struct str message = str_make(bytes, sizeof(bytes));
	int result;

	m->state = MEMBER_DRAINING;
	if (m->gone)
		return;
	worker_order_encode(what, bytes);
	result = sys_send(m->link_fd, &message, 1, -1);
	(void)result; /* it is dying, or will be killed when its time is up */
}

static void
drain_older(struct crew *c)
{
	LIST_EACH (it, &c->members) {
		struct member *m = CONTAINER_OF(it, struct member, link);

		if (m->generation != c->generation && m->state != MEMBER_DRAINING)
			order(m, WORKER_DRAIN);
	}
}

static void
take_report(struct member *m, const struct worker_report *report)
{
	struct crew *c = m->crew;

	m->report = *report;
	if (report->draining)
		m->state = MEMBER_DRAINING;
	if (m->ready == 0) {
		m->ready = run_now();
		if (m->state == MEMBER_STARTING)
			m->state = MEMBER_READY;
		if (m->generation == c->generation)
			drain_older(c);
	}
	wake(c);
}

/*
 * Its end is that of the link. The process has then ended as well, and who reaps it says how; or it
 * has closed the link, which none of ours does.
 */
PARKS static void
member_run(void *arg)
{
	struct member *m = arg;
	struct worker_report report;
	int result;

	while ((result = worker_report_receive(&m->stream, &report, TICKS_NEVER)) == 0)
		take_report(m, &report);
	if (result == ERR_PROTOCOL)
		log_error("service %s: process %d sends nonsense and is killed", m->crew->name,
		    (int)m->pid);
	if (!m->gone && result != ERR_PROTOCOL)
		result = cond_wait(&m->reaped, run_deadline(KILL_AFTER));
	if (!m->gone)
		result = sys_kill(m->pid, SIGKILL);
	(void)result; /* gone meanwhile */
	m->reading = false;
	free_if_done(m);
}

/* --- The end of a process ---------------------------------------------------------------------- */

static void
describe_end(const struct process_end *end, struct why *why)
{
	if (end->signal != 0)
		why_set(why, "was killed by signal %d", end->signal);
	else
		why_set(why, "ended with status %d", end->status);
}

/* The next start waits the longer, the more often it went wrong. */
static int64_t
postpone(struct crew *c, bool was_ready)
{
	int64_t throttle = config_time(c->plan->config, PARAM_service_throttle_time);
	int64_t pause;

	c->failed++;
	pause = decide_pause(c->failed, was_ready, throttle);
	c->not_before = run_deadline(pause);
	return pause;
}

static void
note_bad_end(struct crew *c, const struct member *m, const struct process_end *end)
{
	struct why how;
	int64_t pause;

	describe_end(end, &how);
	if (c->leaving || m->generation != c->generation || m->ready != 0)
		log_warning(
		    "service %s: process %d (%s) %s", c->name, (int)m->pid, c->program, how.text);
	if (c->leaving || m->generation != c->generation)
		return;
	if (m->ready != 0 && run_now() - m->ready >= LIFE_IS_GOOD)
		c->failed = 0;
	pause = postpone(c, m->ready != 0);
	if (m->ready == 0)
		log_warning(
		    "service %s: process %d (%s) %s before it could serve, for the reason it "
		    "gave; next try in %d s",
		    c->name, (int)m->pid, c->program, how.text, (int)(pause / TICKS_SECOND));
}

static void
reaped(struct member *m, const struct process_end *end)
{
	struct crew *c = m->crew;

	m->gone = true;
	cond_signal(&m->reaped);
	if (end->signal != 0 || end->status != 0)
		note_bad_end(c, m, end);
	else if (m->generation == c->generation)
		c->failed = 0;
	m->state = MEMBER_DRAINING;
	wake(c);
	free_if_done(m);
}

/* --- Starting one ------------------------------------------------------------------------------- */

static int
start_member(struct crew *c, struct member *m)
{
	int result = start_process(c->plan, c->service, &c->crews->sockets, &m->pid, &m->link_fd);

	if (result < 0)
		return result;
	result = stream_open(&m->stream, m->link_fd);
	if (result < 0) {
		sys_close(m->link_fd); /* the process sees this as our end, and ends */
		return result;
	}
	m->crew = c;
	m->generation = c->generation;
	cond_init(&m->reaped);
	m->reading = true;
	list_append(&c->members, &m->link);
	if (task_start(&c->tasks, "member", member_run, m) < 0) {
		m->reading = false;
		order(m, WORKER_STOP);
	}
	return 0;
}

static void
start_one(struct crew *c)
{
	struct member *m = NEW(struct member);
	int result = start_member(c, m);
	int64_t pause;

	c->demand = false;
	if (result == 0)
		return;
	mem_free(m);
	c->demand = true;
	pause = postpone(c, false);
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
	const struct plan_service *s = c->service;
	int fd;

	if (!list_is_empty(&c->watchers))
		return;
	for (size_t i = 0; i < s->place_count; i++) {
		fd = sockets_find(&c->crews->sockets, &s->places[i]);
		if (fd >= 0)
			watch_socket(c, fd);
	}
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
		bool serving = m->state != MEMBER_DRAINING;

		if (m->gone)
			continue;
		if (m->generation != c->generation) {
			s->old++;
			s->serving += serving;
			continue;
		}
		s->current += serving;
		s->free += serving && !m->report.busy;
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
	s.workers = c->service->workers;
	s.resident = c->service->resident;
	s.one_by_one = c->service->one_by_one;
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
	mem_free(c->name);
	mem_free(c->program);
	mem_free(c);
}

PARKS static void
crew_run(void *arg)
{
	struct crew *c = arg;

	while (!c->leaving || !list_is_empty(&c->members)) {
		if (cond_wait(&c->change, act(c)) == ERR_CANCELLED)
			break;
	}
	unwatch_sockets(c);
	BUG_ON(group_wait(&c->tasks, TICKS_NEVER) < 0);
	crew_free(c);
}

static int
crew_new(struct crews *all, const struct plan *p, const struct plan_service *service)
{
	struct crew *c = NEW(struct crew);

	*c = (struct crew){
		.crews = all,
		.plan = p,
		.service = service,
		.name = mem_strdup(service->name),
		.program = mem_strdup(service->program),
		.type = service->type,
		.stage = service->stage,
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

static void
crew_leave(struct crew *c, enum worker_order what)
{
	c->leaving = true;
	unwatch_sockets(c);
	LIST_EACH (it, &c->members)
		order(CONTAINER_OF(it, struct member, link), what);
	wake(c);
}

static void
crew_renew(struct crew *c, const struct plan *p, const struct plan_service *service)
{
	c->plan = p;
	c->service = service;
	c->stage = service->stage;
	c->generation++;
	c->failed = 0;
	c->not_before = 0;
	unwatch_sockets(c);
	if (service->one_by_one)
		drain_older(c);
	wake(c);
}

/* --- All of them ----------------------------------------------------------------------------------- */

void
crews_init(struct crews *all)
{
	list_init(&all->list);
	sockets_init(&all->sockets);
	group_init(&all->tasks);
	cond_init(&all->change);
}

static struct crew *
find_crew(const struct crews *all, const struct plan_service *s)
{
	LIST_EACH (it, &all->list) {
		struct crew *c = CONTAINER_OF(it, struct crew, link);

		if (!c->leaving && c->type == s->type && strcmp(c->name, s->name) == 0)
			return c;
	}
	return NULL;
}

int
crews_follow(struct crews *all, const struct plan *p)
{
	int result = 0;

	LIST_EACH (it, &all->list) {
		struct crew *c = CONTAINER_OF(it, struct crew, link);
		const struct plan_service *s = plan_find(p, c->name, c->type);

		if (!c->leaving && s == NULL)
			crew_leave(c, WORKER_DRAIN);
		else if (!c->leaving)
			crew_renew(c, p, s);
	}
	for (size_t i = 0; i < p->service_count && result == 0; i++) {
		if (find_crew(all, &p->services[i]) == NULL)
			result = crew_new(all, p, &p->services[i]);
	}
	sockets_keep(&all->sockets, p);
	return result;
}

void
crews_leave(struct crews *all, enum plan_stage stage, enum worker_order what)
{
	LIST_EACH (it, &all->list) {
		struct crew *c = CONTAINER_OF(it, struct crew, link);

		if (c->stage != stage)
			continue;
		if (!c->leaving)
			sockets_close(&all->sockets, c->service);
		crew_leave(c, what);
	}
}

void
crews_kill(struct crews *all, enum plan_stage stage)
{
	LIST_EACH (it, &all->list) {
		struct crew *c = CONTAINER_OF(it, struct crew, link);

		LIST_EACH (of, &c->members) {
			struct member *m = CONTAINER_OF(of, struct member, link);

			if (c->stage == stage && !m->gone && sys_kill(m->pid, SIGKILL) == 0)
				log_warning("service %s: process %d does not end and is killed",
				    c->name, (int)m->pid);
		}
	}
}

bool
crews_have(const struct crews *all, enum plan_stage stage)
{
	LIST_EACH (it, &all->list) {
		if (CONTAINER_OF(it, struct crew, link)->stage == stage)
			return true;
	}
	return false;
}

void
crews_reaped(struct crews *all, const struct process_end *end)
{
	LIST_EACH (it, &all->list) {
		struct crew *c = CONTAINER_OF(it, struct crew, link);

		LIST_EACH (of, &c->members) {
			struct member *m = CONTAINER_OF(of, struct member, link);

			if (m->pid == end->pid && !m->gone) {
				reaped(m, end);
				return;
			}
		}
	}
}

struct crew_totals
crew_totals(const struct crew *c)
{
	struct crew_totals t = { .starting = 0 };

	LIST_EACH (it, &c->members) {
		const struct member *m = CONTAINER_OF(it, struct member, link);

		if (m->gone)
			continue;
		t.starting += m->state == MEMBER_STARTING;
		t.ready += m->state == MEMBER_READY;
		t.draining += m->state == MEMBER_DRAINING;
		t.sessions += m->report.sessions;
		t.served += m->report.served;
	}
	return t;
}

int
crews_are_up(const struct crews *all, const char **name)
{
	int result = 1;

	LIST_EACH (it, &all->list) {
		const struct crew *c = CONTAINER_OF(it, struct crew, link);

		if (c->leaving || !c->service->resident || crew_totals(c).ready != 0)
			continue;
		*name = c->name;
		if (c->failed != 0)
			return ERR_REFUSED;
		result = 0;
	}
	return result;
}
