/* SPDX-License-Identifier: BSD-2-Clause */
/* What all formats have in common: the final NULs. */
#include "lib/table/index_file.h"

#include "lib/base/bug.h"
#include "lib/base/err.h"

static const struct index_format *const formats[] = {
	&index_btree,
#ifdef HAVE_CDB
	&index_cdb,
#endif
	&index_hash,
#ifdef HAVE_LMDB
	&index_lmdb,
#endif
};

const struct index_format *
index_format_find(struct str name)
{
	for (size_t i = 0; i < ARRAY_LEN(formats); i++) {
		if (str_equal(str_of(formats[i]->name), name))
			return formats[i];
	}
	return NULL;
}

static struct index_file *
begin(struct index_file *f, const struct index_format *format, enum index_nuls nuls)
{
	if (f == NULL)
		return NULL;
	f->format = format;
	f->nuls = nuls;
	buf_init(&f->key, SIZE_MAX / 4);
	buf_init(&f->value, SIZE_MAX / 4);
	return f;
}

struct index_file *
index_file_open(const struct index_format *format, const char *path, struct why *why)
{
	return begin(format->open(path, why), format, INDEX_NULS_UNKNOWN);
}

struct index_file *
index_file_create(const struct index_format *format, const char *path, const struct index_create *o,
    struct why *why)
{
	return begin(format->create(path, o, why), format,
	    o->final_nul ? INDEX_NULS_FINAL : INDEX_NULS_NONE);
}

void
index_file_close(struct index_file *f)
{
	if (f == NULL)
		return;
	buf_drop(&f->key);
	buf_drop(&f->value);
	f->format->close(f);
}

int
index_file_fd(struct index_file *f)
{
	return f->format->fd(f);
}

/* --- Entries ------------------------------------------------------------------------------- */

/* `text` as it stands in the file; `room` holds the bytes. */
static struct str
as_stored(struct str text, bool final_nul, struct buf *room)
{
	if (!final_nul)
		return text.n != 0 ? text : STR("");
	buf_clear(room);
	BUG_ON(buf_add(room, text) < 0 || buf_add_byte(room, '\0') < 0);
	return buf_str(room);
}

static struct str
without_nul(struct str s)
{
	if (s.n != 0 && s.p[s.n - 1] == '\0')
		s.n--;
	return s;
}

int
index_file_get(struct index_file *f, struct str key, struct buf *value, struct why *why)
{
	struct str found;
	int result = 0;

	if (f->nuls != INDEX_NULS_NONE) {
		result = f->format->get(f, as_stored(key, true, &f->key), &found, why);
		if (result > 0)
			f->nuls = INDEX_NULS_FINAL;
	}
	if (result == 0 && f->nuls != INDEX_NULS_FINAL) {
		result = f->format->get(f, as_stored(key, false, &f->key), &found, why);
		if (result > 0)
			f->nuls = INDEX_NULS_NONE;
	}
	if (result > 0 && buf_add(value, without_nul(found)) < 0) {
		why_set(why, "the value is too long");
		return ERR_TOO_LONG;
	}
	return result;
}

int
index_file_put(
    struct index_file *f, struct str key, struct str value, bool replace, struct why *why)
{
	bool final_nul = f->nuls == INDEX_NULS_FINAL;

	BUG_ON(f->nuls == INDEX_NULS_UNKNOWN);
	return f->format->put(f, as_stored(key, final_nul, &f->key),
	    as_stored(value, final_nul, &f->value), replace, why);
}

int
index_file_remove(struct index_file *f, struct str key, struct why *why)
{
	BUG_ON(f->nuls == INDEX_NULS_UNKNOWN);
	return f->format->remove(f, as_stored(key, f->nuls == INDEX_NULS_FINAL, &f->key), why);
}

int
index_file_next(struct index_file *f, struct str *key, struct str *value, struct why *why)
{
	struct str k, v;
	int result = f->format->next(f, &k, &v, why);

	if (result > 0) {
		*key = without_nul(k);
		*value = without_nul(v);
	}
	return result;
}

int
index_file_sync(struct index_file *f, struct why *why)
{
	return f->format->sync(f, why);
}
