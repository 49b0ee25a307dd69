/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The registry: param.def as a table, found by name through a search of an order that is made by
 * the compiler's include of the rows and one sort at the first question. Reading values by type.
 */
#include "lib/config/param.h"
