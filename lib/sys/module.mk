# SPDX-License-Identifier: BSD-2-Clause
LIB_SYS = lib/sys/libsys.a
noinst_LIBRARIES += %D%/libsys.a
%C%_libsys_a_SOURCES = \
	%D%/call.h \
	%D%/clock.c %D%/clock.h \
	%D%/daemon.c %D%/daemon.h \
	%D%/descriptor.c \
	%D%/fault.c %D%/fault.h \
	%D%/file.c %D%/file.h \
	%D%/folder.c %D%/folder.h \
	%D%/identity.c \
	%D%/interface.c %D%/interface.h \
	%D%/lock.c %D%/lock.h \
	%D%/log.c %D%/log.h \
	%D%/log_sink.c %D%/log_sink.h \
	%D%/memory.c %D%/memory.h \
	%D%/notify.c %D%/notify.h \
	%D%/path.c %D%/path.h \
	%D%/pieces.h \
	%D%/poll.c %D%/poll.h \
	%D%/process.c %D%/process.h \
	%D%/random.c %D%/random.h \
	%D%/resolve.c %D%/resolve.h \
	%D%/sandbox.h %D%/sandbox_calls.c %D%/sandbox_paths.c \
	%D%/signal.c \
	%D%/socket.c %D%/socket.h \
	%D%/spawn.c %D%/spawn.h \
	%D%/user.c %D%/user.h \
	%D%/wakeup.c %D%/wakeup.h
EXTRA_DIST += %D%/README.md
