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
#include "local/account.h"
#include "local/mailbox_agent.h"
#include "local/mailbox_path.h"

#define ACCOUNT_ROOM ((size_t)256 * 1024)

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

static int
add_path(
    const struct user_mailboxes *m, const struct account *a, struct buf *path, struct buf *base)
{
	int result;

	if (m->home_mailbox[0] != '\0') {
		char *home = mailbox_path_base(a->user.home);

		result = buf_addf(base, "%s", home);
		if (result == 0)
			result = buf_addf(path, "%s/%s", home, m->home_mailbox);
		mem_free(home);
		return result;
	}
	result = buf_addf(base, "%s", m->spool);
	if (result == 0)
		result = buf_addf(
		    path, "%s/%s%s", m->spool, a->user.name, m->spool_is_maildir ? "/" : "");
	return result;
}

PARKS static void
deliver_to(const struct user_mailboxes *m, const struct request *q, const struct account *a,
    const struct user_recipient *r, struct outcome *out)
{
	AUTO(buf) path = BUF_INIT(MAILBOX_PATH_MAX);
	AUTO(buf) base = BUF_INIT(MAILBOX_PATH_MAX);
	struct mailbox_target target = {
		.user = { .uid = a->user.uid,
		    .gid = a->user.gid,
		    .with_extra_group = m->spool_has_group },
		.size_limit = m->size_limit,
		.recipient = r->recipient,
		.original = r->original,
		.sender = r->sender,
	};

	if (m->require_home && !a->has_home) {
		outcome_set(
		    out, "4.2.1", "the home directory of user %s is not there", a->user.name);
		return;
	}
	if (add_path(m, a, &path, &base) < 0) {
		outcome_set(
		    out, "4.3.5", "the path of the mailbox of user %s is too long", a->user.name);
		return;
	}
	target.path = buf_text(&path);
	target.base = buf_text(&base);
	mailbox_agent_deliver(q, &target, out);
}

void
user_mailbox_deliver(const struct user_mailboxes *m, const struct request *q,
    const struct user_recipient *r, struct outcome *out)
{
	AUTO(arena) arena = ARENA_INIT(ACCOUNT_ROOM);
	struct why why = WHY_INIT;
	struct account account;
	int found = account_find(&arena, r->user, &account, &why);

	if (found < 0)
		outcome_set(out, "4.3.0", "%s", why.text);
	else if (found == 0)
		outcome_set(out, "5.1.1", "unknown user: \"%.*s\"", STR_ARG(r->user));
	else
		deliver_to(m, q, &account, r, out);
}
