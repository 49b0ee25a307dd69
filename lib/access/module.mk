# SPDX-License-Identifier: BSD-2-Clause
LIB_ACCESS = lib/access/libaccess.a
noinst_LIBRARIES += %D%/libaccess.a
%C%_libaccess_a_SOURCES = \
	%D%/access.c %D%/access.h \
	%D%/action.c %D%/action.def \
	%D%/audit.c %D%/audit.h \
	%D%/evaluate.c %D%/evaluation.h \
	%D%/gateway.c %D%/gateway.h \
	%D%/rehearsal.c %D%/rehearsal.h \
	%D%/restrict.h \
	%D%/restrict_address.c \
	%D%/restrict_any.c \
	%D%/restrict_name.c \
	%D%/restrict_table.c \
	%D%/restriction.def \
	%D%/rules.c %D%/rules.h %D%/rules_read.c \
	%D%/trail.c %D%/trail.h
EXTRA_DIST += %D%/README.md
