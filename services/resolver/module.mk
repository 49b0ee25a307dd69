# SPDX-License-Identifier: BSD-2-Clause
# All but main() is an archive, which the tests link too.
noinst_LIBRARIES += %D%/libresolver.a
daemon_PROGRAMS += %D%/resolver
LIB_RESOLVER = services/resolver/libresolver.a
%C%_libresolver_a_SOURCES = \
	%D%/hosts.c %D%/hosts.h \
	%D%/resolver.c %D%/resolver.h \
	%D%/session.c \
	%D%/upstream.c %D%/upstream.h
%C%_resolver_SOURCES = %D%/main.c
%C%_resolver_LDADD = $(LIB_RESOLVER) $(LDADD) $(UNBOUND_LIBS)
EXTRA_DIST += %D%/README.md
