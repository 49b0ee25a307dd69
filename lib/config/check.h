/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef LIB_CONFIG_CHECK_H
#define LIB_CONFIG_CHECK_H

#include "lib/config/master_cf.h"
#include "lib/config/settings.h"

/*
 * What can be loaded and is still most likely a mistake. is_error: names that nothing knows, with
 * the nearest known one. Warnings: references to names without a value; members of families
 * without such a service; comments inside values; settings without effect, or named for removal. master.cf may be NULL;
 * its -o are judged too. Answers how many errors there were.
 *
 * `postroad check` fails for an error, master logs it at start and at each reload.
 */
size_t check_settings(
    const struct settings *s, const struct master_cf *m, config_report *report, void *context);

/* Of a loaded configuration. */
const struct settings *config_settings(const struct config *c);

#endif
