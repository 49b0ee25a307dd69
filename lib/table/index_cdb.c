/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * cdb: a file that is written once, by tinycdb. It is mapped, and never changes: every writer that
 * there is makes a new one and renames it. What is beyond its end, tinycdb takes for a damaged file.
 */
#include <cdb.h>
#include <errno.h>

#include "lib/base/bug.h"
#include "lib/base/err.h"
#include "lib/base/mem.h"
#include "lib/sys/file.h"
#include "lib/table/index_file.h"

struct cdb_file {
	struct index_file file;
	int fd;
	bool fills, is_finished;
	struct cdb cdb;       /* being read */
	struct cdb_make make; /* being filled */
	unsigned position;    /* of next_entry(); 0: at the start */
};

static int
failure(int code, struct why *why)
{
	why_set(why, "%s", err_text(code));
	return code;
}

static void
close_cdb(struct index_file *file)
{
	struct cdb_file *f = CONTAINER_OF(file, struct cdb_file, file);

	if (!f->fills)
		cdb_free(&f->cdb);
	else if (!f->is_finished)
		(void)cdb_make_finish(&f->make); /* there is no other way to give memory back */
	sys_close(f->fd);
	mem_free(f);
}

static int
fd_of(struct index_file *file)
{
	return CONTAINER_OF(file, struct cdb_file, file)->fd;
}

static struct index_file *
open_to_read(const char *path, struct why *why)
{
	struct cdb_file *f;
	int fd = sys_open(path, O_RDONLY | O_NONBLOCK, 0);

	if (fd < 0) {
		(void)failure(fd, why);
		return NULL;
	}
	f = NEW(struct cdb_file);
	f->fd = fd;
	if (cdb_init(&f->cdb, fd) == 0)
		return &f->file;
	why_set(why, "this is no cdb file");
	sys_close(fd);
	mem_free(f);
	return NULL;
}

static struct index_file *
create(const char *path, const struct index_create *o, struct why *why)
{
	struct cdb_file *f;
	int fd = sys_open(path, O_RDWR | O_CREAT | O_EXCL, o->mode);

	if (fd < 0) {
		(void)failure(fd, why);
		return NULL;
	}
	f = NEW(struct cdb_file);
	f->fd = fd;
	f->fills = true;
	if (cdb_make_start(&f->make, fd) == 0)
		return &f->file;
	why_set(why, "cannot begin a cdb file");
	close_cdb(&f->file);
	return NULL;
}

/* --- Entries ------------------------------------------------------------------------------- */

static int
get(struct index_file *file, struct str key, struct str *value, struct why *why)
{
	struct cdb_file *f = CONTAINER_OF(file, struct cdb_file, file);
	const void *p;
	int found = key.n <= UINT32_MAX ? cdb_find(&f->cdb, key.p, (unsigned)key.n) : 0;

	if (found > 0) {
		p = cdb_getdata(&f->cdb);
		*value = str_make(p, cdb_datalen(&f->cdb));
		if (p == NULL)
			found = -1;
	}
	if (found < 0) {
		why_set(why, "the file is damaged");
		return ERR_CORRUPT;
	}
	return found;
}

static int
put(struct index_file *file, struct str key, struct str value, bool replace, struct why *why)
{
	struct cdb_file *f = CONTAINER_OF(file, struct cdb_file, file);
	int there;

	BUG_ON(key.n >= UINT32_MAX || value.n >= UINT32_MAX);
	there = cdb_make_put(&f->make, key.p, (unsigned)key.n, value.p, (unsigned)value.n,
	    replace ? CDB_PUT_REPLACE : CDB_PUT_INSERT);
	if (there < 0) {
		why_set(why, "the file cannot be written, or would be too large for a cdb");
		return ERR_FULL;
	}
	return replace || there == 0;
}

static int
next_entry(struct index_file *file, struct str *key, struct str *value, struct why *why)
{
	struct cdb_file *f = CONTAINER_OF(file, struct cdb_file, file);
	int found;

	if (f->position == 0)
		cdb_seqinit(&f->position, &f->cdb);
	found = cdb_seqnext(&f->position, &f->cdb);
	if (found < 0) {
		why_set(why, "the file is damaged");
		return ERR_CORRUPT;
	}
	if (found > 0) {
		*key = str_make(cdb_getkey(&f->cdb), cdb_keylen(&f->cdb));
		*value = str_make(cdb_getdata(&f->cdb), cdb_datalen(&f->cdb));
	}
	return found;
}

static int
sync_cdb(struct index_file *file, struct why *why)
{
	struct cdb_file *f = CONTAINER_OF(file, struct cdb_file, file);
	int result;

	f->is_finished = true;
	result = cdb_make_finish(&f->make) == 0 ? sys_sync(f->fd) : ERR_FULL;
	return result == 0 ? 0 : failure(result, why);
}

const struct index_format index_cdb = {
	.name = "cdb",
	.suffix = ".cdb",
	.write_once = true,
	.open = open_to_read,
	.create = create,
	.close = close_cdb,
	.get = get,
	.put = put,
	.next = next_entry,
	.sync = sync_cdb,
	.fd = fd_of,
};
