/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The table given out asks the reading that is current. A look-up may park, and a new reading come
 * meanwhile: each counts its users, and goes with the last of them.
 */
#include "lib/table/follow.h"

#include "lib/base/mem.h"
#include "lib/sys/path.h"
#include "lib/table/settings.h"

struct follower {
	struct table table;
	struct table *now;
	const struct table_type *of;
	char *path;
	struct file_info seen; /* the file, before it was read */
	struct turn turn;
};

static bool
is_same(const struct file_info *a, const struct file_info *b)
{
	return a->modified == b->modified && a->size == b->size && a->inode == b->inode &&
	       a->device == b->device;
}

static void
release(struct follower *f, struct table *reading)
{
	if (--reading->users == 0)
		f->of->close(reading);
}

static void
read_again(struct follower *f)
{
	struct why why = WHY_INIT;
	struct table *fresh = f->of->open(f->path, f->table.flags, &why);

	if (fresh == NULL) {
		table_say(
		    true, "%s: %s; what was read before still counts", f->table.name, why.text);
		return;
	}
	release(f, f->now);
	fresh->users = 1;
	f->now = fresh;
}

static void
look(struct follower *f)
{
	struct file_info info;

	if (!turn_take(&f->turn) || sys_info(f->path, &info) < 0 || is_same(&info, &f->seen))
		return;
	f->seen = info;
	read_again(f);
}

PARKS static int
find(struct table *t, struct str key, struct buf *value, int64_t deadline, struct why *why)
{
	struct follower *f = CONTAINER_OF(t, struct follower, table);
	struct table *reading;
	int result;

	look(f);
	reading = f->now;
	reading->users++;
	result = f->of->find(reading, key, value, deadline, why);
	release(f, reading);
	return result;
}

static void
close_follower(struct table *t)
{
	struct follower *f = CONTAINER_OF(t, struct follower, table);

	release(f, f->now);
	mem_free(f->path);
	mem_free(f);
}

static const struct table_type type_follower = {
	.name = "",
	.find = find,
	.close = close_follower,
};

struct table *
follow_open(const struct table_type *type, const char *path, unsigned flags, struct why *why)
{
	struct follower *f = NEW(struct follower);

	if (sys_info(path, &f->seen) == 0)
		(void)turn_take(&f->turn);
	f->now = type->open(path, flags, why);
	if (f->now == NULL) {
		mem_free(f);
		return NULL;
	}
	f->now->users = 1;
	f->of = type;
	f->path = mem_strdup(path);
	f->table.type = &type_follower;
	f->table.is_pattern = type->is_pattern;
	f->table.notice = f->now->notice;
	return &f->table;
}
