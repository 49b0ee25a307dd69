/* SPDX-License-Identifier: BSD-2-Clause */
#include "lib/sys/resolve.h"

#include <netdb.h>
#include <netinet/in.h>
#include <string.h>

#include "lib/base/err.h"

#define RECORD_MAX 4096

static void
set_port(struct endpoint *e, uint16_t port)
{
	if (e->address.ss_family == AF_INET6)
		((struct sockaddr_in6 *)(void *)&e->address)->sin6_port = htons(port);
	else
		((struct sockaddr_in *)(void *)&e->address)->sin_port = htons(port);
}

static bool
has_address(const struct endpoint *list, size_t count, const struct endpoint *e)
{
	char text[ENDPOINT_TEXT_MAX], other[ENDPOINT_TEXT_MAX];

	for (size_t i = 0; i < count; i++) {
		if (list[i].address.ss_family == e->address.ss_family &&
		    strcmp(endpoint_text(&list[i], text), endpoint_text(e, other)) == 0)
			return true;
	}
	return false;
}

/* A hosts file with "::1 localhost" makes the library find 127.0.0.1 twice. */
static int
take_addresses(const struct addrinfo *list, uint16_t port, struct endpoint *out, size_t max)
{
	size_t n = 0;

	for (; list != NULL && n < max; list = list->ai_next) {
		if (list->ai_addrlen > sizeof(out->address))
			continue;
		out[n] = (struct endpoint){ .length = list->ai_addrlen };
		memcpy(&out[n].address, list->ai_addr, list->ai_addrlen);
		set_port(&out[n], port);
		if (!has_address(out, n, &out[n]))
			n++;
	}
	return (int)n;
}

int
sys_resolve_host(const char *host, int family, uint16_t port, struct endpoint *out, size_t max)
{
	struct addrinfo hints = { .ai_family = family, .ai_socktype = SOCK_STREAM }, *list = NULL;
	int result = getaddrinfo(host, NULL, &hints, &list);

	switch (result) {
	case 0:
		result = take_addresses(list, port, out, max);
		freeaddrinfo(list);
		return result;
	case EAI_NONAME:
	case EAI_NODATA:
	case EAI_ADDRFAMILY:
		return 0;
	default:
		return ERR_TEMPORARY;
	}
}

uint16_t
sys_resolve_service(const char *name)
{
	char room[RECORD_MAX];
	struct servent record, *found = NULL;

	if (getservbyname_r(name, "tcp", &record, room, sizeof(room), &found) != 0 || found == NULL)
		return 0;
	return ntohs((uint16_t)found->s_port);
}
