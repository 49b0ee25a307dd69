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

UNINSTALL_HOOKS += uninstall-configuration
uninstall-configuration:
	cd $(srcdir) && for file in $(CONFIGURATION); do \
		there="$(DESTDIR)$(configdir)/$${file##*/}"; \
		! cmp -s "$$file" "$$there" || rm -f "$$there"; \
	done
