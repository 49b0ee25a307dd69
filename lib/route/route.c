/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Every process that must know where an address belongs has a router of its own: what Postfix asks
 * its trivial-rewrite service for is a few comparisons and a table look-up, cheaper than a message
 * between processes. All that a router holds was opened before rights were given up.
 */
#include "lib/route/route.h"

#include "lib/base/bug.h"
#include "lib/base/err.h"
#include "lib/base/mem.h"
#include "lib/route/own_address.h"
#include "lib/table/address_find.h"
#include "lib/table/match_list.h"

#define TRANSPORT_MAX ((size_t)64)
#define NEXTHOP_MAX   ((size_t)1024)

/*
 * What the classes differ in. The order is that of the question: a domain is in the first class
 * whose list has it.
 */
struct class_row {
	enum route_class class_;
	enum param_id domains;
	enum param_id recipients;
	enum param_id transport; /* PARAM_COUNT: `undeliverable` says why there is none */
	unsigned keys;           /* by which recipients are looked up */
	const char *undeliverable;
};

static const struct class_row rows[] = {
	{ ROUTE_LOCAL, PARAM_mydestination, PARAM_local_recipient_maps, PARAM_local_transport,
	    ADDRESS_KEY_FULL | ADDRESS_KEY_LOCAL | ADDRESS_KEY_DOMAIN, NULL },
	{ ROUTE_VIRTUAL_ALIAS, PARAM_virtual_alias_domains, PARAM_virtual_alias_maps, PARAM_COUNT,
	    ADDRESS_KEY_FULL | ADDRESS_KEY_DOMAIN,
	    "5.1.1 there is no such user in the virtual alias table" },
	{ ROUTE_VIRTUAL_MAILBOX, PARAM_virtual_mailbox_domains, PARAM_virtual_mailbox_maps,
	    PARAM_virtual_transport, ADDRESS_KEY_FULL | ADDRESS_KEY_DOMAIN, NULL },
	{ ROUTE_RELAY, PARAM_relay_domains, PARAM_relay_recipient_maps, PARAM_COUNT,
	    ADDRESS_KEY_FULL | ADDRESS_KEY_DOMAIN,
	    "5.4.4 this host delivers mail only to its own mailboxes" },
};

static const char undeliverable_default[] =
    "5.4.4 this host delivers mail only to its own mailboxes";

struct class_state {
	struct match_list *domains;
	struct table_list recipients;
};

struct router {
	const struct config *config;
	struct class_state classes[ARRAY_LEN(rows)]; /* as rows[] */
	struct own_addresses own;
};

static int
open_classes(struct router *r, struct why *why)
{
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct class_state *s = &r->classes[i];
		const char *maps = config_text(r->config, rows[i].recipients);
		int result;

		s->domains = match_list_open(r->config, rows[i].domains, MATCH_DOMAIN, why);
		if (s->domains == NULL)
			return ERR_REFUSED;
		result = table_list_open(&s->recipients, maps, TABLE_FOLD | TABLE_LATE, why);
		if (result < 0)
			return result;
	}
	return 0;
}

struct router *
router_new(const struct config *c, struct why *why)
{
	struct router *r = NEW(struct router);

	r->config = c;
	if (own_addresses_open(&r->own, c, why) == 0 && open_classes(r, why) == 0)
		return r;
	router_free(r);
	return NULL;
}

void
router_free(struct router *r)
{
	if (r == NULL)
		return;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		match_list_close(r->classes[i].domains);
		table_list_close(&r->classes[i].recipients);
	}
	own_addresses_drop(&r->own);
	mem_free(r);
}

void
router_notices(const struct router *r, void (*see)(const char *table, const char *words))
{
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		const struct table_list *l = &r->classes[i].recipients;

		for (size_t j = 0; j < l->count; j++) {
			if (table_notice(l->tables[j]) != NULL)
				see(table_name(l->tables[j]), table_notice(l->tables[j]));
		}
	}
}

/* The row of a domain; ARRAY_LEN(rows): of none (ROUTE_DEFAULT). 0, or negative. */
PARKS static int
find_row(struct router *r, struct str domain, size_t *row, int64_t deadline, struct why *why)
{
	int result;

	*row = 0;
	if (domain.n == 0 || own_addresses_have(&r->own, domain))
		return 0;
	for (; *row < ARRAY_LEN(rows); (*row)++) {
		result = match_list_find(r->classes[*row].domains, domain, deadline, why);
		if (result != 0)
			return result < 0 ? result : 0;
	}
	return 0;
}

int
route_classify(struct router *r, struct str domain, enum route_class *class_, int64_t deadline,
    struct why *why)
{
	size_t row;
	int result = find_row(r, domain, &row, deadline, why);

	if (result == 0)
		*class_ = row < ARRAY_LEN(rows) ? rows[row].class_ : ROUTE_DEFAULT;
	return result;
}

/* RFC 5321, 4.5.1: a host that takes mail for a domain takes it for the postmaster there. */
static bool
is_postmaster(const struct address *a)
{
	return str_equal_nocase(a->local, STR("postmaster"));
}

int
route_recipient_exists(struct router *r, const struct address *recipient, enum route_class *class_,
    int64_t deadline, struct why *why)
{
	struct address_query q = { .address = recipient,
		.delimiters = config_text(r->config, PARAM_recipient_delimiter) };
	AUTO(buf) value = BUF_INIT(TABLE_VALUE_MAX);
	struct table_list *maps;
	size_t row;
	int result;

	result = find_row(r, recipient->domain, &row, deadline, why);
	if (result < 0)
		return result;
	*class_ = row < ARRAY_LEN(rows) ? rows[row].class_ : ROUTE_DEFAULT;
	if (row == ARRAY_LEN(rows))
		return 1;
	maps = &r->classes[row].recipients;
	if (maps->count == 0)
		return rows[row].class_ != ROUTE_VIRTUAL_ALIAS;
	if (rows[row].class_ == ROUTE_LOCAL && is_postmaster(recipient))
		return 1;
	q.keys = rows[row].keys;
	return address_find(maps, &q, &value, NULL, deadline, why);
}

/* --- Resolving ----------------------------------------------------------------------------- */

void
route_init(struct route *out)
{
	out->class_ = ROUTE_DEFAULT;
	buf_init(&out->transport, TRANSPORT_MAX);
	buf_init(&out->nexthop, NEXTHOP_MAX);
}

void
route_drop(struct route *out)
{
	buf_drop(&out->transport);
	buf_drop(&out->nexthop);
}

static int
set(struct route *out, struct str transport, struct str nexthop, struct why *why)
{
	buf_clear(&out->transport);
	buf_clear(&out->nexthop);
	if (buf_add(&out->transport, transport) == 0 && buf_add(&out->nexthop, nexthop) == 0)
		return 0;
	why_set(
	    why, "the transport \"%.*s:%.*s\" is too long", STR_ARG(transport), STR_ARG(nexthop));
	return ERR_TOO_LONG;
}

/* transport [ ":" nexthop ]; without a next hop, it is the recipient's domain. */
static int
set_configured(struct route *out, struct str spec, struct str domain, struct why *why)
{
	size_t colon = str_index(spec, ':');
	struct str nexthop = str_from(spec, colon + 1);

	return set(out, str_part(spec, 0, colon), nexthop.n != 0 ? nexthop : domain, why);
}

int
route_resolve(struct router *r, const struct address *recipient, struct route *out,
    int64_t deadline, struct why *why)
{
	const char *words = undeliverable_default;
	size_t row;
	int result;

	result = find_row(r, recipient->domain, &row, deadline, why);
	if (result < 0)
		return result;
	out->class_ = row < ARRAY_LEN(rows) ? rows[row].class_ : ROUTE_DEFAULT;
	if (row < ARRAY_LEN(rows) && rows[row].transport != PARAM_COUNT)
		return set_configured(out, str_of(config_text(r->config, rows[row].transport)),
		    recipient->domain, why);
	if (row < ARRAY_LEN(rows))
		words = rows[row].undeliverable;
	return set(out, STR("error"), str_of(words), why);
}
