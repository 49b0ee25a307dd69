/* SPDX-License-Identifier: BSD-2-Clause */
#include "lib/service/command.h"

#include <errno.h>
#include <stdarg.h>
#include <sysexits.h>

#include "lib/base/err.h"
#include "lib/sys/daemon.h"
#include "lib/sys/file.h"
#include "lib/sys/process.h"
#include "lib/table/settings.h"

static const char *program = "postroad"; /* the process's own name */

#define MESSAGE_MAX ((size_t)8192)
#define READ_SIZE   ((size_t)64 * 1024)

void
command_open(const char *name)
{
	program = name;
	if (sys_null_standard(0) < 0)
		sys_exit_now(EX_OSERR);
}

const char *
command_name(void)
{
	return program;
}

PRINTF(2, 0)
static void
say(const char *kind, const char *format, va_list ap)
{
	AUTO(buf) text = BUF_INIT(MESSAGE_MAX);

	if (buf_addf(&text, "%s: %s", program, kind) < 0 || buf_addv(&text, format, ap) < 0 ||
	    buf_add_byte(&text, '\n') < 0)
		buf_clear(&text);
	if (text.n == 0 || sys_write_all(2, buf_str(&text)) < 0)
		return; /* there is nobody to tell */
}

void
command_info(const char *format, ...)
{
	va_list ap;

	va_start(ap, format);
	say("", format, ap);
	va_end(ap);
}

void
command_warn(const char *format, ...)
{
	va_list ap;

	va_start(ap, format);
	say("warning: ", format, ap);
	va_end(ap);
}

void
command_error(const char *format, ...)
{
	va_list ap;

	va_start(ap, format);
	say("error: ", format, ap);
	va_end(ap);
}

void
command_fail(int status, const char *format, ...)
{
	va_list ap;

	va_start(ap, format);
	say("fatal: ", format, ap);
	va_end(ap);
	sys_exit_now(status);
}

void
command_report(void *context, bool is_error, const char *text)
{
	(void)context;
	if (is_error)
		command_error("%s", text);
	else
		command_warn("%s", text);
}

/* --- Configuration ------------------------------------------------------------------------- */

static struct config *
load(const char *directory)
{
	struct config_source source = { .directory = directory, .program = program };
	struct config *c = config_load(&source, command_report, NULL);

	if (c == NULL)
		command_fail(EX_CONFIG, "the configuration in %s cannot be used", directory);
	return c;
}

static bool
has_borrowed_rights(void)
{
	return sys_uid() != sys_effective_uid() || sys_gid() != sys_effective_gid();
}

static bool
is_listed(const char *directory)
{
	struct config *c = load(CONFIG_DIRECTORY);
	struct config_list list = config_list(c, PARAM_alternate_config_directories);
	bool found = false;

	for (size_t i = 0; i < list.count && !found; i++)
		found = str_equal(list.items[i], str_of(directory));
	config_free(c);
	return found;
}

const char *
command_directory(const char *option)
{
	const char *directory = option != NULL ? option : sys_environment("MAIL_CONFIG");

	if (directory == NULL || strcmp(directory, CONFIG_DIRECTORY) == 0)
		return CONFIG_DIRECTORY;
	if (has_borrowed_rights() && sys_uid() != 0 && !is_listed(directory))
		command_fail(EX_NOPERM, "%s is not in alternate_config_directories of %s/main.cf",
		    directory, CONFIG_DIRECTORY);
	return directory;
}

static void
show_for_tables(bool is_warning, const char *words)
{
	if (is_warning)
		command_warn("%s", words);
	else
		command_info("%s", words);
}

struct config *
command_config(const char *directory)
{
	struct config *c = load(directory);

	table_configure(c);
	table_set_tell(show_for_tables);
	return c;
}

int
command_read(struct buf *out)
{
	int n;

	do {
		char *p = buf_reserve(out, READ_SIZE);

		if (p == NULL)
			return ERR_TOO_LONG;
		n = sys_read(0, p, READ_SIZE);
		if (n > 0)
			buf_grow(out, (size_t)n);
	} while (n > 0);
	return n;
}

void
command_print(struct str text)
{
	int result = sys_write_all(1, text);

	if (result == -EPIPE)
		sys_exit_now(EX_OK);
	if (result < 0)
		command_fail(EX_IOERR, "cannot write: %s", err_text(result));
}
