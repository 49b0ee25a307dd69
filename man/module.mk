# SPDX-License-Identifier: BSD-2-Clause
dist_man_MANS += \
	%D%/postcat.1 %D%/postconf.1 %D%/postdrop.1 %D%/postkick.1 %D%/postlock.1 %D%/postlog.1 %D%/postmap.1 \
	%D%/postqueue.1 %D%/postroad.1 %D%/postsuper.1 %D%/sendmail.1 \
	%D%/access.5 %D%/aliases.5 %D%/canonical.5 %D%/cidr_table.5 %D%/header_checks.5 %D%/master.5 %D%/postroad-log.5 %D%/postroad-tables.5 \
	%D%/regexp_table.5 %D%/tcp_table.5 \
	%D%/anvil.8 %D%/cleanup.8 %D%/local.8 %D%/master.8 %D%/pickup.8 %D%/qmgr.8 %D%/resolver.8 %D%/smtpd.8 \
	%D%/virtual.8
EXTRA_DIST += %D%/README.md

# The parameter manual is written by the program that knows the parameters.
man/postconf.5: tools/postconf$(EXEEXT)
	$(AM_V_GEN)$(MKDIR_P) man && ./tools/postconf$(EXEEXT) --manual > $@.tmp && mv $@.tmp $@
man_MANS += man/postconf.5
CLEANFILES += man/postconf.5

# Pages of two names: NAME=PAGE.
MAN_LINKS = mailq.1=sendmail.1 newaliases.1=sendmail.1 postalias.1=postmap.1 pcre_table.5=regexp_table.5 \
	body_checks.5=header_checks.5 virtual.5=canonical.5 socketmap_table.5=tcp_table.5
INSTALL_HOOKS += install-man-links
install-man-links:
	for link in $(MAN_LINKS); do \
		name=$${link%=*}; folder="$(DESTDIR)$(mandir)/man$${name##*.}"; \
		rm -f "$$folder/$$name" && $(LN_S) "$${link#*=}" "$$folder/$$name" || exit 1; \
	done
UNINSTALL_HOOKS += uninstall-man-links
uninstall-man-links:
	for link in $(MAN_LINKS); do \
		name=$${link%=*}; rm -f "$(DESTDIR)$(mandir)/man$${name##*.}/$$name"; \
	done
