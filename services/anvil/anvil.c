/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A process reports what its clients have done since it last did, and is told the sums; when its
 * channel ends, whatever the reason, its sessions are over. Nothing is kept on disk: the processes
 * tell a new anvil at once what they have open, and rates are forgotten in a minute anyway.
 */
#include "services/anvil/anvil.h"

#include <stdio.h>

#include "lib/base/arena.h"
#include "lib/base/calendar.h"
#include "lib/base/err.h"
#include "lib/run/run.h"
#include "lib/sys/clock.h"
#include "lib/sys/log.h"

#define CLIENTS_MAX      ((size_t)100000)
#define REPORT_ARENA_MAX ((size_t)1024 * 1024)
#define SEND_DEADLINE    (60 * TICKS_SECOND)

/* --- Peaks ----------------------------------------------------------------------------------- */

/* "Nov 23 15:34:07" */
static struct str
when(int64_t wall, struct buf *out)
{
	struct calendar c;

	calendar_from_wall(&c, wall, sys_clock_zone(wall));
	buf_clear(out);
	if (buf_addf(out, "%s %2d %02d:%02d:%02d", calendar_month_name(c.month), c.day, c.hour,
	        c.minute, c.second) < 0)
		return STR("?");
	return buf_str(out);
}

/* unit: seconds; 0: the value is no rate. */
static void
log_peak(const struct counter_peak *p, const char *what, int64_t unit)
{
	AUTO(buf) at = BUF_INIT(100);
	struct event_field fields[] = {
		F_STR(limit, str_of(what)),
		F_NUM(count, p->value),
		F_STR(service, str_of(p->service)),
		F_STR(client_address, str_of(p->client)),
		F_STR(when, when(p->wall, &at)),
		unit != 0 ? F_NUM(unit, unit) : F_END,
		F_END,
	};

	if (p->value != 0)
		log_record(EVENT_CLIENT_PEAK, fields);
}

static void
log_peaks(struct anvil *a)
{
	const struct counters *c = &a->counters;
	int64_t unit = c->unit / TICKS_SECOND;
	AUTO(buf) at = BUF_INIT(100);

	log_peak(&c->rates[COUNTER_CONNECTIONS], "connection rate", unit);
	log_peak(&c->open, "connection count", 0);
	log_peak(&c->rates[COUNTER_MESSAGES], "message rate", unit);
	log_peak(&c->rates[COUNTER_RECIPIENTS], "recipient rate", unit);
	log_peak(&c->rates[COUNTER_TLS_SESSIONS], "newtls rate", unit);
	log_peak(&c->rates[COUNTER_AUTHS], "auth rate", unit);
	if (c->size.value != 0)
		log_event(EVENT_CLIENTS_PEAK, F_NUM(count, c->size.value),
		    F_STR(when, when(c->size.wall, &at)));
	counters_reset_peaks(&a->counters);
}

PARKS static void
run_status(void *arg)
{
	struct anvil *a = arg;

	while (task_sleep(run_deadline(a->status_every)) == 0)
		log_peaks(a);
}

/* --- Reports --------------------------------------------------------------------------------- */

PARKS static int
take_report(struct anvil *a, struct channel *c, struct counter_owner *o, const struct frame *f)
{
	AUTO(arena) arena = ARENA_INIT(REPORT_ARENA_MAX);
	struct message_client_report report;
	struct message_client_totals totals;
	int result = message_decode_client_report(f, &arena, &report);

	if (result < 0)
		return result;
	totals.clients_count = report.clients_count;
	totals.clients = ARENA_ARRAY(&arena, struct message_client_total, report.clients_count + 1);
	for (uint32_t i = 0; i < report.clients_count; i++)
		counters_report(&a->counters, o, report.service, &report.clients[i], run_now(),
		    run_wall(), &totals.clients[i]);
	return channel_send_client_totals(c, f->request, &totals, run_deadline(SEND_DEADLINE));
}

int
anvil_serve(struct anvil *a, struct channel *c)
{
	struct counter_owner owner;
	struct frame f;
	int result = 0;

	counter_owner_init(&owner);
	while (result == 0) {
		result = channel_receive(c, &f, TICKS_NEVER);
		if (result == 0)
			result = take_report(a, c, &owner, &f);
	}
	counters_forget_owner(&a->counters, &owner, run_now());
	return result;
}

/* --- Life ------------------------------------------------------------------------------------ */

void
anvil_init(struct anvil *a, const struct config *c)
{
	*a = (struct anvil){ .status_every = config_time(c, PARAM_anvil_status_update_time) };
	counters_init(&a->counters, config_time(c, PARAM_anvil_rate_time_unit), CLIENTS_MAX);
	group_init(&a->tasks);
}

int
anvil_start(struct anvil *a)
{
	return task_start(&a->tasks, "status", run_status, a);
}

void
anvil_stop(struct anvil *a)
{
	group_end(&a->tasks);
	log_peaks(a);
	counters_drop(&a->counters);
}
