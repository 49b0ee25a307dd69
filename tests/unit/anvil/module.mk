# SPDX-License-Identifier: BSD-2-Clause
ANVIL_TESTS = tests/unit/anvil/test_counters
check_PROGRAMS += $(ANVIL_TESTS)
TESTS += $(ANVIL_TESTS)
tests_unit_anvil_test_counters_LDADD = $(LIB_ANVIL) $(TEST_LDADD)
