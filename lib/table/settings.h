/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef LIB_TABLE_SETTINGS_H
#define LIB_TABLE_SETTINGS_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/config/config.h"

/*
 * What main.cf says about tables in general, one for the process: tables are opened by name alone.
 * Before table_configure() the defaults of param.def hold.
 */
struct table_settings {
	bool open_error_is_fatal; /* TABLE_LATE has no effect */
	bool tells_of_old_indexes;
	uint32_t db_read_cache; /* bytes, as all that follow */
	uint32_t db_create_cache;
	size_t lmdb_map;
	size_t socketmap_reply_max;
	size_t socketmap_query_max;
};

const struct table_settings *table_settings(void);

/* Copies what it needs. Before the first table is opened. */
void table_configure(const struct config *c);

/*
 * What tables have to say while they are used (a changed file that cannot be read, each access to a
 * debug: table) goes to the program that logs: once set, `tell` is called with a line, never parks.
 */
typedef void table_tell(bool is_warning, const char *words);
void table_set_tell(table_tell *tell); /* NULL: nobody listens */

PRINTF(2, 3) void table_say(bool is_warning, const char *format, ...);

/* A table was opened that asks a server over TCP: walls must leave a way. */
bool table_needs_network(void);
void table_note_network(void);

#endif
