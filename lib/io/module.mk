# SPDX-License-Identifier: BSD-2-Clause
LIB_IO = lib/io/libio.a
noinst_LIBRARIES += %D%/libio.a
%C%_libio_a_SOURCES = \
	%D%/connect.c %D%/connect.h \
	%D%/listen.c %D%/listen.h \
	%D%/proxy_header.c %D%/proxy_header.h \
	%D%/stream.c %D%/stream.h \
	%D%/stream_fd.c \
	%D%/stream_ops.h \
	%D%/stream_pair.c
EXTRA_DIST += %D%/README.md
