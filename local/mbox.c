/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * One file holds many messages, so a delivery that fails half-way must leave no trace: under the lock
 * the file's size is noted, and what was added is cut off again. Whose file it is, is asked of the
 * open descriptor, never of the name: a link that is swapped in between changes nothing.
 */
#include <errno.h>
#include <sys/stat.h>

#include "lib/base/bug.h"
#include "lib/base/err.h"
#include "lib/sys/clock.h"
#include "lib/sys/file.h"
#include "lib/sys/path.h"
#include "lib/sys/process.h"
#include "local/copy.h"
#include "local/mailbox.h"
#include "local/mailbox_path.h"

#define FILE_MODE 0600

struct delivery {
	const struct mailbox_job *job;
	const struct mailbox_options *options;
	struct outcome *out;
	int fd;
	struct file_info info; /* under the lock */
};

/* The folder that the mailbox is in. */
static int
add_folder(struct buf *out, const char *path)
{
	return buf_add(out, str_part(str_of(path), 0, str_rindex(str_of(path), '/')));
}

static int
make_folder(const struct mailbox_job *job)
{
	AUTO(buf) folder = BUF_INIT(MAILBOX_PATH_MAX);
	struct file_info info;
	int result = add_folder(&folder, job->path);

	if (result == 0)
		result = sys_info(buf_text(&folder), &info);
	if (result == -ENOENT)
		result = mailbox_make_folders(job->base, buf_text(&folder));
	return result;
}

/* A new mailbox is made durable before anything is in it. */
static int
open_file(struct delivery *d)
{
	const int flags = O_RDWR | O_APPEND | O_NOFOLLOW | O_NONBLOCK;
	AUTO(buf) folder = BUF_INIT(MAILBOX_PATH_MAX);
	int result;

	d->fd = sys_open(d->job->path, flags, 0);
	if (d->fd != -ENOENT)
		return d->fd < 0 ? d->fd : 0;
	d->fd = sys_open(d->job->path, flags | O_CREAT | O_EXCL, FILE_MODE);
	if (d->fd < 0)
		return d->fd;
	result = add_folder(&folder, d->job->path);
	return result == 0 ? sys_sync_folder(AT_FDCWD, buf_text(&folder)) : result;
}

/* A program that took mail would run it. */
static bool
is_program(struct delivery *d)
{
	if (!d->job->is_file || (d->info.mode & (S_IXUSR | S_IXGRP | S_IXOTH)) == 0)
		return false;
	outcome_set(
	    d->out, "5.7.1", "cannot append message to file %s: file is executable", d->job->path);
	return true;
}

/* True: a file that we may write to. */
static bool
is_sound(struct delivery *d)
{
	const char *path = d->job->path;
	const char *words = NULL;
	struct file_info named;

	if (sys_info_at(AT_FDCWD, path, &named) < 0 || named.inode != d->info.inode)
		words = "was replaced meanwhile";
	else if (d->info.kind != FILE_REGULAR)
		words = "is no regular file";
	else if (d->info.links != 1)
		words = "has another name (hard link)";
	else if (!d->job->is_file && d->options->strict_ownership &&
	         d->info.uid != sys_effective_uid())
		words = "is owned by somebody else";
	if (words != NULL)
		outcome_set(d->out, "4.2.0", "the mailbox %s %s", path, words);
	return words == NULL;
}

static bool
has_room(struct delivery *d)
{
	uint64_t limit = d->job->size_limit, size = mailbox_size(d->job);

	if (limit == 0 || (size <= limit && d->info.size <= limit - size))
		return true;
	if (size > limit)
		outcome_set(d->out, "5.2.3",
		    "the message is larger than the mailbox takes (%llu bytes)",
		    (unsigned long long)limit);
	else
		outcome_set(d->out, "4.2.2", "the mailbox %s is full", d->job->path);
	return false;
}

/* A last line without its end, as a crash of another program leaves it, gets one. */
static int
begin_message(struct delivery *d)
{
	AUTO(buf) text = BUF_INIT(4096);
	char last = '\n';
	int result = 0;

	if (d->info.size > 0)
		result = sys_pread_all(d->fd, &last, 1, d->info.size - 1);
	if (result == 0 && last != '\n')
		result = buf_add_byte(&text, '\n');
	if (result == 0)
		result = mailbox_add_from_line(d->job, &text);
	return result < 0 ? result : sys_write_all(d->fd, buf_str(&text));
}

static void
append(struct delivery *d)
{
	int result = begin_message(d);

	if (result == 0)
		result = mailbox_copy(d->job, d->fd, true);
	if (result == 0) {
		mailbox_set_delivered(d->job, "mailbox", d->out);
		return;
	}
	outcome_of_failure(d->out, "cannot write to", d->job->path, result);
	result = sys_truncate(d->fd, d->info.size);
	if (result == 0)
		result = sys_sync(d->fd);
	if (result < 0)
		outcome_of_failure(
		    d->out, "cannot undo a failed delivery to", d->job->path, result);
}

PARKS static void
deliver_locked(struct delivery *d)
{
	struct why why = WHY_INIT;
	int result = open_file(d);

	if (result < 0) {
		outcome_of_failure(d->out, "cannot open the mailbox", d->job->path, result);
		return;
	}
	if (mailbox_lock_open(d->fd, &d->options->locks, &why) < 0) {
		outcome_set(
		    d->out, "4.2.0", "cannot lock the mailbox %s: %s", d->job->path, why.text);
		return;
	}
	result = sys_info_fd(d->fd, &d->info);
	if (result < 0)
		outcome_of_failure(d->out, "cannot examine", d->job->path, result);
	else if (is_sound(d) && !is_program(d) && has_room(d))
		append(d);
}

/* --- A device: /dev/null ------------------------------------------------------------------- */

static bool
is_device(const struct mailbox_job *job)
{
	struct file_info info;

	return job->is_file && sys_info_at(AT_FDCWD, job->path, &info) == 0 &&
	       info.kind == FILE_DEVICE;
}

/* There is nothing to lock, to sync or to take back. */
static void
write_device(struct delivery *d)
{
	int result;

	d->fd = sys_open(d->job->path, O_WRONLY | O_NOFOLLOW | O_NOCTTY, 0);
	result = d->fd < 0 ? d->fd : sys_info_fd(d->fd, &d->info);
	if (result == 0 && d->info.kind != FILE_DEVICE)
		result = -EAGAIN; /* it was, a moment ago */
	d->info.size = 0;
	if (result == 0)
		result = begin_message(d);
	if (result == 0)
		result = mailbox_copy(d->job, d->fd, true);
	if (result < 0 && result != -EINVAL) /* fsync of what has nothing to sync */
		outcome_of_failure(d->out, "cannot write to", d->job->path, result);
	else
		mailbox_set_delivered(d->job, "mailbox", d->out);
	if (d->fd >= 0)
		sys_close(d->fd);
}

void
mbox_write(const struct mailbox_job *job, const struct mailbox_options *o, struct outcome *out)
{
	struct delivery d = { .job = job, .options = o, .out = out, .fd = -1 };
	struct mailbox_lock lock;
	struct why why = WHY_INIT;
	int result;

	if (is_device(job)) {
		write_device(&d);
		return;
	}
	result = make_folder(job);
	if (result < 0) {
		outcome_of_failure(out, "cannot use the folder of", job->path, result);
		return;
	}
	if (mailbox_lock_file(&lock, job->path, &o->locks, &why) < 0) {
		outcome_set(out, "4.2.0", "%s", why.text);
	} else {
		deliver_locked(&d);
		if (d.fd >= 0)
			sys_close(d.fd);
	}
	mailbox_lock_drop(&lock);
}
