# SPDX-License-Identifier: BSD-2-Clause
# All but main() is a library, for the tests.
LIB_QMGR = qmgr/libqmgr.a
noinst_LIBRARIES += %D%/libqmgr.a
%C%_libqmgr_a_SOURCES = \
	%D%/activate.c %D%/activate.h \
	%D%/agent.c %D%/agent.h \
	%D%/builtin.c %D%/builtin.h \
	%D%/control.c %D%/control.h \
	%D%/deliver.c %D%/deliver.h \
	%D%/feedback.c %D%/feedback.h \
	%D%/intake.c %D%/intake.h \
	%D%/keep.c %D%/keep.h \
	%D%/message.c %D%/message.h \
	%D%/name.c %D%/name.h \
	%D%/notes.c %D%/notes.h \
	%D%/policy.c %D%/policy.h \
	%D%/progress.c %D%/progress.h \
	%D%/qmgr.c %D%/qmgr.h \
	%D%/queue.c %D%/queue.h \
	%D%/recovery.c %D%/recovery.h \
	%D%/schedule.c %D%/schedule.h \
	%D%/show.c %D%/show.h \
	%D%/snapshot.c %D%/snapshot.h \
	%D%/step.c %D%/step.h

daemon_PROGRAMS += %D%/qmgr
%C%_qmgr_SOURCES = %D%/main.c
%C%_qmgr_LDADD = $(LIB_QMGR) $(LDADD)
EXTRA_DIST += %D%/README.md
