/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef LIB_TABLE_INDEX_FILE_H
#define LIB_TABLE_INDEX_FILE_H

#include <stdbool.h>
#include <sys/types.h>

#include "lib/base/buf.h"
#include "lib/base/why.h"

/*
 * An index: keys and values in a file that a look-up need not read as a whole, as postmap and
 * postalias write it. One .c file per library behind it: index_db.c (hash, btree), index_lmdb.c,
 * index_cdb.c.
 *
 * Postfix ends keys and values with a NUL, or not, as the platform or postmap -N and -n say; a
 * reader here understands both, and never sees that NUL.
 */
struct index_file;

struct index_create {
	mode_t mode;
	bool final_nul; /* as Postfix on Linux */
	size_t bytes;   /* of text that will come, roughly; 0: not known */
	size_t entries;
};

/* What a library provides. Keys and values here are as they stand in the file. */
struct index_format {
	const char *name;   /* of the type of table: "hash" */
	const char *suffix; /* ".db" */
	bool write_once;    /* entries can be added to a new file, and never again */
	struct index_file *(*open)(const char *path, struct why *why);
	struct index_file *(*create)(
	    const char *path, const struct index_create *o, struct why *why);
	void (*close)(struct index_file *f);
	/* *value is borrowed until the next call. */
	int (*get)(struct index_file *f, struct str key, struct str *value, struct why *why);
	int (*put)(
	    struct index_file *f, struct str key, struct str value, bool replace, struct why *why);
	int (*remove)(struct index_file *f, struct str key, struct why *why); /* NULL: write_once */
	int (*next)(struct index_file *f, struct str *key, struct str *value, struct why *why);
	int (*sync)(struct index_file *f, struct why *why);
	int (*fd)(struct index_file *f);
};

/* By the type's name; NULL: it is none of an index, or this build is without its library. */
const struct index_format *index_format_find(struct str name);

/* To read. NULL: why; the path is not named there. */
MUST_USE struct index_file *index_file_open(
    const struct index_format *format, const char *path, struct why *why);

/* To fill: a new file; -EEXIST is among the reasons for NULL. */
MUST_USE struct index_file *index_file_create(const struct index_format *format, const char *path,
    const struct index_create *o, struct why *why);

void index_file_close(struct index_file *f); /* NULL is fine; what was not synced may be lost */

/* 1: added to *value; 0: there is none. Error: with words. */
MUST_USE int index_file_get(
    struct index_file *f, struct str key, struct buf *value, struct why *why);

/* 1: stored; 0: the key is there, and was not replaced. Error: with words. */
MUST_USE int index_file_put(
    struct index_file *f, struct str key, struct str value, bool replace, struct why *why);

/* 1: it was there; 0: it was not. Error: with words. */
MUST_USE int index_file_remove(struct index_file *f, struct str key, struct why *why);

/* Each entry once, in no order; borrowed until the next call. 1, 0 after the last, or a failure. */
MUST_USE int index_file_next(
    struct index_file *f, struct str *key, struct str *value, struct why *why);

/* All that was put is on disk. The file's name may not be yet (sys_sync_folder). */
MUST_USE int index_file_sync(struct index_file *f, struct why *why);

int index_file_fd(struct index_file *f); /* of the open file; borrowed. -1: the library has none */

/* --- For the formats ----------------------------------------------------------------------- */

enum index_nuls {
	INDEX_NULS_UNKNOWN, /* no key was found yet */
	INDEX_NULS_FINAL,
	INDEX_NULS_NONE,
};

struct index_file {
	const struct index_format *format;
	enum index_nuls nuls;
	struct buf key, value; /* with their NUL */
};

extern const struct index_format index_hash, index_btree;
#ifdef HAVE_LMDB
extern const struct index_format index_lmdb;
#endif
#ifdef HAVE_CDB
extern const struct index_format index_cdb;
#endif

#endif
