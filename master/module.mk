# SPDX-License-Identifier: BSD-2-Clause
daemon_PROGRAMS += %D%/master
%C%_master_SOURCES = %D%/main.c
%C%_master_LDADD = %D%/libmaster.a $(LDADD)

# All but main(), for the unit tests.
noinst_LIBRARIES += %D%/libmaster.a
%C%_libmaster_a_SOURCES = \
	%D%/control.c %D%/control.h \
	%D%/crew.c %D%/crew.h \
	%D%/crews.c %D%/crews.h \
	%D%/decide.c %D%/decide.h \
	%D%/inherit.c %D%/inherit.h \
	%D%/log_file.c %D%/log_file.h \
	%D%/master.c %D%/master.h \
	%D%/member.c %D%/member.h \
	%D%/numbers.c %D%/numbers.h \
	%D%/options.c %D%/options.h \
	%D%/places.c %D%/places.h \
	%D%/plan.c %D%/plan.h \
	%D%/reload.c \
	%D%/reports.c %D%/reports.h \
	%D%/rows.c %D%/rows.h \
	%D%/sockets.c %D%/sockets.h \
	%D%/start.c %D%/start.h \
	%D%/stress.c %D%/stress.h
EXTRA_DIST += %D%/README.md
