# SPDX-License-Identifier: BSD-2-Clause
LIB_BASE = lib/base/libbase.a
noinst_LIBRARIES += %D%/libbase.a
%C%_libbase_a_SOURCES = \
	%D%/arena.c %D%/arena.h \
	%D%/buf.c %D%/buf.h \
	%D%/bug.c %D%/bug.h \
	%D%/calendar.c %D%/calendar.h \
	%D%/compiler.h \
	%D%/err.c %D%/err.h %D%/err.def \
	%D%/event.h %D%/event.def %D%/event_field.def \
	%D%/heap.c %D%/heap.h \
	%D%/list.h \
	%D%/mem.c %D%/mem.h \
	%D%/num.c %D%/num.h \
	%D%/str.c %D%/str.h \
	%D%/ticks.h \
	%D%/why.c %D%/why.h
EXTRA_DIST += %D%/README.md
