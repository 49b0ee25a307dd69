# SPDX-License-Identifier: BSD-2-Clause
BASE_TESTS = \
	tests/unit/base/test_arena \
	tests/unit/base/test_base64 \
	tests/unit/base/test_buf \
	tests/unit/base/test_calendar \
	tests/unit/base/test_crc32c \
	tests/unit/base/test_edit \
	tests/unit/base/test_event \
	tests/unit/base/test_heap \
	tests/unit/base/test_json \
	tests/unit/base/test_list \
	tests/unit/base/test_map \
	tests/unit/base/test_num \
	tests/unit/base/test_str \
	tests/unit/base/test_wheel \
	tests/unit/base/test_why
check_PROGRAMS += $(BASE_TESTS)
TESTS += $(BASE_TESTS)
tests_unit_base_test_arena_LDADD = $(TEST_LDADD)
tests_unit_base_test_base64_LDADD = $(TEST_LDADD)
tests_unit_base_test_buf_LDADD = $(TEST_LDADD)
tests_unit_base_test_calendar_LDADD = $(TEST_LDADD)
tests_unit_base_test_crc32c_LDADD = $(TEST_LDADD)
tests_unit_base_test_edit_LDADD = $(TEST_LDADD)
tests_unit_base_test_event_LDADD = $(TEST_LDADD)
tests_unit_base_test_heap_LDADD = $(TEST_LDADD)
tests_unit_base_test_json_LDADD = $(TEST_LDADD)
tests_unit_base_test_list_LDADD = $(TEST_LDADD)
tests_unit_base_test_map_LDADD = $(TEST_LDADD)
tests_unit_base_test_num_LDADD = $(TEST_LDADD)
tests_unit_base_test_str_LDADD = $(TEST_LDADD)
tests_unit_base_test_wheel_LDADD = $(TEST_LDADD)
tests_unit_base_test_why_LDADD = $(TEST_LDADD)
