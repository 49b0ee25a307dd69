/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef TESTS_UNIT_MASTER_CONFIG_FOLDER_H
#define TESTS_UNIT_MASTER_CONFIG_FOLDER_H

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

/* A folder with a main.cf and a master.cf, for tests; one at a time. */
static char config_folder[] = "/tmp/test_master.XXXXXX";
static char config_path[sizeof(config_folder) + 16];

static inline void
config_folder_write(const char *name, const char *text)
{
	FILE *file;

	snprintf(config_path, sizeof(config_path), "%s/%s", config_folder, name);
	file = fopen(config_path, "w");
	assert_non_null(file);
	assert_true(fputs(text, file) >= 0);
	assert_int_equal(fclose(file), 0);
}

static inline int
config_folder_make(void **state)
{
	(void)state;
	return mkdtemp(config_folder) != NULL ? 0 : -1;
}

static inline int
config_folder_remove(void **state)
{
	static const char *const names[] = { "main.cf", "master.cf" };

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(names); i++) {
		snprintf(config_path, sizeof(config_path), "%s/%s", config_folder, names[i]);
		unlink(config_path);
	}
	return rmdir(config_folder);
}

#endif
