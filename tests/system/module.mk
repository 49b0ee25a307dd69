# SPDX-License-Identifier: BSD-2-Clause
EXTRA_DIST += tests/conftest.py tests/support/instance.py tests/support/smtp.py \
	%D%/README.md %D%/test_clients.py %D%/test_log.py %D%/test_master.py \
	%D%/test_messages.py %D%/test_queue.py %D%/test_sendmail.py %D%/test_smtpd.py
