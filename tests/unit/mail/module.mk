# SPDX-License-Identifier: BSD-2-Clause
MAIL_TESTS = \
	tests/unit/mail/test_address \
	tests/unit/mail/test_compose \
	tests/unit/mail/test_date \
	tests/unit/mail/test_dsn \
	tests/unit/mail/test_header \
	tests/unit/mail/test_intake \
	tests/unit/mail/test_mailbox \
	tests/unit/mail/test_mime \
	tests/unit/mail/test_queue_id \
	tests/unit/mail/test_quoted_printable \
	tests/unit/mail/test_recipients
check_PROGRAMS += $(MAIL_TESTS)
TESTS += $(MAIL_TESTS)
tests_unit_mail_test_address_LDADD = $(TEST_LDADD)
tests_unit_mail_test_compose_LDADD = $(TEST_LDADD)
tests_unit_mail_test_date_LDADD = $(TEST_LDADD)
tests_unit_mail_test_dsn_LDADD = $(TEST_LDADD)
tests_unit_mail_test_header_LDADD = $(TEST_LDADD)
tests_unit_mail_test_mailbox_LDADD = $(TEST_LDADD)
tests_unit_mail_test_queue_id_LDADD = $(TEST_LDADD)
tests_unit_mail_test_intake_LDADD = $(TEST_LDADD)
tests_unit_mail_test_recipients_LDADD = $(TEST_LDADD)
tests_unit_mail_test_mime_LDADD = $(TEST_LDADD)
tests_unit_mail_test_quoted_printable_LDADD = $(TEST_LDADD)
