/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * hash and btree: files of Berkeley DB.
 *
 * The library reads a file DB_CONFIG in its home, and where no home is given, in the current folder
 * (CVE-2017-10140). So each file gets an environment of its own, private to the process, whose home
 * is a place below which nothing can be; paths are made absolute, since they would start there too.
 *
 * The library says the useful words through a callback, before the code: the first are kept. It is
 * given only files that begin as its own do and are as long as they say: for others its words are
 * misleading, and pages that are missing could read as empty ones. It may not map the file: one
 * that Postfix's postmap cuts and writes again in place would end the process.
 */
#include <db.h>

#include "lib/base/bug.h"
#include "lib/base/err.h"
#include "lib/base/mem.h"
#include "lib/sys/file.h"
#include "lib/table/index_file.h"
#include "lib/table/settings.h"

#define HOME_WITHOUT_CONFIG "/dev/null"
#define CACHE_MAX           ((uint64_t)1024 * 1024 * 1024)

/* The first page of every file: DBMETA in the library's db_page.h. */
#define META_SIZE      72
#define META_MAGIC     12
#define META_PAGE_SIZE 20
#define META_LAST_PAGE 32
#define MAGIC_HASH     0x00061561u
#define MAGIC_BTREE    0x00053162u

struct db_file {
	struct index_file file;
	DB_ENV *env;
	DB *db;
	DBC *cursor;     /* of next_entry() */
	struct why said; /* what the library said of the call in progress */
};

static void
keep_words(const DB_ENV *env, const char *prefix, const char *words)
{
	struct db_file *f = env->app_private;

	(void)prefix;
	if (f->said.text[0] == '\0')
		why_set(&f->said, "%s", words);
}

/* The library's codes are errno values, or its own, which are below all of ours. */
static int
failure(struct db_file *f, int code, struct why *why)
{
	why_set(why, "%s", f->said.text[0] != '\0' ? f->said.text : db_strerror(code));
	f->said.text[0] = '\0';
	return code > 0 ? -code : ERR_CORRUPT;
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

/* In the byte order of the machine that made it. */
static uint32_t
meta_word(const unsigned char *meta, size_t offset, bool swapped)
{
	uint32_t word;

	memcpy(&word, meta + offset, sizeof(word));
	return swapped ? __builtin_bswap32(word) : word;
}

static int
check_meta(
    const unsigned char *meta, uint64_t size, const char *type, uint32_t magic, struct why *why)
{
	bool swapped = meta_word(meta, META_MAGIC, true) == magic;
	uint64_t pages, page_size;

	if (!swapped && meta_word(meta, META_MAGIC, false) != magic) {
		why_set(why, "this is no %s file of Berkeley DB", type);
		return ERR_CORRUPT;
	}
	page_size = meta_word(meta, META_PAGE_SIZE, swapped);
	pages = (uint64_t)meta_word(meta, META_LAST_PAGE, swapped) + 1;
	if (size >= pages * page_size)
		return 0;
	why_set(why, "the file is cut short: %llu bytes, not %llu", (unsigned long long)size,
	    (unsigned long long)(pages * page_size));
	return ERR_CORRUPT;
}

static int
check_file(const char *path, const char *type, uint32_t magic, struct why *why)
{
	unsigned char meta[META_SIZE] = { 0 };
	struct file_info info;
	int fd = sys_open(path, O_RDONLY | O_NONBLOCK, 0);
	int result = fd;

	if (result >= 0)
		result = sys_info_fd(fd, &info);
	if (result >= 0 && info.size >= sizeof(meta))
		result = sys_pread_all(fd, meta, sizeof(meta), 0);
	sys_close(fd);
	if (result >= 0)
		return check_meta(meta, info.size, type, magic, why);
	why_set(why, "%s", err_text(result));
	return result;
}

static int
open_env(struct db_file *f, uint32_t cache, struct why *why)
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
open_db(struct db_file *f, const char *path, DBTYPE type, uint32_t flags,
    const struct index_create *o, struct why *why)
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
	if (type == DB_HASH && o != NULL && o->entries > 0 && o->entries < UINT32_MAX)
		code = f->db->set_h_nelem(f->db, (uint32_t)o->entries);
	if (code == 0)
		code = f->db->open(f->db, NULL, buf_text(&whole), NULL, type, flags | DB_NOMMAP,
		    o != NULL ? (int)o->mode : 0);
	return code == 0 ? 0 : failure(f, code, why);
}

static void
close_db(struct index_file *file)
{
	struct db_file *f = CONTAINER_OF(file, struct db_file, file);

	if (f->cursor != NULL)
		(void)f->cursor->close(f->cursor);
	if (f->db != NULL)
		(void)f->db->close(f->db, DB_NOSYNC);
	if (f->env != NULL)
		(void)f->env->close(f->env, 0);
	mem_free(f);
}

static struct index_file *
open_to_read(const char *path, DBTYPE type, struct why *why)
{
	struct db_file *f;
	int result = check_file(path, type == DB_HASH ? "hash" : "btree",
	    type == DB_HASH ? MAGIC_HASH : MAGIC_BTREE, why);

	if (result < 0)
		return NULL;
	f = NEW(struct db_file);
	result = open_env(f, table_settings()->db_read_cache, why);
	if (result == 0)
		result = open_db(f, path, type, DB_RDONLY, NULL, why);
	if (result == 0)
		return &f->file;
	close_db(&f->file);
	return NULL;
}

/* Pages that do not fit are written and read again and again: room for all of them, if need be. */
static uint32_t
cache_for(const struct index_create *o)
{
	uint64_t wanted = (uint64_t)o->bytes * 3;
	uint32_t least = table_settings()->db_create_cache;

	if (wanted > CACHE_MAX)
		wanted = CACHE_MAX;
	return wanted > least ? (uint32_t)wanted : least;
}

static struct index_file *
create(const char *path, DBTYPE type, const struct index_create *o, struct why *why)
{
	struct db_file *f = NEW(struct db_file);

	if (open_env(f, cache_for(o), why) == 0 &&
	    open_db(f, path, type, DB_CREATE | DB_EXCL, o, why) == 0)
		return &f->file;
	close_db(&f->file);
	return NULL;
}

static struct index_file *
open_hash(const char *path, struct why *why)
{
	return open_to_read(path, DB_HASH, why);
}

static struct index_file *
open_btree(const char *path, struct why *why)
{
	return open_to_read(path, DB_BTREE, why);
}

static struct index_file *
create_hash(const char *path, const struct index_create *o, struct why *why)
{
	return create(path, DB_HASH, o, why);
}

static struct index_file *
create_btree(const char *path, const struct index_create *o, struct why *why)
{
	return create(path, DB_BTREE, o, why);
}

/* --- Entries ------------------------------------------------------------------------------- */

/* The library does not write to what it is given. */
static DBT
datum(struct str s)
{
	union {
		const char *given;
		void *taken;
	} bytes = { .given = s.p };

	BUG_ON(s.n >= UINT32_MAX);
	return (DBT){ .data = bytes.taken, .size = (uint32_t)s.n };
}

static int
get(struct index_file *file, struct str key, struct str *value, struct why *why)
{
	struct db_file *f = CONTAINER_OF(file, struct db_file, file);
	DBT k = datum(key), v = { .data = NULL };
	int code = f->db->get(f->db, NULL, &k, &v, 0);

	if (code == DB_NOTFOUND)
		return 0;
	if (code != 0)
		return failure(f, code, why);
	*value = str_make(v.data, v.size);
	return 1;
}

static int
put(struct index_file *file, struct str key, struct str value, bool replace, struct why *why)
{
	struct db_file *f = CONTAINER_OF(file, struct db_file, file);
	DBT k = datum(key), v = datum(value);
	int code = f->db->put(f->db, NULL, &k, &v, replace ? 0 : DB_NOOVERWRITE);

	if (code == DB_KEYEXIST)
		return 0;
	return code == 0 ? 1 : failure(f, code, why);
}

static int
remove_entry(struct index_file *file, struct str key, struct why *why)
{
	struct db_file *f = CONTAINER_OF(file, struct db_file, file);
	DBT k = datum(key);
	int code = f->db->del(f->db, NULL, &k, 0);

	if (code == DB_NOTFOUND)
		return 0;
	return code == 0 ? 1 : failure(f, code, why);
}

static int
next_entry(struct index_file *file, struct str *key, struct str *value, struct why *why)
{
	struct db_file *f = CONTAINER_OF(file, struct db_file, file);
	DBT k = { .data = NULL }, v = { .data = NULL };
	int code = 0;

	if (f->cursor == NULL)
		code = f->db->cursor(f->db, NULL, &f->cursor, 0);
	if (code == 0)
		code = f->cursor->get(f->cursor, &k, &v, DB_NEXT);
	if (code == DB_NOTFOUND)
		return 0;
	if (code != 0)
		return failure(f, code, why);
	*key = str_make(k.data, k.size);
	*value = str_make(v.data, v.size);
	return 1;
}

static int
sync_db(struct index_file *file, struct why *why)
{
	struct db_file *f = CONTAINER_OF(file, struct db_file, file);
	int code = f->db->sync(f->db, 0);

	return code == 0 ? 0 : failure(f, code, why);
}

static int
fd_of(struct index_file *file)
{
	struct db_file *f = CONTAINER_OF(file, struct db_file, file);
	int fd;

	return f->db->fd(f->db, &fd) == 0 ? fd : -1;
}

const struct index_format index_hash = {
	.name = "hash",
	.suffix = ".db",
	.open = open_hash,
	.create = create_hash,
	.close = close_db,
	.get = get,
	.put = put,
	.remove = remove_entry,
	.next = next_entry,
	.sync = sync_db,
	.fd = fd_of,
};

const struct index_format index_btree = {
	.name = "btree",
	.suffix = ".db",
	.open = open_btree,
	.create = create_btree,
	.close = close_db,
	.get = get,
	.put = put,
	.remove = remove_entry,
	.next = next_entry,
	.sync = sync_db,
	.fd = fd_of,
};
