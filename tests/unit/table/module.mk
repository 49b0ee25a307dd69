# SPDX-License-Identifier: BSD-2-Clause
TABLE_TESTS = \
	tests/unit/table/test_address_find \
	tests/unit/table/test_index \
	tests/unit/table/test_login_senders \
	tests/unit/table/test_match_list \
	tests/unit/table/test_network \
	tests/unit/table/test_server \
	tests/unit/table/test_source \
	tests/unit/table/test_table
check_PROGRAMS += $(TABLE_TESTS)
TESTS += $(TABLE_TESTS)
EXTRA_DIST += \
	%D%/scratch.h %D%/with_config.h \
	%D%/data/no-hash.db %D%/data/postfix-nul.db %D%/data/postfix-plain.db
tests_unit_table_test_address_find_LDADD = $(TEST_LDADD)
tests_unit_table_test_index_LDADD = $(TEST_LDADD)
tests_unit_table_test_network_LDADD = $(TEST_LDADD)
tests_unit_table_test_server_LDADD = $(TEST_LDADD)
tests_unit_table_test_source_LDADD = $(TEST_LDADD)
tests_unit_table_test_table_LDADD = $(TEST_LDADD)
tests_unit_table_test_match_list_LDADD = $(TEST_LDADD)
tests_unit_table_test_login_senders_LDADD = $(TEST_LDADD)
