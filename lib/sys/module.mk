# SPDX-License-Identifier: BSD-2-Clause
LIB_SYS = lib/sys/libsys.a
noinst_LIBRARIES += %D%/libsys.a
%C%_libsys_a_SOURCES = \
	%D%/clock.c %D%/clock.h \
	%D%/log.h \
	%D%/memory.c %D%/memory.h \
	%D%/poll.c %D%/poll.h \
	%D%/socket.h \
	%D%/wakeup.c %D%/wakeup.h
