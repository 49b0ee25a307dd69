/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A master.cf of Postfix is served as it is. A program that is installed is started, whatever it is
 * called; one that is not is either work that Postroad does elsewhere, or missing.
 */
#include "master/rows.h"

#include <string.h>
#include <unistd.h>

#include "lib/sys/path.h"

/* Programs of Postfix that need no process of their own here. */
static const char *const built_in[] = {
	"bounce",
	"discard",
	"dnsblog",
	"error",
	"flush",
	"nbdb_reindexd",
	"postlogd",
	"postscreen",
	"proxymap",
	"scache",
	"showq",
	"tlsmgr",
	"tlsproxy",
	"trivial-rewrite",
	"verify",
};

/* master_service_disable = name/type or type */
static bool
is_disabled(const struct config *c, const struct master_entry *e)
{
	struct config_list list = config_list(c, PARAM_master_service_disable);
	struct str type = str_of(master_type_name(e->type));

	for (size_t i = 0; i < list.count; i++) {
		struct str item = list.items[i];
		size_t at = str_rindex(item, '/');
		bool alone = at == item.n;

		if (!str_equal(alone ? item : str_from(item, at + 1), type))
			continue;
		if (alone || str_equal(str_part(item, 0, at), str_of(e->name)))
			return true;
	}
	return false;
}

static bool
is_built_in(const char *program)
{
	for (size_t i = 0; i < ARRAY_LEN(built_in); i++) {
		if (strcmp(program, built_in[i]) == 0)
			return true;
	}
	return false;
}

enum row_fate
row_fate(const struct config *c, const struct master_entry *e, struct arena *a, const char **path)
{
	*path = arena_printf(a, "%s/%s", config_text(c, PARAM_daemon_directory), e->program);
	if (is_disabled(c, e))
		return ROW_DISABLED;
	if (sys_may_access(*path, X_OK) == 0)
		return e->type == MASTER_UNIX_DGRAM ? ROW_DATAGRAM : ROW_SERVED;
	return is_built_in(e->program) ? ROW_BUILT_IN : ROW_MISSING;
}
