# SPDX-License-Identifier: BSD-2-Clause
CONFIG_TESTS = \
	tests/unit/config/test_check \
	tests/unit/config/test_config \
	tests/unit/config/test_edit \
	tests/unit/config/test_expand \
	tests/unit/config/test_files \
	tests/unit/config/test_item \
	tests/unit/config/test_master_cf \
	tests/unit/config/test_master_edit
check_PROGRAMS += $(CONFIG_TESTS)
TESTS += $(CONFIG_TESTS)
tests_unit_config_test_check_LDADD = $(TEST_LDADD)
tests_unit_config_test_config_LDADD = $(TEST_LDADD)
tests_unit_config_test_edit_LDADD = $(TEST_LDADD)
tests_unit_config_test_expand_LDADD = $(TEST_LDADD)
tests_unit_config_test_item_LDADD = $(TEST_LDADD)
tests_unit_config_test_master_cf_LDADD = $(TEST_LDADD)
tests_unit_config_test_files_LDADD = $(TEST_LDADD)
tests_unit_config_test_master_edit_LDADD = $(TEST_LDADD)
