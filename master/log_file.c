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
#include "lib/service/log_places.h"
#include "lib/sys/file.h"
#include "lib/sys/log.h"
#include "lib/sys/process.h"
#include "lib/sys/user.h"

static struct log_sink sinks[LOG_SINKS_MAX];
static size_t sink_count;
static bool is_open, is_standard; /* the log; a part of it is our standard output or error */
static struct arena names = ARENA_INIT(4096);

const struct log_sink *
log_file_sinks(size_t *count)
{
	*count = sink_count;
	return sinks;
}

int
log_file_descriptor(unsigned i)
{
	for (size_t k = 0; k < sink_count; k++) {
		if (sinks[k].fd >= 0 && i-- == 0)
			return sinks[k].fd;
	}
	return -1;
}

unsigned
log_file_count(void)
{
	unsigned count = 0;

	while (log_file_descriptor(count) >= 0)
		count++;
	return count;
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

/*
 * Opened anew, a pipe is written to without waiting while others who share it wait as they like. A
 * socket cannot be opened: it is only shared.
 */
static int
open_standard(int number, bool foreground, const char *path, struct why *why)
{
	int fd;

	if (!foreground) {
		why_set(why, "maillog_file = %s: only with postroad start-fg; name a file", path);
		return -EINVAL;
	}
	fd = sys_open(number == 1 ? "/proc/self/fd/1" : "/proc/self/fd/2",
	    O_WRONLY | O_APPEND | O_NONBLOCK | O_NOCTTY, 0);
	if (fd < 0)
		fd = sys_dup(number);
	if (fd < 0)
		why_set(why, "maillog_file = %s: %s", path, err_text(fd));
	return fd;
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
	fd = sys_open(
	    path, O_WRONLY | O_APPEND | O_CREAT | O_NOFOLLOW | O_NOCTTY | O_NONBLOCK, (mode_t)mode);
	sys_umask(mask);
	if (fd == -ELOOP)
		why_set(why, "maillog_file = %s: is a symbolic link; name the file itself", path);
	else if (fd < 0)
		why_set(why, "maillog_file = %s: %s", path, err_text(fd));
	return fd;
}

static int
open_place(const struct config *c, const char *path, bool foreground, struct why *why)
{
	if (!has_allowed_beginning(c, path)) {
		why_set(why, "maillog_file = %s: begins with none of maillog_file_prefixes (%s)",
		    path, config_text(c, PARAM_maillog_file_prefixes));
		return -EINVAL;
	}
	if (log_place_standard(path) >= 0)
		return open_standard(log_place_standard(path), foreground, path, why);
	return open_path(c, path, why);
}

/* In a container nobody listens to syslog, but somebody to our standard output. */
static int
open_usual(const struct config *c, bool foreground, int *fd, struct why *why)
{
	*fd = -1;
	if (!foreground || sys_may_access(config_text(c, PARAM_syslog_socket), 0) == 0)
		return 0;
	*fd = open_standard(1, true, "/dev/stdout", why);
	return *fd < 0 ? *fd : 0;
}

static void
close_all(const struct log_sink *old, size_t count)
{
	for (size_t i = 0; i < count; i++)
		sys_close(old[i].fd);
}

static int
open_places(const struct config *c, const struct log_places *places, bool foreground,
    struct log_sink *out, struct why *why)
{
	for (size_t i = 0; i < places->count; i++) {
		const struct log_place *place = &places->items[i];

		out[i] = (struct log_sink){ .fd = -1, .format = place->format };
		if (place->path == NULL)
			continue;
		out[i].fd = open_place(c, place->path, foreground, why);
		if (out[i].fd < 0) {
			close_all(out, i);
			return out[i].fd;
		}
	}
	return 0;
}

static void
use(const struct config *c, bool verbose)
{
	struct log_options o = {
		.sink_count = sink_count,
		.syslog = config_text(c, PARAM_syslog_socket),
		.facility = log_facility(config_text(c, PARAM_syslog_facility)),
		.least = verbose ? LEVEL_DEBUG : LEVEL_INFO,
	};

	memcpy(o.sinks, sinks, sizeof(o.sinks));
	arena_drop(&names);
	if (sys_host_name(&names, &o.host) < 0)
		o.host = "localhost";
	o.syslog = arena_text(&names, str_of(o.syslog));
	o.program = arena_printf(&names, "%s/master", config_text(c, PARAM_syslog_name));
	log_open(&o);
}

int
log_file_open(const struct config *c, bool foreground, bool verbose, struct why *why)
{
	struct log_sink fresh[LOG_SINKS_MAX] = { { .fd = -1 } }, old[LOG_SINKS_MAX];
	size_t old_count = sink_count;
	struct log_places places;
	int result = log_places_find(c, &places, why);

	if (result == 0)
		result = places.count == 0 ? open_usual(c, foreground, &fresh[0].fd, why)
		                           : open_places(c, &places, foreground, fresh, why);
	if (result < 0)
		return result;
	if (places.count == 0)
		fresh[0].format = places.format;
	memcpy(old, sinks, sizeof(old));
	memcpy(sinks, fresh, sizeof(sinks));
	sink_count = places.count != 0 ? places.count : 1;
	use(c, verbose);
	close_all(old, old_count);
	is_open = true;
	is_standard = places.count == 0 && fresh[0].fd >= 0;
	for (size_t i = 0; i < places.count; i++)
		is_standard = is_standard || (places.items[i].path != NULL &&
		                                 log_place_standard(places.items[i].path) >= 0);
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
