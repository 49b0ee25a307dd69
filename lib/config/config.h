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
	const char *directory; /* holds main.cf */
	const char *program;   /* $process_name */
	const char *service;   /* $service_name */
	const struct config_override *overrides;
	size_t override_count;
	const char *text; /* main.cf, where it was read before; NULL: it is read from the folder */
};

/*
 * Takes what is wrong or odd, as it is found: one complete line with file and line number.
 * is_error: load fails.
 */
typedef void config_report(void *context, bool is_error, const char *text);

/* NULL when anything is wrong, or the file cannot be read; each reason was reported. */
MUST_USE struct config *config_load(
    const struct config_source *source, config_report *report, void *context);
void config_free(struct config *c); /* NULL is fine */

const char *config_text(const struct config *c, enum param_id id); /* any type; never NULL */
bool config_bool(const struct config *c, enum param_id id);
int64_t config_int(const struct config *c, enum param_id id);               /* INT, SIZE */
int64_t config_time(const struct config *c, enum param_id id);              /* ticks */
bool config_is(const struct config *c, enum param_id id, const char *word); /* ENUM */

/* Items of LIST and TABLES, split at commas and blanks outside { }; outer braces removed. */
struct config_list {
	const struct str *items; /* each is also a C string */
	size_t count;
};
struct config_list config_list(const struct config *c, enum param_id id);

/*
 * The value of a family's parameter (PARAM_EACH) for one member:
 *
 *	limit = config_each_int(cfg, PARAM_transport_destination_recipient_limit, "local");
 *
 * is local_destination_recipient_limit: its own row, or what main.cf says, or the family's default.
 */
const char *config_each_text(const struct config *c, enum param_id family, const char *member);
int64_t config_each_int(const struct config *c, enum param_id family, const char *member);
int64_t config_each_time(const struct config *c, enum param_id family, const char *member);

/* Any name, also user-defined ones and members of families; NULL: neither set nor known. */
const char *config_lookup(const struct config *c, const char *name);

#endif
