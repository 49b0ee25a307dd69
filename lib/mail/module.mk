# SPDX-License-Identifier: BSD-2-Clause
LIB_MAIL = lib/mail/libmail.a
noinst_LIBRARIES += %D%/libmail.a
%C%_libmail_a_SOURCES = \
	%D%/address.c %D%/address.h \
	%D%/compose.c %D%/compose.h \
	%D%/date.c %D%/date.h \
	%D%/dsn.c %D%/dsn.h \
	%D%/encoded_word.c %D%/encoded_word.h \
	%D%/header.c %D%/header.h \
	%D%/intake.c %D%/intake.h \
	%D%/mailbox.c %D%/mailbox.h \
	%D%/message_id.c %D%/message_id.h \
	%D%/queue_id.c %D%/queue_id.h \
	%D%/received.c %D%/received.h \
	%D%/recipients.c %D%/recipients.h
EXTRA_DIST += %D%/README.md
