/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A relay that is open to strangers is mostly a slip: mynetworks that is too wide, a permission before
 * the refusal, a parameter misspelt. Reading the rules for such slips would find the known ones; so
 * strangers are sent through them instead.
 *
 * The strangers come from the addresses that are kept for documentation (RFC 5737, RFC 3849, RFC
 * 9637). A site may have taken one of them over from an example, so two of a kind must pass. In a
 * container every client may seem to come from the default gateway, which translates addresses: then
 * that must not relay, unless mynetworks names it alone.
 */
#include "lib/access/audit.h"

#include "lib/access/gateway.h"
#include "lib/access/rehearsal.h"
#include "lib/base/err.h"
#include "lib/base/ticks.h"

#define SUSPECTS_MAX 3

struct suspects {
	const char *addresses[SUSPECTS_MAX];
	size_t count;
	size_t enough; /* that pass: the relay is open */
};

/* A domain that is none of ours; NULL: all are. */
PARKS static const char *
find_foreign(struct rehearsal *r, struct why *why)
{
	static const char *const domains[] = { "example.org", "example.net", "example.com",
		"example.edu" };
	enum route_class class_ = ROUTE_DEFAULT;

	for (size_t i = 0; i < ARRAY_LEN(domains); i++) {
		if (route_classify(r->router, str_of(domains[i]), &class_, TICKS_NEVER, why) == 0 &&
		    class_ == ROUTE_DEFAULT)
			return domains[i];
	}
	return NULL;
}

/* "permit_mynetworks in smtpd_relay_restrictions": the last that let the client pass. */
static void
describe(const struct access_trail *t, const char *client, struct why *why)
{
	const struct access_step *last = NULL;

	for (size_t i = 0; i < t->count; i++) {
		if (t->steps[i].table == NULL && strcmp(t->steps[i].answer, "permit") == 0)
			last = &t->steps[i];
	}
	why_set(why,
	    "this is an open relay: a stranger, client %s, may send to everybody, by %s%s%s; "
	    "if that is meant, set open_relay_acknowledged = yes",
	    client, last != NULL ? last->rule : "nothing that refuses it",
	    last != NULL ? " in " : "", last != NULL ? last->list : "");
}

/* 1: may relay, and *why says how. */
PARKS static int
may_relay(struct rehearsal *r, const char *client, const char *domain, struct why *why)
{
	AUTO(buf) address = BUF_INIT(ADDRESS_MAX);
	struct rehearsal_question q = {
		.client = client, .name = "unknown", .last = REHEARSAL_RCPT
	};
	struct access_trail trail;
	struct reply reply;
	bool passes;

	if (buf_addf(&address, "stranger@%s", domain) < 0)
		return 0;
	q.helo = domain;
	q.sender = q.recipient = buf_text(&address);
	access_trail_init(&trail);
	passes = rehearsal_ask(r, &q, &trail, &reply);
	if (passes)
		describe(&trail, client, why);
	access_trail_drop(&trail);
	return passes;
}

/* ERR_REFUSED, or 0. */
PARKS static int
check(struct rehearsal *r, const struct suspects *s, const char *domain, struct why *why)
{
	struct why words = WHY_INIT;
	size_t passed = 0;

	for (size_t i = 0; i < s->count; i++) {
		if (may_relay(r, s->addresses[i], domain, &words) > 0)
			passed++;
	}
	if (passed < s->enough)
		return 0;
	*why = words;
	return ERR_REFUSED;
}

static bool
is_named(const struct config *c, const char *address)
{
	struct config_list l = config_list(c, PARAM_mynetworks);

	for (size_t i = 0; i < l.count; i++) {
		struct str item = l.items[i];

		item = str_part(item, 0, str_find(item, STR("/32")));
		if (str_equal(item, str_of(address)))
			return true;
	}
	return false;
}

PARKS static int
check_gateway(struct rehearsal *r, const char *domain, struct why *why)
{
	char address[ENDPOINT_TEXT_MAX];
	struct suspects gateway = { { address }, 1, 1 };
	int result;

	if (!gateway_of_container(address) || is_named(r->config, address))
		return 0;
	result = check(r, &gateway, domain, why);
	if (result < 0)
		why_prefix(why,
		    "%s is this container's default gateway, from which strangers may seem to "
		    "come; name it in mynetworks if it is to be trusted: ",
		    address);
	return result;
}

static void
ignore_report(void *context, bool is_error, const char *text)
{
	(void)context;
	(void)is_error;
	(void)text;
}

int
relay_audit(const struct config *c, struct why *why)
{
	static const struct suspects v4 = { { "192.0.2.77", "198.51.100.77", "203.0.113.77" }, 3,
		2 };
	static const struct suspects v6 = { { "2001:db8::77", "3fff:77::77" }, 2, 2 };
	struct rehearsal r;
	const char *domain;
	int result;

	if (config_bool(c, PARAM_open_relay_acknowledged))
		return 0;
	result = rehearsal_open(&r, c, ignore_report, NULL, why);
	if (result < 0)
		return result;
	domain = find_foreign(&r, why);
	if (domain != NULL) {
		result = check(&r, &v4, domain, why);
		if (result == 0)
			result = check(&r, &v6, domain, why);
		if (result == 0)
			result = check_gateway(&r, domain, why);
	}
	rehearsal_close(&r);
	return result;
}
