/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef TESTS_UNIT_LOCAL_BASE_H
#define TESTS_UNIT_LOCAL_BASE_H

#include <sys/stat.h>
#include <sys/wait.h>

#include "tests/unit/table/scratch.h"

/* A folder for mailboxes, which anyone may use; removed with all that is below it. */
static char base[100];

static inline int
make_base(void **state)
{
	int result = scratch_make(state);

	snprintf(base, sizeof(base), "%s", scratch_folder);
	return result < 0 ? result : chmod(base, 0777);
}

static inline int
remove_base(void **state)
{
	char *const argv[] = { (char[]){ "rm" }, (char[]){ "-rf" }, base, NULL };
	pid_t pid = fork();
	int status;

	(void)state;
	if (pid == 0) {
		execvp("rm", argv);
		_exit(127);
	}
	return waitpid(pid, &status, 0) == pid ? status : -1;
}

#endif
