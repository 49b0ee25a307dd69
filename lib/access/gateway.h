/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef LIB_ACCESS_GATEWAY_H
#define LIB_ACCESS_GATEWAY_H

#include "lib/sys/socket.h"

/* In a container with an IPv4 default route: true, and its gateway's address as text. */
bool gateway_of_container(char address[ENDPOINT_TEXT_MAX]);

/* The gateway of the default route in the text of /proc/net/route. False: there is none. */
bool gateway_find(struct str routes, char address[ENDPOINT_TEXT_MAX]);

#endif
