# SPDX-License-Identifier: BSD-2-Clause
RESOLVER_TESTS = tests/unit/resolver/test_hosts
check_PROGRAMS += $(RESOLVER_TESTS)
TESTS += $(RESOLVER_TESTS)
tests_unit_resolver_test_hosts_LDADD = $(LIB_RESOLVER) $(TEST_LDADD) $(UNBOUND_LIBS)
