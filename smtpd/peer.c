/* SPDX-License-Identifier: BSD-2-Clause */
#include "smtpd/peer.h"

#include <string.h>

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
	p->port = endpoint_port(peer);
	p->is_own_host = is_loopback(p->address) || strcmp(p->address, own) == 0;
	p->name = is_loopback(p->address) ? "localhost" : "unknown";
}
