# SPDX-License-Identifier: BSD-2-Clause
# All but main() is an archive, which the simulated tests link too.
noinst_LIBRARIES += %D%/libcleanup.a
daemon_PROGRAMS += %D%/cleanup
LIB_CLEANUP = cleanup/libcleanup.a

%C%_libcleanup_a_SOURCES = \
	%D%/cleanup.c %D%/cleanup.h \
	%D%/head.c %D%/head.h \
	%D%/line_ends.c %D%/line_ends.h \
	%D%/message.c %D%/message.h \
	%D%/notifier.c %D%/notifier.h \
	%D%/session.c %D%/session.h \
	%D%/verdict.c %D%/verdict.h %D%/verdict.def
%C%_cleanup_SOURCES = %D%/main.c
%C%_cleanup_LDADD = $(LIB_CLEANUP) $(LDADD)
EXTRA_DIST += %D%/README.md
