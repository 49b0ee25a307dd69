/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * postdrop(1): leaves a message in the maildrop, for the time when the mail system runs again.
 * Where it is installed set-gid, it is the only program with more rights than its caller, so it
 * does one thing: reads frames from standard input (message.def: submit, content …, content_end),
 * checks them, writes them to a new file, makes that durable. Names, environment and the folder of
 * the configuration are not believed.
 */
#include <sysexits.h>
#include <unistd.h>

#include "lib/base/err.h"
#include "lib/base/ticks.h"
#include "lib/ipc/message.h"
#include "lib/service/command.h"
#include "lib/spool/maildrop.h"
#include "lib/sys/file.h"
#include "lib/sys/process.h"
#include "lib/sys/user.h"
#include "lib/table/match_list.h"

#define READ_SIZE ((size_t)64 * 1024)
#define ARENA_MAX ((size_t)256 * 1024 * 1024)

struct drop {
	const struct config *config;
	struct maildrop_writer file;
	struct buf in;
	size_t used;   /* of `in`, by the frame handed out last */
	uint64_t size; /* content so far */
};

NORETURN static void
fail(struct drop *d, int status, const char *words)
{
	maildrop_abort(&d->file);
	command_fail(status, "%s", words);
}

/* --- Input --------------------------------------------------------------------------------- */

static void
read_more(struct drop *d)
{
	char *p = buf_reserve(&d->in, READ_SIZE);
	int n;

	if (p == NULL)
		fail(d, EX_DATAERR, "a frame is too long");
	n = sys_read(0, p, READ_SIZE);
	if (n < 0)
		fail(d, EX_IOERR, "cannot read standard input");
	if (n == 0)
		fail(d, EX_DATAERR, "the message ends too early");
	buf_grow(&d->in, (size_t)n);
}

/* *bytes: the whole frame, as it stands. */
static void
next_frame(struct drop *d, struct frame *f, struct str *bytes)
{
	int result;

	buf_consume(&d->in, d->used);
	d->used = 0;
	while ((result = frame_split(buf_str(&d->in), FRAME_MAX, f, &d->used)) == 0)
		read_more(d);
	if (result < 0)
		fail(d, EX_DATAERR, "standard input is not from sendmail(1)");
	*bytes = str_part(buf_str(&d->in), 0, d->used);
}

/* --- Checks -------------------------------------------------------------------------------- */

static void
check_text(struct drop *d, struct str text)
{
	if (str_has_control(text))
		fail(d, EX_DATAERR, "a control character in the envelope");
}

static void
check_envelope(struct drop *d, const struct frame *f)
{
	struct arena arena = ARENA_INIT(ARENA_MAX);
	struct message_submit m;

	if (message_decode_submit(f, &arena, &m) < 0)
		fail(d, EX_DATAERR, "the envelope cannot be understood");
	if (m.recipients_count == 0)
		fail(d, EX_DATAERR, "no recipients");
	check_text(d, m.sender);
	check_text(d, m.envid);
	check_text(d, m.full_name);
	for (uint32_t i = 0; i < m.recipients_count; i++) {
		check_text(d, m.recipients[i].address);
		check_text(d, m.recipients[i].original);
	}
	arena_drop(&arena);
}

static void
check_content(struct drop *d, const struct frame *f)
{
	uint64_t limit = (uint64_t)config_int(d->config, PARAM_message_size_limit);
	struct message_content m;

	if (message_decode_content(f, NULL, &m) < 0)
		fail(d, EX_DATAERR, "the content cannot be understood");
	d->size += m.bytes.n;
	if (limit != 0 && d->size > limit)
		fail(d, EX_DATAERR, "the message is larger than the limit of message_size_limit");
}

/* --- The whole ----------------------------------------------------------------------------- */

static void
write_frame(struct drop *d, struct str bytes)
{
	struct why why;

	if (maildrop_add(&d->file, bytes, &why) < 0)
		fail(d, EX_TEMPFAIL, why.text);
}

static void
copy_message(struct drop *d)
{
	struct frame f;
	struct str bytes;

	next_frame(d, &f, &bytes);
	check_envelope(d, &f);
	write_frame(d, bytes);
	do {
		next_frame(d, &f, &bytes);
		if (f.number != MESSAGE_NUMBER_content_end)
			check_content(d, &f);
		write_frame(d, bytes);
	} while (f.number != MESSAGE_NUMBER_content_end);
}

/* The account that called, by its name; "unknown" where it has none. */
static const char *
caller_name(struct arena *a)
{
	struct user_entry user;
	int found = user_by_uid(a, sys_uid(), &user);

	if (found < 0)
		command_fail(EX_TEMPFAIL, "cannot look up user id %ld: %s", (long)sys_uid(),
		    err_text(found));
	return found > 0 ? user.name : "unknown";
}

PARKS static void
check_caller(const struct config *c)
{
	struct arena arena = ARENA_INIT(ARENA_MAX);
	struct why why;
	struct match_list *users =
	    match_list_open(c, PARAM_authorized_submit_users, MATCH_TEXT, &why);
	int result = users == NULL
	                 ? ERR_SYNTAX
	                 : match_list_find(users, str_of(caller_name(&arena)), TICKS_NEVER, &why);

	if (result < 0)
		command_fail(EX_TEMPFAIL, "%s", why.text);
	if (result == 0)
		command_fail(
		    EX_NOPERM, "user id %ld is not in authorized_submit_users", (long)sys_uid());
	match_list_close(users);
	arena_drop(&arena);
}

static void
drop_message(const struct config *c)
{
	struct drop d = {
		.config = c, .file = { .fd = -1 }, .in = BUF_INIT(FRAME_MAX + READ_SIZE)
	};
	const char *queue = config_text(c, PARAM_queue_directory);
	struct why why;
	int result = sys_chdir(queue);

	if (result < 0)
		command_fail(EX_UNAVAILABLE, "cannot enter %s: %s", queue, err_text(result));
	if (maildrop_create(&d.file, &why) < 0)
		command_fail(EX_CANTCREAT, "%s", why.text);
	copy_message(&d);
	if (maildrop_commit(&d.file, &why) < 0)
		fail(&d, EX_TEMPFAIL, why.text);
	buf_drop(&d.in);
}

PARKS int
main(int argc, char **argv)
{
	static const char *const kept[] = { "MAIL_CONFIG", "TZ", "LANG" };
	const char *directory = NULL;
	struct config *c;
	int option;

	command_open("postdrop");
	sys_umask(022);
	if (sys_clean_environment(kept, ARRAY_LEN(kept)) < 0)
		command_fail(EX_OSERR, "cannot clean the environment");
	while ((option = getopt(argc, argv, "+c:rv")) >= 0) {
		if (option == 'c')
			directory = optarg;
		else if (option == '?')
			command_fail(EX_USAGE, "usage: postdrop [-rv] [-c directory]");
	}
	c = command_config(command_directory(directory));
	check_caller(c);
	drop_message(c);
	config_free(c);
	return EX_OK;
}
