/* SPDX-License-Identifier: BSD-2-Clause */
#include "lib/service/mailbox_lock.h"

#include <errno.h>

#include "lib/base/err.h"
#include "lib/run/run.h"
#include "lib/run/task.h"
#include "lib/sys/clock.h"
#include "lib/sys/file.h"
#include "lib/sys/path.h"

#define PAUSE_FIRST (5 * TICKS_MS)
#define PATH_MOST   ((size_t)4096)

int
mailbox_locks_read(
    struct mailbox_locks *l, const struct config *c, struct config_list styles, struct why *why)
{
	*l = (struct mailbox_locks){
		.attempts = config_int(c, PARAM_deliver_lock_attempts),
		.delay = config_time(c, PARAM_deliver_lock_delay),
		.stale_time = config_time(c, PARAM_stale_lock_time),
	};
	for (size_t i = 0; i < styles.count; i++) {
		if (str_equal(styles.items[i], STR("dotlock"))) {
			l->dotlock = true;
		} else if (str_equal(styles.items[i], STR("fcntl"))) {
			l->fcntl = true;
		} else if (str_equal(styles.items[i], STR("flock"))) {
			l->flock = true;
		} else {
			why_set(why,
			    "\"%s\" is no way to lock a mailbox: fcntl, flock, dotlock are",
			    styles.items[i].p);
			return ERR_SYNTAX;
		}
	}
	return 0;
}

/* Removes a lock file that is too old to be of a living program. */
static void
remove_stale(const char *path, const struct mailbox_locks *o)
{
	struct file_info info;

	if (sys_info_at(AT_FDCWD, path, &info) == 0 &&
	    info.changed < sys_clock_wall() - o->stale_time)
		(void)!sys_unlink(path);
}

static int
make_lock_file(const char *path)
{
	int fd = sys_open(path, O_CREAT | O_EXCL | O_WRONLY | O_NOFOLLOW, 0600);

	if (fd < 0)
		return fd;
	sys_close(fd);
	return 0;
}

/* Others do without the lock file where they may not make one: /var/mail is not always ours. */
static bool
may_do_without(int code, const struct mailbox_locks *o)
{
	return (code == -EACCES || code == -EPERM || code == -EROFS) && (o->fcntl || o->flock);
}

/*
 * Another delivery of ours holds a lock for milliseconds, a mail reader perhaps for minutes: so the
 * pauses begin short, and grow to what was asked for.
 */
struct patience {
	int64_t until;
	int64_t pause;
	int64_t longest;
};

static struct patience
patience_of(const struct mailbox_locks *o)
{
	return (struct patience){
		.until = run_deadline(o->attempts * o->delay),
		.pause = ticks_min(PAUSE_FIRST, o->delay),
		.longest = o->delay,
	};
}

/* 0: try again; -EAGAIN: that was long enough; ERR_CANCELLED. */
PARKS static int
wait_longer(struct patience *p)
{
	int result;

	if (run_now() >= p->until)
		return -EAGAIN;
	result = task_sleep(run_deadline(p->pause));
	p->pause = ticks_min(2 * p->pause, p->longest);
	return result;
}

int
mailbox_lock_file(
    struct mailbox_lock *l, const char *path, const struct mailbox_locks *o, struct why *why)
{
	struct patience patience = patience_of(o);
	int result;

	buf_init(&l->lock_file, PATH_MOST);
	if (!o->dotlock)
		return 0;
	result = buf_addf(&l->lock_file, "%s.lock", path);
	while (result == 0) {
		result = make_lock_file(buf_text(&l->lock_file));
		if (result != -EEXIST)
			break;
		remove_stale(buf_text(&l->lock_file), o);
		result = wait_longer(&patience);
	}
	if (result == 0)
		return 0;
	why_set(why, "cannot make the lock file %s: %s", buf_text(&l->lock_file),
	    result == -EAGAIN ? "it is there already" : err_text(result));
	buf_clear(&l->lock_file);
	return may_do_without(result, o) ? 0 : result;
}

PARKS static int
lock_open(int fd, int (*lock)(int fd, bool exclusive), const struct mailbox_locks *o)
{
	struct patience patience = patience_of(o);
	int result;

	while ((result = lock(fd, true)) == -EAGAIN) {
		result = wait_longer(&patience);
		if (result < 0)
			break;
	}
	return result;
}

int
mailbox_lock_open(int fd, const struct mailbox_locks *o, struct why *why)
{
	int result = 0;

	if (o->fcntl)
		result = lock_open(fd, sys_lock_record, o);
	if (result == 0 && o->flock)
		result = lock_open(fd, sys_lock, o);
	if (result < 0)
		why_set(why, "%s",
		    result == -EAGAIN ? "another program holds its lock" : err_text(result));
	return result;
}

void
mailbox_lock_drop(struct mailbox_lock *l)
{
	if (l->lock_file.n != 0)
		(void)!sys_unlink(buf_text(&l->lock_file));
	buf_drop(&l->lock_file);
}
