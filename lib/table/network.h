/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef LIB_TABLE_NETWORK_H
#define LIB_TABLE_NETWORK_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/base/str.h"
#include "lib/base/why.h"

/* A block of IP addresses: "192.0.2.0/24", "2001:db8::/32", "[2001:db8::]/32", one address. */
struct network {
	uint8_t bytes[16];
	bool is_v6;
	unsigned bits; /* that count, from the left */
};

/*
 * A block; a bit that is set beyond its length is an error, since the block then is another than
 * was meant. Error: ERR_SYNTAX, with words.
 */
MUST_USE int network_parse(struct str text, struct network *out, struct why *why);

/* One address, with or without brackets. False: it is none. v4-mapped addresses count as v4. */
bool network_parse_address(struct str text, struct network *out);

bool network_contains(const struct network *n, const struct network *address);

/* Keeps the first `bits` bits, or all where it has no more. */
void network_widen(struct network *n, unsigned bits);

/* As network_parse() reads it; one address without a length. At most 49 bytes. */
#define NETWORK_TEXT_MAX 64
const char *network_text(const struct network *n, char text[NETWORK_TEXT_MAX]);

#endif
