/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef LIB_CONFIG_CONFIG_H
#define LIB_CONFIG_CONFIG_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/base/arena.h"
#include "lib/base/str.h"
#include "lib/base/why.h"

/*
 * A configuration: main.cf and -o overrides, read, expanded and checked against the registry
 * (param.def), then never changed. A reload loads another one; sessions keep the one they began
 * with. Values are typed and checked at load: reading one cannot fail.
 *
 *	int64_t limit = config_time(cfg, PARAM_smtpd_timeout);
 *
 * Asking for a parameter by the wrong type is a bug.
 */
enum param_id {
#define PARAM(name, ...) PARAM_##name,
#include "lib/config/param.def"
#undef PARAM
	PARAM_COUNT
};

struct config;

struct config_override { /* -o name=value */
	const char *name;
	const char *value;
};

struct config_source {
	const char *directory;                 /* holds main.cf */
	const char *program;                   /* $process_name */
	const char *service;                   /* $service_name */
	const struct config_override *overrides;
	size_t override_count;
};

/*
 * Takes what is wrong or odd, as it is found: one complete line with file and line number.
 * is_error: load fails. Warnings: unknown names (with the nearest known one), and the like.
 */
typedef void config_report(void *context, bool is_error, const char *text);

/* NULL when anything is wrong (reported), or the file cannot be read. */
MUST_USE struct config *config_load(
    const struct config_source *source, config_report *report, void *context);
void config_free(struct config *c);

const char *config_text(const struct config *c, enum param_id id);  /* expanded; never NULL */
bool config_bool(const struct config *c, enum param_id id);
int64_t config_int(const struct config *c, enum param_id id);
int64_t config_time(const struct config *c, enum param_id id);      /* ticks */

/* Items of a list-typed value, split at commas and blanks outside { }; outer braces removed. */
struct config_list {
	const struct str *items;
	size_t count;
};
struct config_list config_list(const struct config *c, enum param_id id);

/* Any name, also user-defined and X_ forms; NULL when neither set nor known. */
const char *config_lookup(const struct config *c, const char *name);

#endif
