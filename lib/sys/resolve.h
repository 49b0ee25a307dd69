/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef LIB_SYS_RESOLVE_H
#define LIB_SYS_RESOLVE_H

#include "lib/sys/socket.h"

/*
 * Names in configuration, by the machine's own rules (/etc/hosts, /etc/services, name service). May
 * block for long: not for the names that mail brings.
 */

/*
 * The addresses of a host, each once, with this port. Answers how many (at most max), 0 when there is
 * no such name or no address of the family (AF_INET, AF_INET6, or AF_UNSPEC for both). Error:
 * ERR_TEMPORARY: could not find out.
 */
MUST_USE int sys_resolve_host(
    const char *host, int family, uint16_t port, struct endpoint *out, size_t max);

/* The TCP port of a service name ("smtp"); 0: no such name. */
uint16_t sys_resolve_service(const char *name);

#endif
