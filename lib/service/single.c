/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * One process at a time. After a reload, or when master itself was killed and started again, the
 * predecessor may still be there. The successor tells master that it waits, upon which master lets
 * the predecessor finish; the lock ends with its process, however that ends.
 *
 * The file lies in the folder of master's own, which only root may change (or, rootless, whoever
 * started the suite), and is opened before rights are given up.
 */
#include "lib/service/worker.h"

#include <errno.h>

#include "lib/base/err.h"
#include "lib/run/run.h"
#include "lib/service/worker_link.h"
#include "lib/sys/lock.h"
#include "lib/sys/log.h"

#define ASK_EVERY    (20 * TICKS_MS)
#define SAY_SO_AFTER (5 * TICKS_SECOND)
#define PATIENCE     (5 * TICKS_MINUTE)

static const char *
lock_path(struct worker *w)
{
	return arena_printf(&w->arena, "%s/%s.lock",
	    config_text(w->config, PARAM_process_id_directory), w->service->name);
}

static int
failed(struct worker *w, int result, struct why *why)
{
	why_set(why, "cannot lock %s/%s: %s", config_text(w->config, PARAM_queue_directory),
	    lock_path(w), err_text(result));
	return result;
}

int
single_open(struct worker *w, struct why *why)
{
	w->single_fd = lock_open(lock_path(w));
	return w->single_fd < 0 ? failed(w, w->single_fd, why) : 0;
}

int
single_wait(struct worker *w, struct why *why)
{
	const struct worker_report waiting = { .waiting = true };
	int64_t start = run_now();
	bool said = false;
	int result = lock_take(w->single_fd);

	if (result == -EAGAIN && worker_report_send(&w->link, &waiting, TICKS_NEVER) < 0)
		return ERR_CANCELLED; /* master is gone */
	while (result == -EAGAIN && (result = lock_take(w->single_fd)) == -EAGAIN) {
		int64_t waited = run_now() - start;

		if (w->draining)
			return ERR_CANCELLED;
		if (waited >= PATIENCE)
			break;
		if (waited >= SAY_SO_AFTER && !said)
			log_info("waiting for the process that holds %s", lock_path(w));
		said = said || waited >= SAY_SO_AFTER;
		if (task_sleep(run_deadline(ASK_EVERY)) < 0)
			return ERR_CANCELLED;
	}
	if (result < 0)
		return failed(w, result, why);
	return lock_write_pid(w->single_fd);
}
