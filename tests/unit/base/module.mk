# SPDX-License-Identifier: BSD-2-Clause
BASE_TESTS = tests/unit/base/test_buf tests/unit/base/test_heap tests/unit/base/test_str
check_PROGRAMS += $(BASE_TESTS)
TESTS += $(BASE_TESTS)
tests_unit_base_test_buf_LDADD = $(TEST_LDADD)
tests_unit_base_test_heap_LDADD = $(TEST_LDADD)
tests_unit_base_test_str_LDADD = $(TEST_LDADD)
