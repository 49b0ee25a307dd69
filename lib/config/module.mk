# SPDX-License-Identifier: BSD-2-Clause
LIB_CONFIG = lib/config/libconfig.a
noinst_LIBRARIES += %D%/libconfig.a
%C%_libconfig_a_SOURCES = \
	%D%/check.c %D%/check.h \
	%D%/config.c %D%/config.h \
	%D%/default.c %D%/default.h \
	%D%/deprecated.def \
	%D%/edit.c %D%/edit.h \
	%D%/expand.c %D%/expand.h \
	%D%/files.c %D%/files.h \
	%D%/item.c %D%/item.h \
	%D%/logical.c %D%/logical.h \
	%D%/master_cf.c %D%/master_cf.h \
	%D%/master_edit.c %D%/master_edit.h \
	%D%/master_format.c %D%/master_format.h \
	%D%/param.c %D%/param.h %D%/param.def \
	%D%/rewrite.c %D%/rewrite.h \
	%D%/settings.c %D%/settings.h
EXTRA_DIST += %D%/README.md
