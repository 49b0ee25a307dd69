# SPDX-License-Identifier: BSD-2-Clause
if FAULTS
FAULT_TESTS = tests/fault/test_power tests/fault/test_spool
check_PROGRAMS += $(FAULT_TESTS)
TESTS += $(FAULT_TESTS)
endif
tests_fault_test_power_SOURCES = %D%/test_power.c %D%/spool_life.c %D%/spool_life.h
tests_fault_test_power_LDADD = $(TEST_LDADD)
tests_fault_test_spool_SOURCES = %D%/test_spool.c %D%/spool_life.c %D%/spool_life.h
tests_fault_test_spool_LDADD = $(TEST_LDADD)
EXTRA_DIST += %D%/README.md %D%/load.py %D%/test_failures.py %D%/test_kill.py %D%/test_requeue.py \
	tests/support/faults.py
