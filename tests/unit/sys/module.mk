# SPDX-License-Identifier: BSD-2-Clause
SYS_PROCESS_TESTS = tests/unit/sys/test_daemon \
	tests/unit/sys/test_lock \
	tests/unit/sys/test_resolve \
	tests/unit/sys/test_sandbox \
	tests/unit/sys/test_sealed_file \
	tests/unit/sys/test_spawn
check_PROGRAMS += $(SYS_PROCESS_TESTS)
TESTS += $(SYS_PROCESS_TESTS)
tests_unit_sys_test_daemon_LDADD = $(TEST_LDADD)
tests_unit_sys_test_lock_LDADD = $(TEST_LDADD)
tests_unit_sys_test_resolve_LDADD = $(TEST_LDADD)
tests_unit_sys_test_sandbox_LDADD = $(TEST_LDADD)
tests_unit_sys_test_sealed_file_LDADD = $(TEST_LDADD)
tests_unit_sys_test_spawn_LDADD = $(TEST_LDADD)
SYS_TESTS = tests/unit/sys/test_fault \
	tests/unit/sys/test_file \
	tests/unit/sys/test_log \
	tests/unit/sys/test_path \
	tests/unit/sys/test_process \
	tests/unit/sys/test_socket \
	tests/unit/sys/test_user
check_PROGRAMS += $(SYS_TESTS)
TESTS += $(SYS_TESTS)
EXTRA_DIST += %D%/folder_of_test.h
tests_unit_sys_test_fault_LDADD = $(TEST_LDADD)
tests_unit_sys_test_file_LDADD = $(TEST_LDADD)
tests_unit_sys_test_log_LDADD = $(TEST_LDADD)
tests_unit_sys_test_path_LDADD = $(TEST_LDADD)
tests_unit_sys_test_process_LDADD = $(TEST_LDADD)
tests_unit_sys_test_socket_LDADD = $(TEST_LDADD)
tests_unit_sys_test_user_LDADD = $(TEST_LDADD)
