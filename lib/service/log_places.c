/* SPDX-License-Identifier: BSD-2-Clause */
#include "lib/service/log_places.h"

#include <string.h>

#include "lib/base/err.h"
#include "lib/service/worker_options.h"

/* The word of log_format for the i-th log. */
static int
find_format(const struct config *c, size_t i, enum log_format *out, struct why *why)
{
	struct config_list list = config_list(c, PARAM_log_format);
	struct str word =
	    list.count == 0 ? STR("text") : list.items[i < list.count ? i : list.count - 1];

	if (str_equal(word, STR("json")))
		*out = LOG_JSON;
	else if (str_equal(word, STR("text")))
		*out = LOG_TEXT;
	else {
		why_set(why, "log_format = %.*s: text or json", STR_ARG(word));
		return ERR_SYNTAX;
	}
	return 0;
}

int
log_places_find(const struct config *c, struct log_places *out, struct why *why)
{
	struct config_list list = config_list(c, PARAM_maillog_file);
	struct log_places made = { .count = list.count };
	unsigned files = 0;
	int result = find_format(c, 0, &made.format, why);

	if (list.count > LOG_SINKS_MAX)
		made.count = 0;
	for (size_t i = 0; i < made.count && result == 0; i++) {
		bool is_syslog = str_equal(list.items[i], STR("syslog"));

		made.items[i].path = is_syslog ? NULL : list.items[i].p;
		files += !is_syslog;
		result = find_format(c, i, &made.items[i].format, why);
	}
	if (result == 0 && (list.count > LOG_SINKS_MAX || files > WORKER_LOG_FILES)) {
		why_set(why, "maillog_file: more than %d logs, or %d files", LOG_SINKS_MAX,
		    WORKER_LOG_FILES);
		result = ERR_TOO_MANY;
	}
	if (result == 0)
		*out = made;
	return result;
}

int
log_place_standard(const char *path)
{
	if (strcmp(path, "/dev/stdout") == 0)
		return 1;
	return strcmp(path, "/dev/stderr") == 0 ? 2 : -1;
}
