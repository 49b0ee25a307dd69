/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A new configuration in three steps, each of which may say no and leave everything as it was: read
 * and check (on another thread: it reads files and may ask the name service), open what sockets are
 * new, open the log. Only then the crews follow: all of them, or those of one service, and the
 * others keep the plan they have.
 */
#include "master/master.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sysexits.h>

#include "lib/base/err.h"
#include "lib/run/offload.h"
#include "lib/run/run.h"
#include "lib/sys/clock.h"
#include "lib/sys/log.h"
#include "lib/sys/notify.h"
#include "master/log_file.h"

/* So long a worker may take to go over to a new log file. */
#define LOG_PATIENCE (5 * TICKS_SECOND)

struct job {
	const char *directory;
	const char *only;
	struct reports *reports;
	struct plan *plan;
};

PRINTF(2, 3)
static void
say(struct job *job, const char *format, ...)
{
	char words[2048];
	va_list ap;

	va_start(ap, format);
	vsnprintf(words, sizeof(words), format, ap);
	va_end(ap);
	reports_add(job->reports, true, words);
}

static int
load(void *arg)
{
	struct job *job = arg;

	job->plan = plan_load(job->directory, false, reports_add, job->reports);
	return 0;
}

/* What processes that go on have already built on. */
static bool
is_same(const struct master *m, struct job *job, enum param_id id, const char *name)
{
	const char *before = config_text(m->plan->config, id),
	           *after = config_text(job->plan->config, id);

	if (strcmp(before, after) == 0)
		return true;
	say(job, "%s was %s and is now %s: that needs a stop and a start", name, before, after);
	return false;
}

static bool
may_follow(const struct master *m, struct job *job)
{
	if (job->only != NULL && !crews_mean(&m->crews, job->only) &&
	    !plan_has(job->plan, job->only)) {
		say(job, "there is no service %s in %s/master.cf", job->only, job->directory);
		return false;
	}
	return is_same(m, job, PARAM_queue_directory, "queue_directory") &&
	       is_same(m, job, PARAM_process_id_directory, "process_id_directory") &&
	       is_same(m, job, PARAM_mail_owner, "mail_owner");
}

static int
open_resources(struct master *m, struct job *job, struct why *why)
{
	const struct sockets_job sockets = {
		.only = job->only,
		.report = reports_add,
		.context = job->reports,
	};
	int result = sockets_open(&m->crews.sockets, job->plan, &sockets, why);

	if (result < 0 || job->only != NULL)
		return result;
	result = log_file_open(
	    job->plan->config, m->options->job == JOB_FOREGROUND, m->options->verbose, why);
	if (result < 0)
		crews_keep_sockets(&m->crews);
	return result;
}

static int
follow(struct master *m, struct job *job)
{
	struct why why = WHY_INIT;
	int result;

	if (!may_follow(m, job))
		return ERR_REFUSED;
	result = open_resources(m, job, &why);
	if (result < 0) {
		say(job, "%s", why.text);
		return result;
	}
	if (crews_follow(&m->crews, job->plan, job->only) < 0)
		say(job, "no memory to start all services");
	if (job->only == NULL) {
		plan_free(m->plan);
		m->plan = plan_use(job->plan);
	}
	return 0;
}

PARKS static int
reload(struct master *m, struct job *job)
{
	int result = offload(load, job);

	if (result == 0 && job->plan == NULL)
		result = ERR_SYNTAX;
	if (result == 0)
		result = m->stop_signal != 0 ? ERR_CANCELLED : follow(m, job);
	plan_free(job->plan);
	return result;
}

int
master_reload(struct master *m, const char *only, struct reports *reports)
{
	struct job job = { .directory = m->plan->directory, .only = only, .reports = reports };
	int result = 0;

	while (m->reloading && result == 0)
		result = cond_wait(&m->crews.change, TICKS_NEVER);
	if (result < 0)
		return EX_TEMPFAIL;
	m->reloading = true;
	notify_send("RELOADING=1\nMONOTONIC_USEC=%lld\nSTATUS=reading the configuration",
	    (long long)sys_clock_monotonic());
	result = reload(m, &job);
	notify_send("READY=1\nSTATUS=%s", result == 0 ? "serving" : "serving; reload refused");
	m->reloading = false;
	cond_broadcast(&m->crews.change);
	reports_log(reports);
	if (result < 0)
		log_error("reload refused: see above; the suite goes on as before");
	else
		log_event(EVENT_MASTER_RELOAD, F_STR(version, STR(PACKAGE_VERSION)),
		    F_STR(path, str_of(m->plan->directory)));
	return result < 0 ? EX_CONFIG : EX_OK;
}

int
master_reopen_log(struct master *m, struct why *why)
{
	int64_t deadline = run_deadline(LOG_PATIENCE);
	pid_t late;
	int result = log_file_open(
	    m->plan->config, m->options->job == JOB_FOREGROUND, m->options->verbose, why);

	if (result < 0)
		return EX_CANTCREAT;
	crews_hand_log(&m->crews);
	while ((late = crews_late_with_log(&m->crews)) != 0 && result == 0)
		result = cond_wait(&m->crews.change, deadline);
	if (late == 0)
		return EX_OK;
	why_set(why, "process %d still writes to the old log file", (int)late);
	return EX_TEMPFAIL;
}
