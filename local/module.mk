# SPDX-License-Identifier: BSD-2-Clause
daemon_PROGRAMS += %D%/local %D%/virtual

# What both programs are made of, and the tests link.
noinst_LIBRARIES += %D%/libagent.a
%C%_libagent_a_SOURCES = \
	%D%/account.c %D%/account.h \
	%D%/agent.c %D%/agent.h \
	%D%/alias.c %D%/alias.h \
	%D%/alias_value.c %D%/alias_value.h \
	%D%/child.c %D%/child.h \
	%D%/content.c %D%/content.h \
	%D%/copy.c %D%/copy.h \
	%D%/distribute.c %D%/distribute.h \
	%D%/forward.c %D%/forward.h \
	%D%/mailbox.c %D%/mailbox.h \
	%D%/mailbox_agent.c %D%/mailbox_agent.h \
	%D%/mailbox_lock.c %D%/mailbox_lock.h \
	%D%/mailbox_path.c %D%/mailbox_path.h \
	%D%/mailbox_pool.c %D%/mailbox_pool.h \
	%D%/maildir.c \
	%D%/mbox.c \
	%D%/outcome.c %D%/outcome.h \
	%D%/request.c %D%/request.h \
	%D%/spawner.c %D%/spawner.h \
	%D%/trace_headers.c %D%/trace_headers.h \
	%D%/user_mailbox.c %D%/user_mailbox.h
local_local_SOURCES = %D%/local.c
local_local_LDADD = %D%/libagent.a $(LDADD)
local_virtual_SOURCES = %D%/virtual.c
local_virtual_LDADD = %D%/libagent.a $(LDADD)
EXTRA_DIST += %D%/README.md
