# SPDX-License-Identifier: BSD-2-Clause
LIB_RUN = lib/run/librun.a
noinst_LIBRARIES += %D%/librun.a
%C%_librun_a_SOURCES = \
	%D%/context.c %D%/context.h %D%/context_jump.S \
	%D%/loop.h %D%/loop_event.c %D%/loop_sim.c \
	%D%/offload.c %D%/offload.h \
	%D%/run.c %D%/run.h \
	%D%/runtime.h \
	%D%/stack.c %D%/stack.h \
	%D%/task.c %D%/task.h \
	%D%/watch.c %D%/watch.h
EXTRA_DIST += %D%/README.md
