# SPDX-License-Identifier: BSD-2-Clause
# All but main() is an archive, which the simulated tests link too.
noinst_LIBRARIES += %D%/libcleanup.a
daemon_PROGRAMS += %D%/cleanup
LIB_CLEANUP = cleanup/libcleanup.a

%C%_libcleanup_a_SOURCES = \
	%D%/body.c %D%/body.h \
	%D%/characters.c %D%/characters.h \
	%D%/check_action.c %D%/check_action.h \
	%D%/checks.c %D%/checks.h \
	%D%/cleanup.c %D%/cleanup.h \
	%D%/content.c \
	%D%/head.c %D%/head.h \
	%D%/header.c %D%/header.h \
	%D%/header_rewrite.c %D%/header_rewrite.h \
	%D%/line_ends.c %D%/line_ends.h \
	%D%/mapper.c %D%/mapper.h \
	%D%/mapping.c %D%/mapping.h \
	%D%/masquerade.c %D%/masquerade.h \
	%D%/message.c %D%/message.h \
	%D%/notifier.c %D%/notifier.h \
	%D%/orders.c %D%/orders.h \
	%D%/parties.c %D%/parties.h \
	%D%/session.c %D%/session.h \
	%D%/verdict.c %D%/verdict.h %D%/verdict.def
%C%_cleanup_SOURCES = %D%/main.c
%C%_cleanup_LDADD = $(LIB_CLEANUP) $(LDADD)
EXTRA_DIST += %D%/README.md
