/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Who runs postmap as root may do so in a folder that somebody else owns, and who owns the folder
 * may swap files under it at any time. So nothing is read or written there with root's rights: a
 * child becomes the owner of the folder (of the source, where anyone may write to the folder) and
 * does the work. In a folder that only root can change, root works, and gives the new index to the
 * owner of the source.
 */
#include "tools/index.h"

#include <errno.h>
#include <sys/stat.h>
#include <sysexits.h>
#include <unistd.h>

#include "lib/base/err.h"
#include "lib/mail/address.h"
#include "lib/service/command.h"
#include "lib/sys/file.h"
#include "lib/sys/path.h"
#include "lib/sys/process.h"
#include "lib/table/index_build.h"
#include "lib/table/index_file.h"
#include "tools/index_query.h"

#define PATH_ROOM    ((size_t)8192)
#define MODE_DEFAULT 0644

struct work {
	const struct index_options *o;
	const char *path; /* of the source; the index is path.db */
	const char *key;  /* to remove; NULL: build */
	struct file_info source;
	bool has_source;
	bool by_root; /* give the index to the owner of the source */
};

/* --- Entries ------------------------------------------------------------------------------- */

/* The key as it is stored: an alias in its quoted form, and in lower case unless that is not wanted. */
static int
form_key(const struct index_options *o, struct str key, struct buf *out)
{
	struct address name = { .local = key };
	size_t start = out->n;
	int result;

	result = o->kind == SOURCE_ALIASES ? address_add_external(&name, out) : buf_add(out, key);
	for (size_t i = start; result == 0 && !o->keep_case && i < out->n; i++)
		out->p[i] = char_lower(out->p[i]);
	return result;
}

static int
put_entry(struct work *w, struct index_build *b, struct str key, struct str value, int line,
    struct why *why)
{
	AUTO(buf) formed = BUF_INIT(key.n * 2 + 2);
	int result = form_key(w->o, key, &formed);

	if (result < 0) {
		command_warn("%s.db: \"%.*s\": %s", w->path, STR_ARG(key), err_text(result));
		return 0;
	}
	result =
	    index_build_put(b, buf_str(&formed), value, w->o->duplicates == DUPLICATE_REPLACE, why);
	if (result == 0 && w->o->duplicates == DUPLICATE_WARN)
		command_warn(
		    "%s.db: duplicate entry: \"%s\" (line %d)", w->path, buf_text(&formed), line);
	return result;
}

static void
show_count(const struct work *w, int count)
{
	AUTO(buf) line = BUF_INIT(PATH_ROOM);

	if (buf_addf(&line, "%s.db: %d entries\n", w->path, count) == 0)
		command_print(buf_str(&line));
}

static int
put_entries(struct work *w, struct index_build *b, struct str text, struct why *why)
{
	const char *from = w->o->incremental ? "standard input" : w->path;
	struct str key, value;
	struct source in;
	int result, count = 0;

	source_init(&in, w->o->kind, text);
	while ((result = source_next(&in, &key, &value, why)) != 0) {
		if (result < 0) {
			command_warn(
			    "%s, line %d: %s; the line is left out", from, in.line, why->text);
			continue;
		}
		result = put_entry(w, b, key, value, in.line, why);
		if (result < 0)
			break;
		count++;
	}
	source_drop(&in);
	if (result == 0 && w->o->verbose)
		show_count(w, count);
	return result;
}

/* --- One index ----------------------------------------------------------------------------- */

static int
read_text(const struct work *w, struct buf *text, struct why *why)
{
	int result;

	if (w->o->incremental)
		result = index_read_standard_input(text);
	else
		result = sys_read_file(w->path, text);
	if (result < 0)
		why_set(why, "cannot read %s: %s", w->o->incremental ? "standard input" : w->path,
		    err_text(result));
	return result;
}

static mode_t
mode_of(const struct work *w)
{
	return w->o->default_mode || !w->has_source ? MODE_DEFAULT : w->source.mode & 0666;
}

static struct index_build *
open_build(const struct work *w, bool from_present, struct why *why)
{
	struct index_build_options options = {
		.format = &index_hash,
		.file = { .mode = mode_of(w), .final_nul = !w->o->without_nul },
		.from_present = from_present,
		.give_away = w->by_root && w->has_source,
		.uid = w->source.uid,
		.gid = w->source.gid,
	};

	return index_build_open(w->path, &options, why);
}

static bool
do_build(struct work *w)
{
	AUTO(buf) text = BUF_INIT(SOURCE_MAX);
	struct why why = WHY_INIT;
	struct index_build *b = NULL;
	int result = read_text(w, &text, &why);

	if (result == 0) {
		b = open_build(w, w->o->incremental, &why);
		result = b != NULL ? put_entries(w, b, buf_str(&text), &why) : ERR_REFUSED;
	}
	if (result == 0)
		result = index_build_commit(b, &why);
	index_build_close(b);
	if (result < 0)
		command_error("%s", why.text);
	return result == 0;
}

static int
remove_key(struct work *w, struct index_build *b, struct str key, struct why *why)
{
	AUTO(buf) formed = BUF_INIT(key.n);
	int result = buf_add(&formed, key);

	for (size_t i = 0; !w->o->keep_case && i < formed.n; i++)
		formed.p[i] = char_lower(formed.p[i]);
	return result == 0 ? index_build_remove(b, buf_str(&formed), why) : result;
}

/* Answers how many were there. */
static int
remove_keys(struct work *w, struct index_build *b, struct why *why)
{
	AUTO(buf) text = BUF_INIT(SOURCE_MAX);
	struct str rest, line;
	int result, count = 0;

	if (!str_equal(str_of(w->key), STR("-")))
		return remove_key(w, b, str_of(w->key), why);
	result = index_read_standard_input(&text);
	if (result < 0) {
		why_set(why, "cannot read standard input: %s", err_text(result));
		return result;
	}
	rest = buf_str(&text);
	while (result >= 0 && str_split(&rest, '\n', &line)) {
		result = line.n != 0 ? remove_key(w, b, line, why) : 0;
		count += result > 0;
	}
	return result < 0 ? result : count;
}

static bool
do_remove(struct work *w)
{
	struct why why = WHY_INIT;
	struct index_build *b = open_build(w, true, &why);
	int count = b != NULL ? remove_keys(w, b, &why) : ERR_REFUSED;
	int result = count > 0 ? index_build_commit(b, &why) : count;

	index_build_close(b);
	if (result < 0)
		command_error("%s", why.text);
	return result == 0 && count > 0;
}

static bool
do_work(struct work *w)
{
	return w->key != NULL ? do_remove(w) : do_build(w);
}

/* --- Rights -------------------------------------------------------------------------------- */

/* Whose folder it is; world_writable: it is everybody's. */
static int
look_at_folder(const char *path, struct file_info *folder)
{
	AUTO(buf) name = BUF_INIT(PATH_ROOM);
	size_t slash = str_rindex(str_of(path), '/');
	int result;

	if (slash == strlen(path))
		return sys_info(".", folder);
	result = buf_add(&name, str_part(str_of(path), 0, slash + 1));
	return result == 0 ? sys_info(buf_text(&name), folder) : result;
}

static bool
work_as(struct work *w, uid_t uid, gid_t gid)
{
	struct identity who = { .uid = uid, .gid = gid };
	struct process_end end;
	struct why why = WHY_INIT;
	int pid = sys_fork();
	int result;

	if (pid == 0) {
		if (sys_become(&who, &why) < 0)
			command_fail(EX_NOPERM, "%s", why.text);
		sys_exit_now(do_work(w) ? 0 : 1);
	}
	result = pid > 0 ? sys_wait(pid, &end) : pid;
	if (result < 0)
		command_error("cannot start a child: %s", err_text(result));
	return result == 0 && end.signal == 0 && end.status == 0;
}

static bool
work(struct work *w)
{
	struct file_info folder;
	int result;

	if (!sys_is_root() || w->o->keep_rights)
		return do_work(w);
	result = look_at_folder(w->path, &folder);
	if (result < 0) {
		command_error("%s: %s", w->path, err_text(result));
		return false;
	}
	if (folder.uid != 0)
		return work_as(w, folder.uid, folder.gid);
	if ((folder.mode & (S_IWGRP | S_IWOTH)) != 0 && w->has_source && w->source.uid != 0)
		return work_as(w, w->source.uid, w->source.gid);
	w->by_root = true;
	return do_work(w);
}

/* --- Public -------------------------------------------------------------------------------- */

static bool
begin(const struct config *c, const struct index_options *o, const char *name, struct work *w)
{
	*w = (struct work){ .o = o, .path = index_hash_path(c, name) };
	if (w->path == NULL)
		return false;
	w->has_source = sys_info(w->path, &w->source) == 0;
	return true;
}

bool
index_build(const struct config *c, const struct index_options *o, const char *name)
{
	struct work w;

	return begin(c, o, name, &w) && work(&w);
}

bool
index_remove(
    const struct config *c, const struct index_options *o, const char *name, const char *key)
{
	struct work w;

	if (!begin(c, o, name, &w))
		return false;
	w.key = key;
	return work(&w);
}
