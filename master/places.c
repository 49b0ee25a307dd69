/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * From "host:port" and inet_interfaces to sockets. Every address stands for itself; "all" is the
 * wildcard of each protocol, never a list of the interfaces that happen to be up. A host without
 * IPv6 is common (containers), and "::1" is in everybody's configuration: IPv6 addresses may be
 * missing as long as the service has another.
 */
#include "master/places.h"

#include <string.h>

#include "lib/base/err.h"
#include "lib/base/num.h"
#include "lib/service/worker_options.h"
#include "lib/sys/resolve.h"

#define ADDRESSES_OF_A_HOST 16

/* Who may connect is decided by the folder, and by the service itself from the caller's ids. */
#define SOCKET_MODE 0666

struct finder {
	const struct config *config;
	struct arena *arena;
	struct why *why;
	struct plan_place *places; /* room for WORKER_SOCKETS_MAX */
	size_t count;
	uint16_t port;
	bool v4, v6;
};

/* --- The port ------------------------------------------------------------------------------- */

/* known_tcp_ports = lmtp=24, smtps=submissions=465; 0: not there. */
static uint16_t
find_known_port(const struct config *c, struct str name)
{
	struct config_list list = config_list(c, PARAM_known_tcp_ports);
	uint64_t port;

	for (size_t i = 0; i < list.count; i++) {
		size_t at = str_rindex(list.items[i], '=');
		struct str names = str_part(list.items[i], 0, at), one;

		while (str_split(&names, '=', &one)) {
			if (str_equal(str_trim(one), name) &&
			    num_parse(
			        str_trim(str_from(list.items[i], at + 1)), UINT16_MAX, &port) == 0)
				return (uint16_t)port;
		}
	}
	return 0;
}

static int
find_port(struct finder *f, const char *text)
{
	uint64_t port = 0;
	int result = num_parse(str_of(text), UINT16_MAX, &port);

	if (result == ERR_SYNTAX)
		port = find_known_port(f->config, str_of(text));
	if (result == ERR_SYNTAX && port == 0)
		port = sys_resolve_service(text);
	if (port == 0) {
		why_set(f->why, "there is no TCP port \"%s\"", text);
		return ERR_UNKNOWN;
	}
	f->port = (uint16_t)port;
	return 0;
}

/* --- Addresses ------------------------------------------------------------------------------ */

static void
find_protocols(struct finder *f)
{
	struct config_list list = config_list(f->config, PARAM_inet_protocols);

	for (size_t i = 0; i < list.count; i++) {
		bool all = str_equal(list.items[i], STR("all"));

		f->v4 = f->v4 || all || str_equal(list.items[i], STR("ipv4"));
		f->v6 = f->v6 || all || str_equal(list.items[i], STR("ipv6"));
	}
}

static bool
is_v6(const struct endpoint *e)
{
	return e->address.ss_family == AF_INET6;
}

static bool
is_known(const struct finder *f, const struct endpoint *e)
{
	for (size_t i = 0; i < f->count; i++) {
		const struct endpoint *other = &f->places[i].endpoint;

		if (other->length == e->length &&
		    memcmp(&other->address, &e->address, e->length) == 0)
			return true;
	}
	return false;
}

static int
add_address(struct finder *f, const struct endpoint *e)
{
	char text[ENDPOINT_TEXT_MAX];

	if ((is_v6(e) && !f->v6) || (!is_v6(e) && !f->v4) || is_known(f, e))
		return 0;
	if (f->count == WORKER_SOCKETS_MAX) {
		why_set(f->why, "more than %d addresses", WORKER_SOCKETS_MAX);
		return ERR_TOO_MANY;
	}
	endpoint_text(e, text);
	f->places[f->count++] = (struct plan_place){
		.endpoint = *e,
		.text = is_v6(e) ? arena_printf(f->arena, "[%s]:%u", text, f->port)
		                 : arena_printf(f->arena, "%s:%u", text, f->port),
		.may_miss = is_v6(e),
	};
	return 0;
}

static int
add_numeric(struct finder *f, struct str address)
{
	struct endpoint e;
	int result = endpoint_parse(address, f->port, &e);

	return result < 0 ? result : add_address(f, &e);
}

static int
add_named(struct finder *f, const char *host)
{
	struct endpoint found[ADDRESSES_OF_A_HOST];
	int count = sys_resolve_host(host, AF_UNSPEC, f->port, found, ADDRESSES_OF_A_HOST);
	int result = 0;

	if (count == 0)
		why_set(f->why, "there is no host \"%s\"", host);
	else if (count < 0)
		why_set(f->why, "cannot find out the addresses of \"%s\" now", host);
	if (count <= 0)
		return count == 0 ? ERR_UNKNOWN : count;
	for (int i = 0; i < count && result == 0; i++)
		result = add_address(f, &found[i]);
	return result;
}

/* An address, with or without brackets, or a name. */
static int
add_host(struct finder *f, struct str host)
{
	struct str inner = host;
	int result;

	if (str_starts(host, STR("[")) && str_ends(host, STR("]")))
		inner = str_part(host, 1, host.n - 2);
	result = add_numeric(f, inner);
	return result == ERR_SYNTAX ? add_named(f, arena_text(f->arena, host)) : result;
}

static int
add_both(struct finder *f, struct str v4, struct str v6)
{
	int result = add_numeric(f, v4);

	return result < 0 ? result : add_numeric(f, v6);
}

static int
add_interfaces(struct finder *f)
{
	struct config_list list = config_list(f->config, PARAM_inet_interfaces);
	int result = 0;

	for (size_t i = 0; i < list.count && result == 0; i++) {
		if (str_equal(list.items[i], STR("all")))
			result = add_both(f, STR("0.0.0.0"), STR("::"));
		else if (str_equal(list.items[i], STR("loopback-only")))
			result = add_both(f, STR("127.0.0.1"), STR("::1"));
		else
			result = add_host(f, list.items[i]);
	}
	return result;
}

/* --- A service ------------------------------------------------------------------------------- */

static int
find_tcp(struct finder *f, const struct master_entry *entry)
{
	int result = find_port(f, entry->port);

	find_protocols(f);
	if (result == 0)
		result =
		    entry->host[0] != '\0' ? add_host(f, str_of(entry->host)) : add_interfaces(f);
	if (result == 0 && f->count == 0) {
		why_set(f->why, "no address is left by inet_interfaces and inet_protocols");
		result = ERR_UNKNOWN;
	}
	return result;
}

static int
find_unix(struct finder *f, const struct master_entry *entry)
{
	struct plan_place *place = &f->places[f->count];
	int result;

	place->path =
	    arena_printf(f->arena, "%s/%s", entry->is_private ? "private" : "public", entry->name);
	place->text = place->path;
	place->mode = SOCKET_MODE;
	result = endpoint_unix(place->path, &place->endpoint);
	if (result < 0)
		why_set(f->why, "%s is too long for the name of a socket", place->path);
	else
		f->count++;
	return result;
}

int
places_find(const struct config *c, const struct master_entry *entry, struct arena *a,
    const struct plan_place **out, size_t *count, struct why *why)
{
	struct finder f = {
		.config = c,
		.arena = a,
		.why = why,
		.places = ARENA_ARRAY(a, struct plan_place, WORKER_SOCKETS_MAX),
	};
	int result = entry->type == MASTER_INET ? find_tcp(&f, entry) : find_unix(&f, entry);

	if (result < 0)
		return result;
	for (size_t i = 0; i < f.count; i++)
		f.places[i].may_miss = f.places[i].may_miss && f.count > 1;
	*out = f.places;
	*count = f.count;
	return 0;
}
