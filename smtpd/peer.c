/* SPDX-License-Identifier: BSD-2-Clause */
#include "smtpd/peer.h"

#include <string.h>

#include "lib/base/bug.h"
#include "lib/base/mem.h"

#define LOOK_UP_ARENA ((size_t)256 * 1024)

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
	p->name = p->reverse = p->is_own_host ? "localhost" : "unknown";
	p->name_state = p->reverse_state = p->is_own_host ? PEER_NAME_TRUE : PEER_NAME_NONE;
	p->is_own_host = p->is_own_host || strcmp(p->address, own) == 0;
}

/* The name, where there is one, is the same as the reverse name. */
static void
keep_names(struct smtpd_peer *p, const struct peer_name *n)
{
	p->name_state = n->state;
	p->reverse_state = n->reverse_state;
	if (n->reverse.n == 0)
		return;
	p->found = mem_new(n->reverse.n + 1);
	memcpy(p->found, n->reverse.p, n->reverse.n);
	p->reverse = p->found;
	if (n->state == PEER_NAME_TRUE)
		p->name = p->found;
}

void
smtpd_peer_look_up(struct smtpd_peer *p, struct dns *dns, int64_t deadline)
{
	AUTO(arena) arena = ARENA_INIT(LOOK_UP_ARENA);
	struct endpoint address;
	struct peer_name name;

	if (is_loopback(p->address) || endpoint_parse(str_of(p->address), 0, &address) < 0)
		return;
	peer_name_find(dns, &address, &arena, &name, deadline);
	keep_names(p, &name);
}

void
smtpd_peer_drop(struct smtpd_peer *p)
{
	mem_free(p->found);
	p->found = NULL;
	p->name = p->reverse = "unknown";
}
