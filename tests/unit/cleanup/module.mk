# SPDX-License-Identifier: BSD-2-Clause
CLEANUP_TESTS = tests/unit/cleanup/test_head tests/unit/cleanup/test_line_ends \
	tests/unit/cleanup/test_rules
check_PROGRAMS += $(CLEANUP_TESTS)
TESTS += $(CLEANUP_TESTS)
tests_unit_cleanup_test_head_LDADD = $(LIB_CLEANUP) $(TEST_LDADD)
tests_unit_cleanup_test_line_ends_LDADD = $(LIB_CLEANUP) $(TEST_LDADD)
tests_unit_cleanup_test_rules_LDADD = $(LIB_CLEANUP) $(TEST_LDADD)
