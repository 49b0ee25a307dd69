/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef LIB_SYS_NOTIFY_H
#define LIB_SYS_NOTIFY_H

#include <stdint.h>

#include "lib/base/compiler.h"

/*
 * Tells a service manager how we are (sd_notify(3)): a datagram of NAME=VALUE lines to the socket that
 * it named in our environment. Where it named none, nothing happens.
 */

/* Reads NOTIFY_SOCKET and WATCHDOG_USEC: before the environment is cleaned. */
void notify_open(void);

/* "READY=1\nSTATUS=serving" and the like; what cannot be sent is lost. */
PRINTF(1, 2) void notify_send(const char *format, ...);

/* Ticks within which "WATCHDOG=1" is expected again and again; 0: it is not. */
int64_t notify_watchdog(void);

#endif
