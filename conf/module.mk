# SPDX-License-Identifier: BSD-2-Clause
# The first configuration. What an administrator has changed stays: a file that is there is not
# overwritten, and removed only while it is ours.
CONFIGURATION = %D%/main.cf %D%/master.cf
EXTRA_DIST += $(CONFIGURATION) %D%/README.md

INSTALL_HOOKS += install-configuration
install-configuration:
	$(MKDIR_P) "$(DESTDIR)$(configdir)"
	cd $(srcdir) && for file in $(CONFIGURATION); do \
		there="$(DESTDIR)$(configdir)/$${file##*/}"; \
		test -e "$$there" || $(INSTALL_DATA) "$$file" "$$there" || exit 1; \
	done

# The unit knows where things were installed.
EXTRA_DIST += %D%/Containerfile %D%/postroad.service.in
CLEANFILES += %D%/postroad.service
noinst_DATA = %D%/postroad.service
%D%/postroad.service: %D%/postroad.service.in Makefile
	$(AM_V_GEN)$(MKDIR_P) %D% && sed -e 's|@commanddir@|$(commanddir)|' \
		-e 's|@queuedir@|$(queuedir)|' -e 's|@statedir@|$(datadir_)|' \
		-e 's|@configdir@|$(configdir)|' $(srcdir)/%D%/postroad.service.in >$@.tmp && \
		mv $@.tmp $@

INSTALL_HOOKS += install-unit
install-unit: %D%/postroad.service
	test "$(systemdsystemunitdir)" = no || { \
		$(MKDIR_P) "$(DESTDIR)$(systemdsystemunitdir)" && \
		$(INSTALL_DATA) %D%/postroad.service "$(DESTDIR)$(systemdsystemunitdir)"; }

UNINSTALL_HOOKS += uninstall-unit
uninstall-unit:
	test "$(systemdsystemunitdir)" = no || \
		rm -f "$(DESTDIR)$(systemdsystemunitdir)/postroad.service"

UNINSTALL_HOOKS += uninstall-configuration
uninstall-configuration:
	cd $(srcdir) && for file in $(CONFIGURATION); do \
		there="$(DESTDIR)$(configdir)/$${file##*/}"; \
		! cmp -s "$$file" "$$there" || rm -f "$$there"; \
	done
