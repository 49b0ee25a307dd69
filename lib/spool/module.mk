# SPDX-License-Identifier: BSD-2-Clause
LIB_SPOOL =
EXTRA_DIST += %D%/README.md %D%/INVARIANTS.md \
	%D%/envelope.def %D%/history.def %D%/layout.def \
	%D%/envelope.h %D%/record.h %D%/layout.h %D%/journal_writer.h %D%/file_writer.h \
	%D%/stored.h %D%/journal.h %D%/message_file.h %D%/recover.h %D%/room.h
