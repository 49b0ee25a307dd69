/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * XFORWARD: a filter before us says where the next message came from, for the log; access control
 * does not look at it. It holds for one message. What the log does not show (port, protocol, HELO) is
 * checked and forgotten.
 */
#include "lib/base/mem.h"
#include "smtpd/attributes.h"
#include "smtpd/commands.h"
#include "smtpd/forward.h"

static bool
read_name(struct str value, void *out)
{
	struct forward *f = out;

	f->has_client = true;
	return attribute_host(value, f->name);
}

static bool
read_address(struct str value, void *out)
{
	struct forward *f = out;

	f->has_client = true;
	if (!attribute_address(value, f->address))
		return false;
	if (value.n == 0)
		f->address[0] = '\0';
	return true;
}

static bool
read_port(struct str value, void *out)
{
	unsigned port;

	(void)out;
	return attribute_port(value, &port);
}

static bool
read_words(struct str value, void *out)
{
	(void)value;
	(void)out;
	return true;
}

static bool
read_ident(struct str value, void *out)
{
	attribute_text(value, ((struct forward *)out)->ident);
	return true;
}

static bool
read_source(struct str value, void *out)
{
	struct forward *f = out;

	f->is_local = str_equal_nocase(value, STR("LOCAL"));
	f->has_source = value.n != 0;
	return value.n == 0 || f->is_local || str_equal_nocase(value, STR("REMOTE"));
}

static const struct attribute_row rows[] = {
	{ STR_INIT("NAME"), read_name },
	{ STR_INIT("ADDR"), read_address },
	{ STR_INIT("PROTO"), read_words },
	{ STR_INIT("HELO"), read_words },
	{ STR_INIT("SOURCE"), read_source },
	{ STR_INIT("PORT"), read_port },
	{ STR_INIT("IDENT"), read_ident },
};

const char xforward_attributes[] = " NAME ADDR PROTO HELO SOURCE PORT IDENT";

void
cmd_xforward(struct session *s, const struct command *c, struct reply *r)
{
	struct forward said = { .has_client = false };

	if (!attributes_allowed(s, s->smtpd->xforward_hosts, r))
		return;
	if (s->forward != NULL)
		said = *s->forward;
	if (!attributes_read(c, rows, ARRAY_LEN(rows), &said, r))
		return;
	if (s->forward == NULL)
		s->forward = NEW(struct forward);
	*s->forward = said;
	reply_set(r, REPLY_OK);
}
