/* SPDX-License-Identifier: BSD-2-Clause */
#include "lib/table/network.h"

#include <arpa/inet.h>
#include <stdio.h>

#include "lib/base/err.h"
#include "lib/base/num.h"

#define SHOWN(s) (int)((s).n < 60 ? (s).n : 60), (s).p

static const uint8_t v4_mapped[12] = { 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff };

static bool
parse_bytes(struct str text, struct network *out)
{
	char copy[INET6_ADDRSTRLEN] = "";

	*out = (struct network){ .is_v6 = false };
	if (text.n == 0 || text.n >= sizeof(copy) || memchr(text.p, '\0', text.n) != NULL)
		return false;
	memcpy(copy, text.p, text.n);
	out->is_v6 = str_index(text, ':') < text.n;
	out->bits = out->is_v6 ? 128 : 32;
	return inet_pton(out->is_v6 ? AF_INET6 : AF_INET, copy, out->bytes) == 1;
}

bool
network_parse_address(struct str text, struct network *out)
{
	if (str_starts(text, STR("[")) && str_ends(text, STR("]")))
		text = str_part(text, 1, text.n - 2);
	if (!parse_bytes(text, out))
		return false;
	if (out->is_v6 && memcmp(out->bytes, v4_mapped, sizeof(v4_mapped)) == 0) {
		memmove(out->bytes, out->bytes + sizeof(v4_mapped), 4);
		memset(out->bytes + 4, 0, sizeof(out->bytes) - 4);
		out->is_v6 = false;
		out->bits = 32;
	}
	return true;
}

/* The first `bits` bits of both are the same. */
static bool
same_bits(const uint8_t *a, const uint8_t *b, unsigned bits)
{
	unsigned whole = bits / 8, rest = bits % 8;

	if (memcmp(a, b, whole) != 0)
		return false;
	return rest == 0 || ((a[whole] ^ b[whole]) & (0xff00 >> rest) & 0xff) == 0;
}

static bool
has_bits_beyond(const struct network *n)
{
	for (unsigned i = n->bits; i < (n->is_v6 ? 128u : 32u); i++) {
		if ((n->bytes[i / 8] & (0x80 >> i % 8)) != 0)
			return true;
	}
	return false;
}

/* "[address/length]" and "[address]/length" lose their brackets: *address, *length, or neither. */
static void
split(struct str text, struct str *address, struct str *length)
{
	size_t slash;

	if (str_starts(text, STR("[")) && str_ends(text, STR("]")))
		text = str_part(text, 1, text.n - 2);
	slash = str_index(text, '/');
	*address = str_part(text, 0, slash);
	*length = slash < text.n ? str_from(text, slash + 1) : STR_NONE;
	if (str_starts(*address, STR("[")) && str_ends(*address, STR("]")))
		*address = str_part(*address, 1, address->n - 2);
}

int
network_parse(struct str text, struct network *out, struct why *why)
{
	struct str address, length;
	struct network n;
	uint64_t bits;

	split(text, &address, &length);
	if (!parse_bytes(address, &n)) {
		why_set(why, "\"%.*s\" is no IP address or network", SHOWN(text));
		return ERR_SYNTAX;
	}
	if (length.p != NULL) {
		if (num_parse(length, n.bits, &bits) < 0) {
			why_set(why, "\"%.*s\": a length of 0 to %u is expected after the \"/\"",
			    SHOWN(text), n.bits);
			return ERR_SYNTAX;
		}
		n.bits = (unsigned)bits;
	}
	if (has_bits_beyond(&n)) {
		why_set(why, "\"%.*s\" has bits set beyond its length of %u", SHOWN(text), n.bits);
		return ERR_SYNTAX;
	}
	*out = n;
	return 0;
}

bool
network_contains(const struct network *n, const struct network *address)
{
	return n->is_v6 == address->is_v6 && same_bits(n->bytes, address->bytes, n->bits);
}

void
network_widen(struct network *n, unsigned bits)
{
	if (bits >= n->bits)
		return;
	n->bits = bits;
	for (unsigned i = bits; i < 8 * sizeof(n->bytes); i++)
		n->bytes[i / 8] &= (uint8_t) ~(0x80 >> i % 8);
}

const char *
network_text(const struct network *n, char text[NETWORK_TEXT_MAX])
{
	size_t length;

	if (inet_ntop(n->is_v6 ? AF_INET6 : AF_INET, n->bytes, text, INET6_ADDRSTRLEN) == NULL)
		text[0] = '\0';
	length = strlen(text);
	if (n->bits < (n->is_v6 ? 128u : 32u))
		snprintf(text + length, NETWORK_TEXT_MAX - length, "/%u", n->bits);
	return text;
}
