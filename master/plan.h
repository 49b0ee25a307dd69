/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef MASTER_PLAN_H
#define MASTER_PLAN_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/base/arena.h"
#include "lib/config/config.h"
#include "lib/config/master_cf.h"
#include "lib/service/accounts.h"
#include "lib/sys/socket.h"

/*
 * What main.cf and master.cf ask master to do, read and checked as a whole: made anew at each start
 * and reload, and never changed. Making one opens no socket and starts nothing.
 */

/* Where a service listens: one socket. */
struct plan_place {
	struct endpoint endpoint;
	const char *text; /* "127.0.0.1:25", "private/cleanup", for messages */
	const char *path; /* of a UNIX socket; NULL: TCP */
	mode_t mode;      /* of a UNIX socket */
	bool may_miss;    /* an IPv6 address beside others: served where the host has IPv6 */
};

/*
 * The order in which services end, so that each finds those it needs until it is done: what takes
 * mail in; cleanup; the queue; the rest, which delivers.
 */
enum plan_stage {
	STAGE_RECEPTION,
	STAGE_CLEANUP,
	STAGE_QUEUE,
	STAGE_DELIVERY,
	STAGE_COUNT,
};

struct plan_service {
	const char *name;         /* in master.cf */
	enum master_type type;    /* MASTER_INET, MASTER_UNIX or MASTER_PASS */
	const char *program;      /* "smtpd" */
	const char *program_path; /* in daemon_directory */
	const struct master_entry *entry;
	const struct plan_place *places;
	size_t place_count;
	uint32_t workers;  /* processes at once */
	uint32_t sessions; /* clients of a process at once; 0: as many as it can */
	uint32_t lifetime; /* clients of a process in all; 0: no end */
	bool resident;     /* runs from start to stop: it has a wake-up time */
	enum plan_stage stage;
};

struct plan {
	struct arena arena;
	const char *directory; /* of the configuration */
	struct buf main_cf;    /* as it was read: for every service, and for processes to come */
	int main_cf_fd;        /* the same as a file that processes inherit */
	struct config *config; /* main.cf alone */
	struct master_cf master_cf;
	struct accounts accounts;
	const struct plan_service *services;
	size_t service_count;
	const char *left_out; /* services of Postfix that are not needed here, blanks between */
	unsigned users;
};

/*
 * NULL when anything is wrong. Each fault is reported as a complete line; so are warnings. strict:
 * what is most likely a mistake is a fault, too (names that nothing knows). May block (files, name
 * service), touches nothing but what it is given: fit for offload().
 */
MUST_USE struct plan *plan_load(
    const char *directory, bool strict, config_report *report, void *context);

/* A further user of the same plan; each calls plan_free(), and the last one's frees it. */
struct plan *plan_use(struct plan *p);
void plan_free(struct plan *p); /* NULL is fine */

/* Whether `only`, as in `postroad reload ONLY`, means this service: by its name or its program. */
bool plan_means(const char *only, const char *name, const char *program); /* NULL: all */

bool plan_has(const struct plan *p, const char *only); /* a service that `only` means */

/* By name and type; NULL: the plan has no such service. */
const struct plan_service *plan_find(const struct plan *p, const char *name, enum master_type type);

#endif
