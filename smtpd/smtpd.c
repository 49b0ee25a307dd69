/* SPDX-License-Identifier: BSD-2-Clause */
/* What a worker opens once for all its sessions. */
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

static int
open_tables(struct table_list *l, const struct config *c, enum param_id id, struct why *why)
{
	return table_list_open(l, config_text(c, id), TABLE_LATE, why);
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

/* smtpd_discard_ehlo_keywords: a word that is no keyword leaves the others as they are. */
static unsigned
discarded(const struct config *c)
{
	struct str unknown;
	unsigned all;

	all = ehlo_parse(str_of(config_text(c, PARAM_smtpd_discard_ehlo_keywords)), &unknown);
	if (unknown.n != 0)
		log_warning(
		    "smtpd_discard_ehlo_keywords: \"%.*s\" is no EHLO keyword", STR_ARG(unknown));
	return all;
}

static unsigned
absent(const struct config *c)
{
	unsigned all = EHLO_ETRN | EHLO_STARTTLS | EHLO_AUTH | EHLO_VERP | EHLO_REQUIRETLS |
	               EHLO_SILENT_DISCARD;

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

static int
read_proxy_protocol(struct smtpd *d, const struct config *c, struct why *why)
{
	struct str name = str_of(config_text(c, PARAM_smtpd_upstream_proxy_protocol));

	d->behind_proxy = str_equal_nocase(name, STR("haproxy"));
	if (d->behind_proxy || name.n == 0)
		return 0;
	why_set(why, "smtpd_upstream_proxy_protocol: \"%.*s\" is not known; \"haproxy\" is",
	    STR_ARG(name));
	return ERR_SYNTAX;
}

static void
log_notice(const char *table, const char *words)
{
	log_warning("%s: %s", table, words);
}

static void
log_report(void *context, bool is_error, const char *text)
{
	(void)context;
	(void)is_error;
	log_warning("%s", text);
}

int
smtpd_init(struct smtpd *d, const struct config *c, struct why *why)
{
	*d = (struct smtpd){ .config = c,
		.newline = newline_of(c),
		.ehlo_discarded = discarded(c),
		.ehlo_absent = absent(c) };
	d->rewrite_own_hosts =
	    list_has(c, PARAM_local_header_rewrite_clients, STR("permit_inet_interfaces"));
	d->rewrite_mynetworks =
	    list_has(c, PARAM_local_header_rewrite_clients, STR("permit_mynetworks"));
	d->looks_up = config_bool(c, PARAM_smtpd_peername_lookup);
	dns_init(&d->dns, "public/resolver", log_program(), config_time(c, PARAM_resolver_timeout));
	/* cleanup logs in our name */
	kept_caller_init(&d->cleanup.caller, "public/cleanup", CHANNEL_SUBMIT, log_program());
	d->cleanup.timeout = config_time(c, PARAM_ipc_timeout);
	if (check_domain(c, PARAM_myhostname, "myhostname", why) < 0 ||
	    check_domain(c, PARAM_myorigin, "myorigin", why) < 0 ||
	    read_proxy_protocol(d, c, why) < 0 || client_limits_init(&d->limits, c, why) < 0 ||
	    submit_options_init(&d->options, c, why) < 0 ||
	    open_list(&d->mynetworks, c, PARAM_mynetworks, MATCH_CLIENT, why) < 0 ||
	    open_list(&d->bare_newline_exclusions, c, PARAM_smtpd_forbid_bare_newline_exclusions,
	        MATCH_CLIENT, why) < 0 ||
	    open_list(&d->debug_peers, c, PARAM_debug_peer_list, MATCH_CLIENT, why) < 0 ||
	    open_list(&d->xclient_hosts, c, PARAM_smtpd_authorized_xclient_hosts, MATCH_CLIENT,
	        why) < 0 ||
	    open_list(&d->xforward_hosts, c, PARAM_smtpd_authorized_xforward_hosts, MATCH_CLIENT,
	        why) < 0 ||
	    open_list(&d->forbidden_commands, c, PARAM_smtpd_forbidden_commands, MATCH_TEXT, why) <
	        0 ||
	    open_list(&d->noop_commands, c, PARAM_smtpd_noop_commands, MATCH_TEXT, why) < 0)
		return ERR_SYNTAX;
	if (open_tables(
	        &d->ehlo_discard_maps, c, PARAM_smtpd_discard_ehlo_keyword_address_maps, why) < 0 ||
	    open_tables(&d->command_filter, c, PARAM_smtpd_command_filter, why) < 0 ||
	    open_tables(&d->reject_filter_maps, c, PARAM_smtpd_reject_filter_maps, why) < 0 ||
	    open_tables(&d->reject_footer_maps, c, PARAM_smtpd_reject_footer_maps, why) < 0)
		return ERR_SYNTAX;
	expansion_filter_init(&d->expansion_filter, config_text(c, PARAM_smtpd_expansion_filter));
	d->router = router_new(c, why);
	if (d->router == NULL)
		return ERR_SYNTAX;
	router_notices(d->router, log_notice);
	d->rules = access_rules_open(c, d->router, log_report, NULL, why);
	return d->rules != NULL ? 0 : ERR_SYNTAX;
}

void
smtpd_drop(struct smtpd *d)
{
	kept_caller_drop(&d->cleanup.caller);
	dns_drop(&d->dns);
	client_limits_drop(&d->limits);
	access_rules_close(d->rules);
	router_free(d->router);
	table_list_close(&d->reject_footer_maps);
	table_list_close(&d->reject_filter_maps);
	table_list_close(&d->command_filter);
	table_list_close(&d->ehlo_discard_maps);
	match_list_close(d->noop_commands);
	match_list_close(d->forbidden_commands);
	match_list_close(d->xforward_hosts);
	match_list_close(d->xclient_hosts);
	match_list_close(d->debug_peers);
	match_list_close(d->bare_newline_exclusions);
	match_list_close(d->mynetworks);
}
