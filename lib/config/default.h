/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef LIB_CONFIG_DEFAULT_H
#define LIB_CONFIG_DEFAULT_H

#include "lib/base/buf.h"
#include "lib/config/settings.h"

/*
 * Adds the default of a parameter whose row says COMPUTED, which is not expanded further. May ask
 * for other settings. Error, with words.
 */
MUST_USE int default_compute(
    struct settings *s, enum param_id id, struct buf *out, struct why *why);

/* Parameters that say what is so; setting them has no effect, and a warning says so. */
bool default_is_read_only(enum param_id id);

#endif
