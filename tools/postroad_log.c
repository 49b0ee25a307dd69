/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * postroad logrotate: each log file gets a name with the time, a new one takes its place, and once no
 * process writes to the old one any more it is compressed.
 */
#include "tools/postroad.h"

#include <errno.h>
#include <string.h>
#include <sysexits.h>

#include "lib/base/calendar.h"
#include "lib/base/err.h"
#include "lib/base/ticks.h"
#include "lib/service/command.h"
#include "lib/service/log_places.h"
#include "lib/sys/clock.h"
#include "lib/sys/file.h"
#include "lib/sys/process.h"
#include "lib/sys/spawn.h"

#define SUFFIX_MAX 256
#define PATIENCE   (30 * TICKS_SECOND)

static const char *const program_folders[] = { "/usr/local/bin", "/usr/bin", "/bin" };

static const char *
find_program(struct context *x, const char *name)
{
	if (strchr(name, '/') != NULL)
		return name;
	for (size_t i = 0; i < ARRAY_LEN(program_folders); i++) {
		const char *path = arena_printf(&x->arena, "%s/%s", program_folders[i], name);

		if (sys_may_access(path, X_OK) == 0)
			return path;
	}
	return name;
}

/* One of strftime(3)'s conversions: those of a moment in numbers. */
static int
add_conversion(char letter, const struct calendar *c, struct buf *out)
{
	switch (letter) {
	case 'Y':
		return buf_addf(out, "%04lld", (long long)c->year);
	case 'y':
		return buf_addf(out, "%02d", (int)(c->year % 100));
	case 'm':
		return buf_addf(out, "%02d", c->month);
	case 'd':
		return buf_addf(out, "%02d", c->day);
	case 'H':
		return buf_addf(out, "%02d", c->hour);
	case 'M':
		return buf_addf(out, "%02d", c->minute);
	case 'S':
		return buf_addf(out, "%02d", c->second);
	case '%':
		return buf_add_byte(out, '%');
	default:
		return ERR_SYNTAX;
	}
}

static const char *
make_suffix(struct context *x)
{
	const char *format = config_text(x->config, PARAM_maillog_file_rotate_suffix);
	AUTO(buf) out = BUF_INIT(SUFFIX_MAX);
	int64_t now = sys_clock_wall();
	struct calendar c;
	int result = 0;

	calendar_from_wall(&c, now, sys_clock_zone(now));
	for (const char *p = format; *p != '\0' && result == 0; p++) {
		if (*p == '%')
			result = add_conversion(*++p, &c, &out);
		else
			result = buf_add_byte(&out, *p);
		if (*p == '\0')
			break;
	}
	if (result < 0)
		command_fail(EX_CONFIG,
		    "maillog_file_rotate_suffix = %s: %%Y %%y %%m %%d %%H %%M %%S "
		    "%%%% stand for the time",
		    format);
	return arena_text(&x->arena, buf_str(&out));
}

static void
compress_file(struct context *x, const char *file)
{
	const char *name = config_text(x->config, PARAM_maillog_file_compressor);
	static const int fds[] = { 0, 1, 2 };
	char *argv[] = { arena_text(&x->arena, str_of(name)), arena_text(&x->arena, str_of(file)),
		NULL };
	const struct spawn s = {
		.path = find_program(x, name),
		.argv = argv,
		.environment = sys_environment_all(),
		.fds = fds,
		.fd_count = ARRAY_LEN(fds),
	};
	struct process_end end = { .status = 0 };
	pid_t pid;
	int result;

	if (name[0] == '\0')
		return;
	result = sys_spawn(&s, &pid);
	if (result == 0)
		result = sys_wait(pid, &end);
	if (result < 0)
		command_fail(EX_UNAVAILABLE, "%s stays as it is: cannot run %s: %s", file, s.path,
		    err_text(result));
	if (end.signal != 0 || end.status != 0)
		command_fail(EX_UNAVAILABLE, "%s: %s failed", file, s.path);
}

static const char *
rename_file(struct context *x, const char *path, const char *suffix)
{
	const char *old = arena_printf(&x->arena, "%s.%s", path, suffix);
	int result = sys_may_access(old, 0) == 0 ? -EEXIST : sys_rename(path, old);

	if (result < 0)
		command_fail(
		    EX_CANTCREAT, "cannot rename %s to %s: %s", path, old, err_text(result));
	return old;
}

/* Comes back when nobody writes to the old files. */
static void
reopen_logs(struct context *x)
{
	AUTO(buf) words = BUF_INIT(ASK_ANSWER_MAX);
	int status = EX_OK, result = ask_master(x, "reopen", PATIENCE, &words, &status);

	if (result < 0)
		command_fail(EX_TEMPFAIL, "master does not answer: %s", err_text(result));
	if (status != EX_OK)
		command_fail(status, "%.*s", STR_ARG(str_trim(buf_str(&words))));
}

void
rotate_logs(struct context *x, bool is_running)
{
	const char *old[LOG_SINKS_MAX], *suffix;
	struct log_places places;
	struct why why = WHY_INIT;
	size_t count = 0;

	if (log_places_find(x->config, &places, &why) < 0)
		command_fail(EX_CONFIG, "%s", why.text);
	suffix = make_suffix(x);
	for (size_t i = 0; i < places.count; i++) {
		const char *path = places.items[i].path;

		if (path != NULL && log_place_standard(path) < 0)
			old[count++] = rename_file(x, path, suffix);
	}
	if (count == 0)
		command_fail(EX_CONFIG, "maillog_file names no file");
	if (is_running)
		reopen_logs(x);
	for (size_t i = 0; i < count; i++)
		compress_file(x, old[i]);
}
