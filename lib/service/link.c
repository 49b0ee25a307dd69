/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a worker does beside its clients, a task each: it reports to master, takes its orders, ends
 * when idle, wakes up on time, drains on SIGTERM, and feeds its watchdog.
 *
 * A report leaves at once when it tells master to act (ready, busy or no longer, draining), and
 * otherwise at most once a second: the counts are for people to look at, and a system call per
 * session would be a high price for them. Idleness is looked at when it could be due, not at the
 * end of each session.
 */
#include "lib/service/worker.h"

#include <errno.h>
#include <signal.h>

#include "lib/base/bug.h"
#include "lib/base/err.h"
#include "lib/run/run.h"
#include "lib/service/worker_link.h"
#include "lib/sys/file.h"
#include "lib/sys/log.h"
#include "lib/sys/process.h"

#define REPORT_EVERY TICKS_SECOND

static struct watch signals;

/*
 * A quarter of the room: so that work spreads over the cores long before the first worker is full,
 * and a few clients do not start a crowd of processes.
 */
bool
worker_is_busy(const struct worker *w)
{
	return w->sessions >= w->capacity / 4 + (w->capacity % 4 != 0);
}

static struct worker_report
current_report(const struct worker *w)
{
	return (struct worker_report){
		.sessions = w->sessions,
		.busy = worker_is_busy(w),
		.full = w->sessions >= w->capacity,
		.draining = w->draining,
		.served = w->served,
		.took_log = w->took_log,
	};
}

/* Waits until there is something to tell: at once what is urgent, the rest from `next` on. */
PARKS static int
wait_for_news(struct worker *w, const struct worker_report *told, int64_t next)
{
	for (;;) {
		struct worker_report now = current_report(w);
		bool urgent = now.busy != told->busy || now.draining != told->draining ||
		              now.full != told->full || now.took_log;
		bool changed = now.sessions != told->sessions || now.served != told->served;
		int result;

		if (urgent || (changed && run_now() >= next))
			return 0;
		result = cond_wait(&w->change, changed ? next : TICKS_NEVER);
		if (result == ERR_CANCELLED)
			return result;
	}
}

PARKS static void
report_run(void *arg)
{
	struct worker *w = arg;

	for (;;) {
		struct worker_report told = current_report(w);

		w->took_log = false;
		if (worker_report_send(&w->link, &told, TICKS_NEVER) < 0)
			return; /* master is gone; order_run() sees it too */
		if (wait_for_news(w, &told, run_deadline(REPORT_EVERY)) < 0)
			return;
	}
}

/* Each line that was recorded is in the old file or in the new one, and in one only. */
static void
take_log(struct worker *w, int place)
{
	int fd = stream_take_fd(&w->link), result;

	if (fd < 0)
		return;
	log_flush();
	result = sys_move_fd(fd, place);
	if (result == 0 && place == WORKER_FD_LOG_2)
		result = sys_inherit(place, false);
	if (result < 0)
		log_warning("cannot go over to a new log file: %s", err_text(result));
	w->took_log = true;
	cond_signal(&w->change);
}

static void
obey(struct worker *w, enum worker_order order)
{
	switch (order) {
	case WORKER_LOG:
		take_log(w, WORKER_FD_LOG);
		return;
	case WORKER_LOG_2:
		take_log(w, WORKER_FD_LOG_2);
		return;
	case WORKER_STRESS:
	case WORKER_EASE:
		worker_stress(w, order == WORKER_STRESS);
		return;
	case WORKER_STOP:
		w->stopping = true;
		group_cancel(&w->session_group);
		break;
	case WORKER_DRAIN:
		w->stopping = true;
		break;
	case WORKER_RETIRE:
		break;
	}
	worker_drain(w);
}

PARKS static void
order_run(void *arg)
{
	struct worker *w = arg;
	enum worker_order order;
	int result;

	while ((result = worker_order_receive(&w->link, &order, TICKS_NEVER)) == 0)
		obey(w, order);
	w->stopping = w->stopping || result != ERR_CANCELLED;
	if (result != ERR_CANCELLED)
		worker_drain(w);
}

PARKS static void
idle_run(void *arg)
{
	struct worker *w = arg;
	int64_t patience = config_time(w->config, PARAM_max_idle);
	int64_t due = run_deadline(patience);

	while (task_sleep(due) == 0) {
		if (w->sessions != 0) {
			due = run_deadline(patience);
			continue;
		}
		due = ticks_add(w->idle_since, patience);
		if (run_now() >= due) {
			worker_drain(w);
			return;
		}
	}
}

/* Sleeps only where draining ends it: a wake-up that has begun is work to be finished. */
PARKS static void
wake_run(void *arg)
{
	struct worker *w = arg;
	int64_t pause = w->options.wakeup != 0 ? w->options.wakeup : TICKS_NEVER;

	while (!w->draining && !task_is_cancelled()) {
		int64_t due = run_deadline(pause);

		w->service->wake();
		while (!w->draining && cond_wait(&w->draining_begins, due) == 0)
			;
	}
}

/* Tasks that wait do not stop it; one that never parks again does. */
PARKS static void
watchdog_run(void *arg)
{
	const struct worker *w = arg;
	int64_t timeout = config_time(w->config, PARAM_daemon_timeout);

	do
		sys_watchdog((unsigned)ticks_min(timeout / TICKS_SECOND, INT32_MAX));
	while (task_sleep(run_deadline(timeout / 3)) == 0);
}

PARKS static void
signal_run(void *arg)
{
	struct worker *w = arg;

	while (watch_in(&signals, TICKS_NEVER) == 0) {
		while (sys_signals_next(signals.fd) >= 0)
			worker_drain(w);
	}
}

static int
open_signals(void)
{
	static const int wanted[] = { SIGTERM };
	int fd = sys_signals_open(wanted, ARRAY_LEN(wanted)), result;

	if (fd < 0)
		return fd;
	result = watch_open(&signals, fd);
	if (result < 0)
		sys_close(fd);
	return result;
}

int
link_open(struct worker *w, struct why *why)
{
	int result = sys_inherit(WORKER_FD_LINK, false);

	if (result == 0)
		result = stream_open_passing(&w->link, WORKER_FD_LINK);
	if (result < 0) {
		why_set(why, "descriptor %d is no link to master: %s", WORKER_FD_LINK,
		    err_text(result));
		return result;
	}
	result = open_signals();
	if (result == 0)
		result = task_start(&w->helper_group, "orders", order_run, w);
	if (result == 0)
		result = task_start(&w->helper_group, "signals", signal_run, w);
	if (result < 0)
		why_set(why, "cannot listen to master: %s", err_text(result));
	return result;
}

int
link_report_ready(struct worker *w, struct why *why)
{
	int result = task_start(&w->helper_group, "report", report_run, w);

	if (result == 0)
		result = task_start(&w->helper_group, "watchdog", watchdog_run, w);
	if (result == 0 && !w->options.resident && !w->service->single)
		result = task_start(&w->helper_group, "idle", idle_run, w);
	if (result == 0 && w->service->wake != NULL)
		result = task_start(&w->session_group, "wake-up", wake_run, w);
	if (result < 0)
		why_set(why, "cannot start tasks: %s", err_text(result));
	return result;
}

void
link_close(struct worker *w)
{
	group_cancel(&w->helper_group);
	BUG_ON(group_wait(&w->helper_group, TICKS_NEVER) < 0);
	watch_close(&signals);
	stream_close(&w->link);
}
