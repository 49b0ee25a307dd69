# SPDX-License-Identifier: BSD-2-Clause
LIB_ROUTE = lib/route/libroute.a
noinst_LIBRARIES += %D%/libroute.a
%C%_libroute_a_SOURCES = \
	%D%/listed.c \
	%D%/own_address.c %D%/own_address.h \
	%D%/rewrite.c %D%/rewrite.h \
	%D%/route.c %D%/route.h %D%/router.h
EXTRA_DIST += %D%/README.md
