/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef SMTPD_PEER_H
#define SMTPD_PEER_H

#include <stdbool.h>

#include "lib/base/buf.h"
#include "lib/dns/peer_name.h"
#include "lib/sys/socket.h"

/* Who is at the other end, as rules and logs see it. */
struct smtpd_peer {
	const char *name;                /* "mail.example.com"; "unknown" */
	const char *reverse;             /* what its address is called, true or not; "unknown" */
	enum peer_name_state name_state; /* why it is unknown */
	enum peer_name_state reverse_state;
	char *found;                     /* the texts of both; NULL: they are static */
	char address[ENDPOINT_TEXT_MAX]; /* "192.0.2.1"; "unknown" */
	unsigned port;                   /* 0: not known */
	bool is_own_host;                /* it has an address of this host */
};

/* local: where it has connected to. */
void smtpd_peer_init(
    struct smtpd_peer *p, const struct endpoint *peer, const struct endpoint *local);

/*
 * Finds out its names, until `deadline`; those of this host are known. For smtpd_peer_drop().
 */
PARKS void smtpd_peer_look_up(struct smtpd_peer *p, struct dns *dns, int64_t deadline);
void smtpd_peer_drop(struct smtpd_peer *p);

/* For an address that was not found out here, but told: sets what follows from it. */
void smtpd_peer_place(struct smtpd_peer *p);

/* As endpoint_text(), always in *address. */
void smtpd_peer_address(const struct endpoint *e, char address[ENDPOINT_TEXT_MAX]);

#endif
