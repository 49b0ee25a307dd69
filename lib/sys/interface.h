/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef LIB_SYS_INTERFACE_H
#define LIB_SYS_INTERFACE_H

#include <stdbool.h>

#include "lib/base/arena.h"
#include "lib/sys/socket.h"

/* An IPv4 or IPv6 address of this host's network interfaces. */
struct interface_address {
	struct endpoint address; /* port 0 */
	unsigned prefix;         /* length of its network's mask */
	bool loopback;
	bool link_local; /* IPv6, good only with the name of an interface */
};

/* Those of all interfaces that are up, in the arena. Answers how many, or -errno. */
MUST_USE int sys_interface_addresses(struct arena *a, struct interface_address **out);

#endif
