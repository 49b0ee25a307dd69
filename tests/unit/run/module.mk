# SPDX-License-Identifier: BSD-2-Clause
RUN_TESTS = tests/unit/run/test_task
check_PROGRAMS += $(RUN_TESTS)
TESTS += $(RUN_TESTS)
EXTRA_DIST += %D%/in_loop.h
tests_unit_run_test_task_LDADD = $(TEST_LDADD) -lm
