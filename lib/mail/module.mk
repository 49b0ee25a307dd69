# SPDX-License-Identifier: BSD-2-Clause
LIB_MAIL = lib/mail/libmail.a
noinst_LIBRARIES += %D%/libmail.a
%C%_libmail_a_SOURCES = \
	%D%/address.h \
	%D%/queue_id.c %D%/queue_id.h
