# SPDX-License-Identifier: BSD-2-Clause
MASTER_TESTS = \
	%D%/test_decide \
	%D%/test_options \
	%D%/test_places \
	%D%/test_plan
check_PROGRAMS += $(MASTER_TESTS)
TESTS += $(MASTER_TESTS)
%C%_test_decide_LDADD = master/libmaster.a $(TEST_LDADD)
%C%_test_options_LDADD = master/libmaster.a $(TEST_LDADD)
%C%_test_places_LDADD = master/libmaster.a $(TEST_LDADD)
%C%_test_plan_LDADD = master/libmaster.a $(TEST_LDADD)
EXTRA_DIST += %D%/config_folder.h
