# SPDX-License-Identifier: BSD-2-Clause
# All but main() is an archive, which the tests link too.
noinst_LIBRARIES += %D%/libanvil.a
daemon_PROGRAMS += %D%/anvil
LIB_ANVIL = services/anvil/libanvil.a
%C%_libanvil_a_SOURCES = \
	%D%/anvil.c %D%/anvil.h \
	%D%/counters.c %D%/counters.h
%C%_anvil_SOURCES = %D%/main.c
%C%_anvil_LDADD = $(LIB_ANVIL) $(LDADD)
EXTRA_DIST += %D%/README.md
