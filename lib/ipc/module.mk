# SPDX-License-Identifier: BSD-2-Clause
LIB_IPC = lib/ipc/libipc.a
noinst_LIBRARIES += %D%/libipc.a
%C%_libipc_a_SOURCES = \
	%D%/caller.c %D%/caller.h \
	%D%/channel.c %D%/channel.h \
	%D%/encoder.h \
	%D%/kept_caller.c %D%/kept_caller.h \
	%D%/message.c %D%/message.h %D%/message.def \
	%D%/submit_call.c %D%/submit_call.h \
	%D%/submit_options.c %D%/submit_options.h
EXTRA_DIST += %D%/README.md
