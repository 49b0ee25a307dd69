/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A message is written in tmp/, synced, and moved to new/, which is synced too: a reader sees whole
 * messages only, and what was reported as delivered survives the loss of power. Its name holds time,
 * process and host, so that two deliveries cannot meet; it is moved there without replacing what might
 * be there all the same.
 */
#include <errno.h>

#include "lib/base/err.h"
#include "lib/base/ticks.h"
#include "lib/sys/clock.h"
#include "lib/sys/fault.h"
#include "lib/sys/file.h"
#include "lib/sys/path.h"
#include "lib/sys/process.h"
#include "local/mailbox.h"
#include "local/mailbox_path.h"

#define FILE_MODE 0600

struct delivery {
	const struct mailbox_job *job;
	const struct mailbox_options *options;
	struct outcome *out;
	struct buf temporary, final; /* paths */
	int fd;
};

/* A host's name as Maildir names have it: '/' and ':' mean something there. */
static int
add_host(struct buf *out, const char *host)
{
	int result = 0;

	for (; *host != '\0' && result == 0; host++) {
		if (*host == '/' || *host == ':')
			result = buf_addf(out, "\\%03o", (unsigned)*host);
		else
			result = buf_add_byte(out, *host);
	}
	return result;
}

/* The names in tmp/ and in new/. */
static int
make_names(struct delivery *d)
{
	static unsigned count;
	AUTO(buf) name = BUF_INIT(MAILBOX_PATH_MAX);
	int64_t now = sys_clock_wall();
	int result = buf_addf(&name, "%lld.M%lldP%dQ%u.", (long long)(now / TICKS_SECOND),
	    (long long)(now % TICKS_SECOND), (int)sys_pid(), count++);

	if (result == 0)
		result = add_host(&name, d->options->host);
	buf_clear(&d->temporary);
	buf_clear(&d->final);
	if (result == 0)
		result = buf_addf(&d->temporary, "%stmp/%s", d->job->path, buf_text(&name));
	if (result == 0)
		result = buf_addf(&d->final, "%snew/%s", d->job->path, buf_text(&name));
	return result;
}

/* tmp/ comes last: another delivery that finds it finds the others, too. */
static int
make_maildir(const struct mailbox_job *job)
{
	static const char *const parts[] = { "cur", "new", "tmp" };
	int result = 0;

	for (size_t i = 0; i < ARRAY_LEN(parts) && result == 0; i++) {
		AUTO(buf) path = BUF_INIT(MAILBOX_PATH_MAX);

		result = buf_addf(&path, "%s%s", job->path, parts[i]);
		if (result == 0)
			result = mailbox_make_folders(job->base, buf_text(&path));
	}
	return result;
}

static int
create(struct delivery *d)
{
	const int flags = O_CREAT | O_EXCL | O_WRONLY | O_NOFOLLOW;
	int result = make_names(d);

	if (result < 0)
		return result;
	d->fd = sys_open(buf_text(&d->temporary), flags, FILE_MODE);
	if (d->fd != -ENOENT)
		return d->fd < 0 ? d->fd : 0;
	result = make_maildir(d->job);
	if (result == 0)
		d->fd = sys_open(buf_text(&d->temporary), flags, FILE_MODE);
	return result < 0 || d->fd >= 0 ? result : d->fd;
}

/* Some file systems cannot rename without replacing: then by a second name. */
static int
move(const char *from, const char *to)
{
	int result = sys_rename_new(AT_FDCWD, from, AT_FDCWD, to);

	if (result != -EINVAL && result != -ENOSYS)
		return result;
	result = sys_link(from, to);
	return result < 0 ? result : sys_unlink(from);
}

static int
publish(struct delivery *d)
{
	AUTO(buf) folder = BUF_INIT(MAILBOX_PATH_MAX);
	int result = buf_addf(&folder, "%snew", d->job->path);

	if (result == 0)
		result = move(buf_text(&d->temporary), buf_text(&d->final));
	FAULT_POINT("mailbox.moved");
	if (result < 0)
		return result;
	result = sys_sync_folder(AT_FDCWD, buf_text(&folder));
	FAULT_POINT("mailbox.published");
	if (result < 0)
		(void)!sys_unlink(buf_text(&d->final)); /* it will come again */
	return result;
}

static void
deliver(struct delivery *d)
{
	int result = create(d);

	if (result < 0) {
		outcome_of_failure(d->out, "cannot create a file in", d->job->path, result);
		return;
	}
	result = mailbox_copy(d->job, d->fd, false);
	if (result == 0)
		result = publish(d);
	if (result < 0) {
		(void)!sys_unlink(buf_text(&d->temporary));
		outcome_of_failure(d->out, "cannot write to", d->job->path, result);
	} else {
		mailbox_set_delivered(d->job, "maildir", d->out);
	}
	sys_close(d->fd);
}

void
maildir_write(const struct mailbox_job *job, const struct mailbox_options *o, struct outcome *out)
{
	struct delivery d = {
		.job = job,
		.options = o,
		.out = out,
		.temporary = BUF_INIT(MAILBOX_PATH_MAX),
		.final = BUF_INIT(MAILBOX_PATH_MAX),
	};

	if (job->size_limit != 0 && mailbox_size(job) > job->size_limit)
		outcome_set(out, "5.2.3",
		    "the message is larger than the mailbox takes (%llu bytes)",
		    (unsigned long long)job->size_limit);
	else
		deliver(&d);
	buf_drop(&d.temporary);
	buf_drop(&d.final);
}
