/* SPDX-License-Identifier: BSD-2-Clause */
/* The queue manager as a service: its configuration, its clients, its agents behind sockets. */
#include <stdio.h>

#include "lib/base/err.h"
#include "lib/io/connect.h"
#include "lib/run/run.h"
#include "lib/service/service.h"
#include "lib/sys/log.h"
#include "lib/sys/process.h"
#include "lib/sys/random.h"
#include "lib/table/account_list.h"
#include "qmgr/control.h"
#include "qmgr/intake.h"

#define HELLO_MAX  (30 * TICKS_SECOND)
#define DRAIN_MAX  (30 * TICKS_SECOND)
#define STOP_MAX   (5 * TICKS_SECOND)
#define LOOKUP_MAX TICKS_MINUTE

static struct {
	struct router *router;
	struct qmgr *qmgr;
	struct account_list may_list, may_flush;
} self;

/* --- What the queue manager needs of the outside ---------------------------------------------- */

static struct feedback
feedback_of(enum param_id family, const char *transport)
{
	const char *text = config_each_text(service_config(), family, transport);
	struct feedback f = { .amount = 1, .per = FEEDBACK_PLAIN };

	if (feedback_parse(str_of(text), &f) < 0)
		log_warning(
		    "transport %s: \"%s\" is no concurrency feedback (a number up to 1, n/m, or "
		    "n/concurrency); 1 is used",
		    transport, text);
	return f;
}

static bool
is_on_demand(struct str transport)
{
	struct config_list deferred = config_list(service_config(), PARAM_defer_transports);

	for (size_t i = 0; i < deferred.count; i++) {
		if (str_equal(deferred.items[i], transport))
			return true;
	}
	return false;
}

static void
limits_of(void *context, struct str transport, struct transport_limits *out)
{
	const struct config *c = service_config();
	char name[65];

	(void)context;
	snprintf(name, sizeof(name), "%.*s", STR_ARG(transport));
	*out = (struct transport_limits){
		.concurrency = (uint32_t)config_each_int(
		    c, PARAM_transport_destination_concurrency_limit, name),
		.initial = (uint32_t)config_each_int(
		    c, PARAM_transport_initial_destination_concurrency, name),
		.recipients =
		    (uint32_t)config_each_int(c, PARAM_transport_destination_recipient_limit, name),
		.failed_cohorts = (uint32_t)config_each_int(
		    c, PARAM_transport_destination_concurrency_failed_cohort_limit, name),
		.positive =
		    feedback_of(PARAM_transport_destination_concurrency_positive_feedback, name),
		.negative =
		    feedback_of(PARAM_transport_destination_concurrency_negative_feedback, name),
		.on_demand = is_on_demand(transport),
	};
}

PARKS static int
resolve(void *context, struct str recipient, struct route *out, int64_t deadline, struct why *why)
{
	struct address address = address_from_internal(recipient);

	(void)context;
	return route_resolve(self.router, &address, out, deadline, why);
}

PARKS static int
connect_agent(
    void *context, struct str transport, struct caller *out, int64_t deadline, struct why *why)
{
	static const struct channel_options options = {
		.protocol = CHANNEL_DELIVER,
		.program = "qmgr",
		.capacity = 1,
	};
	char path[100];
	int fd, result;

	(void)context;
	snprintf(path, sizeof(path), "private/%.*s", STR_ARG(transport));
	result = connect_unix(path, &fd, deadline);
	if (result < 0) {
		why_set(why, "cannot connect to %s: %s", path, err_text(result));
		return result;
	}
	return caller_open(out, fd, &options, deadline, why);
}

/* --- The service ------------------------------------------------------------------------------ */

static int
qmgr_open_privileged(const struct config *c, struct why *why)
{
	int result = account_list_open(&self.may_list, c, PARAM_authorized_mailq_users, why);

	if (result == 0)
		result = account_list_open(&self.may_flush, c, PARAM_authorized_flush_users, why);
	if (result < 0)
		return result;
	self.router = router_new(c, why);
	return self.router == NULL ? ERR_REFUSED : 0;
}

PARKS static int
qmgr_open(const struct config *c, struct why *why)
{
	const struct qmgr_options options = {
		.policy = {
			.backoff_least = config_time(c, PARAM_minimal_backoff_time),
			.backoff_most = config_time(c, PARAM_maximal_backoff_time),
			.lifetime = config_time(c, PARAM_maximal_queue_lifetime),
			.bounce_lifetime = config_time(c, PARAM_bounce_queue_lifetime),
			.transport_retry = config_time(c, PARAM_transport_retry_time),
			.journal_age = config_time(c, PARAM_journal_segment_age),
		},
		.limits = limits_of,
		.resolve = resolve,
		.connect = connect_agent,
		.seed = random_u64(),
	};
	int result;

	self.qmgr = qmgr_new(&options);
	result = qmgr_start(self.qmgr);
	if (result < 0)
		why_set(why, "cannot start tasks: %s", err_text(result));
	return result;
}

/* Who may, cannot be found out: not now. */
PARKS static bool
is_listed(const struct account_list *l, uid_t uid)
{
	struct why why;
	int result = account_list_has(l, uid, run_deadline(LOOKUP_MAX), &why);

	if (result < 0)
		log_warning("%s", why.text);
	return result > 0;
}

PARKS static void
serve_commands(struct channel *c, uid_t uid, bool is_owner)
{
	const struct control_rights rights = {
		.list = is_owner || is_listed(&self.may_list, uid),
		.flush = is_owner || is_listed(&self.may_flush, uid),
		.act = is_owner,
	};

	control_serve(self.qmgr, c, &rights);
}

PARKS static void
serve_channel(struct channel *c, const struct client *client)
{
	uid_t uid = client->ids.uid;
	bool is_owner = client->is_unix && (uid == 0 || uid == sys_effective_uid());

	if (strcmp(c->protocol, CHANNEL_QUEUE) == 0)
		serve_commands(c, uid, is_owner);
	else if (is_owner)
		intake_serve(self.qmgr, c);
	else
		log_warning("notices from uid %ld are refused", (long)uid);
}

PARKS static void
qmgr_serve(struct client *client)
{
	static const struct channel_options options = {
		.protocol = CHANNEL_STORED " " CHANNEL_QUEUE,
		.program = "qmgr",
		.capacity = 1,
	};
	struct channel channel;
	struct why why = WHY_INIT;
	int result = channel_open(&channel, client->fd, &options, run_deadline(HELLO_MAX), &why);

	if (result < 0) {
		if (!channel_peer_went(result))
			log_warning("%s", why.text);
		return;
	}
	serve_channel(&channel, client);
	channel_close(&channel);
}

/*
 * Deliveries that have begun are finished, since to give one up may mean to make it twice; but our
 * successor waits for our end, and with it the queue.
 */
PARKS static void
qmgr_drain(void)
{
	qmgr_finish(self.qmgr, run_deadline(DRAIN_MAX));
}

PARKS static void
qmgr_close(void)
{
	qmgr_stop(self.qmgr, run_deadline(STOP_MAX));
	qmgr_free(self.qmgr);
	router_free(self.router);
	account_list_close(&self.may_list);
	account_list_close(&self.may_flush);
}

int
main(int argc, char **argv)
{
	static const struct service qmgr = {
		.name = "qmgr",
		.user = SERVICE_USER_MAIL,
		.walls = WALL_IPC | WALL_SPOOL,
		.single = true,
		.open_privileged = qmgr_open_privileged,
		.open = qmgr_open,
		.serve = qmgr_serve,
		.drain = qmgr_drain,
		.close = qmgr_close,
	};

	return service_run(&qmgr, argc, argv);
}
