# SPDX-License-Identifier: BSD-2-Clause
# All but main() is an archive, which the simulated tests link too.
noinst_LIBRARIES += %D%/libpickup.a
daemon_PROGRAMS += %D%/pickup
LIB_PICKUP = services/pickup/libpickup.a
%C%_libpickup_a_SOURCES = \
	%D%/envelope.c \
	%D%/maildrop.c \
	%D%/pickup.c %D%/pickup.h \
	%D%/relay.c \
	%D%/session.c
%C%_pickup_SOURCES = %D%/main.c
%C%_pickup_LDADD = $(LIB_PICKUP) $(LDADD)
EXTRA_DIST += %D%/README.md
