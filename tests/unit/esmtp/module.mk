# SPDX-License-Identifier: BSD-2-Clause
ESMTP_TESTS = \
	tests/unit/esmtp/test_command \
	tests/unit/esmtp/test_dot \
	tests/unit/esmtp/test_envelope \
	tests/unit/esmtp/test_reply \
	tests/unit/esmtp/test_xtext
check_PROGRAMS += $(ESMTP_TESTS)
TESTS += $(ESMTP_TESTS)
tests_unit_esmtp_test_command_LDADD = $(TEST_LDADD)
tests_unit_esmtp_test_dot_LDADD = $(TEST_LDADD)
tests_unit_esmtp_test_envelope_LDADD = $(TEST_LDADD)
tests_unit_esmtp_test_reply_LDADD = $(TEST_LDADD)
tests_unit_esmtp_test_xtext_LDADD = $(TEST_LDADD)
