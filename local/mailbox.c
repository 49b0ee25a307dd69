/* SPDX-License-Identifier: BSD-2-Clause */
#include "local/mailbox.h"

#include <errno.h>

#include "lib/base/bug.h"
#include "lib/base/calendar.h"
#include "lib/base/err.h"
#include "lib/sys/fault.h"
#include "lib/sys/file.h"
#include "lib/sys/path.h"
#include "local/copy.h"
#include "local/mailbox_path.h"
#include "local/trace_headers.h"

#define FOLDER_MODE 0700

uint64_t
mailbox_size(const struct mailbox_job *job)
{
	return job->headers.n + job->content.length;
}

int
mailbox_copy(const struct mailbox_job *job, int fd, bool is_mbox)
{
	struct content_reader r;
	struct copy c;
	struct str piece;
	int result, written;

	content_start(&r, &job->content);
	copy_start(&c, fd, is_mbox);
	copy_add(&c, job->headers);
	while ((result = content_next(&r, &piece)) > 0 && c.failed == 0)
		copy_add(&c, piece);
	written = copy_finish(&c);
	content_stop(&r);
	FAULT_POINT("mailbox.written");
	if (result >= 0) /* 1: the content has not ended, but writing has failed */
		result = written;
	if (result == 0)
		result = sys_sync(fd);
	FAULT_POINT("mailbox.synced");
	return result;
}

int
mailbox_add_from_line(const struct mailbox_job *job, struct buf *out)
{
	struct calendar c;
	int result;

	calendar_from_wall(&c, job->arrival, 0);
	result = buf_add(out, STR("From "));
	if (result == 0 && job->sender.n == 0)
		result = buf_add(out, STR("MAILER-DAEMON"));
	if (result == 0)
		result = trace_headers_add_address(out, job->sender);
	if (result == 0)
		result = buf_addf(out, "  %s %s %2d %02d:%02d:%02d %lld\n",
		    calendar_weekday_name(c.weekday), calendar_month_name(c.month), c.day, c.hour,
		    c.minute, c.second, (long long)c.year);
	return result;
}

void
mailbox_set_delivered(const struct mailbox_job *job, const char *kind, struct outcome *out)
{
	if (job->is_file)
		outcome_set(out, "2.0.0", "delivered to file: %s", job->path);
	else
		outcome_set(out, "2.0.0", "delivered to %s", kind);
}

/* Makes one folder, durably. 0: it is there now. */
static int
make_folder(const char *path, struct buf *parent)
{
	int result = sys_make_folder(path, FOLDER_MODE);

	if (result == -EEXIST)
		return 0;
	return result < 0 ? result : sys_sync_folder(AT_FDCWD, buf_text(parent));
}

int
mailbox_make_folders(const char *base, const char *path)
{
	AUTO(buf) here = BUF_INIT(MAILBOX_PATH_MAX);
	AUTO(buf) parent = BUF_INIT(MAILBOX_PATH_MAX);
	struct str rest = str_of(path), name;
	size_t skipped = strlen(base);
	int result;

	BUG_ON(!str_starts(rest, str_of(base)));
	rest = str_from(rest, skipped);
	result = buf_add(&here, str_of(base));
	while (result == 0 && str_word(&rest, "/", &name)) {
		buf_clear(&parent);
		result = buf_addf(&parent, "%s/", buf_text(&here));
		if (result == 0)
			result = buf_addf(&here, "/%.*s", STR_ARG(name));
		if (result == 0)
			result = make_folder(buf_text(&here), &parent);
	}
	return result;
}

void
mailbox_write(const struct mailbox_job *job, const struct mailbox_options *o, struct outcome *out)
{
	if (str_ends(str_of(job->path), STR("/")))
		maildir_write(job, o, out);
	else
		mbox_write(job, o, out);
}
