/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef TESTS_UNIT_SYS_FOLDER_OF_TEST_H
#define TESTS_UNIT_SYS_FOLDER_OF_TEST_H

#include <stdio.h>
#include <unistd.h>

#include "tests/unit/test.h"

/* cmocka set-up and tear-down: each test runs in an empty folder of its own. */
static char folder_of_test[64];

static inline int
enter_folder(void **state)
{
	(void)state;
	snprintf(folder_of_test, sizeof(folder_of_test), "/tmp/postroad-test.XXXXXX");
	return mkdtemp(folder_of_test) != NULL ? chdir(folder_of_test) : -1;
}

/* A test that leaves a file behind fails here. */
static inline int
leave_folder(void **state)
{
	(void)state;
	return chdir("/") == 0 ? rmdir(folder_of_test) : -1;
}

#endif
