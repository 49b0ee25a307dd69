# SPDX-License-Identifier: BSD-2-Clause
ACCESS_TESTS = \
	tests/unit/access/test_action \
	tests/unit/access/test_audit \
	tests/unit/access/test_restriction \
	tests/unit/access/test_rules
check_PROGRAMS += $(ACCESS_TESTS)
TESTS += $(ACCESS_TESTS)
EXTRA_DIST += tests/unit/access/ask.h
tests_unit_access_test_action_LDADD = $(TEST_LDADD)
tests_unit_access_test_audit_LDADD = $(TEST_LDADD)
tests_unit_access_test_restriction_LDADD = $(TEST_LDADD)
tests_unit_access_test_rules_LDADD = $(TEST_LDADD)
