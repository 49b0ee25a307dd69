/* SPDX-License-Identifier: BSD-2-Clause */
#include "lib/table/settings.h"

#include <stdarg.h>

#include "lib/base/bug.h"
#include "lib/base/buf.h"
#include "lib/config/param.h"

#define SAID_MAX ((size_t)4096)

static struct table_settings settings;
static bool is_configured;
static table_tell *tell_program;
static bool needs_network;

static int64_t
number(const struct config *c, enum param_id id)
{
	const struct param *p = param_at(id);
	struct param_value value;

	if (c != NULL)
		return config_int(c, id);
	BUG_ON(param_parse(p, str_of(p->initial), &value, NULL) < 0);
	return value.number;
}

/* Berkeley DB takes the size of a cache in 32 bits. */
static uint32_t
cache_size(const struct config *c, enum param_id id)
{
	int64_t n = number(c, id);

	return n < INT32_MAX ? (uint32_t)n : INT32_MAX;
}

void
table_configure(const struct config *c)
{
	settings = (struct table_settings){
		.open_error_is_fatal =
		    c != NULL && config_bool(c, PARAM_daemon_table_open_error_is_fatal),
		.tells_of_old_indexes = c == NULL || !config_is(c, PARAM_table_rebuild, "ignore"),
		.db_read_cache = cache_size(c, PARAM_berkeley_db_read_buffer_size),
		.db_create_cache = cache_size(c, PARAM_berkeley_db_create_buffer_size),
		.lmdb_map = (size_t)number(c, PARAM_lmdb_map_size),
		.socketmap_reply_max = (size_t)number(c, PARAM_socketmap_max_reply_size),
		.socketmap_query_max = (size_t)number(c, PARAM_socketmap_max_query_size),
	};
	is_configured = true;
}

const struct table_settings *
table_settings(void)
{
	if (!is_configured)
		table_configure(NULL);
	return &settings;
}

void
table_set_tell(table_tell *tell)
{
	tell_program = tell;
}

void
table_say(bool is_warning, const char *format, ...)
{
	AUTO(buf) words = BUF_INIT(SAID_MAX);
	va_list ap;
	int result;

	if (tell_program == NULL)
		return;
	va_start(ap, format);
	result = buf_addv(&words, format, ap);
	va_end(ap);
	tell_program(is_warning, result == 0 ? buf_text(&words) : format);
}

bool
table_needs_network(void)
{
	return needs_network;
}

void
table_note_network(void)
{
	needs_network = true;
}
