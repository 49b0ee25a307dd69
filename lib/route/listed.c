/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Whether there is somebody behind an address, as far as tables say. An address that any rewriting
 * makes another one counts as one that exists: where it leads is found out when the message is taken,
 * and following each chain of aliases here would do the work of cleanup twice for every recipient.
 */
#include "lib/route/router.h"
#include "lib/table/address_find.h"

/* Whom to ask, and how long. */
struct question {
	struct router *router;
	const struct address *address;
	size_t row; /* of its class */
	int64_t deadline;
	struct why *why;
};

PARKS static int
ask(const struct question *q, struct table_list *tables, unsigned keys)
{
	struct address_query query = { .address = q->address,
		.delimiters = config_text(q->router->config, PARAM_recipient_delimiter),
		.keys = keys };
	AUTO(buf) value = BUF_INIT(TABLE_VALUE_MAX);

	if (tables->count == 0)
		return 0;
	return address_find(tables, &query, &value, NULL, q->deadline, q->why);
}

/* Does canonical or alias rewriting know it? 1, 0, or negative. */
PARKS static int
is_rewritten(const struct question *q, bool is_sender)
{
	static const enum rewrite order[] = { REWRITE_RECIPIENT, REWRITE_SENDER, REWRITE_ANY,
		REWRITE_ALIAS };
	unsigned keys = ADDRESS_KEY_FULL | ADDRESS_KEY_DOMAIN;
	int result = 0;

	if (q->row < ROUTE_CLASSES)
		keys = router_row(q->row)->keys;
	for (size_t i = 0; i < ARRAY_LEN(order) && result == 0; i++) {
		if (order[i] != REWRITE_SENDER || is_sender)
			result = ask(q, &q->router->rewrites[order[i]], keys);
	}
	return result;
}

/*
 * Names of this host that no table need have. RFC 5321, 4.5.1: who takes mail for a domain takes it
 * for the postmaster there; the others are senders of reports, to whom answers may come.
 */
static bool
is_always_there(const struct question *q)
{
	struct str own[] = { STR("postmaster"), STR("mailer-daemon"),
		str_of(config_text(q->router->config, PARAM_double_bounce_sender)) };

	for (size_t i = 0; i < ARRAY_LEN(own); i++) {
		if (str_equal_nocase(q->address->local, own[i]))
			return true;
	}
	return false;
}

PARKS static int
is_listed(const struct question *q)
{
	const struct class_row *row = router_row(q->row);
	struct table_list *recipients = &q->router->classes[q->row].recipients;

	if (row->class_ == ROUTE_VIRTUAL_ALIAS) /* asked with the rewrites */
		return 0;
	if (recipients->count == 0)
		return 1;
	if (row->class_ == ROUTE_LOCAL && is_always_there(q))
		return 1;
	return ask(q, recipients, row->keys);
}

PARKS static int
exists(struct question *q, enum route_class *class_, bool is_sender)
{
	int result = router_find_row(q->router, q->address->domain, &q->row, q->deadline, q->why);

	if (result < 0)
		return result;
	*class_ = q->row < ROUTE_CLASSES ? router_row(q->row)->class_ : ROUTE_DEFAULT;
	if (q->row == ROUTE_CLASSES)
		return 1;
	result = is_rewritten(q, is_sender);
	return result != 0 ? result : is_listed(q);
}

int
route_recipient_exists(struct router *r, const struct address *recipient, enum route_class *class_,
    int64_t deadline, struct why *why)
{
	struct question q = { r, recipient, 0, deadline, why };

	return exists(&q, class_, false);
}

int
route_sender_exists(struct router *r, const struct address *sender, enum route_class *class_,
    int64_t deadline, struct why *why)
{
	struct question q = { r, sender, 0, deadline, why };

	return exists(&q, class_, true);
}
