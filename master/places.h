/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef MASTER_PLACES_H
#define MASTER_PLACES_H

#include "lib/base/why.h"
#include "master/plan.h"

/*
 * The sockets that a line of master.cf stands for: each address of inet_interfaces, or of the host
 * it names, in the protocols of inet_protocols; or one path. The result is in the arena. Error, with
 * words: ERR_UNKNOWN (no such host or port), ERR_TEMPORARY, ERR_TOO_MANY, ERR_TOO_LONG.
 */
MUST_USE int places_find(const struct config *c, const struct master_entry *entry, struct arena *a,
    const struct plan_place **out, size_t *count, struct why *why);

#endif
