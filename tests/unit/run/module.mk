# SPDX-License-Identifier: BSD-2-Clause
RUN_TESTS = tests/unit/run/test_task tests/unit/run/test_watch tests/unit/run/test_offload \
	tests/unit/run/test_sim
check_PROGRAMS += $(RUN_TESTS)
TESTS += $(RUN_TESTS)
EXTRA_DIST += %D%/in_loop.h
tests_unit_run_test_task_LDADD = $(TEST_LDADD) -lm
tests_unit_run_test_watch_LDADD = $(TEST_LDADD)
tests_unit_run_test_offload_LDADD = $(TEST_LDADD)
tests_unit_run_test_sim_LDADD = $(TEST_LDADD)
