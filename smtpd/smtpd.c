/* SPDX-License-Identifier: BSD-2-Clause */
/* What a worker opens once for all its sessions; who a client is. */
#include "smtpd/smtpd.h"

#include "lib/base/err.h"
#include "lib/sys/log.h"

static int
open_list(struct match_list **l, const struct config *c, enum param_id id, enum match_kind kind,
    struct why *why)
{
	*l = match_list_open(c, id, kind, why);
	return *l != NULL ? 0 : ERR_SYNTAX;
}

static enum dot_newline
newline_of(const struct config *c)
{
	if (config_is(c, PARAM_smtpd_forbid_bare_newline, "no"))
		return DOT_NEWLINE_NO;
	if (config_is(c, PARAM_smtpd_forbid_bare_newline, "reject"))
		return DOT_NEWLINE_REJECT;
	if (config_is(c, PARAM_smtpd_forbid_bare_newline, "note"))
		return DOT_NEWLINE_NOTE;
	return DOT_NEWLINE_NORMALIZE;
}

static bool
list_has(const struct config *c, enum param_id id, struct str word)
{
	struct config_list l = config_list(c, id);

	for (size_t i = 0; i < l.count; i++) {
		if (str_equal_nocase(l.items[i], word))
			return true;
	}
	return false;
}

/* The keywords that EHLO leaves out. "silent-discard" is no keyword: it concerns a log line. */
static unsigned
not_offered(const struct config *c)
{
	static const struct {
		struct str name;
		enum ehlo_keyword keyword;
	} rows[] = {
		{ STR_INIT("pipelining"), EHLO_PIPELINING },
		{ STR_INIT("size"), EHLO_SIZE },
		{ STR_INIT("vrfy"), EHLO_VRFY },
		{ STR_INIT("enhancedstatuscodes"), EHLO_ENHANCEDSTATUSCODES },
		{ STR_INIT("8bitmime"), EHLO_8BITMIME },
		{ STR_INIT("smtputf8"), EHLO_SMTPUTF8 },
		{ STR_INIT("dsn"), EHLO_DSN },
		{ STR_INIT("chunking"), EHLO_CHUNKING },
	};
	unsigned all = 0;

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		if (list_has(c, PARAM_smtpd_discard_ehlo_keywords, rows[i].name))
			all |= rows[i].keyword;
	}
	if (config_bool(c, PARAM_disable_vrfy_command))
		all |= EHLO_VRFY;
	if (!config_bool(c, PARAM_smtputf8_enable))
		all |= EHLO_SMTPUTF8;
	return all;
}

static int
check_domain(const struct config *c, enum param_id id, const char *name, struct why *why)
{
	const char *domain = config_text(c, id);

	if (domain_is_valid(str_of(domain)))
		return 0;
	why_set(why, "%s: \"%s\" is not a domain name", name, domain);
	return ERR_SYNTAX;
}

static void
log_notice(const char *table, const char *words)
{
	log_warning("%s: %s", table, words);
}

int
smtpd_init(struct smtpd *d, const struct config *c, struct why *why)
{
	*d = (struct smtpd){ .config = c, .newline = newline_of(c), .not_offered = not_offered(c) };
	d->rewrite_own_hosts =
	    list_has(c, PARAM_local_header_rewrite_clients, STR("permit_inet_interfaces"));
	d->rewrite_mynetworks =
	    list_has(c, PARAM_local_header_rewrite_clients, STR("permit_mynetworks"));
	/* cleanup logs in our name */
	kept_caller_init(&d->cleanup.caller, "public/cleanup", CHANNEL_SUBMIT, log_program());
	d->cleanup.timeout = config_time(c, PARAM_ipc_timeout);
	if (check_domain(c, PARAM_myhostname, "myhostname", why) < 0 ||
	    check_domain(c, PARAM_myorigin, "myorigin", why) < 0 ||
	    open_list(&d->mynetworks, c, PARAM_mynetworks, MATCH_CLIENT, why) < 0 ||
	    open_list(&d->bare_newline_exclusions, c, PARAM_smtpd_forbid_bare_newline_exclusions,
	        MATCH_CLIENT, why) < 0 ||
	    open_list(&d->forbidden_commands, c, PARAM_smtpd_forbidden_commands, MATCH_TEXT, why) <
	        0 ||
	    open_list(&d->noop_commands, c, PARAM_smtpd_noop_commands, MATCH_TEXT, why) < 0)
		return ERR_SYNTAX;
	d->router = router_new(c, why);
	if (d->router == NULL)
		return ERR_SYNTAX;
	router_notices(d->router, log_notice);
	return 0;
}

void
smtpd_drop(struct smtpd *d)
{
	kept_caller_drop(&d->cleanup.caller);
	router_free(d->router);
	match_list_close(d->noop_commands);
	match_list_close(d->forbidden_commands);
	match_list_close(d->bare_newline_exclusions);
	match_list_close(d->mynetworks);
}

/* 127.0.0.0/8, ::1, or a UNIX socket, as endpoint_text() has them. */
static bool
is_loopback(const char *address)
{
	return str_starts(str_of(address), STR("127.")) || strcmp(address, "::1") == 0 ||
	       strcmp(address, "local") == 0;
}

void
smtpd_peer_init(struct smtpd_peer *p, const struct endpoint *peer, const struct endpoint *local)
{
	char own[ENDPOINT_TEXT_MAX];

	endpoint_text(peer, p->address);
	endpoint_text(local, own);
	p->is_own_host = is_loopback(p->address) || strcmp(p->address, own) == 0;
	p->name = is_loopback(p->address) ? "localhost" : "unknown";
}
