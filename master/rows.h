/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef MASTER_ROWS_H
#define MASTER_ROWS_H

#include "lib/config/config.h"
#include "lib/config/master_cf.h"

/* What becomes of a line of master.cf. */
enum row_fate {
	ROW_SERVED,
	ROW_DISABLED, /* by master_service_disable */
	ROW_BUILT_IN, /* a service of Postfix whose work is done without one here */
	ROW_MISSING,  /* there is no such program */
	ROW_DATAGRAM, /* nothing here speaks datagrams */
};

/* *path: of the program, in the arena. */
enum row_fate row_fate(
    const struct config *c, const struct master_entry *e, struct arena *a, const char **path);

#endif
