/* SPDX-License-Identifier: BSD-2-Clause */
/*
 *	ehlo = "EHLO" SP ( Domain / address-literal ) CRLF
 *	helo = "HELO" SP Domain CRLF
 * RFC 5321, section 4.1.1.1. The name is taken as it is: it proves nothing, refusing odd ones refuses
 * much honest mail, and "MUST NOT refuse to accept a message on the basis that the sender did not
 * verify" (section 4.1.4). Either command ends a transaction.
 */
#include "lib/base/bug.h"
#include "lib/run/run.h"
#include "lib/sys/log.h"
#include "smtpd/access.h"
#include "smtpd/attributes.h"
#include "smtpd/commands.h"

#define EHLO_LIST_MAX 512

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
	if (!access_may_greet(s, VERB_HELO, c->argument, r))
		return;
	begin(s, c->argument, false);
	reply_fill(r, REPLY_HELO_OK, str_of(session_config_text(s, myhostname)));
}

static bool
is_offered(const struct session *s, enum ehlo_keyword keyword)
{
	return (s->not_offered & keyword) == 0;
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

/* What this client is not to be offered: its own list, or that for all. */
PARKS static unsigned
discarded(struct session *s)
{
	struct str unknown, address = str_of(s->peer->address);
	AUTO(buf) list = BUF_INIT(EHLO_LIST_MAX);
	struct why why = WHY_INIT;
	unsigned keywords;
	int result;

	result = table_list_find(
	    &s->smtpd->ehlo_discard_maps, address, &list, run_deadline(SESSION_LOOKUP_TIME), &why);
	if (result == 0)
		return s->smtpd->ehlo_discarded;
	if (result < 0) {
		log_warning("smtpd_discard_ehlo_keyword_address_maps: %s", why.text);
		return EHLO_EVERYTHING | EHLO_SILENT_DISCARD;
	}
	keywords = ehlo_parse(buf_str(&list), &unknown);
	if (unknown.n != 0)
		log_warning("smtpd_discard_ehlo_keyword_address_maps: %s: \"%.*s\" is no EHLO "
		            "keyword",
		    s->peer->address, STR_ARG(unknown));
	return keywords;
}

PARKS static void
choose_keywords(struct session *s)
{
	unsigned keywords = discarded(s);
	AUTO(buf) words = BUF_INIT(EHLO_LIST_MAX);

	if ((keywords & EHLO_EVERYTHING) != 0 && (keywords & EHLO_SILENT_DISCARD) == 0) {
		ehlo_add_words(keywords, &words);
		log_info("discarding EHLO keywords: %s", buf_text(&words));
	}
	s->not_offered = keywords | s->smtpd->ehlo_absent;
	if (attributes_authorized(s, s->smtpd->xclient_hosts) <= 0)
		s->not_offered |= EHLO_XCLIENT;
	if (attributes_authorized(s, s->smtpd->xforward_hosts) <= 0)
		s->not_offered |= EHLO_XFORWARD;
}

/* size-limit of zero, or none: no limit is known. RFC 1870, section 3. */
static void
add_size(const struct session *s, struct buf *line)
{
	int64_t limit = session_config_int(s, message_size_limit);

	if (limit != 0)
		BUG_ON(buf_addf(line, " %lld", (long long)limit) < 0);
}

static void
add_keyword(const struct session *s, unsigned bit, struct reply *r)
{
	AUTO(buf) line = BUF_INIT(EHLO_LIST_MAX);

	BUG_ON(buf_add(&line, ehlo_keyword_text(bit)) < 0);
	if (bit == EHLO_BIT_SIZE)
		add_size(s, &line);
	if (bit == EHLO_BIT_XCLIENT)
		BUG_ON(buf_add(&line, str_of(xclient_attributes)) < 0);
	if (bit == EHLO_BIT_XFORWARD)
		BUG_ON(buf_add(&line, str_of(xforward_attributes)) < 0);
	reply_add_line(r, buf_str(&line));
}

void
cmd_ehlo(struct session *s, const struct command *c, struct reply *r)
{
	if (c->argument.n == 0) {
		reply_set(r, REPLY_EHLO_SYNTAX);
		return;
	}
	if (!access_may_greet(s, VERB_EHLO, c->argument, r))
		return;
	begin(s, c->argument, true);
	choose_keywords(s);
	reply_fill(r, REPLY_HELO_OK, str_of(session_config_text(s, myhostname)));
	for (unsigned bit = 0; bit < EHLO_COUNT; bit++) {
		if ((s->not_offered & 1u << bit) == 0)
			add_keyword(s, bit, r);
	}
}
