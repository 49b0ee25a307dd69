/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The PROXY protocol of HAProxy, as its document proxy-protocol.txt has it.
 *
 *	version 1: "PROXY" SP ( "TCP4" / "TCP6" ) SP source SP destination SP port SP port CRLF
 *	           "PROXY" SP "UNKNOWN" *text CRLF
 *	version 2: signature (12)  version and command (1)  family and transport (1)  length (2)
 *	           addresses and ports by the family, then TLVs up to the length
 *
 * The header is recognised by its first bytes, so that a client that sends none is found out at once
 * and not by a time limit.
 */
#include "lib/io/proxy_header.h"

#include "lib/base/err.h"
#include "lib/base/num.h"

#define V1_MAX          ((size_t)107)
#define V2_HEAD         ((size_t)16)
#define V2_VERSION      0x20u
#define V2_LOCAL        0x0u
#define V2_PROXY        0x1u
#define V2_UNSPECIFIED  0x00u
#define V2_TCP4         0x11u
#define V2_TCP6         0x21u
#define V2_UNIX_STREAM  0x31u
#define V2_UNIX_ADDRESS ((size_t)216)

static const struct str v1_begin = STR_INIT("PROXY ");
static const struct str v2_begin = STR_INIT("\r\n\r\n\0\r\nQUIT\n");

/* Whether text is, or can still become, what begins so. */
static bool
may_begin(struct str text, struct str begin)
{
	return str_equal(str_part(text, 0, begin.n), str_part(begin, 0, text.n));
}

/* --- Version 1 ------------------------------------------------------------------------------- */

static int
read_port(struct str text, uint16_t *out)
{
	uint64_t port;

	if (num_parse(text, UINT16_MAX, &port) < 0)
		return ERR_SYNTAX;
	*out = (uint16_t)port;
	return 0;
}

/* Between "TCP4 " and the line end. */
static int
read_v1_addresses(struct str rest, bool is_v6, struct proxy_header *out)
{
	struct str words[4];
	uint16_t from, to;

	for (size_t i = 0; i < ARRAY_LEN(words); i++) {
		if (!str_split(&rest, ' ', &words[i]) || words[i].n == 0)
			return ERR_SYNTAX;
	}
	if (rest.n != 0 || read_port(words[2], &from) < 0 || read_port(words[3], &to) < 0)
		return ERR_SYNTAX;
	for (size_t i = 0; i < 2; i++) {
		if ((str_index(words[i], ':') != words[i].n) != is_v6)
			return ERR_SYNTAX;
	}
	if (endpoint_parse(words[0], from, &out->source) < 0 ||
	    endpoint_parse(words[1], to, &out->destination) < 0)
		return ERR_SYNTAX;
	out->has_addresses = true;
	return 0;
}

static int
read_v1_line(struct str line, struct proxy_header *out)
{
	static const struct str tcp4 = STR_INIT("TCP4 "), tcp6 = STR_INIT("TCP6 ");
	static const struct str unknown = STR_INIT("UNKNOWN");

	if (str_starts(line, tcp4))
		return read_v1_addresses(str_from(line, tcp4.n), false, out);
	if (str_starts(line, tcp6))
		return read_v1_addresses(str_from(line, tcp6.n), true, out);
	if (str_equal(str_part(line, 0, unknown.n), unknown) &&
	    (line.n == unknown.n || line.p[unknown.n] == ' '))
		return 0;
	return ERR_SYNTAX;
}

static int
read_v1(struct str bytes, struct proxy_header *out)
{
	struct str head = str_part(bytes, 0, V1_MAX);
	size_t lf = str_index(head, '\n');
	int result;

	if (lf == head.n)
		return head.n == V1_MAX ? ERR_TOO_LONG : 0;
	if (bytes.p[lf - 1] != '\r')
		return ERR_SYNTAX;
	result = read_v1_line(str_part(bytes, v1_begin.n, lf - 1 - v1_begin.n), out);
	return result == 0 ? (int)lf + 1 : result;
}

/* --- Version 2 ------------------------------------------------------------------------------- */

static uint16_t
number_at(struct str bytes, size_t at)
{
	return (uint16_t)((unsigned char)bytes.p[at] << 8 | (unsigned char)bytes.p[at + 1]);
}

/* Two addresses of `size` octets, two ports. */
static int
read_v2_addresses(struct str part, size_t size, struct proxy_header *out)
{
	if (part.n < 2 * size + 4)
		return ERR_SYNTAX;
	endpoint_from_octets(str_part(part, 0, size), number_at(part, 2 * size), &out->source);
	endpoint_from_octets(
	    str_part(part, size, size), number_at(part, 2 * size + 2), &out->destination);
	out->has_addresses = true;
	return 0;
}

static int
read_v2_part(unsigned command, unsigned family, struct str part, struct proxy_header *out)
{
	if (command == V2_LOCAL || family == V2_UNSPECIFIED)
		return 0;
	switch (family) {
	case V2_TCP4:
		return read_v2_addresses(part, 4, out);
	case V2_TCP6:
		return read_v2_addresses(part, 16, out);
	case V2_UNIX_STREAM: /* a client on the proxy's host: it has no address for us */
		return part.n < V2_UNIX_ADDRESS ? ERR_SYNTAX : 0;
	default:
		return ERR_UNSUPPORTED;
	}
}

static int
read_v2(struct str bytes, struct proxy_header *out)
{
	unsigned version;
	size_t length;
	int result;

	if (bytes.n < V2_HEAD)
		return 0;
	version = (unsigned char)bytes.p[12];
	length = number_at(bytes, 14);
	if ((version & 0xf0u) != V2_VERSION || (version & 0x0fu) > V2_PROXY)
		return ERR_UNSUPPORTED;
	if (length > PROXY_HEADER_MAX - V2_HEAD)
		return ERR_TOO_LONG;
	if (bytes.n < V2_HEAD + length)
		return 0;
	result = read_v2_part(
	    version & 0x0fu, (unsigned char)bytes.p[13], str_part(bytes, V2_HEAD, length), out);
	return result == 0 ? (int)(V2_HEAD + length) : result;
}

int
proxy_header_parse(struct str bytes, struct proxy_header *out)
{
	struct proxy_header header = { .has_addresses = false };
	int result;

	if (may_begin(bytes, v1_begin))
		result = bytes.n < v1_begin.n ? 0 : read_v1(bytes, &header);
	else if (may_begin(bytes, v2_begin))
		result = read_v2(bytes, &header);
	else
		result = ERR_SYNTAX;
	if (result > 0)
		*out = header;
	return result;
}
