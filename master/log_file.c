/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * root writes where an administrator says, and an administrator may mistype: the name must begin
 * with one of $maillog_file_prefixes, and may not be a symbolic link, so that nobody who can write
 * its folder makes root write elsewhere.
 */
#include "master/log_file.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "lib/base/err.h"
#include "lib/base/num.h"
#include "lib/sys/file.h"
#include "lib/sys/log.h"
#include "lib/sys/process.h"
#include "lib/sys/user.h"

#define STDOUT 1
#define STDERR 2

static int descriptor = -1;
static bool is_open, is_standard; /* the log; it is our standard output or error */
static struct arena names = ARENA_INIT(4096);

int
log_file_descriptor(void)
{
	return descriptor;
}

static bool
has_allowed_beginning(const struct config *c, const char *path)
{
	struct config_list list = config_list(c, PARAM_maillog_file_prefixes);

	for (size_t i = 0; i < list.count; i++) {
		if (str_starts(str_of(path), list.items[i]))
			return true;
	}
	return false;
}

static int
open_standard(int fd, bool foreground, const char *path, struct why *why)
{
	int copy;

	if (!foreground) {
		why_set(why, "maillog_file = %s: only with postroad start-fg; name a file", path);
		return -EINVAL;
	}
	copy = sys_dup(fd);
	if (copy < 0)
		why_set(why, "maillog_file = %s: %s", path, err_text(copy));
	is_standard = copy >= 0;
	return copy;
}

static int
open_path(const struct config *c, const char *path, struct why *why)
{
	uint64_t mode = 0600;
	mode_t mask;
	int fd, result = num_parse_base(
	            str_of(config_text(c, PARAM_maillog_file_permissions)), 8, 0777, &mode);

	if (result < 0) {
		why_set(why, "maillog_file_permissions: %s", err_text(result));
		return result;
	}
	mask = sys_umask(0);
	fd = sys_open(path, O_WRONLY | O_APPEND | O_CREAT | O_NOFOLLOW | O_NOCTTY, (mode_t)mode);
	sys_umask(mask);
	if (fd == -ELOOP)
		why_set(why, "maillog_file = %s: is a symbolic link; name the file itself", path);
	else if (fd < 0)
		why_set(why, "maillog_file = %s: %s", path, err_text(fd));
	return fd;
}

/* *fd: -1 for syslog. */
static int
open_configured(const struct config *c, bool foreground, int *fd, struct why *why)
{
	const char *path = config_text(c, PARAM_maillog_file);
	bool has_syslog = sys_may_access("/dev/log", 0) == 0;

	*fd = -1;
	is_standard = false;
	if (path[0] == '\0' && (has_syslog || !foreground))
		return 0;
	if (path[0] == '\0') /* in a container nobody listens to syslog, but somebody to us */
		*fd = open_standard(STDOUT, true, path, why);
	else if (!has_allowed_beginning(c, path)) {
		why_set(why, "maillog_file = %s: begins with none of maillog_file_prefixes (%s)",
		    path, config_text(c, PARAM_maillog_file_prefixes));
		return -EINVAL;
	} else if (strcmp(path, "/dev/stdout") == 0)
		*fd = open_standard(STDOUT, foreground, path, why);
	else if (strcmp(path, "/dev/stderr") == 0)
		*fd = open_standard(STDERR, foreground, path, why);
	else
		*fd = open_path(c, path, why);
	return *fd < 0 ? *fd : 0;
}

static void
use(const struct config *c, bool verbose)
{
	const char *host;

	arena_drop(&names);
	if (sys_host_name(&names, &host) < 0)
		host = "localhost";
	log_open(&(struct log_options){
	    .fd = descriptor,
	    .format = strcmp(config_text(c, PARAM_log_format), "json") == 0 ? LOG_JSON : LOG_TEXT,
	    .least = verbose ? LEVEL_DEBUG : LEVEL_INFO,
	    .host = host,
	    .program = arena_printf(&names, "%s/master", config_text(c, PARAM_syslog_name)),
	    .gather = false,
	});
}

int
log_file_open(const struct config *c, bool foreground, bool verbose, struct why *why)
{
	int fd, result = open_configured(c, foreground, &fd, why);

	if (result < 0)
		return result;
	sys_close(descriptor);
	descriptor = fd;
	is_open = true;
	use(c, verbose);
	return 0;
}

void
log_file_complain(const char *format, ...)
{
	char words[2048];
	va_list ap;

	va_start(ap, format);
	vsnprintf(words, sizeof(words), format, ap);
	va_end(ap);
	if (!is_standard)
		fprintf(stderr, "postroad: fatal: %s\n", words);
	if (is_open)
		log_event(EVENT_FATAL, F_STR(text, str_of(words)));
}
