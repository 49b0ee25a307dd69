/* SPDX-License-Identifier: BSD-2-Clause */
#include "lib/route/own_address.h"

#include "lib/base/arena.h"
#include "lib/base/err.h"
#include "lib/base/mem.h"
#include "lib/sys/interface.h"

#define INTERFACES_MAX ((size_t)16 * 1024 * 1024)

static const struct str ipv6_tag = { "IPv6:", 5 };

static void
add(struct own_addresses *o, const struct network *n)
{
	o->list = mem_resize(o->list, o->count + 1, sizeof(*o->list));
	o->list[o->count++] = *n;
}

static int
add_interfaces(struct own_addresses *o, struct why *why)
{
	AUTO(arena) arena = ARENA_INIT(INTERFACES_MAX);
	struct interface_address *found;
	int count = sys_interface_addresses(&arena, &found);

	if (count < 0) {
		why_set(why, "cannot list the network interfaces: %s", err_text(count));
		return count;
	}
	for (int i = 0; i < count; i++) {
		char text[ENDPOINT_TEXT_MAX];
		struct network n;

		if (network_parse_address(str_of(endpoint_text(&found[i].address, text)), &n))
			add(o, &n);
	}
	return 0;
}

static int
add_proxies(struct own_addresses *o, const struct config *c, struct why *why)
{
	struct config_list items = config_list(c, PARAM_proxy_interfaces);

	for (size_t i = 0; i < items.count; i++) {
		struct network n;

		if (!network_parse_address(items.items[i], &n)) {
			why_set(why, "proxy_interfaces: \"%s\" is no IP address", items.items[i].p);
			return ERR_SYNTAX;
		}
		add(o, &n);
	}
	return 0;
}

int
own_addresses_open(struct own_addresses *o, const struct config *c, struct why *why)
{
	struct own_addresses own = { .list = NULL };
	int result = add_interfaces(&own, why);

	if (result == 0)
		result = add_proxies(&own, c, why);
	if (result < 0)
		own_addresses_drop(&own);
	else
		*o = own;
	return result;
}

void
own_addresses_drop(struct own_addresses *o)
{
	mem_free(o->list);
	*o = (struct own_addresses){ .list = NULL };
}

/* address-literal = "[" ( IPv4-address-literal / "IPv6:" IPv6-addr ) "]"; RFC 5321, 4.1.3. */
bool
own_addresses_have(const struct own_addresses *o, struct str domain)
{
	struct network address;

	if (!str_starts(domain, STR("[")) || !str_ends(domain, STR("]")))
		return false;
	domain = str_part(domain, 1, domain.n - 2);
	if (str_starts_nocase(domain, ipv6_tag))
		domain = str_from(domain, ipv6_tag.n);
	if (!network_parse_address(domain, &address))
		return false;
	for (size_t i = 0; i < o->count; i++) {
		if (network_contains(&o->list[i], &address))
			return true;
	}
	return false;
}
