/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What `postroad check` looks at beyond what can be loaded: tables, limits that do not go together, rights of
 * files and programs. An error is what would keep mail from being received or delivered, or let
 * others change what root runs; a warning is what an administrator should know.
 */
#include <errno.h>
#include <stdarg.h>
#include <sys/stat.h>
#include <sysexits.h>

#include "lib/base/err.h"
#include "lib/base/json.h"
#include "lib/base/nearest.h"
#include "lib/config/check.h"
#include "lib/config/files.h"
#include "lib/service/accounts.h"
#include "lib/service/command.h"
#include "lib/sys/file.h"
#include "lib/sys/folder.h"
#include "lib/sys/process.h"
#include "lib/sys/spawn.h"
#include "lib/table/table.h"
#include "tools/postroad.h"

#define OUTPUT_MAX ((size_t)16 * 1024 * 1024)
#define OTHERS_MAY (S_IWGRP | S_IWOTH)
#define READ_SIZE  ((size_t)64 * 1024)
#define WORDS_MAX  ((size_t)16384)

struct check {
	struct context *context;
	const struct config *config;
	bool as_root;
	size_t errors;
};

PRINTF(3, 4)
static void
tell(struct check *c, bool is_error, const char *format, ...)
{
	AUTO(buf) words = BUF_INIT(WORDS_MAX);
	va_list ap;
	int result;

	va_start(ap, format);
	result = buf_addv(&words, format, ap);
	va_end(ap);
	c->errors += is_error;
	command_report(NULL, is_error, result == 0 ? buf_text(&words) : "too much to tell");
}

/* --- Tables ------------------------------------------------------------------------------------- */

/* "type" of "type:name"; empty where it is no table. */
static struct str
type_of(struct str item)
{
	size_t colon = str_index(item, ':');

	return colon < item.n ? str_part(item, 0, colon) : STR_NONE;
}

static bool
is_type(struct str name)
{
	for (size_t i = 0; table_type_name(i) != NULL; i++) {
		if (str_equal(name, str_of(table_type_name(i))))
			return true;
	}
	return false;
}

static void
tell_of_type(struct check *c, const char *where, const char *name, struct str type)
{
	struct nearest n;

	nearest_init(&n, type);
	for (size_t i = 0; table_type_name(i) != NULL; i++)
		nearest_see(&n, table_type_name(i));
	tell(c, true, "%s: %s: there are no tables of type %.*s%s%s%s", where, name, STR_ARG(type),
	    n.best != NULL ? "; is " : "", n.best != NULL ? n.best : "",
	    n.best != NULL ? " meant?" : "");
}

/* What a default names may be missing; what was written down should be there. */
static void
check_table(struct check *c, const struct setting *setting, struct str item)
{
	struct why where, why;
	struct table *t = table_open(item.p, TABLE_FOLD, &why);

	settings_where(setting, &where);
	if (t == NULL) {
		tell(c, setting->origin != SETTING_DEFAULT, "%s: %s: %s", where.text, setting->name,
		    why.text);
		return;
	}
	table_close(t);
}

static void
check_item(struct check *c, const struct setting *setting, struct str item)
{
	bool is_map = param_at(setting->id)->type == PARAM_TYPE_TABLES;
	struct str type = type_of(item);
	struct why where;

	if (is_type(type)) {
		check_table(c, setting, item);
	} else if (is_map && type.n != 0) {
		settings_where(setting, &where);
		tell_of_type(c, where.text, setting->name, type);
	}
}

/* Lists of names, proxy: and the like, are not tables that we open. */
static bool
has_tables(const struct setting *setting)
{
	const struct param *p;

	if (setting->id == PARAM_COUNT || setting->is_member)
		return false;
	p = param_at(setting->id);
	return (p->type == PARAM_TYPE_TABLES || p->type == PARAM_TYPE_LIST) &&
	       (p->status == PARAM_STATUS_SUPPORTED || p->status == PARAM_STATUS_OWN);
}

/* A policy service, which has the form of a table: "unix:private/policy". */
static bool
is_policy_service(const struct config_list *items, size_t k)
{
	return k > 0 && str_equal(items->items[k - 1], STR("check_policy_service"));
}

static void
check_tables(struct check *c)
{
	const struct settings *s = config_settings(c->config);

	for (size_t i = 0; i < s->count; i++) {
		struct config_list items;

		if (!has_tables(s->order[i]))
			continue;
		items = config_list(c->config, s->order[i]->id);
		for (size_t k = 0; k < items.count; k++) {
			if (!is_policy_service(&items, k))
				check_item(c, s->order[i], items.items[k]);
		}
	}
}

/* --- Limits ------------------------------------------------------------------------------------- */

/* Sizes where 0 is "no limit": `small` must hold what `large` lets in. */
static void
check_room(struct check *c, enum param_id small, enum param_id large)
{
	int64_t room = config_int(c->config, small), most = config_int(c->config, large);

	if (room != 0 && (most == 0 || most > room))
		tell(c, true, "%s (%lld) is smaller than %s (%lld): such mail cannot be delivered",
		    param_at(small)->name, (long long)room, param_at(large)->name, (long long)most);
}

static void
check_times(struct check *c, enum param_id less, enum param_id more)
{
	if (config_time(c->config, less) > config_time(c->config, more))
		tell(c, false, "%s (%s) is more than %s (%s)", param_at(less)->name,
		    config_text(c->config, less), param_at(more)->name,
		    config_text(c->config, more));
}

static void
check_limits(struct check *c)
{
	int64_t most = config_int(c->config, PARAM_message_size_limit);
	int64_t reserve = config_int(c->config, PARAM_queue_minfree);

	check_room(c, PARAM_mailbox_size_limit, PARAM_message_size_limit);
	check_room(c, PARAM_virtual_mailbox_limit, PARAM_message_size_limit);
	check_times(c, PARAM_minimal_backoff_time, PARAM_maximal_backoff_time);
	check_times(c, PARAM_maximal_backoff_time, PARAM_maximal_queue_lifetime);
	check_times(c, PARAM_bounce_queue_lifetime, PARAM_maximal_queue_lifetime);
	if (reserve != 0 && reserve < most + most / 2)
		tell(c, false, "queue_minfree (%lld) is less than 1.5 times message_size_limit",
		    (long long)reserve);
}

/* --- Files -------------------------------------------------------------------------------------- */

/* Somebody other than its owner, and other than root, may write it. */
static void
check_file(struct check *c, const char *path, mode_t refused)
{
	struct file_info info;
	int result = sys_info(path, &info);

	if (result < 0)
		tell(c, true, "%s: %s", path, err_text(result));
	else if ((info.mode & refused) != 0)
		tell(c, true, "%s can be written by others than its owner", path);
	else if (c->as_root && info.uid != 0)
		tell(c, false, "%s belongs to user id %ld, not to root", path, (long)info.uid);
}

static const char *
path_of(struct check *c, const char *folder, const char *name)
{
	return arena_printf(&c->context->arena, "%s/%s", folder, name);
}

static void
check_configuration_files(struct check *c)
{
	const char *folder = c->context->directory;
	const char *fragments = path_of(c, folder, FILES_FOLDER);
	struct folder_entry entry;
	struct folder f;

	check_file(c, folder, S_IWOTH);
	check_file(c, path_of(c, folder, "main.cf"), OTHERS_MAY);
	check_file(c, path_of(c, folder, "master.cf"), OTHERS_MAY);
	if (folder_open(&f, AT_FDCWD, fragments) < 0)
		return;
	check_file(c, fragments, OTHERS_MAY);
	while (folder_next(&f, &entry) > 0) {
		if (str_ends(str_of(entry.name), STR(".cf")))
			check_file(c, path_of(c, fragments, entry.name), OTHERS_MAY);
	}
	folder_close(&f);
}

/* Where there is a group of its own, only its right lets ordinary users leave mail there. */
static void
check_postdrop(struct check *c, const struct accounts *a)
{
	const char *path = path_of(c, config_text(c->config, PARAM_command_directory), "postdrop");
	gid_t group = a->submit_gid;
	struct file_info info;

	if (!c->as_root || group == a->mail.gid || sys_info(path, &info) < 0)
		return;
	if ((info.mode & S_ISGID) == 0 || info.gid != group)
		tell(c, false,
		    "%s is not set-gid %s: while the mail system is down, only root can submit "
		    "mail",
		    path, config_text(c->config, PARAM_setgid_group));
}

static void
check_programs(struct check *c)
{
	static const char *const commands[] = { "postalias", "postdrop", "postqueue", "sendmail" };
	const char *folder = config_text(c->config, PARAM_command_directory);

	for (size_t i = 0; i < ARRAY_LEN(commands); i++)
		check_file(c, path_of(c, folder, commands[i]), OTHERS_MAY);
	check_file(c, c->context->daemon_directory, OTHERS_MAY);
	check_file(c, path_of(c, c->context->daemon_directory, "master"), OTHERS_MAY);
}

static void
check_data_folder(struct check *c, uid_t mail_uid)
{
	const char *path = config_text(c->config, PARAM_data_directory);
	struct file_info info;
	int result = sys_info(path, &info);

	if (result == -ENOENT)
		return; /* start makes it */
	if (result < 0)
		tell(c, true, "data_directory = %s: %s", path, err_text(result));
	else if (info.kind != FILE_FOLDER)
		tell(c, true, "data_directory = %s is no folder", path);
	else if ((info.mode & OTHERS_MAY) != 0)
		tell(c, true, "data_directory = %s can be written by others than its owner", path);
	else if (c->as_root && info.uid != mail_uid)
		tell(c, true, "data_directory = %s does not belong to %s", path,
		    config_text(c->config, PARAM_mail_owner));
}

/* --- The whole ---------------------------------------------------------------------------------- */

static void
check_rights(struct check *c, bool with_advice)
{
	struct accounts accounts;
	struct why why = WHY_INIT;

	if (accounts_find(c->config, &c->context->arena, &accounts, &why) < 0) {
		tell(c, true, "%s", why.text);
		return;
	}
	c->as_root = accounts.as_root;
	check_configuration_files(c);
	check_programs(c);
	if (with_advice)
		check_postdrop(c, &accounts);
	check_data_folder(c, accounts.mail.uid);
}

int
check_host(struct context *x, bool at_start)
{
	struct check c = { .context = x };

	need_config(x);
	c.config = x->config;
	check_limits(&c);
	check_rights(&c, !at_start);
	if (!at_start)
		check_tables(&c);
	return c.errors == 0 ? EX_OK : EX_CONFIG;
}

/* --- As JSON ------------------------------------------------------------------------------------ */

/* "program: level: text" as an object a line. */
static void
add_object(struct str line, struct buf *out)
{
	size_t first = str_find(line, STR(": "));
	struct str rest = str_from(line, first + 2);
	size_t second = str_find(rest, STR(": "));
	struct str level = str_part(rest, 0, second);
	bool has_level = second < rest.n && str_index(level, ' ') == level.n;
	int result;

	if (line.n == 0)
		return;
	result = buf_addf(
	    out, "{\"level\": \"%.*s\", \"text\": ", STR_ARG(has_level ? level : STR("info")));
	if (result == 0)
		result = json_add_text(has_level ? str_from(rest, second + 2) : rest, out);
	if (result == 0)
		result = buf_add(out, STR("}\n"));
	if (result < 0)
		command_fail(EX_SOFTWARE, "there is too much to tell");
}

static void
read_words(int fd, struct buf *out)
{
	int n;

	do {
		char *p = buf_reserve(out, READ_SIZE);

		n = p != NULL ? sys_read(fd, p, READ_SIZE) : 0;
		if (n > 0)
			buf_grow(out, (size_t)n);
	} while (n > 0);
}

int
check_as_json(struct context *x)
{
	AUTO(buf) words = BUF_INIT(OUTPUT_MAX);
	AUTO(buf) out = BUF_INIT(8 * OUTPUT_MAX);
	char *argv[] = { arena_text(&x->arena, STR("postroad")), arena_text(&x->arena, STR("-c")),
		arena_text(&x->arena, str_of(x->directory)), arena_text(&x->arena, STR("check")),
		NULL };
	int fds[2], result = sys_pipe(fds);
	int standard[] = { 0, fds[1], fds[1] };
	const struct spawn s = { "/proc/self/exe", argv, sys_environment_all(), standard,
		ARRAY_LEN(standard) };
	struct process_end end;
	struct str rest, line;
	pid_t pid;

	if (result == 0)
		result = sys_spawn(&s, &pid);
	if (result < 0)
		command_fail(EX_OSERR, "cannot check: %s", err_text(result));
	sys_close(fds[1]);
	read_words(fds[0], &words);
	result = sys_wait(pid, &end);
	rest = buf_str(&words);
	while (str_split(&rest, '\n', &line))
		add_object(line, &out);
	command_print(buf_str(&out));
	return result < 0 || end.signal != 0 ? EX_SOFTWARE : end.status;
}
