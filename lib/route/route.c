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
#include "lib/config/param.h"
#include "lib/route/router.h"
#include "lib/table/address_find.h"

#define TRANSPORT_MAX ((size_t)64)
#define NEXTHOP_MAX   ((size_t)1024)

static const struct class_row rows[ROUTE_CLASSES] = {
	{ ROUTE_LOCAL, PARAM_mydestination, PARAM_local_recipient_maps, PARAM_local_transport,
	    ADDRESS_KEY_FULL | ADDRESS_KEY_LOCAL | ADDRESS_KEY_DOMAIN },
	{ ROUTE_VIRTUAL_ALIAS, PARAM_virtual_alias_domains, PARAM_virtual_alias_maps, PARAM_COUNT,
	    ADDRESS_KEY_FULL | ADDRESS_KEY_DOMAIN },
	{ ROUTE_VIRTUAL_MAILBOX, PARAM_virtual_mailbox_domains, PARAM_virtual_mailbox_maps,
	    PARAM_virtual_transport, ADDRESS_KEY_FULL | ADDRESS_KEY_DOMAIN },
	{ ROUTE_RELAY, PARAM_relay_domains, PARAM_relay_recipient_maps, PARAM_relay_transport,
	    ADDRESS_KEY_FULL | ADDRESS_KEY_DOMAIN },
};

static const char no_such_alias[] = "5.1.1 there is no such user in the virtual alias table";

static int
open_classes(struct router *r, struct why *why)
{
	for (size_t i = 0; i < ROUTE_CLASSES; i++) {
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

static const enum param_id rewrites[ROUTE_REWRITES] = {
	[REWRITE_RECIPIENT] = PARAM_recipient_canonical_maps,
	[REWRITE_SENDER] = PARAM_sender_canonical_maps,
	[REWRITE_ANY] = PARAM_canonical_maps,
	[REWRITE_ALIAS] = PARAM_virtual_alias_maps,
};

static int
open_rewrites(struct router *r, struct why *why)
{
	int result = 0;

	for (size_t i = 0; i < ROUTE_REWRITES && result == 0; i++)
		result = table_list_open(&r->rewrites[i], config_text(r->config, rewrites[i]),
		    TABLE_FOLD | TABLE_LATE, why);
	return result;
}

struct router *
router_new(const struct config *c, struct why *why)
{
	struct router *r = NEW(struct router);

	r->config = c;
	if (own_addresses_open(&r->own, c, why) == 0 && open_classes(r, why) == 0 &&
	    open_rewrites(r, why) == 0)
		return r;
	router_free(r);
	return NULL;
}

void
router_free(struct router *r)
{
	if (r == NULL)
		return;
	for (size_t i = 0; i < ROUTE_CLASSES; i++) {
		match_list_close(r->classes[i].domains);
		table_list_close(&r->classes[i].recipients);
	}
	for (size_t i = 0; i < ROUTE_REWRITES; i++)
		table_list_close(&r->rewrites[i]);
	own_addresses_drop(&r->own);
	mem_free(r);
}

static void
tell_notices(const struct table_list *l, void (*see)(const char *table, const char *words))
{
	for (size_t i = 0; i < l->count; i++) {
		if (table_notice(l->tables[i]) != NULL)
			see(table_name(l->tables[i]), table_notice(l->tables[i]));
	}
}

/* Names that two lists have: which of them counts is not what everybody expects. */
static void
tell_double(
    const struct router *r, size_t i, size_t j, void (*see)(const char *table, const char *words))
{
	const struct match_list *first = r->classes[i].domains, *second = r->classes[j].domains;
	struct str name;

	for (size_t n = 0; match_list_name(second, n, &name); n++) {
		AUTO(buf) words = BUF_INIT(2 * ADDRESS_MAX);

		if (name.n != 0 && match_list_has_name(first, name) &&
		    buf_addf(&words, "%.*s is in %s already, which counts", STR_ARG(name),
		        param_at(rows[i].domains)->name) == 0)
			see(param_at(rows[j].domains)->name, buf_text(&words));
	}
}

void
router_notices(const struct router *r, void (*see)(const char *table, const char *words))
{
	for (size_t i = 0; i < ROUTE_CLASSES; i++) {
		if (rows[i].class_ != ROUTE_VIRTUAL_ALIAS) /* told with the rewrites */
			tell_notices(&r->classes[i].recipients, see);
		for (size_t j = i + 1; j < ROUTE_CLASSES; j++)
			tell_double(r, i, j, see);
	}
	for (size_t i = 0; i < ROUTE_REWRITES; i++)
		tell_notices(&r->rewrites[i], see);
}

const struct class_row *
router_row(size_t row)
{
	BUG_ON(row >= ROUTE_CLASSES);
	return &rows[row];
}

int
router_find_row(struct router *r, struct str domain, size_t *row, int64_t deadline, struct why *why)
{
	int result;

	*row = 0;
	if (domain.n == 0 || own_addresses_have(&r->own, domain))
		return 0;
	for (; *row < ROUTE_CLASSES; (*row)++) {
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
	int result = router_find_row(r, domain, &row, deadline, why);

	if (result == 0)
		*class_ = row < ROUTE_CLASSES ? rows[row].class_ : ROUTE_DEFAULT;
	return result;
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
	enum param_id transport = PARAM_default_transport;
	size_t row;
	int result;

	result = router_find_row(r, recipient->domain, &row, deadline, why);
	if (result < 0)
		return result;
	out->class_ = row < ROUTE_CLASSES ? rows[row].class_ : ROUTE_DEFAULT;
	if (row < ROUTE_CLASSES)
		transport = rows[row].transport;
	if (transport == PARAM_COUNT)
		return set(out, STR("error"), str_of(no_such_alias), why);
	return set_configured(
	    out, str_of(config_text(r->config, transport)), recipient->domain, why);
}
