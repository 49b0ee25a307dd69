# SPDX-License-Identifier: BSD-2-Clause
LIB_SYS = lib/sys/libsys.a
noinst_LIBRARIES += %D%/libsys.a
%C%_libsys_a_SOURCES = \
	%D%/clock.c %D%/clock.h \
	%D%/daemon.c %D%/daemon.h \
	%D%/lock.c %D%/lock.h \
	%D%/log.h \
	%D%/memory.c %D%/memory.h \
	%D%/poll.c %D%/poll.h \
	%D%/sandbox.h %D%/sandbox_calls.c %D%/sandbox_paths.c \
	%D%/socket.h \
	%D%/spawn.c %D%/spawn.h \
	%D%/wakeup.c %D%/wakeup.h
