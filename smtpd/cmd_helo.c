/* SPDX-License-Identifier: BSD-2-Clause */
/*
 *	ehlo = "EHLO" SP ( Domain / address-literal ) CRLF
 *	helo = "HELO" SP Domain CRLF
 * RFC 5321, section 4.1.1.1. The name is taken as it is: it proves nothing, refusing odd ones refuses
 * much honest mail, and "MUST NOT refuse to accept a message on the basis that the sender did not
 * verify" (section 4.1.4). Either command ends a transaction.
 */
#include "lib/base/bug.h"
#include "smtpd/commands.h"

static void
keep_name(struct session *s, struct str name)
{
	buf_clear(&s->helo);
	BUG_ON(buf_add(&s->helo, str_part(name, 0, SESSION_HELO_MAX)) < 0);
}

PARKS static void
begin(struct session *s, struct str name, bool is_esmtp)
{
	session_reset(s);
	keep_name(s, name);
	s->is_esmtp = is_esmtp;
}

void
cmd_helo(struct session *s, const struct command *c, struct reply *r)
{
	if (c->argument.n == 0) {
		reply_set(r, REPLY_HELO_SYNTAX);
		return;
	}
	begin(s, c->argument, false);
	reply_fill(r, REPLY_HELO_OK, str_of(session_config_text(s, myhostname)));
}

static bool
is_offered(const struct session *s, enum ehlo_keyword keyword)
{
	return (s->smtpd->not_offered & keyword) == 0;
}

unsigned
ehlo_extensions(const struct session *s)
{
	unsigned all = 0;

	if (is_offered(s, EHLO_SIZE))
		all |= EXTENSION_SIZE;
	if (is_offered(s, EHLO_8BITMIME))
		all |= EXTENSION_8BITMIME;
	if (is_offered(s, EHLO_SMTPUTF8))
		all |= EXTENSION_SMTPUTF8;
	if (is_offered(s, EHLO_DSN))
		all |= EXTENSION_DSN;
	if (is_offered(s, EHLO_CHUNKING))
		all |= EXTENSION_CHUNKING;
	return all;
}

static void
add_keyword(const struct session *s, enum ehlo_keyword keyword, const char *text, struct reply *r)
{
	if (is_offered(s, keyword))
		reply_add_line(r, str_of(text));
}

/* size-limit of zero, or none: no limit is known. RFC 1870, section 3. */
static void
add_size(const struct session *s, struct reply *r)
{
	int64_t limit = session_config_int(s, message_size_limit);
	AUTO(buf) line = BUF_INIT(32);

	if (limit == 0)
		add_keyword(s, EHLO_SIZE, "SIZE", r);
	else if (buf_addf(&line, "SIZE %lld", (long long)limit) == 0)
		add_keyword(s, EHLO_SIZE, buf_text(&line), r);
}

void
cmd_ehlo(struct session *s, const struct command *c, struct reply *r)
{
	if (c->argument.n == 0) {
		reply_set(r, REPLY_EHLO_SYNTAX);
		return;
	}
	begin(s, c->argument, true);
	reply_fill(r, REPLY_HELO_OK, str_of(session_config_text(s, myhostname)));
	add_keyword(s, EHLO_PIPELINING, "PIPELINING", r);
	add_size(s, r);
	add_keyword(s, EHLO_VRFY, "VRFY", r);
	add_keyword(s, EHLO_ENHANCEDSTATUSCODES, "ENHANCEDSTATUSCODES", r);
	add_keyword(s, EHLO_8BITMIME, "8BITMIME", r);
	add_keyword(s, EHLO_DSN, "DSN", r);
	add_keyword(s, EHLO_SMTPUTF8, "SMTPUTF8", r);
	add_keyword(s, EHLO_CHUNKING, "CHUNKING", r);
}
