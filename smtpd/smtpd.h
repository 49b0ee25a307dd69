/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef SMTPD_SMTPD_H
#define SMTPD_SMTPD_H

#include "lib/config/config.h"
#include "lib/esmtp/dot.h"
#include "lib/io/stream.h"
#include "lib/route/route.h"
#include "lib/sys/socket.h"
#include "lib/table/match_list.h"
#include "smtpd/submission.h"

/* What all sessions of a worker share: the configuration, and what was opened because of it. */
struct smtpd {
	const struct config *config;
	struct router *router;
	struct match_list *mynetworks;
	struct match_list *forbidden_commands;
	struct match_list *noop_commands;
	struct match_list *bare_newline_exclusions;
	unsigned not_offered; /* EHLO_ bits: smtpd_discard_ehlo_keywords */
	enum dot_newline newline;
	bool rewrite_own_hosts;  /* local_header_rewrite_clients has permit_inet_interfaces */
	bool rewrite_mynetworks; /* … permit_mynetworks */
	struct cleanup_link cleanup;
};

/* EHLO keywords that an administrator can withhold. */
enum ehlo_keyword {
	EHLO_PIPELINING = 1 << 0,
	EHLO_SIZE = 1 << 1,
	EHLO_VRFY = 1 << 2,
	EHLO_ENHANCEDSTATUSCODES = 1 << 3,
	EHLO_8BITMIME = 1 << 4,
	EHLO_SMTPUTF8 = 1 << 5,
	EHLO_DSN = 1 << 6,
	EHLO_CHUNKING = 1 << 7,
};

/* Before rights are dropped: opens lists and tables. Error: negative, with words. */
MUST_USE int smtpd_init(struct smtpd *d, const struct config *c, struct why *why);
PARKS void smtpd_drop(struct smtpd *d);

/* Who is at the other end. */
struct smtpd_peer {
	const char *name; /* "localhost", "unknown" */
	char address[ENDPOINT_TEXT_MAX];
	bool is_own_host; /* it has an address of this host */
};

void smtpd_peer_init(
    struct smtpd_peer *p, const struct endpoint *peer, const struct endpoint *local);

/* Speaks SMTP until the session ends; the caller then closes the stream. */
PARKS void smtpd_session(struct smtpd *d, struct stream *stream, const struct smtpd_peer *peer);

#endif
