/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef SMTPD_PEER_H
#define SMTPD_PEER_H

#include <stdbool.h>

#include "lib/base/buf.h"
#include "lib/sys/socket.h"

/* Who is at the other end, as rules and logs see it. */
struct smtpd_peer {
	const char *name;                /* "localhost"; "unknown" */
	char address[ENDPOINT_TEXT_MAX]; /* "192.0.2.1"; "unknown" */
	unsigned port;                   /* 0: not known */
	bool is_own_host;                /* it has an address of this host */
};

/* local: where it has connected to. */
void smtpd_peer_init(
    struct smtpd_peer *p, const struct endpoint *peer, const struct endpoint *local);

/* For an address that was not found out here, but told: sets what follows from it. */
void smtpd_peer_place(struct smtpd_peer *p);

/* As endpoint_text(), always in *address. */
void smtpd_peer_address(const struct endpoint *e, char address[ENDPOINT_TEXT_MAX]);

#endif
