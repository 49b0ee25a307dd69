/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A full disk is met twice: by this look ahead, which refuses mail while there is still room to
 * deliver what is queued, and by the write that fails all the same. The look costs a
 * system call per segment, so it is made once a second and its answer used by all; meanwhile what was
 * admitted is subtracted, so that a thousand clients in one second do not share the same last megabyte.
 */
#include "lib/spool/room.h"

#include <errno.h>

#include "lib/base/err.h"
#include "lib/base/ticks.h"
#include "lib/run/offload.h"
#include "lib/run/run.h"
#include "lib/sys/file.h"

#define LOOK_EVERY TICKS_SECOND

int
room_error(int error)
{
	return error == -ENOSPC || error == -EDQUOT || error == -EFBIG ? ERR_FULL : error;
}

void
room_init(struct room *r, uint64_t free_least, uint64_t journal_most)
{
	*r = (struct room){ .free_least = free_least, .journal_most = journal_most };
}

struct look {
	uint64_t free_bytes;
	uint64_t journal_bytes;
};

static int
sum_journal(uint64_t *sum)
{
	struct folder_entry entry;
	struct file_info info;
	struct folder f;
	int result = folder_open(&f, AT_FDCWD, "journal");

	if (result < 0)
		return result;
	while ((result = folder_next(&f, &entry)) > 0) {
		result = sys_info_at(folder_fd(&f), entry.name, &info);
		if (result == 0)
			*sum += info.size;
		else if (result != -ENOENT)
			break;
	}
	folder_close(&f);
	return result;
}

static int
look(void *arg)
{
	struct look *l = arg;
	struct disk_space space;
	int result = sys_disk_space(".", &space);

	if (result < 0)
		return result;
	l->free_bytes = space.free;
	return sum_journal(&l->journal_bytes);
}

PARKS static int
refresh(struct room *r)
{
	struct look l = { 0 };
	int result;

	r->looking = true;
	result = offload(look, &l);
	r->looking = false;
	if (result < 0)
		return result;
	r->free_bytes = l.free_bytes;
	r->journal_bytes = l.journal_bytes;
	r->looked = run_now();
	r->known = true;
	return 0;
}

int
room_check(struct room *r, uint64_t size, struct why *why)
{
	int result;

	if (r->free_least == 0 && r->journal_most == 0)
		return 0;
	if (!r->looking && (!r->known || run_now() - r->looked >= LOOK_EVERY)) {
		result = refresh(r);
		if (result < 0) {
			why_set(
			    why, "cannot see how much room the spool has: %s", err_text(result));
			return result;
		}
	}
	if (!r->known)
		return 0;
	if (r->free_least != 0 && r->free_bytes < size + r->free_least) {
		why_set(why, "the spool's disk is nearly full");
		return ERR_FULL;
	}
	if (r->journal_most != 0 && r->journal_bytes + size > r->journal_most) {
		why_set(why, "the journal has reached its limit");
		return ERR_FULL;
	}
	r->free_bytes -= size < r->free_bytes ? size : r->free_bytes;
	r->journal_bytes += size;
	return 0;
}
