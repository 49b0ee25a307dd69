/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * lmdb: one file, no folder and no lock file, as Postfix has it.
 *
 * LMDB maps the file and trusts it: a file shorter than its own count of pages would end the process
 * by SIGBUS, and is refused at open. Nobody cuts such a file later: Postfix's postmap changes it by
 * adding pages, ours replaces it. Each look-up sees the state that was committed last.
 *
 * A new file is filled in transactions of bounded size, and the map grows between them: within one,
 * it cannot.
 */
#include <lmdb.h>

#include "lib/base/bug.h"
#include "lib/base/err.h"
#include "lib/base/mem.h"
#include "lib/sys/file.h"
#include "lib/table/index_file.h"
#include "lib/table/settings.h"

#define PAGE_MIN    ((size_t)4096)
#define BATCH_PUTS  20000
#define BATCH_BYTES ((size_t)8 * 1024 * 1024)
#define MAP_MIN     (BATCH_BYTES * 8) /* of a file being filled: room for a batch, however it falls */
#define OPEN_FLAGS  (MDB_NOSUBDIR | MDB_NOLOCK)

struct lmdb_file {
	struct index_file file;
	MDB_env *env;
	MDB_txn *txn;
	MDB_cursor *cursor; /* of next_entry() */
	MDB_dbi dbi;
	bool fills;
	unsigned puts;     /* in this transaction */
	size_t batch, map; /* bytes put in it; size of the map */
};

static int
failure(int code, struct why *why)
{
	why_set(why, "%s", mdb_strerror(code));
	return code > 0 ? -code : ERR_CORRUPT;
}

static void
close_lmdb(struct index_file *file)
{
	struct lmdb_file *f = CONTAINER_OF(file, struct lmdb_file, file);

	if (f->cursor != NULL)
		mdb_cursor_close(f->cursor);
	if (f->txn != NULL)
		mdb_txn_abort(f->txn);
	if (f->env != NULL)
		mdb_env_close(f->env);
	mem_free(f);
}

static int
fd_of(struct index_file *file)
{
	struct lmdb_file *f = CONTAINER_OF(file, struct lmdb_file, file);
	mdb_filehandle_t fd;

	return mdb_env_get_fd(f->env, &fd) == 0 ? fd : -1;
}

static int
check_length(struct lmdb_file *f, struct why *why)
{
	struct file_info info;
	MDB_envinfo env;
	MDB_stat stat;
	uint64_t wanted;
	int result = sys_info_fd(fd_of(&f->file), &info);

	if (result < 0) {
		why_set(why, "%s", err_text(result));
		return result;
	}
	if (mdb_env_info(f->env, &env) != 0 || mdb_env_stat(f->env, &stat) != 0)
		return ERR_CORRUPT;
	wanted = ((uint64_t)env.me_last_pgno + 1) * stat.ms_psize;
	if (info.size >= wanted)
		return 0;
	why_set(why, "the file is cut short: %llu bytes, not %llu", (unsigned long long)info.size,
	    (unsigned long long)wanted);
	return ERR_CORRUPT;
}

static int
open_env(struct lmdb_file *f, const char *path, size_t map, unsigned flags, mode_t mode)
{
	int code = mdb_env_create(&f->env);

	if (code != 0) {
		f->env = NULL;
		return code;
	}
	if (map != 0)
		code = mdb_env_set_mapsize(f->env, map);
	return code == 0 ? mdb_env_open(f->env, path, OPEN_FLAGS | flags, mode) : code;
}

static int
begin(struct lmdb_file *f, unsigned flags)
{
	int code = mdb_txn_begin(f->env, NULL, flags, &f->txn);

	if (code == 0)
		code = mdb_dbi_open(f->txn, NULL, 0, &f->dbi);
	return code;
}

/* LMDB reads both of its first pages without asking how long the file is. */
static int
check_start(const char *path, struct why *why)
{
	struct file_info info;
	int result = sys_info(path, &info);

	if (result < 0) {
		why_set(why, "%s", err_text(result));
	} else if (info.kind != FILE_REGULAR || info.size < 2 * PAGE_MIN) {
		why_set(why, "this is no LMDB file");
		result = ERR_CORRUPT;
	}
	return result;
}

static struct index_file *
open_to_read(const char *path, struct why *why)
{
	struct lmdb_file *f;
	int code, result = check_start(path, why);

	if (result < 0)
		return NULL;
	f = NEW(struct lmdb_file);
	code = open_env(f, path, 0, MDB_RDONLY, 0);
	if (code == 0) {
		result = check_length(f, why);
		if (result == 0)
			code = begin(f, MDB_RDONLY);
	}
	if (code != 0)
		result = failure(code, why);
	if (result == 0)
		return &f->file;
	close_lmdb(&f->file);
	return NULL;
}

static struct index_file *
create(const char *path, const struct index_create *o, struct why *why)
{
	struct lmdb_file *f = NEW(struct lmdb_file);
	int code = 0, fd = sys_open(path, O_RDWR | O_CREAT | O_EXCL, o->mode);

	f->fills = true;
	f->map = table_settings()->lmdb_map;
	if (f->map < MAP_MIN)
		f->map = MAP_MIN;
	if (fd < 0) {
		why_set(why, "%s", err_text(fd));
	} else {
		sys_close(fd);
		code = open_env(f, path, f->map, MDB_NOSYNC, o->mode);
		if (code == 0)
			code = begin(f, 0);
		if (code == 0)
			return &f->file;
		(void)failure(code, why);
	}
	close_lmdb(&f->file);
	return NULL;
}

/* --- Entries ------------------------------------------------------------------------------- */

static MDB_val
datum(struct str s)
{
	union {
		const char *given;
		void *taken;
	} bytes = { .given = s.p };

	return (MDB_val){ .mv_data = bytes.taken, .mv_size = s.n };
}

/* The state that is committed now. */
static int
refresh(struct lmdb_file *f)
{
	mdb_txn_reset(f->txn);
	return mdb_txn_renew(f->txn);
}

static int
get(struct index_file *file, struct str key, struct str *value, struct why *why)
{
	struct lmdb_file *f = CONTAINER_OF(file, struct lmdb_file, file);
	MDB_val k = datum(key), v;
	int code = f->fills ? 0 : refresh(f);

	if (key.n == 0 || key.n > (size_t)mdb_env_get_maxkeysize(f->env))
		return 0; /* no such key can be there */
	if (code == 0)
		code = mdb_get(f->txn, f->dbi, &k, &v);
	if (code == MDB_NOTFOUND)
		return 0;
	if (code != 0)
		return failure(code, why);
	*value = str_make(v.mv_data, v.mv_size);
	return 1;
}

/* Commits what was put, and makes room to copy every page and split many. */
static int
next_batch(struct lmdb_file *f)
{
	MDB_envinfo info;
	MDB_stat stat;
	int code = mdb_txn_commit(f->txn);

	f->txn = NULL;
	f->puts = 0;
	f->batch = 0;
	if (code == 0)
		code = mdb_env_info(f->env, &info);
	if (code == 0)
		code = mdb_env_stat(f->env, &stat);
	if (code == 0 && f->map < 3 * (info.me_last_pgno + 1) * stat.ms_psize + 4 * BATCH_BYTES) {
		f->map *= 2;
		code = mdb_env_set_mapsize(f->env, f->map);
	}
	return code == 0 ? mdb_txn_begin(f->env, NULL, 0, &f->txn) : code;
}

static int
put(struct index_file *file, struct str key, struct str value, bool replace, struct why *why)
{
	struct lmdb_file *f = CONTAINER_OF(file, struct lmdb_file, file);
	MDB_val k = datum(key), v = datum(value);
	int code = 0;

	if (key.n == 0 || key.n > (size_t)mdb_env_get_maxkeysize(f->env)) {
		why_set(why, "a key of %zu bytes: LMDB takes 1 to %d", key.n,
		    mdb_env_get_maxkeysize(f->env));
		return ERR_RANGE;
	}
	if (f->puts == BATCH_PUTS || f->batch > BATCH_BYTES)
		code = next_batch(f);
	if (code == 0)
		code = mdb_put(f->txn, f->dbi, &k, &v, replace ? 0 : MDB_NOOVERWRITE);
	if (code == MDB_KEYEXIST)
		return 0;
	if (code != 0)
		return failure(code, why);
	f->puts++;
	f->batch += key.n + value.n;
	return 1;
}

static int
remove_entry(struct index_file *file, struct str key, struct why *why)
{
	struct lmdb_file *f = CONTAINER_OF(file, struct lmdb_file, file);
	MDB_val k = datum(key);
	int code;

	if (key.n == 0 || key.n > (size_t)mdb_env_get_maxkeysize(f->env))
		return 0;
	code = mdb_del(f->txn, f->dbi, &k, NULL);
	if (code == MDB_NOTFOUND)
		return 0;
	return code == 0 ? 1 : failure(code, why);
}

static int
next_entry(struct index_file *file, struct str *key, struct str *value, struct why *why)
{
	struct lmdb_file *f = CONTAINER_OF(file, struct lmdb_file, file);
	MDB_val k, v;
	int code = 0;

	if (f->cursor == NULL)
		code = mdb_cursor_open(f->txn, f->dbi, &f->cursor);
	if (code == 0)
		code = mdb_cursor_get(f->cursor, &k, &v, MDB_NEXT);
	if (code == MDB_NOTFOUND)
		return 0;
	if (code != 0)
		return failure(code, why);
	*key = str_make(k.mv_data, k.mv_size);
	*value = str_make(v.mv_data, v.mv_size);
	return 1;
}

static int
sync_lmdb(struct index_file *file, struct why *why)
{
	struct lmdb_file *f = CONTAINER_OF(file, struct lmdb_file, file);
	int code = mdb_txn_commit(f->txn);

	f->txn = NULL;
	if (code == 0)
		code = mdb_env_sync(f->env, 1);
	return code == 0 ? 0 : failure(code, why);
}

const struct index_format index_lmdb = {
	.name = "lmdb",
	.suffix = ".lmdb",
	.open = open_to_read,
	.create = create,
	.close = close_lmdb,
	.get = get,
	.put = put,
	.remove = remove_entry,
	.next = next_entry,
	.sync = sync_lmdb,
	.fd = fd_of,
};
