/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef LOCAL_DISTRIBUTE_H
#define LOCAL_DISTRIBUTE_H

#include "local/alias.h"
#include "local/target.h"

struct distributor {
	struct alias_context aliases;
	struct target_rules targets;
};

/* Delivers to one recipient of a request, whatever it stands for: logs, and fills its outcome. */
PARKS void distribute(const struct distributor *d, struct request *q, uint32_t index);

#endif
