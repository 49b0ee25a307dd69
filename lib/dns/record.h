/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef LIB_DNS_RECORD_H
#define LIB_DNS_RECORD_H

#include "lib/base/arena.h"
#include "lib/base/buf.h"
#include "lib/sys/socket.h"

/*
 * The data of a record as it is on the wire, its names uncompressed (RFC 1035, section 3.3). Anybody can
 * publish anything, so each reader takes any bytes. Names come out in lower case, without a final
 * dot; the root is "".
 *
 * Error: ERR_CORRUPT: no record of that type. ERR_SYNTAX: a name in it holds what no host name does
 * (letters, digits, '-' and '_' it may); such a record is of no use to mail.
 */
#define DNS_NAME_MAX   253 /* bytes as text; RFC 1035, section 2.3.4 */
#define DNS_LABEL_MAX  63
#define DNS_RECORD_MAX ((size_t)65535)

/* PTR, CNAME, NS. */
MUST_USE int dns_read_name(struct str data, struct arena *arena, struct str *out);

/* A and AAAA, told apart by their length. */
MUST_USE int dns_read_address(struct str data, uint16_t port, struct endpoint *out);

struct dns_mx {
	unsigned preference;
	struct str host; /* empty: the domain takes no mail; RFC 7505 */
};
MUST_USE int dns_read_mx(struct str data, struct arena *arena, struct dns_mx *out);

struct dns_srv { /* RFC 2782 */
	unsigned priority;
	unsigned weight;
	uint16_t port;
	struct str host; /* empty: the service is not offered */
};
MUST_USE int dns_read_srv(struct str data, struct arena *arena, struct dns_srv *out);

struct dns_tlsa { /* RFC 6698, section 2.1 */
	unsigned usage;
	unsigned selector;
	unsigned matching;
	struct str data; /* borrows from the record; not empty */
};
MUST_USE int dns_read_tlsa(struct str data, struct dns_tlsa *out);

/* The strings of a TXT record, one after the other; adds to *out. Error: also ERR_TOO_LONG. */
MUST_USE int dns_read_txt(struct str data, struct buf *out);

/*
 * Adds a record to *out as a person reads it: "10 mail.example.com"; what cannot be read as a record of
 * its type, as RFC 3597 has it: "\# 3 0a0b0c". Error: ERR_TOO_LONG.
 */
MUST_USE int dns_record_add_text(unsigned type, struct str data, struct buf *out);

/*
 * Whether DNS may be asked for a name: labels of 1 to 63 letters, digits, '-', '_' or '/' (RFC 2317),
 * at most DNS_NAME_MAX in all, with or without a final dot; or "." alone.
 */
bool dns_name_is_valid(struct str name);

/* Adds "4.3.2.1.in-addr.arpa", or the name below ip6.arpa. Error: ERR_SYNTAX: no IP address. */
MUST_USE int dns_add_reverse_name(const struct endpoint *e, struct buf *out);

#endif
