/* SPDX-License-Identifier: BSD-2-Clause */
#include "master/numbers.h"

#include <string.h>

#include "lib/sys/process.h"

/* No service is given more processes than this, whatever the arithmetic says. */
#define WORKERS_MAX 1000

/* SERVICE_workers, PROGRAM_workers, default_workers: the first that is set. 0: by the machine. */
static uint32_t
configured_workers(const struct config *c, const struct master_entry *entry)
{
	int64_t own = config_each_int(c, PARAM_service_workers, entry->name);

	if (own == config_int(c, PARAM_default_workers))
		own = config_each_int(c, PARAM_service_workers, entry->program);
	return own > WORKERS_MAX ? WORKERS_MAX : (uint32_t)own;
}

static uint32_t
usual_workers(const struct plan_service *s)
{
	unsigned cores = sys_cpu_count();

	return s->type == MASTER_INET && cores < 2 ? 2 : cores;
}

static uint32_t
divide_up(uint32_t a, uint32_t b)
{
	return a / b + (a % b != 0);
}

/* One process for any number of clients: they are other processes of ours. */
static bool
serves_all(const struct plan_service *s)
{
	return s->resident || strcmp(s->program, "anvil") == 0 ||
	       strcmp(s->program, "resolver") == 0;
}

/*
 * maxproc is how many clients are served at once, over all processes. worker_sessions narrows what
 * one process may take, so that there are more of them; at 1, each serves one client and ends.
 */
void
numbers_find(const struct config *c, struct plan_service *s)
{
	int64_t limit = s->entry->process_limit;
	uint32_t clients =
	    (uint32_t)(limit == MASTER_LIMIT_DEFAULT ? config_int(c, PARAM_default_process_limit)
	                                             : limit);
	uint32_t narrow = (uint32_t)config_int(c, PARAM_worker_sessions);

	s->workers = configured_workers(c, s->entry);
	if (s->workers == 0)
		s->workers = usual_workers(s);
	if (clients != 0 && clients < s->workers)
		s->workers = clients;
	s->sessions = clients != 0 ? divide_up(clients, s->workers) : 0;
	if (narrow != 0 && !serves_all(s) && (s->sessions == 0 || s->sessions > narrow)) {
		s->sessions = narrow;
		s->workers = clients != 0 ? divide_up(clients, narrow) : WORKERS_MAX;
		s->lifetime = narrow == 1 ? 1 : 0;
	}
	if (s->workers > WORKERS_MAX)
		s->workers = WORKERS_MAX;
	if (serves_all(s)) {
		s->workers = 1;
		s->sessions = 0;
	}
}
