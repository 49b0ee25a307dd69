/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef TOOLS_REFRESH_H
#define TOOLS_REFRESH_H

#include "lib/config/config.h"

/*
 * Looks at every indexed table that main.cf names: one whose index is older than its source, or
 * missing beside it, is told of, or made anew where `may_rebuild` and table_rebuild say so.
 */
void refresh_tables(const struct config *c, bool may_rebuild);

#endif
