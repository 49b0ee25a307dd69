# SPDX-License-Identifier: BSD-2-Clause
LIB_SPOOL = lib/spool/libspool.a
noinst_LIBRARIES += %D%/libspool.a
%C%_libspool_a_SOURCES = \
	%D%/envelope.c %D%/envelope.h %D%/envelope.def %D%/history.def \
	%D%/file_batch.c %D%/file_batch.h \
	%D%/file_writer.c %D%/file_writer.h \
	%D%/journal.c %D%/journal.h \
	%D%/journal_writer.c %D%/journal_writer.h \
	%D%/layout.c %D%/layout.h %D%/layout.def \
	%D%/maildrop.c %D%/maildrop.h \
	%D%/message_file.c %D%/message_file.h %D%/message_read.c \
	%D%/publish.c %D%/publish.h \
	%D%/record.c %D%/record.h \
	%D%/recover.c %D%/recover.h \
	%D%/requeue.c %D%/requeue.h \
	%D%/room.c %D%/room.h \
	%D%/scan.c %D%/scan.h \
	%D%/segment.c %D%/segment.h \
	%D%/stored.h
EXTRA_DIST += %D%/README.md %D%/INVARIANTS.md
