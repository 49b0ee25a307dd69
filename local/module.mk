# SPDX-License-Identifier: BSD-2-Clause
daemon_PROGRAMS += %D%/local %D%/virtual

# What both programs are made of, and the tests link.
noinst_LIBRARIES += %D%/libagent.a
%C%_libagent_a_SOURCES = \
	%D%/account.c %D%/account.h \
	%D%/address_file.c %D%/address_file.h \
	%D%/agent.c %D%/agent.h \
	%D%/alias.c %D%/alias.h %D%/alias_step.h \
	%D%/alias_special.c \
	%D%/alias_user.c \
	%D%/alias_value.c %D%/alias_value.h \
	%D%/child.c %D%/child.h \
	%D%/command.c %D%/command.h \
	%D%/command_call.c %D%/command_call.h \
	%D%/command_judge.c \
	%D%/content.c %D%/content.h \
	%D%/copy.c %D%/copy.h \
	%D%/distribute.c %D%/distribute.h \
	%D%/forward.c %D%/forward.h \
	%D%/mailbox.c %D%/mailbox.h \
	%D%/mailbox_agent.c %D%/mailbox_agent.h \
	%D%/mailbox_path.c %D%/mailbox_path.h \
	%D%/mailbox_pool.c %D%/mailbox_pool.h \
	%D%/maildir.c \
	%D%/mbox.c \
	%D%/names.c %D%/names.h \
	%D%/outcome.c %D%/outcome.h \
	%D%/outcome_filter.c %D%/outcome_filter.h \
	%D%/request.c %D%/request.h \
	%D%/rights.c %D%/rights.h \
	%D%/spawner.c %D%/spawner.h \
	%D%/target.c %D%/target.h \
	%D%/trace_headers.c %D%/trace_headers.h \
	%D%/user_mailbox.c %D%/user_mailbox.h \
	%D%/user_rules.c %D%/user_rules.h
local_local_SOURCES = %D%/local.c
local_local_LDADD = %D%/libagent.a $(LDADD)
local_virtual_SOURCES = %D%/virtual.c
local_virtual_LDADD = %D%/libagent.a $(LDADD)
EXTRA_DIST += %D%/README.md
