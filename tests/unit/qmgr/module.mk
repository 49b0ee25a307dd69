# SPDX-License-Identifier: BSD-2-Clause
QMGR_TESTS = tests/unit/qmgr/test_policy tests/unit/qmgr/test_queue tests/unit/qmgr/test_schedule
check_PROGRAMS += $(QMGR_TESTS)
TESTS += $(QMGR_TESTS)
tests_unit_qmgr_test_policy_LDADD = $(LIB_QMGR) $(TEST_LDADD)
tests_unit_qmgr_test_queue_LDADD = $(LIB_QMGR) $(TEST_LDADD)
tests_unit_qmgr_test_schedule_LDADD = $(LIB_QMGR) $(TEST_LDADD)
