# SPDX-License-Identifier: BSD-2-Clause
ROUTE_TESTS = tests/unit/route/test_route tests/unit/route/test_rewrite
check_PROGRAMS += $(ROUTE_TESTS)
TESTS += $(ROUTE_TESTS)
tests_unit_route_test_route_LDADD = $(TEST_LDADD)
tests_unit_route_test_rewrite_LDADD = $(TEST_LDADD)
