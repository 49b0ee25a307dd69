# SPDX-License-Identifier: BSD-2-Clause

SIM_CLEANUP = tests/sim/test_cleanup
check_PROGRAMS += $(SIM_CLEANUP)
TESTS += $(SIM_CLEANUP)
tests_sim_test_cleanup_LDADD = $(LIB_CLEANUP) $(TEST_LDADD)
