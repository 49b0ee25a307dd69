/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef LOCAL_OUTCOME_FILTER_H
#define LOCAL_OUTCOME_FILTER_H

#include "lib/table/table.h"
#include "local/outcome.h"

/*
 * Tables of "X.Y.Z text" by "X.Y.Z text" change what becomes of a recipient and its words, but never
 * make a success of a failure or the other way round. A table that fails changes nothing; the log has
 * both kinds of fault.
 */
PARKS void outcome_filter(struct table_list *tables, struct outcome *o);

#endif
