# SPDX-License-Identifier: BSD-2-Clause
dist_man_MANS += \
	%D%/aliases.5 %D%/cidr_table.5 %D%/master.5 %D%/regexp_table.5
EXTRA_DIST += %D%/README.md
# The parameter manual is written by the program that knows the parameters.
man/postconf.5: tools/postconf$(EXEEXT)
	$(AM_V_GEN)$(MKDIR_P) man && ./tools/postconf$(EXEEXT) --manual > $@.tmp && mv $@.tmp $@
man_MANS += man/postconf.5
CLEANFILES += man/postconf.5
