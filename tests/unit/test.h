/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef TESTS_UNIT_TEST_H
#define TESTS_UNIT_TEST_H

/* cmocka, with what it needs included before it, and comparisons for our own text types. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "lib/base/str.h"

#define assert_str_is(view, text)                                                                  \
	do {                                                                                       \
		struct str got_ = (view);                                                          \
		struct str want_ = str_of(text);                                                   \
		if (!str_equal(got_, want_))                                                       \
			fail_msg("got \"%.*s\", expected \"%s\"", STR_ARG(got_), (text));         \
	} while (0)

#endif
