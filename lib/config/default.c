/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Defaults that depend on the host or on the program. They are made only when nothing else was
 * said, and when asked for: myhostname needs mydomain where the system's name has no dot, mydomain
 * needs myhostname where it is not set, and each looks at what was set, not at the other's default.
 *
 * mynetworks decides who may relay. Where its default cannot be made out it is not guessed: the
 * load fails. Link-local IPv6 addresses are left out, since they mean nothing without an interface;
 * of host names in inet_interfaces only localhost is taken, since resolving may block or lie.
 */
#include "lib/config/default.h"

#include <netinet/in.h>

#include "lib/base/bug.h"
#include "lib/base/err.h"
#include "lib/config/item.h"
#include "lib/mail/address.h"
#include "lib/sys/interface.h"
#include "lib/sys/process.h"
#include "lib/sys/user.h"

static int
add(struct buf *out, const char *text, struct why *why)
{
	int result = buf_add(out, str_of(text));

	if (result < 0)
		why_set(why, "too long: \"%.60s…\"", text);
	return result;
}

/* --- Names --------------------------------------------------------------------------------- */

static bool
is_set(const struct settings *s, enum param_id id)
{
	return settings_find(s, str_of(param_at(id)->name))->origin != SETTING_DEFAULT;
}

static int
compute_hostname(struct settings *s, struct buf *out, struct why *why)
{
	struct str domain = STR("localdomain");
	const char *name;
	int result = sys_host_name(&s->arena, &name);

	if (result < 0) {
		why_set(
		    why, "the system does not say its name (%s): set myhostname", err_text(result));
		return result;
	}
	if (!domain_is_valid(str_of(name)))
		name = "localhost";
	if (strchr(name, '.') != NULL)
		return add(out, name, why);
	if (is_set(s, PARAM_mydomain))
		result = settings_text(s, STR("mydomain"), &domain, why);
	if (result == 0)
		result = buf_addf(out, "%s.%.*s", name, STR_ARG(domain));
	return result;
}

static int
compute_domain(struct settings *s, struct buf *out, struct why *why)
{
	struct str host;
	size_t dot;
	int result = settings_text(s, STR("myhostname"), &host, why);

	if (result < 0)
		return result;
	dot = str_index(host, '.');
	if (dot + 1 >= host.n)
		return add(out, "localdomain", why);
	return buf_add(out, str_from(host, dot + 1));
}

/* --- Networks ------------------------------------------------------------------------------ */

enum network_style {
	STYLE_HOST,
	STYLE_SUBNET,
	STYLE_CLASS,
};

static int
find_style(struct settings *s, enum network_style *out, struct why *why)
{
	struct str text;
	struct param_value value;
	int result = settings_text(s, STR("mynetworks_style"), &text, why);

	if (result == 0)
		result = param_parse(param_at(PARAM_mynetworks_style), text, &value, why);
	if (result < 0)
		return result;
	if (str_equal(value.word, STR("host")))
		*out = STYLE_HOST;
	else
		*out = str_equal(value.word, STR("subnet")) ? STYLE_SUBNET : STYLE_CLASS;
	return 0;
}

static bool
same_address(const struct endpoint *a, const struct endpoint *b)
{
	char left[ENDPOINT_TEXT_MAX], right[ENDPOINT_TEXT_MAX];

	return strcmp(endpoint_text(a, left), endpoint_text(b, right)) == 0;
}

/* Does this item of inet_interfaces name this address? */
static bool
names_address(struct str item, const struct interface_address *address)
{
	struct endpoint named;

	if (str_equal_nocase(item, STR("all")))
		return true;
	if (str_equal_nocase(item, STR("loopback-only")) ||
	    str_equal_nocase(item, STR("localhost")))
		return address->loopback;
	if (item.n > 2 && item.p[0] == '[')
		item = str_part(item, 1, item.n - 2);
	return endpoint_parse(item, 0, &named) == 0 && same_address(&named, &address->address);
}

struct chosen {
	struct str interfaces; /* value of inet_interfaces */
	struct str protocols;  /* of inet_protocols */
	enum network_style style;
};

static bool
any_item(struct str list, bool (*matches)(struct str item, const void *what), const void *what)
{
	struct str item;
	struct why why;

	while (item_next(&list, ITEM_COMMAS, &item, &why) > 0) {
		if (matches(item, what))
			return true;
	}
	return false;
}

static bool
matches_address(struct str item, const void *what)
{
	return names_address(item, what);
}

static bool
matches_protocol(struct str item, const void *what)
{
	return str_equal_nocase(item, STR("all")) || str_equal_nocase(item, str_of(what));
}

static bool
matches_text(struct str item, const void *what)
{
	return str_equal(item, str_of(what));
}

static bool
is_v6(const struct interface_address *a)
{
	return a->address.address.ss_family == AF_INET6;
}

static bool
is_chosen(const struct chosen *c, const struct interface_address *a)
{
	return !a->link_local && any_item(c->interfaces, matches_address, a) &&
	       any_item(c->protocols, matches_protocol, is_v6(a) ? "ipv6" : "ipv4");
}

/* The mask of an IPv4 address's old class; D and E are no networks of hosts. RFC 791, 3.2. */
static unsigned
class_prefix(const struct interface_address *a)
{
	const struct sockaddr_in *v4 = (const void *)&a->address.address;
	unsigned first = ntohl(v4->sin_addr.s_addr) >> 24;

	return first < 128 ? 8 : first < 192 ? 16 : first < 224 ? 24 : 32;
}

static unsigned
chosen_prefix(const struct chosen *c, const struct interface_address *a)
{
	unsigned whole = is_v6(a) ? 128 : 32;

	switch (c->style) {
	case STYLE_HOST:
		return whole;
	case STYLE_SUBNET:
		return a->prefix;
	case STYLE_CLASS:
		return is_v6(a) ? a->prefix : class_prefix(a);
	}
	BUG_ON(true);
}

/* Sets the bits of an address behind its first `prefix` to zero. */
static void
clear_host_part(struct endpoint *e, unsigned prefix)
{
	struct sockaddr_in *v4 = (void *)&e->address;
	struct sockaddr_in6 *v6 = (void *)&e->address;
	bool is_four = e->address.ss_family == AF_INET;
	uint8_t *bytes = is_four ? (uint8_t *)&v4->sin_addr : (uint8_t *)&v6->sin6_addr;

	for (unsigned bit = prefix; bit < (is_four ? 32u : 128u); bit++)
		bytes[bit / 8] &= (uint8_t) ~(0x80u >> bit % 8);
}

static int
add_network(const struct chosen *c, const struct interface_address *a, struct buf *out)
{
	unsigned prefix = chosen_prefix(c, a);
	struct endpoint network = a->address;
	char text[ENDPOINT_TEXT_MAX], item[ENDPOINT_TEXT_MAX + 8];

	clear_host_part(&network, prefix);
	snprintf(item, sizeof(item), is_v6(a) ? "[%s]/%u" : "%s/%u", endpoint_text(&network, text),
	    prefix);
	if (any_item(buf_str(out), matches_text, item))
		return 0;
	return buf_addf(out, "%s%s", out->n != 0 ? " " : "", item);
}

static int
compute_networks(struct settings *s, struct buf *out, struct why *why)
{
	struct chosen chosen;
	struct interface_address *all;
	int count, result = find_style(s, &chosen.style, why);

	if (result == 0)
		result = settings_text(s, STR("inet_interfaces"), &chosen.interfaces, why);
	if (result == 0)
		result = settings_text(s, STR("inet_protocols"), &chosen.protocols, why);
	if (result < 0)
		return result;
	count = sys_interface_addresses(&s->arena, &all);
	if (count < 0) {
		why_set(why, "the system does not say its addresses (%s): set mynetworks",
		    err_text(count));
		return count;
	}
	for (int i = 0; i < count && result == 0; i++) {
		if (is_chosen(&chosen, &all[i]))
			result = add_network(&chosen, &all[i], out);
	}
	return result;
}

/* ------------------------------------------------------------------------------------------- */

bool
default_is_read_only(enum param_id id)
{
	return id == PARAM_process_name || id == PARAM_process_id || id == PARAM_service_name ||
	       id == PARAM_config_directory;
}

static int
compute(struct settings *s, enum param_id id, struct buf *out, struct why *why)
{
	switch (id) {
	case PARAM_myhostname:
		return compute_hostname(s, out, why);
	case PARAM_mydomain:
		return compute_domain(s, out, why);
	case PARAM_mynetworks:
		return compute_networks(s, out, why);
	case PARAM_config_directory:
		return add(out, s->directory, why);
	case PARAM_process_name:
		return add(out, s->program, why);
	case PARAM_service_name:
		return add(out, s->service, why);
	case PARAM_process_id:
		return buf_addf(out, "%ld", (long)sys_pid());
	default:
		BUG_ON(true);
	}
}

int
default_compute(struct settings *s, enum param_id id, struct buf *out, struct why *why)
{
	int result = compute(s, id, out, why);

	if (result == ERR_LOOP)
		why_prefix(why, "%s needs ", param_at(id)->name);
	return result;
}
