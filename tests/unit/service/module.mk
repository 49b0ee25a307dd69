# SPDX-License-Identifier: BSD-2-Clause
SERVICE_TESTS = tests/unit/service/test_worker_link tests/unit/service/test_worker_options
check_PROGRAMS += $(SERVICE_TESTS)
TESTS += $(SERVICE_TESTS)
tests_unit_service_test_worker_link_LDADD = $(TEST_LDADD)
tests_unit_service_test_worker_options_LDADD = $(TEST_LDADD)
