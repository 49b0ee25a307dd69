/* SPDX-License-Identifier: BSD-2-Clause */
#include "local/user_rules.h"

#include "lib/base/err.h"
#include "lib/config/item.h"
#include "lib/run/run.h"
#include "lib/table/address_find.h"
#include "local/mailbox_path.h"

#define LOOK_UP_MAX (60 * TICKS_SECOND)

int
user_rules_open(struct user_rules *u, const struct config *c, struct why *why)
{
	const struct {
		enum param_id id;
		struct table_list *list;
	} tables[] = {
		{ PARAM_mailbox_transport_maps, &u->transport_maps },
		{ PARAM_mailbox_command_maps, &u->command_maps },
		{ PARAM_fallback_transport_maps, &u->fallback_maps },
	};
	int result = 0;

	*u = (struct user_rules){
		.transport = config_text(c, PARAM_mailbox_transport),
		.command = config_text(c, PARAM_mailbox_command),
		.fallback = config_text(c, PARAM_fallback_transport),
		.luser_relay = config_text(c, PARAM_luser_relay),
		.forward_path = config_text(c, PARAM_forward_path),
		.forward_filter = config_text(c, PARAM_forward_expansion_filter),
	};
	for (size_t i = 0; i < ARRAY_LEN(tables) && result == 0; i++)
		result = table_list_open(
		    tables[i].list, config_text(c, tables[i].id), TABLE_FOLD | TABLE_LATE, why);
	return result;
}

void
user_rules_close(struct user_rules *u)
{
	table_list_close(&u->transport_maps);
	table_list_close(&u->command_maps);
	table_list_close(&u->fallback_maps);
}

/* What a table says, or else the text that holds for all. */
PARKS static int
find(struct table_list *l, struct str key, const char *otherwise, struct buf *out, struct why *why)
{
	int result = table_list_find(l, key, out, run_deadline(LOOK_UP_MAX), why);

	if (result != 0 || otherwise[0] == '\0')
		return result;
	if (buf_add(out, str_of(otherwise)) == 0)
		return 1;
	why_set(why, "\"%s\" is too long", otherwise);
	return ERR_TOO_LONG;
}

int
user_rules_transport(struct user_rules *u, struct str user, struct buf *out, struct why *why)
{
	return find(&u->transport_maps, user, u->transport, out, why);
}

int
user_rules_command(struct user_rules *u, struct str user, struct buf *out, struct why *why)
{
	return find(&u->command_maps, user, u->command, out, why);
}

int
user_rules_fallback(struct user_rules *u, const struct address *a, struct buf *out, struct why *why)
{
	struct address_query q = { .address = a, .keys = ADDRESS_KEY_FULL | ADDRESS_KEY_LOCAL };
	int result = address_find(&u->fallback_maps, &q, out, NULL, run_deadline(LOOK_UP_MAX), why);

	if (result != 0 || u->fallback[0] == '\0')
		return result;
	return buf_add(out, str_of(u->fallback)) == 0 ? 1 : ERR_TOO_LONG;
}

int
user_rules_luser(
    const struct user_rules *u, const struct names *n, struct buf *out, struct why *why)
{
	int result;

	if (u->luser_relay[0] == '\0')
		return 0;
	result = names_expand(n, u->luser_relay, NULL, out, why);
	if (result == 0)
		return 1;
	why_prefix(why, "luser_relay: ");
	return result;
}

static bool
is_listed(const char *const *paths, size_t count, const char *path)
{
	for (size_t i = 0; i < count; i++) {
		if (strcmp(paths[i], path) == 0)
			return true;
	}
	return false;
}

/* An item of forward_path as a path; NULL: it leads nowhere. */
static int
expand_path(const struct user_rules *u, const struct names *n, struct arena *a, struct str item,
    const char **out, struct why *why)
{
	AUTO(buf) path = BUF_INIT(MAILBOX_PATH_MAX);
	bool leads_out = str_index(n->extension, '/') < n->extension.n;
	const char *text = arena_text(a, item);
	int result = names_expand(n, text, u->forward_filter, &path, why);

	*out = NULL;
	if (result == 0 && buf_text(&path)[0] == '/' &&
	    !(leads_out && strstr(text, "extension") != NULL))
		*out = arena_text(a, buf_str(&path));
	return result;
}

int
user_rules_forward_paths(const struct user_rules *u, const struct names *n, struct arena *a,
    const char **out, size_t max, struct why *why)
{
	struct str rest = str_of(u->forward_path), item;
	size_t count = 0;
	const char *path;
	int result;

	while (count < max && (result = item_next(&rest, ITEM_COMMAS, &item, why)) != 0) {
		if (result > 0)
			result = expand_path(u, n, a, item, &path, why);
		if (result < 0) {
			why_prefix(why, "forward_path: ");
			return result;
		}
		if (path != NULL && !is_listed(out, count, path))
			out[count++] = path;
	}
	return (int)count;
}
