# SPDX-License-Identifier: BSD-2-Clause
LIB_TABLE = lib/table/libtable.a
noinst_LIBRARIES += %D%/libtable.a
%C%_libtable_a_SOURCES = \
	%D%/account_list.c %D%/account_list.h \
	%D%/address_find.c %D%/address_find.h \
	%D%/expression.c %D%/expression.h \
	%D%/follow.c %D%/follow.h \
	%D%/index_build.c %D%/index_build.h \
	%D%/index_db.c \
	%D%/index_file.c %D%/index_file.h \
	%D%/login_senders.c %D%/login_senders.h \
	%D%/match_list.c %D%/match_list.h \
	%D%/members.c %D%/members.h \
	%D%/network.c %D%/network.h \
	%D%/rule_set.c %D%/rule_set.h \
	%D%/server.c %D%/server.h \
	%D%/server_reply.c %D%/server_reply.h \
	%D%/settings.c %D%/settings.h \
	%D%/source.c %D%/source.h \
	%D%/table.c %D%/table.h %D%/table_type.h \
	%D%/table_cidr.c \
	%D%/table_environ.c \
	%D%/table_fail.c \
	%D%/table_front.c \
	%D%/table_index.c \
	%D%/table_inline.c \
	%D%/table_pcre.c \
	%D%/table_pipemap.c \
	%D%/table_randmap.c \
	%D%/table_regexp.c \
	%D%/table_socketmap.c \
	%D%/table_static.c \
	%D%/table_tcp.c \
	%D%/table_texthash.c \
	%D%/table_unionmap.c \
	%D%/table_unix.c \
	%D%/text_map.c %D%/text_map.h \
	%D%/turn.c %D%/turn.h
if HAVE_CDB
%C%_libtable_a_SOURCES += %D%/index_cdb.c
endif
if HAVE_LMDB
%C%_libtable_a_SOURCES += %D%/index_lmdb.c
endif
EXTRA_DIST += %D%/README.md
