/* SPDX-License-Identifier: BSD-2-Clause */
#include "master/member.h"

#include <signal.h>

#include "lib/base/err.h"
#include "lib/base/mem.h"
#include "lib/run/run.h"
#include "lib/sys/file.h"
#include "lib/sys/log.h"
#include "lib/sys/socket.h"
#include "master/crew.h"
#include "master/log_file.h"
#include "master/start.h"

/* A process without a link is of no use; it has this long to end by itself. */
#define KILL_AFTER TICKS_SECOND

static void
free_if_done(struct member *m)
{
	if (m->reading || !m->gone)
		return;
	stream_close(&m->stream);
	list_remove(&m->link);
	crew_wake(m->crew);
	mem_free(m);
}

static void
take_report(struct member *m, const struct worker_report *report)
{
	m->report = *report;
	if (report->took_log)
		m->owes_log = false;
	if (report->waiting) {
		crew_note_waiting(m->crew, m);
		return;
	}
	if (report->draining)
		m->state = MEMBER_DRAINING;
	if (m->ready == 0) {
		m->ready = run_now();
		if (m->state == MEMBER_STARTING)
			m->state = MEMBER_READY;
		crew_note_ready(m->crew, m);
	}
	crew_wake(m->crew);
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
	member_kill(m);
	m->reading = false;
	free_if_done(m);
}

int
member_start(struct crew *c)
{
	struct member *m = NEW(struct member);
	int result = start_process(c->plan, c->service, &c->crews->sockets, &m->pid, &m->link_fd);

	if (result == 0) {
		result = stream_open(&m->stream, m->link_fd);
		if (result < 0)
			sys_close(m->link_fd); /* to the process this is our end, and it ends */
	}
	if (result < 0) {
		mem_free(m);
		return result;
	}
	m->crew = c;
	m->generation = c->generation;
	m->reading = true;
	cond_init(&m->reaped);
	list_append(&c->members, &m->link);
	if (c->stressed)
		member_tell(m, WORKER_STRESS);
	if (task_start(&c->tasks, "member", member_run, m) < 0) {
		m->reading = false;
		member_order(m, WORKER_STOP);
	}
	return 0;
}

static void
send_order(const struct member *m, enum worker_order what, int fd)
{
	char bytes[WORKER_MESSAGE_SIZE];
	struct str message = str_make(bytes, sizeof(bytes));
	int result;

	if (m->gone)
		return;
	worker_order_encode(what, bytes);
	result = sys_send(m->link_fd, &message, 1, fd);
	(void)result; /* it is dying, or will be killed when its time is up */
}

void
member_order(struct member *m, enum worker_order what)
{
	m->state = MEMBER_DRAINING;
	send_order(m, what, -1);
}

void
member_tell(struct member *m, enum worker_order what)
{
	send_order(m, what, -1);
}

void
member_hand_log(struct member *m)
{
	if (m->gone)
		return;
	for (unsigned i = 0; i < log_file_count(); i++)
		send_order(m, i == 0 ? WORKER_LOG : WORKER_LOG_2, log_file_descriptor(i));
	m->owes_log = log_file_count() != 0;
}

void
member_kill(struct member *m)
{
	int result;

	if (m->gone)
		return;
	result = sys_kill(m->pid, SIGKILL);
	(void)result; /* not reaped yet: the process is there, and ours */
}

void
member_reaped(struct member *m, const struct process_end *end)
{
	crew_note_end(m->crew, m, end);
	m->gone = true;
	m->state = MEMBER_DRAINING;
	cond_signal(&m->reaped);
	crew_wake(m->crew);
	free_if_done(m);
}
