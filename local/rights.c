/* SPDX-License-Identifier: BSD-2-Clause */
#include "local/rights.h"

#include "lib/base/err.h"
#include "lib/run/offload.h"
#include "lib/sys/path.h"

int
rights_open(const char *name, struct arena *a, struct rights *out, struct why *why)
{
	int found = user_by_name(a, name, &out->account.user);

	if (found > 0 && out->account.user.uid != 0 && out->account.user.gid != 0) {
		out->is_set = true;
		return 0;
	}
	if (found < 0)
		why_set(
		    why, "default_privs: cannot look up user \"%s\": %s", name, err_text(found));
	else if (found == 0)
		why_set(why, "default_privs: there is no user \"%s\"", name);
	else
		why_set(why, "default_privs: \"%s\" is privileged", name);
	return found < 0 ? found : ERR_REFUSED;
}

struct job {
	struct arena *arena;
	uid_t uid;
	struct user_entry *out;
};

static int
look_up(void *arg)
{
	struct job *job = arg;

	return user_by_uid(job->arena, job->uid, job->out);
}

int
rights_of_owner(
    struct arena *a, uid_t owner, const struct rights *privs, struct rights *out, struct why *why)
{
	struct job job = { .arena = a, .uid = owner, .out = &out->account.user };
	int found;

	*out = *privs;
	if (owner == 0)
		return 0;
	found = offload(look_up, &job);
	out->is_set = true;
	if (found > 0)
		return 0;
	why_set(why, "cannot find the owner, uid %ld%s%s", (long)owner, found < 0 ? ": " : "",
	    found < 0 ? err_text(found) : "");
	return ERR_TEMPORARY;
}

int
rights_table_owner(const struct table *t, uid_t *owner, struct why *why)
{
	static const struct {
		const char *type;
		const char *suffix;
	} indexes[] = { { "hash:", ".db" }, { "btree:", ".db" }, { "dbm:", ".pag" },
		{ "lmdb:", ".lmdb" }, { "cdb:", ".cdb" } };
	struct str name = str_of(table_name(t)), path = str_from(name, str_index(name, ':') + 1);
	AUTO(buf) file = BUF_INIT((size_t)8192);
	struct file_info info;
	int result = buf_add(&file, path);

	*owner = 0;
	if (path.n == 0 || path.p[0] != '/')
		return 0;
	for (size_t i = 0; i < ARRAY_LEN(indexes) && result == 0; i++) {
		if (str_starts(name, str_of(indexes[i].type)))
			result = buf_add(&file, str_of(indexes[i].suffix));
	}
	if (result == 0)
		result = sys_info(buf_text(&file), &info);
	if (result < 0)
		why_set(why, "cannot find the owner of %s: %s", table_name(t), err_text(result));
	else
		*owner = info.uid;
	return result;
}
