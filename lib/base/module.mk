# SPDX-License-Identifier: BSD-2-Clause
LIB_BASE = lib/base/libbase.a
noinst_LIBRARIES += %D%/libbase.a
%C%_libbase_a_SOURCES = \
	%D%/arena.c %D%/arena.h \
	%D%/base64.c %D%/base64.h \
	%D%/buf.c %D%/buf.h \
	%D%/bug.c %D%/bug.h \
	%D%/calendar.c %D%/calendar.h \
	%D%/compiler.h \
	%D%/crc32c.c %D%/crc32c.h \
	%D%/edit.c %D%/edit.h \
	%D%/err.c %D%/err.h %D%/err.def \
	%D%/event.c %D%/event.h %D%/event.def %D%/event_field.def \
	%D%/hash.c %D%/hash.h \
	%D%/heap.c %D%/heap.h \
	%D%/json.c %D%/json.h \
	%D%/le.h \
	%D%/list.h \
	%D%/map.c %D%/map.h \
	%D%/mem.c %D%/mem.h \
	%D%/nearest.c %D%/nearest.h \
	%D%/num.c %D%/num.h \
	%D%/poison.h \
	%D%/str.c %D%/str.h \
	%D%/ticks.h \
	%D%/wheel.c %D%/wheel.h \
	%D%/why.c %D%/why.h
EXTRA_DIST += %D%/README.md
