/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Who is limited, by how much, and what is said then. An event counts when it begins, whatever
 * becomes of it: a message that is broken off just below its size limit, again and again, is no less
 * work than one that arrives.
 *
 * A client of whom it cannot be found out whether it is an exception is limited.
 */
#include "smtpd/client_limits.h"

#include "lib/base/err.h"
#include "lib/run/run.h"
#include "lib/sys/log.h"
#include "lib/table/network.h"
#include "smtpd/attributes.h"
#include "smtpd/session.h"

/* Events that are limited by now: the limit, its name in the log, the answer. */
static const struct {
	enum param_id limit;
	const char *name;
	enum reply_id reply;
} rows[] = {
	[CLIENT_CONNECTIONS] = { PARAM_smtpd_client_connection_rate_limit, "Connection rate",
	    REPLY_TOO_MANY_CONNECTIONS },
	[CLIENT_MESSAGES] = { PARAM_smtpd_client_message_rate_limit,
	    "Message delivery request rate", REPLY_TOO_MUCH_MAIL },
	[CLIENT_RECIPIENTS] = { PARAM_smtpd_client_recipient_rate_limit, "Recipient address rate",
	    REPLY_TOO_MANY_RECIPIENTS_SENT },
};

/* --- What is limited ------------------------------------------------------------------------- */

static bool
has_limits(const struct client_limits *l)
{
	bool any = l->open != 0;

	for (int e = 0; e < CLIENT_EVENTS; e++)
		any = any || l->rates[e] != 0;
	return any;
}

PARKS static bool
is_exception(const struct session *s)
{
	struct match_list *list = s->smtpd->limits.exceptions;
	struct why why = WHY_INIT;
	int result;

	if (list == NULL)
		return s->in_mynetworks > 0;
	result = match_list_find_client(list, STR_NONE, str_of(s->peer->address),
	    run_deadline(session_config_time(s, ipc_timeout)), &why);
	if (result < 0)
		log_warning("smtpd_client_event_limit_exceptions: %s", why.text);
	return result > 0;
}

/* A proxy that will say who its client is: that one is limited. */
PARKS static bool
speaks_for_others(const struct session *s)
{
	return s->claim == NULL && attributes_authorized(s, s->smtpd->xclient_hosts) > 0;
}

/* The block of addresses that the client is of. What has no address is as it is called. */
static struct str
block_of(const struct session *s, char text[NETWORK_TEXT_MAX])
{
	const struct client_limits *l = &s->smtpd->limits;
	struct network n;

	if (!network_parse_address(str_of(s->peer->address), &n))
		return str_of(s->peer->address);
	network_widen(&n, n.is_v6 ? l->v6_bits : l->v4_bits);
	return str_of(network_text(&n, text));
}

/* --- What is said ---------------------------------------------------------------------------- */

static void
refuse(
    const struct session *s, const char *limit, enum reply_id id, uint32_t count, struct reply *r)
{
	struct str address = str_of(s->peer->address);

	if (id == REPLY_TOO_MANY_CONNECTIONS)
		reply_fill(r, id, str_of(session_config_text(s, myhostname)), address);
	else
		reply_fill(r, id, address);
	log_event(EVENT_CLIENT_LIMIT, F_STR(limit, str_of(limit)), F_NUM(count, count),
	    F_STR(client_name, str_of(s->peer->name)), F_STR(client_address, address),
	    F_STR(service, str_of(s->smtpd->limits.ledger.service)));
}

/* --- Events ---------------------------------------------------------------------------------- */

PARKS static bool
allow_rate(struct session *s, enum client_event e, uint32_t event, struct reply *r)
{
	struct client_limits *l = &s->smtpd->limits;
	uint32_t rate;

	if (l->rates[e] == 0)
		return true;
	client_ledger_settle(&l->ledger, s->client, e, event);
	rate = client_count_rate(s->client, e, event);
	if (rate <= l->rates[e])
		return true;
	refuse(s, rows[e].name, rows[e].reply, rate, r);
	return false;
}

bool
client_limits_allow(struct session *s, enum client_event e, struct reply *r)
{
	struct client_limits *l = &s->smtpd->limits;

	if (s->client == NULL || l->rates[e] == 0)
		return true;
	return allow_rate(s, e, client_ledger_note(&l->ledger, s->client, e), r);
}

/* The sessions of the client with this one, its place among those here being given. */
static uint32_t
count_with(const struct client_count *k, uint32_t place)
{
	return client_count_elsewhere(k) + place;
}

/* Waits only where this session could be one too many. */
PARKS static bool
allow_open(struct session *s, uint32_t connection, struct reply *r)
{
	struct client_limits *l = &s->smtpd->limits;
	uint32_t place = client_count_here(s->client);

	if (l->open == 0)
		return true;
	if (!client_count_is_settled(s->client) || count_with(s->client, place) > l->open)
		client_ledger_settle(&l->ledger, s->client, CLIENT_CONNECTIONS, connection);
	if (count_with(s->client, place) <= l->open)
		return true;
	refuse(s, "Connection concurrency", REPLY_TOO_MANY_CONNECTIONS,
	    count_with(s->client, place), r);
	return false;
}

bool
client_limits_enter(struct session *s, struct reply *r)
{
	struct client_limits *l = &s->smtpd->limits;
	char text[NETWORK_TEXT_MAX];
	uint32_t connection;

	if (!has_limits(l) || is_exception(s) || speaks_for_others(s))
		return true;
	s->client = client_ledger_enter(&l->ledger, block_of(s, text));
	connection = client_ledger_note(&l->ledger, s->client, CLIENT_CONNECTIONS);
	return allow_open(s, connection, r) && allow_rate(s, CLIENT_CONNECTIONS, connection, r);
}

void
client_limits_leave(struct session *s)
{
	if (s->client != NULL)
		client_ledger_leave(&s->smtpd->limits.ledger, s->client);
	s->client = NULL;
}

/* --- Life ------------------------------------------------------------------------------------ */

int
client_limits_init(struct client_limits *l, const struct config *c, struct why *why)
{
	*l = (struct client_limits){
		.open = config_int(c, PARAM_smtpd_client_connection_count_limit),
		.v4_bits = (unsigned)config_int(c, PARAM_smtpd_client_ipv4_prefix_length),
		.v6_bits = (unsigned)config_int(c, PARAM_smtpd_client_ipv6_prefix_length),
	};
	for (size_t e = 0; e < ARRAY_LEN(rows); e++)
		l->rates[e] = config_int(c, rows[e].limit);
	client_ledger_init(&l->ledger, "private/anvil", config_text(c, PARAM_service_name));
	l->ledger.eager = l->open / 2;
	if (strcmp(config_text(c, PARAM_smtpd_client_event_limit_exceptions),
	        config_text(c, PARAM_mynetworks)) == 0)
		return 0;
	l->exceptions =
	    match_list_open(c, PARAM_smtpd_client_event_limit_exceptions, MATCH_CLIENT, why);
	return l->exceptions != NULL ? 0 : ERR_SYNTAX;
}

void
client_limits_drop(struct client_limits *l)
{
	client_ledger_drop(&l->ledger);
	match_list_close(l->exceptions);
}
