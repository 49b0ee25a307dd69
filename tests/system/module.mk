# SPDX-License-Identifier: BSD-2-Clause
EXTRA_DIST += \
	tests/conftest.py \
	tests/support/instance.py \
	tests/support/nameserver.py \
	tests/support/postfix.py \
	tests/support/smtp.py \
	%D%/README.md \
	%D%/test_access.py \
	%D%/test_access_peer.py \
	%D%/test_check.py \
	%D%/test_client_limits.py \
	%D%/test_clients.py \
	%D%/test_commands.py \
	%D%/test_durability.py \
	%D%/test_local.py \
	%D%/test_local_peer.py \
	%D%/test_local_users.py \
	%D%/test_log.py \
	%D%/test_log_places.py \
	%D%/test_log_readers.py \
	%D%/test_manager.py \
	%D%/test_master.py \
	%D%/test_messages.py \
	%D%/test_peers.py \
	%D%/test_postconf.py \
	%D%/test_queue.py \
	%D%/test_reload.py \
	%D%/test_resolver.py \
	%D%/test_same_as_postfix.py \
	%D%/test_sendmail.py \
	%D%/test_service.py \
	%D%/test_smtpd.py \
	%D%/test_smtpd_peers.py \
	%D%/test_smtpd_stdio.py \
	%D%/test_table_servers.py \
	%D%/test_tables.py

# A daemon that tells about itself, for test_master.py.
check_PROGRAMS += %D%/echo_daemon
tests_system_echo_daemon_SOURCES = %D%/echo_daemon.c
