/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef SMTPD_SMTPD_H
#define SMTPD_SMTPD_H

#include "lib/access/access.h"
#include "lib/config/config.h"
#include "lib/esmtp/dot.h"
#include "lib/io/stream.h"
#include "lib/ipc/submit_options.h"
#include "lib/route/route.h"
#include "lib/table/match_list.h"
#include "lib/table/table.h"
#include "smtpd/client_limits.h"
#include "smtpd/ehlo.h"
#include "smtpd/expansion_filter.h"
#include "smtpd/peer.h"
#include "smtpd/submission.h"

/* What all sessions of a worker share: the configuration, and what was opened because of it. */
struct smtpd {
	const struct config *config;
	struct router *router;
	struct access_rules *rules;
	struct match_list *mynetworks;
	struct match_list *forbidden_commands;
	struct match_list *noop_commands;
	struct match_list *bare_newline_exclusions;
	struct client_limits limits;
	struct match_list *debug_peers;
	struct match_list *xclient_hosts;
	struct match_list *xforward_hosts;
	struct table_list ehlo_discard_maps;
	struct table_list command_filter;
	struct table_list reject_filter_maps;
	struct table_list reject_footer_maps;
	struct expansion_filter expansion_filter;
	unsigned ehlo_discarded; /* EHLO_ bits: what the administrator does not want offered */
	unsigned ehlo_absent;    /* what cannot be offered */
	enum dot_newline newline;
	bool behind_proxy;       /* smtpd_upstream_proxy_protocol */
	bool rewrite_own_hosts;  /* local_header_rewrite_clients has permit_inet_interfaces */
	bool rewrite_mynetworks; /* … permit_mynetworks */
	struct submit_options options;
	bool looks_up;           /* smtpd_peername_lookup */
	struct dns dns;
	struct cleanup_link cleanup;
};

/* Before rights are dropped: opens lists and tables. Error: negative, with words. */
MUST_USE int smtpd_init(struct smtpd *d, const struct config *c, struct why *why);
PARKS void smtpd_drop(struct smtpd *d);

/*
 * Speaks SMTP until the session ends; the caller then closes the stream. Behind a proxy, *peer becomes
 * who that says.
 */
PARKS void smtpd_session(struct smtpd *d, struct stream *stream, struct smtpd_peer *peer);

#endif
