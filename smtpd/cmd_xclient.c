/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * XCLIENT: a proxy before us says who its client is, and everything, access control first, goes by
 * that from here on; the session begins anew with its greeting. What a command does not mention stays
 * as it was, but for HELO and PROTO, which belong to the session that has ended.
 */
#include "lib/base/bug.h"
#include "lib/base/mem.h"
#include "smtpd/attributes.h"
#include "smtpd/commands.h"

struct claim {
	struct smtpd_peer peer; /* its names are those here */
	char name[ATTRIBUTE_MAX + 1];
	char reverse[ATTRIBUTE_MAX + 1];
	char helo[ATTRIBUTE_MAX + 1];
	bool is_esmtp;
};

static bool
read_name(struct str value, void *out)
{
	return attribute_host(value, ((struct claim *)out)->name);
}

/* The name that the address has, whether the name has the address or not. */
static bool
read_reverse_name(struct str value, void *out)
{
	return attribute_host(value, ((struct claim *)out)->reverse);
}

static bool
read_address(struct str value, void *out)
{
	return attribute_address(value, ((struct claim *)out)->peer.address);
}

static bool
read_port(struct str value, void *out)
{
	return attribute_port(value, &((struct claim *)out)->peer.port);
}

static bool
read_protocol(struct str value, void *out)
{
	((struct claim *)out)->is_esmtp = str_equal_nocase(value, STR("ESMTP"));
	return ((struct claim *)out)->is_esmtp || str_equal_nocase(value, STR("SMTP"));
}

static bool
read_helo(struct str value, void *out)
{
	attribute_text(value, ((struct claim *)out)->helo);
	return true;
}

/* Where the proxy was connected to: checked only. */
static bool
read_destination(struct str value, void *out)
{
	char address[ENDPOINT_TEXT_MAX];

	(void)out;
	return attribute_address(value, address);
}

static bool
read_destination_port(struct str value, void *out)
{
	unsigned port;

	(void)out;
	return attribute_port(value, &port);
}

static const struct attribute_row rows[] = {
	{ STR_INIT("NAME"), read_name },
	{ STR_INIT("ADDR"), read_address },
	{ STR_INIT("PROTO"), read_protocol },
	{ STR_INIT("HELO"), read_helo },
	{ STR_INIT("REVERSE_NAME"), read_reverse_name },
	{ STR_INIT("PORT"), read_port },
	{ STR_INIT("DESTADDR"), read_destination },
	{ STR_INIT("DESTPORT"), read_destination_port },
};

const char xclient_attributes[] = " NAME ADDR PROTO HELO REVERSE_NAME PORT DESTADDR DESTPORT";

/* What is known of the client so far. */
static void
claim_init(struct claim *k, const struct smtpd_peer *p)
{
	*k = (struct claim){ .peer = *p };
	attribute_text(str_part(str_of(p->name), 0, ATTRIBUTE_MAX), k->name);
	attribute_text(str_part(str_of(p->reverse), 0, ATTRIBUTE_MAX), k->reverse);
}

PARKS static void
apply(struct session *s, const struct claim *k)
{
	if (s->claim == NULL)
		s->claim = NEW(struct claim);
	*s->claim = *k;
	s->claim->peer.name = s->claim->name;
	s->claim->peer.reverse = s->claim->reverse;
	smtpd_peer_place(&s->claim->peer);
	s->peer = &s->claim->peer;
	session_reset(s);
	s->is_esmtp = k->is_esmtp;
	buf_clear(&s->helo);
	BUG_ON(buf_add(&s->helo, str_of(k->helo)) < 0);
}

void
cmd_xclient(struct session *s, const struct command *c, struct reply *r)
{
	struct claim claim;

	if (!attributes_allowed(s, s->smtpd->xclient_hosts, r))
		return;
	claim_init(&claim, s->peer);
	if (!attributes_read(c, rows, ARRAY_LEN(rows), &claim, r))
		return;
	apply(s, &claim);
	session_meet(s, r);
}
