/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The message is read whole before anything is sent: its recipients may stand in its header, and
 * when pickup goes away in the middle, postdrop gets all of it. What it may take of memory is
 * message_size_limit.
 *
 * Addresses go out as they were given, in internal form; pickup completes those without a domain.
 */
#include <sysexits.h>

#include "lib/base/err.h"
#include "lib/mail/intake.h"
#include "lib/mail/mailbox.h"
#include "lib/mail/recipients.h"
#include "lib/service/command.h"
#include "lib/sys/process.h"
#include "lib/sys/user.h"
#include "tools/sendmail.h"

#define READ_SIZE    ((size_t)64 * 1024) /* room that command_read() wants */
#define ARENA_MAX    ((size_t)512 * 1024 * 1024)
#define NO_LIMIT     ((size_t)1 << 40) /* message_size_limit = 0 */
#define ARGUMENT_MAX 100000            /* recipients; of message.def */

/* --- Standard input ------------------------------------------------------------------------ */

NORETURN static void
too_large(const struct config *c)
{
	command_fail(EX_DATAERR, "the message is larger than message_size_limit (%lld bytes)",
	    (long long)config_int(c, PARAM_message_size_limit));
}

static unsigned
intake_flags(const struct sendmail_options *o, const struct config *c)
{
	unsigned flags = o->dot_is_text ? 0 : INTAKE_DOT_ENDS;

	if (config_is(c, PARAM_sendmail_fix_line_endings, "always"))
		flags |= INTAKE_CRLF_ENDS;
	else if (config_is(c, PARAM_sendmail_fix_line_endings, "strict"))
		flags |= INTAKE_CRLF_AS_FIRST;
	return flags;
}

static void
read_content(struct outgoing *m, const struct sendmail_options *o, const struct config *c)
{
	size_t limit = (size_t)config_int(c, PARAM_message_size_limit);
	AUTO(buf) raw = BUF_INIT(limit != 0 ? limit + READ_SIZE : NO_LIMIT);
	int result;

	result = command_read(&raw);
	if (result == ERR_TOO_LONG)
		too_large(c);
	if (result < 0)
		command_fail(EX_IOERR, "cannot read the message: %s", err_text(result));
	buf_init(&m->content, limit != 0 ? limit : NO_LIMIT);
	if (intake_text(buf_str(&raw), intake_flags(o, c), &m->content) < 0)
		too_large(c);
}

/* --- Recipients ---------------------------------------------------------------------------- */

NORETURN static void
bad_recipients(const struct recipients *r, int result)
{
	if (result == ERR_TOO_MANY)
		command_fail(EX_DATAERR, "more than %zu recipients", r->max);
	command_fail(EX_DATAERR, "bad recipient address in \"%.*s\"", STR_ARG(r->bad));
}

static void
take_arguments(struct recipients *r, char *const *arguments)
{
	for (; *arguments != NULL; arguments++) {
		int result = recipients_add_list(r, str_of(*arguments));

		if (result < 0)
			bad_recipients(r, result);
	}
}

/* What the header names; Bcc is then taken out of it. */
static void
take_header(struct outgoing *m, struct recipients *r)
{
	struct buf shown;
	int result = recipients_add_header(r, buf_str(&m->content));

	if (result < 0)
		bad_recipients(r, result);
	buf_init(&shown, m->content.max);
	if (recipients_hide(buf_str(&m->content), &shown) < 0)
		command_fail(EX_SOFTWARE, "the message grew without its Bcc");
	buf_drop(&m->content);
	m->content = shown;
}

/* One that begins with '-' could become an option of another program. */
static struct str
internal_form(struct arena *arena, const struct address *a, const struct config *c)
{
	AUTO(buf) text = BUF_INIT(ADDRESS_MAX);

	if (a->local.n != 0 && a->local.p[0] == '-' && !config_bool(c, PARAM_allow_min_user))
		command_fail(
		    EX_USAGE, "bad address \"%.*s\": see allow_min_user", STR_ARG(a->local));
	if (address_add_internal(a, &text) < 0)
		command_fail(EX_DATAERR, "an address is longer than %d bytes", ADDRESS_MAX);
	return arena_str(arena, buf_str(&text));
}

static void
fill_recipients(
    struct outgoing *m, const struct recipients *r, unsigned notify, const struct config *c)
{
	struct message_recipient *list = ARENA_ARRAY(&m->arena, struct message_recipient, r->count);

	for (size_t i = 0; i < r->count; i++) {
		list[i].address = internal_form(&m->arena, &r->items[i], c);
		list[i].notify = notify;
		if (r->items[i].utf8)
			m->envelope.flags |= SUBMIT_SMTPUTF8;
	}
	m->envelope.recipients = list;
	m->envelope.recipients_count = (uint32_t)r->count;
}

static void
find_recipients(struct outgoing *m, const struct sendmail_options *o, const struct config *c)
{
	struct recipients r;

	recipients_init(&r, &m->arena, ARGUMENT_MAX);
	take_arguments(&r, o->recipients);
	if (o->from_header) {
		r.max = r.count + (size_t)config_int(c, PARAM_extract_recipient_limit);
		take_header(m, &r);
	}
	if (r.count == 0)
		command_fail(o->from_header ? EX_DATAERR : EX_USAGE, "%s",
		    o->from_header ? "the header names no recipients"
		                   : "Recipient addresses must be "
		                     "specified on the command line or with the -t option");
	fill_recipients(m, &r, o->notify, c);
	recipients_drop(&r);
}

/* --- The sender ---------------------------------------------------------------------------- */

/* The account, or what can be said of one that the system does not know. */
static struct user_entry
find_user(struct arena *a)
{
	struct user_entry user = { .full_name = "" };

	if (user_by_uid(a, sys_uid(), &user) <= 0)
		user.name = arena_printf(a, "uid-%ld", (long)sys_uid());
	return user;
}

/* '&' stands for the account's name with a capital. */
static struct str
expand_full_name(struct arena *a, const struct user_entry *user)
{
	AUTO(buf) out = BUF_INIT(256);
	int result = 0;

	for (const char *p = user->full_name; *p != '\0' && result == 0; p++) {
		if (*p != '&') {
			result = buf_add_byte(&out, *p);
			continue;
		}
		result = buf_add(&out, str_of(user->name));
		if (result == 0 && user->name[0] >= 'a' && user->name[0] <= 'z')
			out.p[out.n - strlen(user->name)] = (char)(user->name[0] - 'a' + 'A');
	}
	return arena_str(a, buf_str(&out));
}

static void
find_sender(struct outgoing *m, const struct sendmail_options *o, const struct config *c)
{
	struct user_entry user = find_user(&m->arena);
	const char *name = sys_environment("NAME");
	struct mailbox_iter it;
	struct mailbox box = { .name = STR_NONE };
	int result;

	if (o->full_name != NULL)
		m->envelope.full_name = str_of(o->full_name);
	else if (name != NULL && name[0] != '\0' && !str_has_control(str_of(name)))
		m->envelope.full_name = str_of(name);
	else
		m->envelope.full_name = expand_full_name(&m->arena, &user);
	mailbox_iter_init(&it, str_of(o->sender != NULL ? o->sender : user.name), &m->arena);
	result = mailbox_next(&it, &box);
	if (result < 0 || mailbox_next(&it, &(struct mailbox){ .name = STR_NONE }) != 0)
		command_fail(EX_USAGE, "bad sender address \"%s\"", o->sender);
	if (result > 0 && !address_is_null(&box.address))
		m->envelope.sender = internal_form(&m->arena, &box.address, c);
	if (box.address.utf8)
		m->envelope.flags |= SUBMIT_SMTPUTF8;
}

/* A header beyond ASCII needs the extension to travel on; RFC 6531, 3.4. */
static void
find_utf8(struct outgoing *m, const struct config *c)
{
	struct header_iter it;
	struct header_field f;

	if (!config_bool(c, PARAM_smtputf8_enable))
		m->envelope.flags &= ~(uint32_t)SUBMIT_SMTPUTF8;
	header_iter_init(&it, buf_str(&m->content));
	while (config_bool(c, PARAM_smtputf8_enable) && header_next(&it, &f) > 0) {
		if (!str_is_ascii(f.value) && str_is_utf8(f.value))
			m->envelope.flags |= SUBMIT_SMTPUTF8;
	}
}

void
outgoing_read(struct outgoing *m, const struct sendmail_options *o, const struct config *c)
{
	*m = (struct outgoing){ .envelope = { .flags = SUBMIT_LOCAL | o->ret } };
	arena_init(&m->arena, ARENA_MAX);
	if (!o->from_header && o->recipients[0] == NULL)
		find_recipients(m, o, c); /* says what is missing before it waits for input */
	if (o->body_is_8bit)
		m->envelope.flags |= SUBMIT_8BITMIME;
	if (o->gateway)
		m->envelope.flags |= SUBMIT_GATEWAY;
	if (o->envid != NULL)
		m->envelope.envid = str_of(o->envid);
	find_sender(m, o, c);
	read_content(m, o, c);
	find_recipients(m, o, c);
	find_utf8(m, c);
	if (o->utf8)
		m->envelope.flags |= SUBMIT_SMTPUTF8;
	if (o->no_utf8)
		m->envelope.flags &= ~(uint32_t)SUBMIT_SMTPUTF8;
	m->envelope.size = m->content.n;
}

void
outgoing_drop(struct outgoing *m)
{
	buf_drop(&m->content);
	arena_drop(&m->arena);
}
