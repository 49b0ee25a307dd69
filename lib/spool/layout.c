/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Root makes the folders, mail_owner writes in them. So root touches nothing below the top level: a
 * mail_owner gone bad could put a link there and have root change the owner of something else. The
 * folders of deferred/ are therefore made by qmgr when the first message needs one. At the top level,
 * where only root writes, a folder is opened without following links and changed through that
 * descriptor.
 */
#include "lib/spool/layout.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>

#include "lib/base/bug.h"
#include "lib/base/err.h"
#include "lib/sys/file.h"

#define SPREAD_AT      10 /* of an id: the fastest character that is all time */
#define DIRECTORY_MODE 0755

enum who {
	ROOT,
	MAIL,
	NETWORK,
	SUBMIT,
};

struct folder_row {
	const char *name;
	enum who owner;
	enum who group;
	mode_t mode;
};

static const struct folder_row folder_rows[] = {
#define FOLDER(name, owner, group, mode) { #name, owner, group, mode },
#include "lib/spool/layout.def"
#undef FOLDER
};

/* --- Names ----------------------------------------------------------------------------------- */

const char *
spool_queue_name(enum spool_queue q)
{
	switch (q) {
	case SPOOL_JOURNAL:
		return "journal";
	case SPOOL_INCOMING:
		return "incoming";
	case SPOOL_DEFERRED:
		return "deferred";
	case SPOOL_HOLD:
		return "hold";
	}
	BUG_ON(true);
	return "";
}

void
spool_message_folder(enum spool_queue q, const struct queue_id *id, char path[SPOOL_PATH_MAX])
{
	BUG_ON(q == SPOOL_JOURNAL);
	if (q == SPOOL_DEFERRED)
		snprintf(path, SPOOL_PATH_MAX, "deferred/%c", id->text[SPREAD_AT]);
	else
		snprintf(path, SPOOL_PATH_MAX, "%s", spool_queue_name(q));
}

void
spool_message_path(enum spool_queue q, const struct queue_id *id, char path[SPOOL_PATH_MAX])
{
	char folder[SPOOL_PATH_MAX];

	spool_message_folder(q, id, folder);
	snprintf(path, SPOOL_PATH_MAX, "%.32s/%s", folder, id->text);
}

/* Bits 0 to 31: deferred/x in the order of SPOOL_SPREAD; then one for each other place. */
#define BIT_INCOMING 32
#define BIT_HOLD     33
#define BIT_JOURNAL  34

uint64_t
spool_folder_bit(enum spool_queue q, const struct queue_id *id)
{
	switch (q) {
	case SPOOL_JOURNAL:
		return (uint64_t)1 << BIT_JOURNAL;
	case SPOOL_INCOMING:
		return (uint64_t)1 << BIT_INCOMING;
	case SPOOL_HOLD:
		return (uint64_t)1 << BIT_HOLD;
	case SPOOL_DEFERRED:
		break;
	}
	return (uint64_t)1 << str_index(STR(SPOOL_SPREAD), id->text[SPREAD_AT]);
}

void
spool_folder_of_bit(unsigned bit, char path[SPOOL_PATH_MAX])
{
	BUG_ON(bit >= SPOOL_FOLDERS);
	if (bit < BIT_INCOMING)
		snprintf(path, SPOOL_PATH_MAX, "deferred/%c", SPOOL_SPREAD[bit]);
	else if (bit == BIT_INCOMING)
		snprintf(path, SPOOL_PATH_MAX, "incoming");
	else
		snprintf(path, SPOOL_PATH_MAX, bit == BIT_HOLD ? "hold" : "journal");
}

/* --- Making ---------------------------------------------------------------------------------- */

static uid_t
owner_uid(const struct spool_owners *o, enum who who)
{
	if (o->mail_uid == (uid_t)-1)
		return (uid_t)-1;
	return who == MAIL ? o->mail_uid : 0;
}

static gid_t
owner_gid(const struct spool_owners *o, enum who who)
{
	if (o->mail_uid == (uid_t)-1)
		return (gid_t)-1;
	switch (who) {
	case MAIL:
		return o->mail_gid;
	case NETWORK:
		return o->network_gid;
	case SUBMIT:
		return o->submit_gid;
	case ROOT:
		break;
	}
	return 0;
}

static int
own_folder(int fd, const struct folder_row *row, const struct spool_owners *o)
{
	struct file_info info;
	uid_t uid = owner_uid(o, row->owner);
	gid_t gid = owner_gid(o, row->group);
	int result = sys_info_fd(fd, &info);

	if (result < 0)
		return result;
	if (uid != (uid_t)-1 && (info.uid != uid || info.gid != gid)) {
		result = sys_set_owner_fd(fd, uid, gid);
		if (result < 0)
			return result;
	}
	return info.mode != row->mode ? sys_set_mode_fd(fd, row->mode) : 0;
}

static int
make_folder(int at, const struct folder_row *row, const struct spool_owners *o)
{
	int fd, result;

	result = sys_make_folder_at(at, row->name, 0700);
	if (result < 0 && result != -EEXIST)
		return result;
	fd = sys_open_at(at, row->name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW, 0);
	if (fd < 0)
		return fd;
	result = own_folder(fd, row, o);
	sys_close(fd);
	return result;
}

static int
open_directory(const char *directory, struct why *why)
{
	int result = sys_make_parents(directory);

	if (result == 0)
		result = sys_make_folder(directory, DIRECTORY_MODE);
	if (result == 0 || result == -EEXIST)
		result = sys_open(directory, O_RDONLY | O_DIRECTORY, 0);
	if (result < 0)
		why_set(why, "queue directory %s: %s", directory, err_text(result));
	return result;
}

int
spool_make(const char *directory, const struct spool_owners *o, struct why *why)
{
	int at = open_directory(directory, why);
	int result = 0;

	if (at < 0)
		return at;
	for (size_t i = 0; i < ARRAY_LEN(folder_rows) && result == 0; i++) {
		result = make_folder(at, &folder_rows[i], o);
		if (result < 0)
			why_set(why, "folder %s/%s: %s", directory, folder_rows[i].name,
			    err_text(result));
	}
	sys_close(at);
	return result;
}

/* --- Checking -------------------------------------------------------------------------------- */

struct checker {
	const char *directory;
	const struct spool_owners *owners;
	void (*report)(void *context, const char *text);
	void *context;
};

PRINTF(3, 4)
static int
fault(const struct checker *c, const char *name, const char *format, ...)
{
	struct why why;
	va_list ap;
	char words[256];

	va_start(ap, format);
	vsnprintf(words, sizeof(words), format, ap);
	va_end(ap);
	why_set(&why, "folder %s/%s %s", c->directory, name, words);
	c->report(c->context, why.text);
	return 1;
}

/* How many faults; -errno when it could not look. */
static int
check_folder(const struct checker *c, int at, const struct folder_row *row)
{
	uid_t uid = owner_uid(c->owners, row->owner);
	gid_t gid = owner_gid(c->owners, row->group);
	struct file_info info;
	int count = 0, result;

	result = sys_info_at(at, row->name, &info);
	if (result == -ENOENT)
		return fault(c, row->name, "is missing: run \"postroad start\"");
	if (result < 0)
		return result;
	if (info.kind != FILE_FOLDER)
		return fault(c, row->name, "is not a folder");
	if (uid != (uid_t)-1 && info.uid != uid)
		count += fault(c, row->name, "is owned by uid %u, not by uid %u",
		    (unsigned)info.uid, (unsigned)uid);
	if (gid != (gid_t)-1 && info.gid != gid)
		count +=
		    fault(c, row->name, "has group %u, not %u", (unsigned)info.gid, (unsigned)gid);
	if ((info.mode & ~row->mode) != 0)
		count += fault(c, row->name, "has mode %04o, which is more open than %04o",
		    (unsigned)info.mode, (unsigned)row->mode);
	return count;
}

int
spool_check(const char *directory, const struct spool_owners *o,
    void (*report)(void *context, const char *text), void *context)
{
	const struct checker c = { directory, o, report, context };
	int at, count = 0, result = 0;

	at = sys_open(directory, O_RDONLY | O_DIRECTORY, 0);
	if (at < 0)
		return at;
	for (size_t i = 0; i < ARRAY_LEN(folder_rows) && result >= 0; i++) {
		result = check_folder(&c, at, &folder_rows[i]);
		count += result > 0 ? result : 0;
	}
	sys_close(at);
	return result < 0 ? result : count;
}
