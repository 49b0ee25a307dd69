/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef LIB_ACCESS_AUDIT_H
#define LIB_ACCESS_AUDIT_H

#include "lib/config/config.h"

/*
 * Would this host pass on a stranger's mail to anywhere? Strangers from addresses that belong to
 * nobody (192.0.2.x, 2001:db8::x) and, in a container, from the default gateway, ask for a recipient
 * that is not ours, through the rules of the configuration as they are.
 *
 * 0: no; a configuration with open_relay_acknowledged is not asked. Error, with words: ERR_REFUSED:
 * it is an open relay, and the words say for which client and by which rule; else the rules cannot be
 * read. It reads tables: not for a process with root's rights. In a task.
 */
PARKS MUST_USE int relay_audit(const struct config *c, struct why *why);

#endif
