/* SPDX-License-Identifier: BSD-2-Clause */
/* An index is made from its text, or changed by keys and lines from standard input. */
#include "tools/index.h"

#include <errno.h>

#include "lib/base/base64.h"
#include "lib/base/bug.h"
#include "lib/base/err.h"
#include "lib/mail/address.h"
#include "lib/service/command.h"
#include "lib/sys/file.h"
#include "lib/sys/process.h"
#include "lib/table/index_build.h"

#define MODE_DEFAULT   0644
#define PROGRESS_EVERY 100000
#define VALUE_FILE_MAX ((size_t)16 * 1024 * 1024)

struct work {
	const struct index_options *o;
	struct index_place place;
	const char *key; /* to remove; NULL: make */
	struct file_info source;
	bool has_source;
	bool by_root; /* give the index to the owner of the source */
	struct buf formed;
	int count;
};

/* --- Entries ------------------------------------------------------------------------------- */

static const char *
source_name(const struct work *w)
{
	return w->o->incremental ? "standard input" : w->place.path;
}

/* The key as it is stored: an alias in its quoted form, and in lower case unless that is not wanted. */
static int
form_key(const struct index_options *o, struct str key, struct buf *out)
{
	struct address name = { .local = key };
	int result;

	buf_clear(out);
	result = o->kind == SOURCE_ALIASES ? address_add_external(&name, out) : buf_add(out, key);
	for (size_t i = 0; result == 0 && !o->keep_case && i < out->n; i++)
		out->p[i] = char_lower(out->p[i]);
	return result;
}

int
index_read_files(struct str names, struct buf *out, struct why *why)
{
	AUTO(buf) content = BUF_INIT(VALUE_FILE_MAX);
	struct str name;
	int result = 0;

	while (result == 0 && str_word(&names, ", \t\r\n", &name)) {
		AUTO(buf) path = BUF_INIT(name.n);

		BUG_ON(buf_add(&path, name) < 0);
		result = sys_read_file(buf_text(&path), &content);
		if (result < 0)
			why_set(why, "cannot read %s: %s", buf_text(&path), err_text(result));
	}
	return result == 0 ? base64_encode(buf_str(&content), out) : result;
}

static int
put_formed(struct work *w, struct index_build *b, struct str value, int line, struct why *why)
{
	int result = index_build_put(
	    b, buf_str(&w->formed), value, w->o->duplicates == DUPLICATE_REPLACE, why);

	if (result == 0 && w->o->duplicates == DUPLICATE_WARN)
		command_warn("%s, line %d: duplicate entry: \"%s\"", source_name(w), line,
		    buf_text(&w->formed));
	return result;
}

/* An entry that cannot be stored is told of, and left out: 0. */
static int
put_entry(struct work *w, struct index_build *b, struct str key, struct str value, int line,
    struct why *why)
{
	AUTO(buf) content = BUF_INIT(VALUE_FILE_MAX * 2);
	int result = form_key(w->o, key, &w->formed);

	if (result < 0)
		why_set(why, "\"%.*s\": %s", STR_ARG(key), err_text(result));
	else if (!w->o->any_bytes && (!str_is_utf8(key) || !str_is_utf8(value))) {
		why_set(why, "not UTF-8");
		result = ERR_SYNTAX;
	}
	if (result == 0 && w->o->from_files) {
		result = index_read_files(value, &content, why);
		value = buf_str(&content);
	}
	if (result < 0) {
		command_warn(
		    "%s, line %d: %s; the line is left out", source_name(w), line, why->text);
		return 0;
	}
	result = put_formed(w, b, value, line, why);
	if (result == ERR_RANGE) {
		command_warn(
		    "%s, line %d: %s; the line is left out", source_name(w), line, why->text);
		return 0;
	}
	return result;
}

static void
show_progress(const struct work *w)
{
	if (w->o->verbose && w->count % PROGRESS_EVERY == 0)
		command_info("%s: %d entries", w->place.path, w->count);
}

static int
put_entries(struct work *w, struct index_build *b, struct str text, struct why *why)
{
	struct str key, value;
	struct source in;
	int result;

	source_init(&in, w->o->kind, text);
	while ((result = source_next(&in, &key, &value, why)) != 0) {
		if (result < 0) {
			command_warn("%s, line %d: %s; the line is left out", source_name(w),
			    in.line, why->text);
			continue;
		}
		result = put_entry(w, b, key, value, in.line, why);
		if (result < 0)
			break;
		w->count++;
		show_progress(w);
	}
	source_drop(&in);
	return result;
}

/* --- One index ----------------------------------------------------------------------------- */

static int
read_text(const struct work *w, struct buf *text, struct why *why)
{
	int result;

	if (w->o->incremental)
		result = command_read(text);
	else
		result = sys_read_file(w->place.path, text);
	if (result < 0)
		why_set(why, "cannot read %s: %s", source_name(w), err_text(result));
	return result;
}

static size_t
count_lines(struct str text)
{
	size_t count = 0;

	for (size_t at; text.n != 0; text = str_from(text, at + 1)) {
		at = str_index(text, '\n');
		count++;
	}
	return count;
}

static struct index_build *
open_build(const struct work *w, bool from_present, struct str text, struct why *why)
{
	struct index_build_options options = {
		.format = w->place.format,
		.file = { .mode = w->o->default_mode || !w->has_source ? MODE_DEFAULT
		                                                       : w->source.mode & 0666,
		    .final_nul = !w->o->without_nul,
		    .bytes = text.n,
		    .entries = count_lines(text) },
		.from_present = from_present,
		.give_away = w->by_root && w->has_source,
		.uid = w->source.uid,
		.gid = w->source.gid,
	};

	return index_build_open(w->place.path, &options, why);
}

static bool
make(struct work *w)
{
	AUTO(buf) text = BUF_INIT(SOURCE_MAX);
	struct why why = WHY_INIT;
	struct index_build *b = NULL;
	int result = read_text(w, &text, &why);

	if (result == 0) {
		b = open_build(w, w->o->incremental, buf_str(&text), &why);
		result = b != NULL ? put_entries(w, b, buf_str(&text), &why) : ERR_REFUSED;
	}
	if (result == 0)
		result = index_build_commit(b, &why);
	index_build_close(b);
	if (result < 0)
		command_error("%s", why.text);
	else if (w->o->verbose)
		command_info("%s%s: %d entries", w->place.path, w->place.format->suffix, w->count);
	return result == 0;
}

static int
remove_key(struct work *w, struct index_build *b, struct str key, struct why *why)
{
	buf_clear(&w->formed);
	BUG_ON(buf_add(&w->formed, key) < 0);
	for (size_t i = 0; !w->o->keep_case && i < w->formed.n; i++)
		w->formed.p[i] = char_lower(w->formed.p[i]);
	return index_build_remove(b, buf_str(&w->formed), why);
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
	result = command_read(&text);
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
remove_from(struct work *w)
{
	struct why why = WHY_INIT;
	struct index_build *b = open_build(w, true, STR_NONE, &why);
	int count = b != NULL ? remove_keys(w, b, &why) : ERR_REFUSED;
	int result = count > 0 ? index_build_commit(b, &why) : count;

	index_build_close(b);
	if (result < 0)
		command_error("%s", why.text);
	return result == 0 && count > 0;
}

/* --- Public -------------------------------------------------------------------------------- */

bool
index_find_place(const struct config *c, const char *name, struct index_place *out)
{
	struct str whole = str_of(name);
	size_t colon = str_index(whole, ':');
	struct str type = str_part(whole, 0, colon);

	out->path = name + colon + 1;
	if (colon == whole.n) {
		type = str_of(config_text(c, PARAM_default_database_type));
		out->path = name;
	}
	out->format = index_format_find(type);
	if (out->format != NULL && out->path[0] != '\0')
		return true;
	command_error(
	    "\"%s\": tables of the type \"%.*s\" have no index that could be made or shown", name,
	    STR_ARG(type));
	return false;
}

static bool
act(void *arg, bool by_root)
{
	struct work *w = arg;

	w->by_root = by_root;
	return w->key != NULL ? remove_from(w) : make(w);
}

static void
warn_of_roots_file(const struct work *w)
{
	if (w->has_source && w->source.uid != 0 && sys_is_root())
		command_warn("%s%s belongs to root, though its source does not", w->place.path,
		    w->place.format->suffix);
}

static bool
begin(struct work *w, const struct config *c, const char *name)
{
	bool done;

	if (!index_find_place(c, name, &w->place))
		return false;
	w->has_source = sys_info(w->place.path, &w->source) == 0;
	buf_init(&w->formed, SIZE_MAX / 4);
	if (w->o->keep_rights) {
		done = act(w, false);
		if (done)
			warn_of_roots_file(w);
	} else {
		done = index_with_rights(w->place.path, w->has_source ? &w->source : NULL, act, w);
	}
	buf_drop(&w->formed);
	return done;
}

bool
index_make(const struct config *c, const struct index_options *o, const char *name)
{
	struct work w = { .o = o };

	return begin(&w, c, name);
}

bool
index_remove(
    const struct config *c, const struct index_options *o, const char *name, const char *key)
{
	struct work w = { .o = o, .key = key };

	return begin(&w, c, name);
}
