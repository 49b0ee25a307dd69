/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The life of a daemon, in the order in which service_run() lives it. All that is asked of master
 * (descriptors, options) was checked before the first client; a failure on the way is one line in
 * the log and an exit status, and master decides what becomes of the service.
 *
 * Ids and walls come before the event loop: its descriptors and threads are then born behind them.
 */
#include "lib/service/service.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sysexits.h>

#include "lib/base/bug.h"
#include "lib/base/err.h"
#include "lib/run/run.h"
#include "lib/service/worker.h"
#include "lib/sys/daemon.h"
#include "lib/sys/file.h"
#include "lib/sys/log.h"
#include "lib/sys/process.h"
#include "lib/sys/user.h"
#include "lib/table/settings.h"

#define ARENA_MAX     ((size_t)4 * 1024 * 1024)
#define MAIN_CF_MAX   ((size_t)64 * 1024 * 1024) /* the reader has its own, lower bound */
#define READ_PIECE    ((size_t)16 * 1024)
#define FDS_WANTED    ((uint64_t)1 << 20)
#define FDS_RESERVED  64
#define FDS_A_SESSION 2 /* the client, and what is opened for it */

static struct worker self;

const struct config *
service_config(void)
{
	return self.stress ? self.stressed_config : self.config;
}

char *const *
service_arguments(void)
{
	return self.options.args;
}

bool
service_is_draining(void)
{
	return self.draining;
}

bool
service_is_stopping(void)
{
	return self.stopping;
}

void
worker_drain(struct worker *w)
{
	if (w->draining)
		return;
	w->draining = true;
	cond_broadcast(&w->draining_begins);
	cond_signal(&w->change);
}

/* --- The log -------------------------------------------------------------------------------- */

static void
open_log(struct worker *w, const struct config *c)
{
	struct log_options o = {
		.sink_count = w->options.log_count,
		.least = w->options.verbose > 0 ? LEVEL_DEBUG : LEVEL_INFO,
		.gather = true,
		.session = task_session,
	};
	const char *name = c != NULL ? config_text(c, PARAM_syslog_name) : "postroad";

	memcpy(o.sinks, w->options.logs, sizeof(o.sinks));
	if (c != NULL) {
		o.facility = log_facility(config_text(c, PARAM_syslog_facility));
		o.syslog = config_text(c, PARAM_syslog_socket);
	}
	if (sys_host_name(&w->arena, &o.host) < 0)
		o.host = "localhost";
	o.program = arena_printf(&w->arena, "%s/%s", name, w->service->name);
	log_open(&o);
}

/* Warnings were logged by master when it read the same file. */
static void
report_config(void *context, bool is_error, const char *text)
{
	const struct worker *w = context;

	if (is_error)
		log_error("%s", text);
	else if (w->options.verbose > 0)
		log_warning("%s", text);
}

/*
 * main.cf as master read and checked it: what was changed in the file since then counts from the
 * next reload on, for processes that start now as for those that run.
 */
static void
read_main(struct buf *text)
{
	int n = 0;

	do {
		char *room = buf_reserve(text, READ_PIECE);

		if (room == NULL)
			n = ERR_TOO_LONG;
		else
			n = sys_pread(WORKER_FD_CONFIG, room, READ_PIECE, text->n);
		if (n > 0)
			buf_grow(text, (size_t)n);
	} while (n > 0);
	if (n < 0)
		log_fatal(
		    EX_OSERR, "descriptor %d is not main.cf: %s", WORKER_FD_CONFIG, err_text(n));
	sys_close(WORKER_FD_CONFIG);
}

static void
log_for_tables(bool is_warning, const char *words)
{
	if (is_warning)
		log_warning("%s", words);
	else
		log_info("%s", words);
}

static struct config *
load_from(struct worker *w, const struct config_override *overrides, size_t count)
{
	const struct config_source source = {
		.directory = w->options.directory,
		.program = w->service->name,
		.service = w->options.service,
		.overrides = overrides,
		.override_count = count,
		.text = buf_text(&w->main_cf),
	};

	return config_load(&source, report_config, w);
}

static void
load_config(struct worker *w)
{
	read_main(&w->main_cf);
	w->config = load_from(w, w->options.overrides, w->options.override_count);
	if (w->config == NULL)
		log_fatal(EX_CONFIG, "the configuration in %s is broken; see above",
		    w->options.directory);
	open_log(w, w->config);
	table_configure(w->config);
	table_set_tell(log_for_tables);
}

/* The same with $stress set, made when it is first needed. */
static void
load_stressed(struct worker *w)
{
	size_t count = w->options.override_count;
	struct config_override *overrides =
	    ARENA_ARRAY(&w->arena, struct config_override, count + 1);

	if (count != 0)
		memcpy(overrides, w->options.overrides, count * sizeof(*overrides));
	overrides[count] = (struct config_override){ .name = "stress", .value = "yes" };
	w->stressed_config = load_from(w, overrides, count + 1);
}

void
worker_stress(struct worker *w, bool on)
{
	if (on && w->stressed_config == NULL)
		load_stressed(w);
	w->stress = on && w->stressed_config != NULL;
}

/* --- Start, with the rights of master --------------------------------------------------------- */

static void
take_options(struct worker *w, char **argv)
{
	struct why why = WHY_INIT;

	arena_init(&w->arena, ARENA_MAX);
	buf_init(&w->main_cf, MAIN_CF_MAX);
	if (worker_options_parse(argv, &w->options, &w->arena, &why) < 0) {
		fprintf(stderr, "%s: fatal: %s\n", w->service->name, why.text);
		exit(EX_USAGE);
	}
}

static void
enter_queue_directory(struct worker *w)
{
	const char *path = config_text(w->config, PARAM_queue_directory);
	int result = sys_chdir(path);

	if (result < 0)
		log_fatal(EX_OSFILE, "queue_directory %s: %s", path, err_text(result));
}

/* Descriptors that nobody meant to hand over are closed at the next exec, and made known. */
static void
audit_descriptors(const struct worker *w)
{
	int allowed[WORKER_FD_SOCKETS + WORKER_SOCKETS_MAX];
	size_t count = 0;
	int first = -1, corrected;

	allowed[count++] = WORKER_FD_LINK;
	if (sys_inherit(WORKER_FD_LOG_2, false) < 0)
		log_fatal(EX_OSERR, "descriptor %d is not open", WORKER_FD_LOG_2);
	for (int fd = WORKER_FD_SOCKETS; fd < WORKER_FD_SOCKETS + (int)w->options.sockets; fd++)
		allowed[count++] = fd;
	corrected = sys_audit_descriptors(allowed, count, &first);
	if (corrected > 0)
		log_warning(
		    "%d descriptors were inherited by mistake, the first is %d", corrected, first);
}

static void
set_capacity(struct worker *w)
{
	uint64_t fds = 0, most;

	if (sys_limit_files(FDS_WANTED, &fds) < 0 || fds <= FDS_RESERVED)
		fds = FDS_RESERVED + FDS_A_SESSION;
	most = (fds - FDS_RESERVED) / FDS_A_SESSION;
	/* maxproc of a single service is 1 in every master.cf: it counts processes there. */
	w->capacity = w->service->single ? 0 : w->options.capacity;
	if (w->capacity == 0 || w->capacity > most)
		w->capacity = (uint32_t)most;
}

static void
start_with_rights(struct worker *w)
{
	struct why why = WHY_INIT;

	open_log(w, NULL);
	load_config(w);
	enter_queue_directory(w);
	audit_descriptors(w);
	set_capacity(w);
	w->single_fd = -1;
	if (w->service->single && single_open(w, &why) < 0)
		log_fatal(EX_CANTCREAT, "%s", why.text);
	if (w->service->open_privileged != NULL && w->service->open_privileged(w->config, &why) < 0)
		log_fatal(EX_CONFIG, "%s", why.text);
	if (enter_walls(w, &why) < 0)
		log_fatal(EX_OSERR, "%s", why.text);
}

/* --- In the loop ------------------------------------------------------------------------------ */

PARKS static int
open_service(struct worker *w, struct why *why)
{
	int result = link_open(w, why);

	if (result == 0 && w->service->single)
		result = single_wait(w, why);
	if (result == 0 && w->service->open != NULL)
		result = w->service->open(w->config, why);
	w->is_open = result == 0;
	if (result == 0)
		result = accept_open(w, why);
	if (result == 0)
		result = link_report_ready(w, why);
	return result;
}

PARKS static void
drain_run(void *arg)
{
	struct worker *w = arg;

	w->service->drain();
	if (w->service->single)
		group_cancel(&w->session_group);
}

PARKS static void
finish_sessions(struct worker *w)
{
	if (w->service->drain != NULL && task_start(&w->session_group, "drain", drain_run, w) < 0)
		group_cancel(&w->session_group);
	if (w->service->drain == NULL && w->service->single)
		group_cancel(&w->session_group);
	BUG_ON(group_wait(&w->session_group, TICKS_NEVER) < 0);
}

PARKS static void
worker_run(void *arg)
{
	struct worker *w = arg;
	struct why why = WHY_INIT;
	int result = open_service(w, &why);

	if (result < 0 && !w->draining)
		log_fatal(EX_UNAVAILABLE, "%s", why.text);
	while (result == 0 && !w->draining)
		result = cond_wait(&w->draining_begins, TICKS_NEVER);
	accept_close(w);
	if (w->is_open) {
		finish_sessions(w);
		if (w->service->close != NULL)
			w->service->close();
	}
	link_close(w);
}

static void
init_worker(struct worker *w)
{
	group_init(&w->accept_group);
	group_init(&w->session_group);
	group_init(&w->helper_group);
	cond_init(&w->room);
	cond_init(&w->change);
	cond_init(&w->draining_begins);
}

static void
normalise_process(void)
{
	if (sys_null_standard(0) < 0 || sys_ignore_signal(SIGPIPE) < 0)
		exit(EX_OSERR);
	sys_umask(077);
}

int
service_run(const struct service *s, int argc, char **argv)
{
	int result;

	(void)argc;
	BUG_ON(s->serve == NULL);
	normalise_process();
	self.service = s;
	take_options(&self, argv);
	start_with_rights(&self);
	init_worker(&self);
	result = run_init(&(struct run_options){ .simulated = false });
	if (result < 0)
		log_fatal(EX_OSERR, "cannot start the event loop: %s", err_text(result));
	run_before_sleep(log_flush);
	result = run_main(worker_run, &self);
	if (result < 0)
		log_fatal(EX_OSERR, "cannot start the first task: %s", err_text(result));
	run_drop();
	log_flush();
	config_free(self.config);
	config_free(self.stressed_config);
	buf_drop(&self.main_cf);
	arena_drop(&self.arena);
	return EX_OK;
}
