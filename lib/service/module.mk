# SPDX-License-Identifier: BSD-2-Clause
LIB_SERVICE = lib/service/libservice.a
noinst_LIBRARIES += %D%/libservice.a
%C%_libservice_a_SOURCES = \
	%D%/command.c %D%/command.h
