# SPDX-License-Identifier: BSD-2-Clause
LOCAL_TESTS = \
	tests/unit/local/test_account \
	tests/unit/local/test_address_file \
	tests/unit/local/test_agent \
	tests/unit/local/test_alias \
	tests/unit/local/test_alias_value \
	tests/unit/local/test_command \
	tests/unit/local/test_copy \
	tests/unit/local/test_mailbox \
	tests/unit/local/test_mailbox_faults \
	tests/unit/local/test_mailbox_path \
	tests/unit/local/test_mailbox_pool \
	tests/unit/local/test_names \
	tests/unit/local/test_trace_headers
check_PROGRAMS += $(LOCAL_TESTS)
TESTS += $(LOCAL_TESTS)
LOCAL_TEST_LDADD = local/libagent.a $(TEST_LDADD)
tests_unit_local_test_agent_LDADD = $(LOCAL_TEST_LDADD)
tests_unit_local_test_alias_LDADD = $(LOCAL_TEST_LDADD)
tests_unit_local_test_alias_value_LDADD = $(LOCAL_TEST_LDADD)
tests_unit_local_test_copy_LDADD = $(LOCAL_TEST_LDADD)
tests_unit_local_test_mailbox_LDADD = $(LOCAL_TEST_LDADD)
tests_unit_local_test_mailbox_faults_LDADD = $(LOCAL_TEST_LDADD)
tests_unit_local_test_mailbox_path_LDADD = $(LOCAL_TEST_LDADD)
tests_unit_local_test_trace_headers_LDADD = $(LOCAL_TEST_LDADD)
tests_unit_local_test_mailbox_pool_LDADD = $(LOCAL_TEST_LDADD)
tests_unit_local_test_address_file_LDADD = $(LOCAL_TEST_LDADD)
tests_unit_local_test_command_LDADD = $(LOCAL_TEST_LDADD)
tests_unit_local_test_names_LDADD = $(LOCAL_TEST_LDADD)
tests_unit_local_test_account_LDADD = $(LOCAL_TEST_LDADD)
EXTRA_DIST += %D%/base.h
