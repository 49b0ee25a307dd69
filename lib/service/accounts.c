/* SPDX-License-Identifier: BSD-2-Clause */
#include "lib/service/accounts.h"

#include "lib/base/err.h"
#include "lib/sys/process.h"

static int
find_self(struct arena *a, struct accounts *out, struct why *why)
{
	uid_t uid = sys_effective_uid();
	int result = user_by_uid(a, uid, &out->mail);

	if (result < 0) {
		why_set(why, "cannot look up user %d: %s", (int)uid, err_text(result));
		return result;
	}
	if (result == 0) /* a container's arbitrary uid: it needs no name */
		out->mail =
		    (struct user_entry){ .name = arena_printf(a, "%d", (int)uid), .uid = uid };
	out->mail.gid = sys_effective_gid();
	out->network = out->mail;
	out->submit_gid = out->mail.gid;
	return 0;
}

/* 1, 0: absent, or negative with words. */
static int
find_account(struct arena *a, const char *parameter, const char *name, struct user_entry *out,
    struct why *why)
{
	int result = user_by_name(a, name, out);

	if (result < 0) {
		why_set(why, "%s = %s: cannot look up this account: %s", parameter, name,
		    err_text(result));
		return result;
	}
	if (result == 1 && (out->uid == 0 || out->gid == 0)) {
		why_set(why, "%s = %s: this account has the rights of root; name another",
		    parameter, name);
		return ERR_REFUSED;
	}
	return result;
}

static int
find_submit_group(const struct config *c, struct arena *a, struct accounts *out, struct why *why)
{
	const char *name = config_text(c, PARAM_setgid_group);
	struct group_entry group;
	int result = group_by_name(a, name, &group);

	if (result < 0) {
		why_set(why, "setgid_group = %s: cannot look up this group: %s", name,
		    err_text(result));
		return result;
	}
	out->submit_gid = result == 1 ? group.gid : out->mail.gid;
	return 0;
}

static int
find_configured(const struct config *c, struct arena *a, struct accounts *out, struct why *why)
{
	const char *mail = config_text(c, PARAM_mail_owner);
	const char *network = config_text(c, PARAM_network_owner);
	int result = find_account(a, "mail_owner", mail, &out->mail, why);

	if (result == 0) {
		why_set(why,
		    "mail_owner = %s: no such account; make it (useradd --system --no-create-home "
		    "--shell /usr/sbin/nologin %s) or name another in main.cf",
		    mail, mail);
		return ERR_UNKNOWN;
	}
	if (result < 0)
		return result;
	result = find_account(a, "network_owner", network, &out->network, why);
	if (result < 0)
		return result;
	out->network_is_absent = result == 0;
	if (out->network_is_absent)
		out->network = out->mail;
	return find_submit_group(c, a, out, why);
}

int
accounts_find(const struct config *c, struct arena *a, struct accounts *out, struct why *why)
{
	struct accounts found = { .as_root = sys_is_root() };
	int result = found.as_root ? find_configured(c, a, &found, why) : find_self(a, &found, why);

	if (result < 0)
		return result;
	*out = found;
	return 0;
}
