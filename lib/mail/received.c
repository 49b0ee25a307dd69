/* SPDX-License-Identifier: BSD-2-Clause */
/*
 *	Time-stamp-line  = "Received:" FWS Stamp <CRLF>
 *	Stamp            = From-domain By-domain Opt-info [CFWS] ";" FWS date-time
 *	From-domain      = "FROM" FWS Extended-Domain
 *	Extended-Domain  = Domain / ( Domain FWS "(" TCP-info ")" ) / ( address-literal ... )
 *	TCP-info         = address-literal / ( Domain FWS address-literal )
 *	Opt-info         = [Via] [With] [ID] [For]
 * RFC 5321, section 4.4. What the client called itself stands first, what we know of it stands in
 * the parentheses. The former is the only text that a stranger chooses: it is cleaned and cut here.
 */
#include "lib/mail/received.h"

#include "lib/base/err.h"
#include "lib/mail/date.h"

#define HELO_MAX 255

/* What a client may put outside of parentheses without changing what the line means. */
static bool
is_safe(char c)
{
	return char_is_alnum(c) || (c != '\0' && strchr("-._:[]", c) != NULL);
}

static int
add_helo(struct str helo, struct buf *out)
{
	int result = 0;

	helo = str_part(helo, 0, HELO_MAX);
	if (helo.n == 0)
		return buf_add(out, STR("unknown"));
	for (size_t i = 0; i < helo.n && result == 0; i++)
		result = buf_add_byte(out, is_safe(helo.p[i]) ? helo.p[i] : '?');
	return result;
}

/* "from helo (name [address])", or nothing, for local and hidden clients: by whom comes first. */
static int
add_from(const struct received *r, struct buf *out)
{
	const char *tag = str_index(r->client_address, ':') < r->client_address.n ? "IPv6:" : "";

	if (buf_add(out, STR("Received: ")) < 0)
		return ERR_TOO_LONG;
	if (r->client_address.n == 0 || r->hides_client)
		return 0;
	if (buf_add(out, STR("from ")) < 0 || add_helo(r->helo, out) < 0)
		return ERR_TOO_LONG;
	return buf_addf(out, " (%.*s [%s%.*s])\r\n\t", STR_ARG(r->client_name), tag,
	    STR_ARG(r->client_address));
}

static int
add_by(const struct received *r, struct buf *out)
{
	if (buf_addf(out, "by %.*s", STR_ARG(r->host)) < 0)
		return ERR_TOO_LONG;
	if (r->client_address.n == 0)
		return buf_addf(out, " (%.*s, from userid %llu)\r\n\tid %s", STR_ARG(r->software),
		    (unsigned long long)r->uid, r->id->text);
	if (r->software.n != 0 && buf_addf(out, " (%.*s)", STR_ARG(r->software)) < 0)
		return ERR_TOO_LONG;
	if (r->hides_client)
		return buf_addf(out, " id %s", r->id->text);
	return buf_addf(out, " with %.*s id %s", STR_ARG(r->protocol), r->id->text);
}

static int
add_for(const struct received *r, struct buf *out)
{
	if (r->recipient == NULL)
		return buf_add(out, STR(";\r\n\t"));
	if (buf_add(out, STR("\r\n\tfor <")) < 0 || address_add_external(r->recipient, out) < 0)
		return ERR_TOO_LONG;
	return buf_add(out, STR(">; "));
}

int
received_add(const struct received *r, struct buf *out)
{
	size_t before = out->n;

	if (add_from(r, out) < 0 || add_by(r, out) < 0 || add_for(r, out) < 0 ||
	    date_add(out, r->wall, r->zone) < 0 || buf_add(out, STR("\r\n")) < 0) {
		buf_cut(out, before);
		return ERR_TOO_LONG;
	}
	return 0;
}
