/* SPDX-License-Identifier: BSD-2-Clause */
#include "master/crews.h"

#include <string.h>

#include "lib/base/err.h"
#include "lib/sys/log.h"
#include "master/crew.h"

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

void
crews_keep_sockets(struct crews *all)
{
	LIST_EACH (it, &all->list) {
		const struct crew *c = CONTAINER_OF(it, struct crew, link);

		if (!c->leaving)
			sockets_want(&all->sockets, c->service);
	}
	sockets_close_unwanted(&all->sockets);
}

static void
follow_crew(struct crew *c, struct plan *p)
{
	const struct plan_service *s = plan_find(p, c->name, c->type);

	if (s == NULL)
		crew_leave(c, WORKER_RETIRE);
	else
		crew_renew(c, p, s);
}

int
crews_follow(struct crews *all, struct plan *p, const char *only)
{
	int result = 0;

	LIST_EACH (it, &all->list) {
		struct crew *c = CONTAINER_OF(it, struct crew, link);

		if (!c->leaving && plan_means(only, c->name, c->program))
			follow_crew(c, p);
	}
	for (size_t i = 0; i < p->service_count && result == 0; i++) {
		const struct plan_service *s = &p->services[i];

		if (plan_means(only, s->name, s->program) && find_crew(all, s) == NULL)
			result = crew_new(all, p, s);
	}
	crews_keep_sockets(all);
	return result;
}

bool
crews_mean(const struct crews *all, const char *only)
{
	LIST_EACH (it, &all->list) {
		const struct crew *c = CONTAINER_OF(it, struct crew, link);

		if (!c->leaving && plan_means(only, c->name, c->program))
			return true;
	}
	return false;
}

void
crews_hand_log(struct crews *all)
{
	LIST_EACH (it, &all->list) {
		LIST_EACH (of, &CONTAINER_OF(it, struct crew, link)->members)
			member_hand_log(CONTAINER_OF(of, struct member, link));
	}
}

pid_t
crews_late_with_log(const struct crews *all)
{
	LIST_EACH (it, &all->list) {
		LIST_EACH (of, &CONTAINER_OF(it, struct crew, link)->members) {
			const struct member *m = CONTAINER_OF(of, struct member, link);

			if (!m->gone && m->owes_log)
				return m->pid;
		}
	}
	return 0;
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

			if (c->stage != stage || m->gone)
				continue;
			log_warning("service %s: process %d does not end and is killed", c->name,
			    (int)m->pid);
			member_kill(m);
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
				member_reaped(m, end);
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
		if (c->failed_starts != 0 || c->failed_lives != 0)
			return ERR_REFUSED;
		result = 0;
	}
	return result;
}
