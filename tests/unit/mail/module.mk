# SPDX-License-Identifier: BSD-2-Clause
MAIL_TESTS = tests/unit/mail/test_queue_id
check_PROGRAMS += $(MAIL_TESTS)
TESTS += $(MAIL_TESTS)
tests_unit_mail_test_queue_id_LDADD = $(TEST_LDADD)
