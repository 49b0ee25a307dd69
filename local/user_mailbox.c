/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A mail spool is mostly a folder of root's that a group may write to: the process that delivers is
 * the recipient, and has that group besides, so that it can make the mailbox and its lock file there
 * without root's rights.
 */
#include "local/user_mailbox.h"

#include <sys/stat.h>

#include "lib/base/mem.h"
#include "lib/sys/path.h"
#include "local/mailbox_path.h"

void
user_mailboxes_open(struct user_mailboxes *m, const struct config *c, gid_t *spool_gid)
{
	const char *spool = config_text(c, PARAM_mail_spool_directory);
	struct file_info info;

	*m = (struct user_mailboxes){
		.home_mailbox = config_text(c, PARAM_home_mailbox),
		.spool = mailbox_path_base(spool),
		.spool_is_maildir = str_ends(str_of(spool), STR("/")),
		.require_home = config_bool(c, PARAM_require_home_directory),
		.size_limit = (uint64_t)config_int(c, PARAM_mailbox_size_limit),
	};
	*spool_gid = 0;
	if (m->home_mailbox[0] != '\0' || sys_info(spool, &info) < 0)
		return;
	m->spool_has_group = info.gid != 0 && (info.mode & (S_IWGRP | S_IWOTH)) == S_IWGRP;
	if (m->spool_has_group)
		*spool_gid = info.gid;
}

void
user_mailboxes_drop(struct user_mailboxes *m)
{
	mem_free(m->spool);
}

/* True: both fit where they go. */
static bool
make_path(const struct user_mailboxes *m, const struct account *a, struct arena *arena,
    struct message_mailbox_deliver *out)
{
	if (m->home_mailbox[0] != '\0') {
		char *home = mailbox_path_base(a->user.home);

		out->base = arena_str(arena, str_of(home));
		out->path = str_of(arena_printf(arena, "%s/%s", home, m->home_mailbox));
		mem_free(home);
	} else {
		out->base = str_of(m->spool);
		out->path = str_of(arena_printf(
		    arena, "%s/%s%s", m->spool, a->user.name, m->spool_is_maildir ? "/" : ""));
	}
	return out->path.n < MAILBOX_PATH_MAX;
}

bool
user_mailbox_find(const struct user_mailboxes *m, const struct account *account, struct arena *a,
    struct message_mailbox_deliver *out, struct spawner_request *user, struct outcome *why)
{
	*user = (struct spawner_request){ .uid = account->user.uid,
		.gid = account->user.gid,
		.with_extra_group = m->spool_has_group };
	out->size_limit = m->size_limit;
	if (m->require_home && !account_has_home(account)) {
		outcome_set(why, "4.2.1", "cannot access home directory %s of user %s",
		    account->user.home, account->user.name);
		return false;
	}
	if (make_path(m, account, a, out))
		return true;
	outcome_set(
	    why, "4.3.5", "the path of the mailbox of user %s is too long", account->user.name);
	return false;
}
