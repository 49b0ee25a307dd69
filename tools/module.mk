# SPDX-License-Identifier: BSD-2-Clause
command_PROGRAMS += tools/postconf
tools_postconf_SOURCES = \
	tools/postconf.c tools/postconf.h \
	tools/postconf_main.c \
	tools/postconf_manual.c \
	tools/postconf_master.c \
	tools/postconf_show.c

command_PROGRAMS += %D%/postroad
tools_postroad_SOURCES = \
	%D%/postroad.c %D%/postroad.h \
	%D%/postroad_access.c \
	%D%/postroad_ask.c \
	%D%/postroad_check.c \
	%D%/postroad_dns.c \
	%D%/postroad_folders.c \
	%D%/postroad_health.c \
	%D%/postroad_log.c \
	%D%/refresh.c %D%/refresh.h \
	%D%/index.c %D%/index.h %D%/index_rights.c

command_PROGRAMS += %D%/postmap %D%/postalias
tools_index_sources = \
	%D%/index.c %D%/index.h \
	%D%/index_main.c \
	%D%/index_message.c \
	%D%/index_query.c \
	%D%/index_rights.c
tools_postmap_SOURCES = %D%/postmap.c $(tools_index_sources)
tools_postalias_SOURCES = %D%/postalias.c $(tools_index_sources)

command_PROGRAMS += %D%/postdrop %D%/sendmail
tools_postdrop_SOURCES = %D%/postdrop.c
tools_sendmail_SOURCES = \
	%D%/sendmail.c %D%/sendmail.h \
	%D%/sendmail_message.c \
	%D%/sendmail_options.c \
	%D%/sendmail_submit.c \
	%D%/sendmail_verify.c

# One program, three names.
INSTALL_HOOKS += install-sendmail-links
install-sendmail-links:
	$(MKDIR_P) "$(DESTDIR)$(commanddir)"
	cd "$(DESTDIR)$(commanddir)" && rm -f mailq newaliases && \
	$(LN_S) sendmail mailq && $(LN_S) sendmail newaliases
UNINSTALL_HOOKS += uninstall-sendmail-links
uninstall-sendmail-links:
	cd "$(DESTDIR)$(commanddir)" && rm -f mailq newaliases

# By root, where the group is there: local mail can then be left while the system is down.
SETGID_GROUP = postdrop
INSTALL_HOOKS += install-postdrop-rights
install-postdrop-rights:
	if test "`id -u`" = 0 && test -z "$(DESTDIR)" && \
	    getent group $(SETGID_GROUP) >/dev/null 2>&1; then \
		chgrp $(SETGID_GROUP) "$(commanddir)/postdrop" && \
		chmod 2755 "$(commanddir)/postdrop"; \
	fi

command_PROGRAMS += %D%/postqueue %D%/postsuper
tools_queue_sources = %D%/queue.c %D%/queue.h
tools_postqueue_SOURCES = %D%/postqueue.c $(tools_queue_sources)
tools_postsuper_SOURCES = \
	%D%/postsuper.c %D%/postsuper.h \
	%D%/postsuper_spool.c \
	$(tools_queue_sources)

command_PROGRAMS += %D%/postcat
tools_postcat_SOURCES = \
	%D%/postcat.c %D%/postcat.h \
	%D%/postcat_find.c

command_PROGRAMS += %D%/postlog
tools_postlog_SOURCES = %D%/postlog.c

command_PROGRAMS += %D%/postkick %D%/postlock
tools_postkick_SOURCES = %D%/postkick.c $(tools_queue_sources)
tools_postlock_SOURCES = %D%/postlock.c
EXTRA_DIST += %D%/README.md
