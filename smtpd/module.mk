# SPDX-License-Identifier: BSD-2-Clause
# All but main() is an archive, which the simulated tests link too.
noinst_LIBRARIES += %D%/libsmtpd.a
daemon_PROGRAMS += %D%/smtpd
LIB_SMTPD = smtpd/libsmtpd.a

%C%_libsmtpd_a_SOURCES = \
	%D%/access.c %D%/access.h \
	%D%/attributes.c %D%/attributes.h \
	%D%/client_count.h %D%/client_ledger.c %D%/client_ledger.h %D%/client_reports.c \
	%D%/client_limits.c %D%/client_limits.h \
	%D%/cmd_bdat.c %D%/cmd_data.c %D%/cmd_help.c %D%/cmd_helo.c %D%/cmd_mail.c %D%/cmd_noop.c \
	%D%/cmd_quit.c %D%/cmd_rcpt.c %D%/cmd_rset.c %D%/cmd_unknown.c %D%/cmd_vrfy.c \
	%D%/cmd_xclient.c %D%/cmd_xforward.c %D%/forward.h \
	%D%/command_rows.c %D%/commands.h \
	%D%/content.c %D%/content.h \
	%D%/dialogue.c %D%/dialogue.h \
	%D%/expansion_filter.c %D%/expansion_filter.h \
	%D%/ehlo.c %D%/ehlo.h %D%/ehlo.def \
	%D%/mail_rcpt.c %D%/mail_rcpt.h \
	%D%/peer.c %D%/peer.h \
	%D%/proxy.c %D%/proxy.h \
	%D%/refusal.c %D%/refusal.h \
	%D%/session.c %D%/session.h %D%/session_command.c %D%/session_log.c \
	%D%/smtpd.c %D%/smtpd.h \
	%D%/submission.c %D%/submission.h \
	%D%/transaction.c %D%/transaction.h
%C%_smtpd_SOURCES = \
	%D%/main.c \
	%D%/maildrop_link.c %D%/maildrop_link.h \
	%D%/standalone.c %D%/standalone.h \
	%D%/stdio_stream.c %D%/stdio_stream.h
%C%_smtpd_LDADD = $(LIB_SMTPD) $(LDADD)
EXTRA_DIST += %D%/README.md
