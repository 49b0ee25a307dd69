/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A reader takes fields off the front of the data and checks in the end that nothing is left. All go
 * through take_bytes(), so that no length of the wire is believed twice.
 */
#include "lib/dns/record.h"

#include <netinet/in.h>

#include "lib/base/err.h"
#include "lib/dns/type.h"

static int
take_bytes(struct str *rest, size_t n, struct str *out)
{
	if (rest->n < n)
		return ERR_CORRUPT;
	*out = str_part(*rest, 0, n);
	*rest = str_from(*rest, n);
	return 0;
}

static int
take_number(struct str *rest, size_t size, unsigned *out)
{
	struct str bytes;
	unsigned value = 0;
	int result = take_bytes(rest, size, &bytes);

	for (size_t i = 0; result == 0 && i < size; i++)
		value = value << 8 | (unsigned char)bytes.p[i];
	if (result == 0)
		*out = value;
	return result;
}

/* --- Names ----------------------------------------------------------------------------------- */

static bool
is_host_byte(char c)
{
	return char_is_alnum(c) || c == '-' || c == '_';
}

/* Adds a label in lower case, with a dot before it where it is not the first. */
static int
add_label(struct str label, struct buf *name)
{
	bool odd = false;

	if (name->n + (name->n != 0) + label.n > DNS_NAME_MAX)
		return ERR_CORRUPT;
	if (name->n != 0 && buf_add_byte(name, '.') < 0)
		return ERR_CORRUPT;
	for (size_t i = 0; i < label.n; i++) {
		odd = odd || !is_host_byte(label.p[i]);
		if (buf_add_byte(name, char_lower(label.p[i])) < 0)
			return ERR_CORRUPT;
	}
	return odd ? ERR_SYNTAX : 0;
}

/*
 *	domain-name = *( length label ) 0
 * RFC 1035, section 3.1. A name that is well-formed but odd is taken whole, too.
 */
static int
take_name(struct str *rest, struct arena *arena, struct str *out)
{
	AUTO(buf) name = BUF_INIT(DNS_NAME_MAX);
	struct str label;
	unsigned length;
	bool odd = false;
	int result;

	for (;;) {
		result = take_number(rest, 1, &length);
		if (result < 0 || length == 0)
			break;
		result = length <= DNS_LABEL_MAX ? take_bytes(rest, length, &label) : ERR_CORRUPT;
		if (result == 0)
			result = add_label(label, &name);
		odd = odd || result == ERR_SYNTAX;
		if (result == ERR_CORRUPT)
			break;
	}
	if (result == 0 && odd)
		result = ERR_SYNTAX;
	if (result == 0)
		*out = arena_str(arena, buf_str(&name));
	return result;
}

static int
check_end(struct str rest)
{
	return rest.n == 0 ? 0 : ERR_CORRUPT;
}

int
dns_read_name(struct str data, struct arena *arena, struct str *out)
{
	struct str name;
	int result = take_name(&data, arena, &name);

	if (result == 0)
		result = check_end(data);
	if (result == 0)
		*out = name;
	return result;
}

/* --- Records --------------------------------------------------------------------------------- */

int
dns_read_address(struct str data, uint16_t port, struct endpoint *out)
{
	struct endpoint e = { .length = 0 };

	if (data.n == sizeof(struct in_addr)) {
		struct sockaddr_in v4 = { .sin_family = AF_INET, .sin_port = htons(port) };

		memcpy(&v4.sin_addr, data.p, data.n);
		memcpy(&e.address, &v4, sizeof(v4));
		e.length = sizeof(v4);
	} else if (data.n == sizeof(struct in6_addr)) {
		struct sockaddr_in6 v6 = { .sin6_family = AF_INET6, .sin6_port = htons(port) };

		memcpy(&v6.sin6_addr, data.p, data.n);
		memcpy(&e.address, &v6, sizeof(v6));
		e.length = sizeof(v6);
	} else {
		return ERR_CORRUPT;
	}
	*out = e;
	return 0;
}

int
dns_read_mx(struct str data, struct arena *arena, struct dns_mx *out)
{
	struct dns_mx mx;
	int result = take_number(&data, 2, &mx.preference);

	if (result == 0)
		result = take_name(&data, arena, &mx.host);
	if (result == 0)
		result = check_end(data);
	if (result == 0)
		*out = mx;
	return result;
}

int
dns_read_srv(struct str data, struct arena *arena, struct dns_srv *out)
{
	struct dns_srv srv;
	unsigned port = 0;
	int result = take_number(&data, 2, &srv.priority);

	if (result == 0)
		result = take_number(&data, 2, &srv.weight);
	if (result == 0)
		result = take_number(&data, 2, &port);
	if (result == 0)
		result = take_name(&data, arena, &srv.host);
	if (result == 0)
		result = check_end(data);
	srv.port = (uint16_t)port;
	if (result == 0)
		*out = srv;
	return result;
}

int
dns_read_tlsa(struct str data, struct dns_tlsa *out)
{
	struct dns_tlsa tlsa;
	int result = take_number(&data, 1, &tlsa.usage);

	if (result == 0)
		result = take_number(&data, 1, &tlsa.selector);
	if (result == 0)
		result = take_number(&data, 1, &tlsa.matching);
	if (result == 0 && data.n == 0)
		result = ERR_CORRUPT;
	tlsa.data = data;
	if (result == 0)
		*out = tlsa;
	return result;
}

int
dns_read_txt(struct str data, struct buf *out)
{
	struct str part;
	unsigned length;
	size_t before = out->n;
	int result = data.n == 0 ? ERR_CORRUPT : 0;

	while (result == 0 && data.n != 0) {
		result = take_number(&data, 1, &length);
		if (result == 0)
			result = take_bytes(&data, length, &part);
		if (result == 0)
			result = buf_add(out, part);
	}
	if (result < 0)
		buf_cut(out, before);
	return result;
}

/* --- As a person reads them ------------------------------------------------------------------ */

static int
add_hex(struct str data, struct buf *out)
{
	int result = 0;

	for (size_t i = 0; i < data.n && result == 0; i++)
		result = buf_addf(out, "%02x", (unsigned char)data.p[i]);
	return result;
}

static int
add_unknown(struct str data, struct buf *out)
{
	int result = buf_addf(out, "\\# %zu%s", data.n, data.n != 0 ? " " : "");

	return result < 0 ? result : add_hex(data, out);
}

static struct str
shown(struct str name)
{
	return name.n != 0 ? name : STR(".");
}

static int
add_name(struct str data, struct arena *arena, struct buf *out)
{
	struct str name = STR_NONE;
	int result = dns_read_name(data, arena, &name);

	return result < 0 ? result : buf_add(out, shown(name));
}

static int
add_address(struct str data, struct buf *out)
{
	char text[ENDPOINT_TEXT_MAX];
	struct endpoint e;
	int result = dns_read_address(data, 0, &e);

	return result < 0 ? result : buf_add(out, str_of(endpoint_text(&e, text)));
}

static int
add_mx(struct str data, struct arena *arena, struct buf *out)
{
	struct dns_mx mx;
	int result = dns_read_mx(data, arena, &mx);

	return result < 0 ? result
	                  : buf_addf(out, "%u %.*s", mx.preference, STR_ARG(shown(mx.host)));
}

static int
add_srv(struct str data, struct arena *arena, struct buf *out)
{
	struct dns_srv srv;
	int result = dns_read_srv(data, arena, &srv);

	return result < 0 ? result
	                  : buf_addf(out, "%u %u %u %.*s", srv.priority, srv.weight, srv.port,
	                        STR_ARG(shown(srv.host)));
}

static int
add_tlsa(struct str data, struct buf *out)
{
	struct dns_tlsa tlsa;
	int result = dns_read_tlsa(data, &tlsa);

	if (result == 0)
		result = buf_addf(out, "%u %u %u ", tlsa.usage, tlsa.selector, tlsa.matching);
	return result < 0 ? result : add_hex(tlsa.data, out);
}

/* In quotes; what is no printable ASCII, and quotes and backslashes, as \DDD. */
static int
add_txt(struct str data, struct buf *out)
{
	AUTO(buf) text = BUF_INIT(DNS_RECORD_MAX);
	int result = dns_read_txt(data, &text);

	if (result == 0)
		result = buf_add_byte(out, '"');
	for (size_t i = 0; i < text.n && result == 0; i++) {
		unsigned char c = (unsigned char)text.p[i];

		if (c < ' ' || c > '~' || c == '"' || c == '\\')
			result = buf_addf(out, "\\%03u", c);
		else
			result = buf_add_byte(out, (char)c);
	}
	return result < 0 ? result : buf_add_byte(out, '"');
}

static int
add_record(unsigned type, struct str data, struct arena *arena, struct buf *out)
{
	switch (type) {
	case DNS_A:
	case DNS_AAAA:
		return add_address(data, out);
	case DNS_CNAME:
	case DNS_NS:
	case DNS_PTR:
		return add_name(data, arena, out);
	case DNS_MX:
		return add_mx(data, arena, out);
	case DNS_SRV:
		return add_srv(data, arena, out);
	case DNS_TLSA:
		return add_tlsa(data, out);
	case DNS_TXT:
		return add_txt(data, out);
	default:
		return ERR_CORRUPT;
	}
}

int
dns_record_add_text(unsigned type, struct str data, struct buf *out)
{
	AUTO(arena) arena = ARENA_INIT((size_t)4096);
	size_t before = out->n;
	int result = add_record(type, data, &arena, out);

	if (result == ERR_CORRUPT || result == ERR_SYNTAX) {
		buf_cut(out, before);
		result = add_unknown(data, out);
	}
	if (result < 0)
		buf_cut(out, before);
	return result;
}

/* --- Names to ask for ------------------------------------------------------------------------ */

static bool
label_is_valid(struct str label)
{
	for (size_t i = 0; i < label.n; i++) {
		if (!is_host_byte(label.p[i]) && label.p[i] != '/')
			return false;
	}
	return label.n != 0 && label.n <= DNS_LABEL_MAX;
}

bool
dns_name_is_valid(struct str name)
{
	struct str label;

	if (str_equal(name, STR(".")))
		return true;
	if (str_ends(name, STR(".")))
		name = str_part(name, 0, name.n - 1);
	if (name.n == 0 || name.n > DNS_NAME_MAX || str_ends(name, STR(".")))
		return false;
	while (str_split(&name, '.', &label)) {
		if (!label_is_valid(label))
			return false;
	}
	return true;
}

static int
add_reverse_v4(const struct sockaddr_in *v4, struct buf *out)
{
	const unsigned char *b = (const unsigned char *)&v4->sin_addr;

	return buf_addf(out, "%u.%u.%u.%u.in-addr.arpa", b[3], b[2], b[1], b[0]);
}

/* A nibble a label, RFC 3596, section 2.5. */
static int
add_reverse_v6(const struct sockaddr_in6 *v6, struct buf *out)
{
	const unsigned char *b = v6->sin6_addr.s6_addr;
	int result = 0;

	for (size_t i = sizeof(v6->sin6_addr); i-- > 0 && result == 0;)
		result = buf_addf(out, "%x.%x.", b[i] & 15u, b[i] >> 4);
	return result < 0 ? result : buf_add(out, STR("ip6.arpa"));
}

int
dns_add_reverse_name(const struct endpoint *e, struct buf *out)
{
	struct sockaddr_in6 v6;
	struct sockaddr_in v4;

	if (e->address.ss_family == AF_INET && e->length >= sizeof(v4)) {
		memcpy(&v4, &e->address, sizeof(v4));
		return add_reverse_v4(&v4, out);
	}
	if (e->address.ss_family != AF_INET6 || e->length < sizeof(v6))
		return ERR_SYNTAX;
	memcpy(&v6, &e->address, sizeof(v6));
	if (!IN6_IS_ADDR_V4MAPPED(&v6.sin6_addr))
		return add_reverse_v6(&v6, out);
	memcpy(&v4.sin_addr, &v6.sin6_addr.s6_addr[12], sizeof(v4.sin_addr));
	return add_reverse_v4(&v4, out);
}
