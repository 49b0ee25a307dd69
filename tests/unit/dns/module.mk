# SPDX-License-Identifier: BSD-2-Clause
DNS_TESTS = tests/unit/dns/test_record tests/unit/dns/test_type
TESTS += $(DNS_TESTS)
check_PROGRAMS += $(DNS_TESTS)
tests_unit_dns_test_record_LDADD = $(TEST_LDADD)
tests_unit_dns_test_type_LDADD = $(TEST_LDADD)
