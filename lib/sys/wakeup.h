/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef LIB_SYS_WAKEUP_H
#define LIB_SYS_WAKEUP_H

#include "lib/base/compiler.h"

/*
 * A descriptor that becomes readable when another thread says so: each sys_wakeup_send() is a new
 * edge for an edge-triggered watch, so that it need never be read.
 */
MUST_USE int sys_wakeup_open(void); /* a descriptor, non-blocking, close-on-exec; or -errno */
void sys_wakeup_send(int fd);
void sys_wakeup_close(int fd);

#endif
