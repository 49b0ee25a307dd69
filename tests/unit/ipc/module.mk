# SPDX-License-Identifier: BSD-2-Clause
IPC_TESTS = tests/unit/ipc/test_caller tests/unit/ipc/test_channel tests/unit/ipc/test_message \
	tests/unit/ipc/test_submit_options
check_PROGRAMS += $(IPC_TESTS)
TESTS += $(IPC_TESTS)
tests_unit_ipc_test_caller_LDADD = $(TEST_LDADD)
tests_unit_ipc_test_channel_LDADD = $(TEST_LDADD)
tests_unit_ipc_test_message_LDADD = $(TEST_LDADD)
tests_unit_ipc_test_submit_options_LDADD = $(TEST_LDADD)
