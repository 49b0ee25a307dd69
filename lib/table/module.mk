# SPDX-License-Identifier: BSD-2-Clause
LIB_TABLE = lib/table/libtable.a
noinst_LIBRARIES += %D%/libtable.a
%C%_libtable_a_SOURCES = \
	%D%/account_list.c %D%/account_list.h \
	%D%/address_find.c %D%/address_find.h \
	%D%/hash_build.c %D%/hash_build.h \
	%D%/hash_file.c %D%/hash_file.h \
	%D%/match_list.c %D%/match_list.h \
	%D%/network.c %D%/network.h \
	%D%/rule_set.c %D%/rule_set.h \
	%D%/source.c %D%/source.h \
	%D%/table.c %D%/table.h %D%/table_type.h \
	%D%/table_cidr.c \
	%D%/table_fail.c \
	%D%/table_hash.c \
	%D%/table_inline.c \
	%D%/table_regexp.c \
	%D%/table_static.c \
	%D%/table_texthash.c \
	%D%/table_unix.c \
	%D%/text_map.c %D%/text_map.h
EXTRA_DIST += %D%/README.md
