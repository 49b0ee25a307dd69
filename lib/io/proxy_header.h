/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef LIB_IO_PROXY_HEADER_H
#define LIB_IO_PROXY_HEADER_H

#include "lib/base/str.h"
#include "lib/sys/socket.h"

/* What a proxy in front of a server says of the connection, in its first bytes: versions 1 and 2. */
struct proxy_header {
	bool has_addresses; /* else of the proxy itself (a health check), or of nothing known */
	struct endpoint source;
	struct endpoint destination;
};

/* Longer ones are refused. Version 1 has at most 107 octets. */
#define PROXY_HEADER_MAX ((size_t)4096)

/*
 * How many of the bytes are the header; 0: more are needed to tell. Pure. Error: ERR_SYNTAX,
 * ERR_UNSUPPORTED (another version, command or transport), ERR_TOO_LONG.
 */
MUST_USE int proxy_header_parse(struct str bytes, struct proxy_header *out);

#endif
