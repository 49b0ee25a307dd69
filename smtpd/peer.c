/* SPDX-License-Identifier: BSD-2-Clause */
#include "smtpd/peer.h"

#include <string.h>

#include "lib/base/bug.h"

/* 127.0.0.0/8, ::1, or a UNIX socket, as endpoint_text() has them. */
static bool
is_loopback(const char *address)
{
	return str_starts(str_of(address), STR("127.")) || strcmp(address, "::1") == 0 ||
	       strcmp(address, "local") == 0;
}

void
smtpd_peer_address(const struct endpoint *e, char address[ENDPOINT_TEXT_MAX])
{
	char room[ENDPOINT_TEXT_MAX];
	struct str text = str_of(endpoint_text(e, room));

	BUG_ON(text.n >= ENDPOINT_TEXT_MAX);
	memcpy(address, text.p, text.n);
	address[text.n] = '\0';
}

void
smtpd_peer_place(struct smtpd_peer *p)
{
	p->is_own_host = is_loopback(p->address);
}

void
smtpd_peer_init(struct smtpd_peer *p, const struct endpoint *peer, const struct endpoint *local)
{
	char own[ENDPOINT_TEXT_MAX];

	smtpd_peer_address(peer, p->address);
	smtpd_peer_address(local, own);
	smtpd_peer_place(p);
	p->port = endpoint_port(peer);
	p->name = p->is_own_host ? "localhost" : "unknown";
	p->is_own_host = p->is_own_host || strcmp(p->address, own) == 0;
}
