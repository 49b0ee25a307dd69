# SPDX-License-Identifier: BSD-2-Clause
LIB_ESMTP = lib/esmtp/libesmtp.a
noinst_LIBRARIES += %D%/libesmtp.a
%C%_libesmtp_a_SOURCES = \
	%D%/chunk.c %D%/chunk.h \
	%D%/command.c %D%/command.h %D%/verb.def \
	%D%/dot.c %D%/dot.h \
	%D%/envelope.c %D%/envelope.h \
	%D%/parameter.c %D%/parameter.h \
	%D%/path.c %D%/path.h \
	%D%/reply.c %D%/reply.h %D%/reply.def \
	%D%/xtext.c %D%/xtext.h
EXTRA_DIST += %D%/README.md
