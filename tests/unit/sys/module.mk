# SPDX-License-Identifier: BSD-2-Clause
SYS_PROCESS_TESTS = tests/unit/sys/test_lock tests/unit/sys/test_sandbox tests/unit/sys/test_spawn
check_PROGRAMS += $(SYS_PROCESS_TESTS)
TESTS += $(SYS_PROCESS_TESTS)
tests_unit_sys_test_lock_LDADD = $(TEST_LDADD)
tests_unit_sys_test_sandbox_LDADD = $(TEST_LDADD)
tests_unit_sys_test_spawn_LDADD = $(TEST_LDADD)
