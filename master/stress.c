/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Postfix starts new processes with stress = yes. Here a process has many sessions: it is told, and
 * loads the values that $stress makes when it first needs them; sessions that are open keep theirs.
 */
#include "master/stress.h"

#include "lib/run/run.h"
#include "lib/sys/log.h"
#include "master/crew.h"
#include "master/decide.h"

static uint32_t
count_full(const struct crew *c)
{
	uint32_t full = 0;

	LIST_EACH (it, &c->members) {
		const struct member *m = CONTAINER_OF(it, struct member, link);

		full +=
		    m->state == MEMBER_READY && m->generation == c->generation && m->report.full;
	}
	return full;
}

static void
tell_all(struct crew *c)
{
	LIST_EACH (it, &c->members)
		member_tell(CONTAINER_OF(it, struct member, link),
		    c->stressed ? WORKER_STRESS : WORKER_EASE);
}

static void
change(struct crew *c)
{
	c->stressed = !c->stressed;
	tell_all(c);
	if (c->stressed)
		log_warning(
		    "service \"%s\" has reached its process limit \"%llu\": new clients may "
		    "experience noticeable delays; stress=yes for new sessions",
		    c->name, (unsigned long long)c->service->workers * c->service->sessions);
	else
		log_info("service \"%s\" has room again: stress ends", c->name);
}

int64_t
stress_look(struct crew *c)
{
	struct load load = {
		.workers = c->service->workers,
		.full = count_full(c),
		.stressed = c->stressed,
		.now = run_now(),
	};

	if (c->leaving || c->type == MASTER_UNIX)
		return TICKS_NEVER;
	if (load.full >= load.workers)
		c->calm_since = TICKS_NEVER;
	else if (c->calm_since == TICKS_NEVER)
		c->calm_since = load.now;
	load.calm_since = c->calm_since;
	if (decide_stress(&load) != c->stressed)
		change(c);
	if (!c->stressed || c->calm_since == TICKS_NEVER)
		return TICKS_NEVER;
	return ticks_add(c->calm_since, STRESS_LINGER);
}
