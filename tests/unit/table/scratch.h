/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef TESTS_UNIT_TABLE_SCRATCH_H
#define TESTS_UNIT_TABLE_SCRATCH_H

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "lib/base/buf.h"
#include "tests/unit/test.h"

/* A folder of this test's own, which scratch_drop() removes with what is in it. */
static char scratch_folder[64];

static inline int
scratch_make(void **state)
{
	(void)state;
	snprintf(scratch_folder, sizeof(scratch_folder), "/tmp/postroad-test-XXXXXX");
	return mkdtemp(scratch_folder) != NULL ? 0 : -1;
}

static inline int
scratch_drop(void **state)
{
	struct dirent *entry;
	DIR *folder = opendir(scratch_folder);

	(void)state;
	while (folder != NULL && (entry = readdir(folder)) != NULL) {
		if (entry->d_name[0] != '.')
			unlinkat(dirfd(folder), entry->d_name, 0);
	}
	if (folder != NULL)
		closedir(folder);
	return rmdir(scratch_folder);
}

/* "/tmp/…/name"; in one of four buffers, used in turn. */
static inline const char *
scratch_path(const char *name)
{
	static char paths[4][200];
	static unsigned turn;
	char *path = paths[turn++ % 4];

	snprintf(path, sizeof(paths[0]), "%s/%s", scratch_folder, name);
	return path;
}

static inline void
scratch_write(const char *name, const char *text)
{
	FILE *f = fopen(scratch_path(name), "w");

	assert_non_null(f);
	assert_int_equal(fwrite(text, 1, strlen(text), f), strlen(text));
	assert_int_equal(fclose(f), 0);
}

/* A file that the tests bring along. */
static inline const char *
data_path(const char *name)
{
	static char path[4200];
	const char *top = getenv("srcdir");

	snprintf(path, sizeof(path), "%s/tests/unit/table/data/%s", top != NULL ? top : "..", name);
	return path;
}

#endif
