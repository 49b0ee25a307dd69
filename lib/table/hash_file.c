/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Berkeley DB reads a file DB_CONFIG in its home, and where no home is given, in the current folder
 * (CVE-2017-10140). So each file gets an environment of its own, private to the process, whose home
 * is a place below which nothing can be; paths are made absolute, since they would start there too.
 *
 * The library says the useful words through a callback, before the code: the first are kept. It is
 * given only files that begin as its hash files do: for others its words are misleading.
 */
#include "lib/table/hash_file.h"

#include <db.h>

#include "lib/base/bug.h"
#include "lib/base/err.h"
#include "lib/base/mem.h"
#include "lib/sys/file.h"

#define HOME_WITHOUT_CONFIG "/dev/null"
#define CACHE_FOR_READING   ((uint32_t)128 * 1024)
#define CACHE_FOR_WRITING   ((uint32_t)16 * 1024 * 1024)
#define MAGIC_OFFSET        12
#define MAGIC               0x00061561u
#define MAGIC_SWAPPED       0x61150600u /* made on a machine of the other byte order */

enum nul_mode {
	NUL_UNKNOWN, /* no key was found yet */
	NUL_FINAL,
	NUL_NONE,
};

struct hash_file {
	DB_ENV *env;
	DB *db;
	DBC *cursor; /* of hash_file_next() */
	enum nul_mode nuls;
	struct buf key, value; /* with their NUL, for the library */
	struct why said;       /* what the library said of the call in progress */
};

static void
keep_words(const DB_ENV *env, const char *prefix, const char *words)
{
	struct hash_file *f = env->app_private;

	(void)prefix;
	if (f->said.text[0] == '\0')
		why_set(&f->said, "%s", words);
}

/* The library's codes are errno values, or its own, which are below all of ours. */
static int
failure(struct hash_file *f, int code, struct why *why)
{
	why_set(why, "%s", f->said.text[0] != '\0' ? f->said.text : db_strerror(code));
	f->said.text[0] = '\0';
	return code > 0 ? -code : ERR_CORRUPT;
}

static struct str
without_nul(const DBT *d)
{
	struct str s = str_make(d->data, d->size);

	if (s.n != 0 && s.p[s.n - 1] == '\0')
		s.n--;
	return s;
}

/* --- Opening ------------------------------------------------------------------------------- */

static int
make_absolute(const char *path, struct buf *out, struct why *why)
{
	int result = 0;

	if (path[0] != '/') {
		result = sys_current_folder(out);
		if (result == 0)
			result = buf_add_byte(out, '/');
	}
	if (result == 0)
		result = buf_add(out, str_of(path));
	if (result < 0)
		why_set(why, "%s", err_text(result));
	return result;
}

static int
check_magic(const char *path, struct why *why)
{
	unsigned char head[MAGIC_OFFSET + 4];
	uint32_t magic = 0;
	int fd = sys_open(path, O_RDONLY | O_NONBLOCK, 0);
	int result;

	if (fd < 0) {
		why_set(why, "%s", err_text(fd));
		return fd;
	}
	result = sys_pread_all(fd, head, sizeof(head), 0);
	sys_close(fd);
	if (result == 0)
		memcpy(&magic, head + MAGIC_OFFSET, sizeof(magic));
	if (magic == MAGIC || magic == MAGIC_SWAPPED)
		return 0;
	why_set(why, "this is no hash file of Berkeley DB");
	return ERR_CORRUPT;
}

static int
open_env(struct hash_file *f, uint32_t cache, struct why *why)
{
	int code = db_env_create(&f->env, 0);

	if (code != 0) {
		f->env = NULL;
		return failure(f, code, why);
	}
	f->env->app_private = f;
	f->env->set_errcall(f->env, keep_words);
	code = f->env->set_cachesize(f->env, 0, cache, 1);
	if (code == 0)
		code = f->env->open(
		    f->env, HOME_WITHOUT_CONFIG, DB_CREATE | DB_INIT_MPOOL | DB_PRIVATE, 0);
	return code == 0 ? 0 : failure(f, code, why);
}

static int
open_db(struct hash_file *f, const char *path, uint32_t flags, mode_t mode, struct why *why)
{
	AUTO(buf) whole = BUF_INIT(8192);
	int code, result = make_absolute(path, &whole, why);

	if (result < 0)
		return result;
	code = db_create(&f->db, f->env, 0);
	if (code != 0) {
		f->db = NULL;
		return failure(f, code, why);
	}
	code = f->db->open(f->db, NULL, buf_text(&whole), NULL, DB_HASH, flags, (int)mode);
	return code == 0 ? 0 : failure(f, code, why);
}

static struct hash_file *
open_file(const char *path, uint32_t cache, uint32_t flags, mode_t mode, struct why *why)
{
	struct hash_file *f = NEW(struct hash_file);

	buf_init(&f->key, SIZE_MAX / 4);
	buf_init(&f->value, SIZE_MAX / 4);
	if (open_env(f, cache, why) == 0 && open_db(f, path, flags, mode, why) == 0)
		return f;
	hash_file_close(f);
	return NULL;
}

struct hash_file *
hash_file_open(const char *path, struct why *why)
{
	if (check_magic(path, why) < 0)
		return NULL;
	return open_file(path, CACHE_FOR_READING, DB_RDONLY, 0, why);
}

struct hash_file *
hash_file_create(const char *path, mode_t mode, bool final_nul, struct why *why)
{
	struct hash_file *f = open_file(path, CACHE_FOR_WRITING, DB_CREATE | DB_EXCL, mode, why);

	if (f != NULL)
		f->nuls = final_nul ? NUL_FINAL : NUL_NONE;
	return f;
}

void
hash_file_close(struct hash_file *f)
{
	if (f == NULL)
		return;
	if (f->cursor != NULL)
		(void)f->cursor->close(f->cursor);
	if (f->db != NULL)
		(void)f->db->close(f->db, DB_NOSYNC);
	if (f->env != NULL)
		(void)f->env->close(f->env, 0);
	buf_drop(&f->key);
	buf_drop(&f->value);
	mem_free(f);
}

/* --- Entries ------------------------------------------------------------------------------- */

/* Fills *d from `text`, with a final NUL if asked for; `room` holds the bytes. */
static void
set_datum(DBT *d, struct str text, bool final_nul, struct buf *room)
{
	BUG_ON(text.n >= UINT32_MAX);
	buf_clear(room);
	BUG_ON(buf_add(room, text) < 0 || buf_add_byte(room, '\0') < 0);
	*d = (DBT){ .data = room->p, .size = (uint32_t)(text.n + final_nul) };
}

/* 1: in *found; 0: there is none. */
static int
get(struct hash_file *f, struct str key, bool final_nul, DBT *found, struct why *why)
{
	DBT k;
	int code;

	set_datum(&k, key, final_nul, &f->key);
	*found = (DBT){ .data = NULL };
	code = f->db->get(f->db, NULL, &k, found, 0);
	if (code == DB_NOTFOUND)
		return 0;
	return code == 0 ? 1 : failure(f, code, why);
}

int
hash_file_get(struct hash_file *f, struct str key, struct buf *value, struct why *why)
{
	DBT found;
	int result = 0;

	if (f->nuls != NUL_NONE) {
		result = get(f, key, true, &found, why);
		if (result > 0)
			f->nuls = NUL_FINAL;
	}
	if (result == 0 && f->nuls != NUL_FINAL) {
		result = get(f, key, false, &found, why);
		if (result > 0)
			f->nuls = NUL_NONE;
	}
	if (result > 0 && buf_add(value, without_nul(&found)) < 0) {
		why_set(why, "the value is too long");
		return ERR_TOO_LONG;
	}
	return result;
}

int
hash_file_put(struct hash_file *f, struct str key, struct str value, bool replace, struct why *why)
{
	bool final_nul = f->nuls == NUL_FINAL;
	DBT k, v;
	int code;

	BUG_ON(f->nuls == NUL_UNKNOWN);
	set_datum(&k, key, final_nul, &f->key);
	set_datum(&v, value, final_nul, &f->value);
	code = f->db->put(f->db, NULL, &k, &v, replace ? 0 : DB_NOOVERWRITE);
	if (code == DB_KEYEXIST)
		return 0;
	return code == 0 ? 1 : failure(f, code, why);
}

int
hash_file_remove(struct hash_file *f, struct str key, struct why *why)
{
	DBT k;
	int code;

	BUG_ON(f->nuls == NUL_UNKNOWN);
	set_datum(&k, key, f->nuls == NUL_FINAL, &f->key);
	code = f->db->del(f->db, NULL, &k, 0);
	if (code == DB_NOTFOUND)
		return 0;
	return code == 0 ? 1 : failure(f, code, why);
}

int
hash_file_next(struct hash_file *f, struct str *key, struct str *value, struct why *why)
{
	DBT k = { .data = NULL }, v = { .data = NULL };
	int code;

	if (f->cursor == NULL) {
		code = f->db->cursor(f->db, NULL, &f->cursor, 0);
		if (code != 0)
			return failure(f, code, why);
	}
	code = f->cursor->get(f->cursor, &k, &v, DB_NEXT);
	if (code == DB_NOTFOUND)
		return 0;
	if (code != 0)
		return failure(f, code, why);
	*key = without_nul(&k);
	*value = without_nul(&v);
	return 1;
}

int
hash_file_sync(struct hash_file *f, struct why *why)
{
	int code = f->db->sync(f->db, 0);

	return code == 0 ? 0 : failure(f, code, why);
}

int
hash_file_fd(struct hash_file *f)
{
	int fd;

	return f->db->fd(f->db, &fd) == 0 ? fd : -1;
}
