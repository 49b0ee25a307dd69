# SPDX-License-Identifier: BSD-2-Clause
LIB_MAIL = lib/mail/libmail.a
noinst_LIBRARIES += %D%/libmail.a
%C%_libmail_a_SOURCES = \
	%D%/address.c %D%/address.h \
	%D%/date.c %D%/date.h \
	%D%/dsn.c %D%/dsn.h \
	%D%/message_id.c %D%/message_id.h \
	%D%/queue_id.c %D%/queue_id.h
