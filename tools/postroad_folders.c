/* SPDX-License-Identifier: BSD-2-Clause */
/* The folders of the spool, and who owns them. */
#include "tools/postroad.h"

#include <errno.h>
#include <sysexits.h>

#include "lib/base/err.h"
#include "lib/service/accounts.h"
#include "lib/service/command.h"
#include "lib/spool/layout.h"
#include "lib/sys/file.h"

static void
find_accounts(struct context *x, struct accounts *accounts)
{
	struct why why = WHY_INIT;

	need_config(x);
	if (accounts_find(x->config, &x->arena, accounts, &why) < 0)
		command_fail(EX_NOUSER, "%s", why.text);
}

static struct spool_owners
spool_owners(const struct accounts *a)
{
	if (!a->as_root)
		return (struct spool_owners){ (uid_t)-1, (gid_t)-1, (gid_t)-1, (gid_t)-1 };
	return (struct spool_owners){
		.mail_uid = a->mail.uid,
		.mail_gid = a->mail.gid,
		.network_gid = a->network.gid,
		.submit_gid = a->submit_gid,
	};
}

static void
make_data_folder(struct context *x, const struct accounts *a)
{
	const char *path = config_text(x->config, PARAM_data_directory);
	int result = sys_make_parents(path);

	if (result == 0)
		result = sys_make_folder(path, 0700);
	if (result == 0 && a->as_root)
		result = sys_set_owner(path, a->mail.uid, a->mail.gid);
	if (result < 0 && result != -EEXIST)
		command_fail(EX_CANTCREAT, "data_directory = %s: %s", path, err_text(result));
}

void
make_folders(struct context *x)
{
	struct accounts accounts;
	struct spool_owners owners;
	struct why why = WHY_INIT;

	find_accounts(x, &accounts);
	owners = spool_owners(&accounts);
	make_data_folder(x, &accounts);
	if (spool_make(x->queue_directory, &owners, &why) < 0)
		command_fail(
		    EX_CANTCREAT, "queue_directory = %s: %s", x->queue_directory, why.text);
}

static void
report_fault(void *context, const char *text)
{
	(void)context;
	command_error("%s", text);
}

int
check_folders(struct context *x)
{
	struct accounts accounts;
	struct spool_owners owners;
	int faults;

	find_accounts(x, &accounts);
	owners = spool_owners(&accounts);
	faults = spool_check(x->queue_directory, &owners, report_fault, NULL);
	if (faults >= 0)
		return faults;
	if (faults == -ENOENT) {
		command_warn("queue_directory = %s is not there yet; postroad start makes it",
		    x->queue_directory);
		return 0;
	}
	command_error(
	    "cannot look at queue_directory = %s: %s", x->queue_directory, err_text(faults));
	return 1;
}
