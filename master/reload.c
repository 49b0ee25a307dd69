/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A new configuration in three steps, each of which may say no and leave everything as it was: read
 * and check (on another thread: it reads files and may ask the name service), open what sockets are
 * new, open the log. Only then the crews follow.
 */
#include "master/master.h"

#include <string.h>

#include "lib/base/err.h"
#include "lib/run/offload.h"
#include "lib/sys/log.h"
#include "master/log_file.h"
#include "master/reports.h"

struct job {
	const char *directory;
	struct reports reports;
	struct plan *plan;
};

static int
load(void *arg)
{
	struct job *job = arg;

	job->plan = plan_load(job->directory, false, reports_add, &job->reports);
	return 0;
}

/* What processes that go on have already built on. */
static bool
is_same(const struct master *m, const struct plan *next, enum param_id id, const char *name)
{
	const char *before = config_text(m->plan->config, id),
	           *after = config_text(next->config, id);

	if (strcmp(before, after) == 0)
		return true;
	log_error("%s was %s and is now %s: that needs a stop and a start", name, before, after);
	return false;
}

static bool
may_follow(const struct master *m, const struct plan *next)
{
	return is_same(m, next, PARAM_queue_directory, "queue_directory") &&
	       is_same(m, next, PARAM_process_id_directory, "process_id_directory") &&
	       is_same(m, next, PARAM_mail_owner, "mail_owner");
}

static void
warn(const char *text)
{
	log_warning("%s", text);
}

/* Takes the plan when it succeeds. */
static int
follow(struct master *m, struct plan *next)
{
	struct plan *old = m->plan;
	struct why why = WHY_INIT;
	int result;

	if (!may_follow(m, next))
		return ERR_REFUSED;
	result = sockets_open(&m->crews.sockets, next, 0, warn, &why);
	if (result == 0) {
		result = log_file_open(
		    next->config, m->options->job == JOB_FOREGROUND, m->options->verbose, &why);
		if (result < 0)
			sockets_keep(&m->crews.sockets, old);
	}
	if (result < 0) {
		log_error("%s", why.text);
		return result;
	}
	m->plan = next;
	result = crews_follow(&m->crews, next);
	if (result < 0)
		log_error("not all services could be started: %s", err_text(result));
	plan_free(old);
	return 0;
}

void
master_reload(struct master *m)
{
	struct job job = { .directory = m->plan->directory };
	int result;

	reports_init(&job.reports);
	result = offload(load, &job);
	reports_log(&job.reports);
	if (result == 0 && job.plan != NULL)
		result = follow(m, job.plan);
	if (result < 0)
		plan_free(job.plan);
	if (result < 0 || job.plan == NULL)
		log_error("reload refused: see above; the suite goes on as before");
	else
		log_event(EVENT_MASTER_RELOAD, F_STR(version, STR(PACKAGE_VERSION)),
		    F_STR(path, str_of(m->plan->directory)));
	reports_drop(&job.reports);
}
