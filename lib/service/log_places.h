/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef LIB_SERVICE_LOG_PLACES_H
#define LIB_SERVICE_LOG_PLACES_H

#include "lib/config/config.h"
#include "lib/sys/log.h"

/* What maillog_file and log_format say, for master, postlog(1) and postroad(1) alike. */
struct log_place {
	const char *path; /* NULL: syslog */
	enum log_format format;
};

struct log_places {
	struct log_place items[LOG_SINKS_MAX];
	size_t count;           /* 0: maillog_file is empty */
	enum log_format format; /* where it is empty */
};

/* Paths belong to the configuration. Error, with words: ERR_SYNTAX, ERR_TOO_MANY. */
MUST_USE int log_places_find(const struct config *c, struct log_places *out, struct why *why);

/* /dev/stdout or /dev/stderr: 1 or 2; else -1. */
int log_place_standard(const char *path);

#endif
