/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The addresses come from getifaddrs(), which asks the kernel by netlink: they are those of the
 * network name space that the process is in.
 */
#include "lib/sys/interface.h"

#include <errno.h>
#include <ifaddrs.h>
#include <limits.h>
#include <net/if.h>
#include <netinet/in.h>

static unsigned
count_bits(const uint8_t *mask, size_t size)
{
	unsigned bits = 0;

	for (size_t i = 0; i < size; i++) {
		for (uint8_t rest = mask[i]; rest != 0; rest &= (uint8_t)(rest - 1))
			bits++;
	}
	return bits;
}

static void
fill_v4(const struct ifaddrs *from, struct interface_address *out)
{
	const struct sockaddr_in *mask = (const void *)from->ifa_netmask;

	memcpy(&out->address.address, from->ifa_addr, sizeof(struct sockaddr_in));
	out->address.length = sizeof(struct sockaddr_in);
	out->prefix = mask == NULL ? 32 : count_bits((const uint8_t *)&mask->sin_addr, 4);
}

static void
fill_v6(const struct ifaddrs *from, struct interface_address *out)
{
	const struct sockaddr_in6 *address = (const void *)from->ifa_addr;
	const struct sockaddr_in6 *mask = (const void *)from->ifa_netmask;

	memcpy(&out->address.address, address, sizeof(*address));
	out->address.length = sizeof(*address);
	out->prefix = mask == NULL ? 128 : count_bits((const uint8_t *)&mask->sin6_addr, 16);
	out->link_local = IN6_IS_ADDR_LINKLOCAL(&address->sin6_addr);
}

/* False: not an address of the Internet. */
static bool
fill(const struct ifaddrs *from, struct interface_address *out)
{
	if (from->ifa_addr == NULL || (from->ifa_flags & IFF_UP) == 0)
		return false;
	*out = (struct interface_address){ .loopback = (from->ifa_flags & IFF_LOOPBACK) != 0 };
	if (from->ifa_addr->sa_family == AF_INET)
		fill_v4(from, out);
	else if (from->ifa_addr->sa_family == AF_INET6)
		fill_v6(from, out);
	else
		return false;
	return true;
}

int
sys_interface_addresses(struct arena *a, struct interface_address **out)
{
	struct ifaddrs *all;
	struct interface_address *list;
	int room = 0, count = 0;

	if (getifaddrs(&all) < 0)
		return -errno;
	for (const struct ifaddrs *it = all; it != NULL && room < INT_MAX; it = it->ifa_next)
		room++;
	list = ARENA_ARRAY(a, struct interface_address, (size_t)room + 1);
	for (const struct ifaddrs *it = all; it != NULL && count < room; it = it->ifa_next)
		count += fill(it, &list[count]);
	freeifaddrs(all);
	*out = list;
	return count;
}
