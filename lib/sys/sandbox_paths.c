/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Landlock, by its three system calls; the library has no wrappers. The rights are written down
 * here because the headers of a distribution are often older than the kernel that runs. The first
 * version of Landlock forbids every rename between folders, which the spool lives by: from the
 * second on only.
 */
#include "lib/sys/sandbox.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/landlock.h>
#include <stdint.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#define ABI_LEAST 2

#define RIGHT_RUN        (1ULL << 0)
#define RIGHT_WRITE_FILE (1ULL << 1)
#define RIGHT_READ_FILE  (1ULL << 2)
#define RIGHT_READ_DIR   (1ULL << 3)
#define RIGHTS_CHANGE    (0x1ffULL << 4) /* remove (2 kinds) and make (7 kinds) */
#define RIGHT_REFER      (1ULL << 13)
#define RIGHT_TRUNCATE   (1ULL << 14) /* from version 3 on */

#define RIGHTS_OF_FILES (RIGHT_RUN | RIGHT_WRITE_FILE | RIGHT_READ_FILE | RIGHT_TRUNCATE)

static uint64_t handled;

int
sandbox_paths_open(void)
{
	struct landlock_ruleset_attr attr = { 0 };
	long version =
	    syscall(SYS_landlock_create_ruleset, NULL, 0, LANDLOCK_CREATE_RULESET_VERSION);
	long fd;

	if (version < 0)
		return -errno;
	if (version < ABI_LEAST)
		return -EOPNOTSUPP;
	handled = RIGHT_RUN | RIGHT_WRITE_FILE | RIGHT_READ_FILE | RIGHT_READ_DIR | RIGHTS_CHANGE |
	          RIGHT_REFER | (version >= 3 ? RIGHT_TRUNCATE : 0);
	attr.handled_access_fs = handled;
	fd = syscall(SYS_landlock_create_ruleset, &attr, sizeof(attr), 0);
	return fd >= 0 ? (int)fd : -errno;
}

static uint64_t
rights_of(unsigned access)
{
	uint64_t rights = 0;

	if ((access & SANDBOX_READ) != 0)
		rights |= RIGHT_READ_FILE | RIGHT_READ_DIR;
	if ((access & SANDBOX_WRITE) != 0)
		rights |= RIGHT_WRITE_FILE | RIGHTS_CHANGE | RIGHT_REFER | RIGHT_TRUNCATE;
	if ((access & SANDBOX_RUN) != 0)
		rights |= RIGHT_RUN;
	return rights & handled;
}

int
sandbox_paths_allow(int paths, const char *path, unsigned access)
{
	struct landlock_path_beneath_attr rule = { .allowed_access = rights_of(access) };
	struct stat st;
	int result = 0;

	rule.parent_fd = open(path, O_PATH | O_CLOEXEC);
	if (rule.parent_fd < 0)
		return -errno;
	if (fstat(rule.parent_fd, &st) == 0 && !S_ISDIR(st.st_mode))
		rule.allowed_access &= RIGHTS_OF_FILES;
	if (syscall(SYS_landlock_add_rule, paths, LANDLOCK_RULE_PATH_BENEATH, &rule, 0) < 0)
		result = -errno;
	close(rule.parent_fd);
	return result;
}

int
sandbox_paths_enter(int paths)
{
	int result = syscall(SYS_landlock_restrict_self, paths, 0) == 0 ? 0 : -errno;

	close(paths);
	return result;
}

void
sandbox_paths_close(int paths)
{
	close(paths);
}
