# SPDX-License-Identifier: BSD-2-Clause
SPOOL_TESTS = \
	tests/unit/spool/test_envelope \
	tests/unit/spool/test_journal \
	tests/unit/spool/test_journal_writer \
	tests/unit/spool/test_layout \
	tests/unit/spool/test_message_file \
	tests/unit/spool/test_record \
	tests/unit/spool/test_recover \
	tests/unit/spool/test_room
check_PROGRAMS += $(SPOOL_TESTS)
TESTS += $(SPOOL_TESTS)
EXTRA_DIST += tests/unit/spool/spool_test.h
tests_unit_spool_test_envelope_LDADD = $(TEST_LDADD)
tests_unit_spool_test_journal_LDADD = $(TEST_LDADD)
tests_unit_spool_test_journal_writer_LDADD = $(TEST_LDADD)
tests_unit_spool_test_layout_LDADD = $(TEST_LDADD)
tests_unit_spool_test_message_file_LDADD = $(TEST_LDADD)
tests_unit_spool_test_record_LDADD = $(TEST_LDADD)
tests_unit_spool_test_recover_LDADD = $(TEST_LDADD)
tests_unit_spool_test_room_LDADD = $(TEST_LDADD)
