# SPDX-License-Identifier: BSD-2-Clause
LIB_SERVICE = lib/service/libservice.a
noinst_LIBRARIES += %D%/libservice.a
%C%_libservice_a_SOURCES = \
	%D%/accept.c \
	%D%/accounts.c %D%/accounts.h \
	%D%/command.c %D%/command.h \
	%D%/enter.c \
	%D%/link.c \
	%D%/log_places.c %D%/log_places.h \
	%D%/mailbox_lock.c %D%/mailbox_lock.h \
	%D%/service.c %D%/service.h \
	%D%/single.c \
	%D%/walls.c %D%/walls.h \
	%D%/worker.h \
	%D%/worker_link.c %D%/worker_link.h \
	%D%/worker_options.c %D%/worker_options.h
EXTRA_DIST += %D%/README.md
