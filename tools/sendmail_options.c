/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The options that programs have given to sendmail(8) for forty years. Those that only tuned the
 * daemon of that name are taken and mean nothing here. Options end at the first argument that is
 * none, so that no address can become one.
 */
#include <string.h>
#include <strings.h>
#include <sysexits.h>
#include <unistd.h>

#include "lib/base/str.h"
#include "lib/mail/dsn.h"
#include "lib/service/command.h"
#include "tools/sendmail.h"

#define OPTIONS "+A:B:C:F:GIL:N:O:R:UV:X:b:ce:f:h:imno:p:q::r:tvx"

#define FULL_NAME_MAX ((size_t)256) /* of message.def */
#define ENVID_MAX     ((size_t)100)
#define SENDER_MAX    ((size_t)1000)

NORETURN static void
unsupported(const char *what)
{
	command_fail(EX_UNAVAILABLE, "%s is not supported in this release", what);
}

static void
take_mode(struct sendmail_options *o, const char *mode)
{
	switch (mode[0]) {
	case 'm':
		o->mode = SENDMAIL_SUBMIT;
		break;
	case 'p':
		o->mode = SENDMAIL_QUEUE;
		break;
	case 'i':
		o->mode = SENDMAIL_ALIASES;
		break;
	case 'h':
	case 'H':
		o->mode = SENDMAIL_NOTHING;
		break;
	case 'd':
	case 'l':
		o->mode = SENDMAIL_DAEMON;
		break;
	case 's':
		o->mode = SENDMAIL_SMTP;
		break;
	case 'v':
		o->mode = SENDMAIL_VERIFY;
		break;
	default:
		command_fail(EX_USAGE, "unknown mode -b%s", mode);
	}
}

/* "-q" flushes; "-qI id" and "-qR site" a part; "-q30m" was for the daemon. */
static void
take_queue(struct sendmail_options *o, const char *text, int argc, char **argv)
{
	const char *which = text != NULL ? text + 1 : "";

	o->mode = SENDMAIL_FLUSH;
	if (text == NULL)
		return;
	if (char_is_digit(text[0])) {
		o->mode = SENDMAIL_SUBMIT;
		return;
	}
	if (which[0] == '\0' && optind < argc)
		which = argv[optind++];
	if (text[0] == 'I')
		o->flush_id = which;
	else if (text[0] == 'R')
		o->flush_site = which;
	else
		command_fail(EX_USAGE, "unknown option -q%s", text);
}

static unsigned
notify_bit(struct str word)
{
	if (str_equal_nocase(word, STR("never")))
		return DSN_NOTIFY_NEVER;
	if (str_equal_nocase(word, STR("success")))
		return DSN_NOTIFY_SUCCESS;
	if (str_equal_nocase(word, STR("failure")))
		return DSN_NOTIFY_FAILURE;
	return str_equal_nocase(word, STR("delay")) ? DSN_NOTIFY_DELAY : 0;
}

static void
take_notify(struct sendmail_options *o, const char *text)
{
	struct str rest = str_of(text), word;

	o->notify = 0;
	while (str_word(&rest, ", ", &word)) {
		unsigned bit = notify_bit(word);

		if (bit == 0)
			command_fail(EX_USAGE, "-N %s: never, or success, failure, delay", text);
		o->notify |= bit;
	}
	if (o->notify != DSN_NOTIFY_NEVER && (o->notify & DSN_NOTIFY_NEVER) != 0)
		command_fail(EX_USAGE, "-N %s: never stands alone", text);
}

static void
take_ret(struct sendmail_options *o, const char *text)
{
	if (strcasecmp(text, "full") == 0)
		o->ret = SUBMIT_RET_FULL;
	else if (strcasecmp(text, "hdrs") == 0)
		o->ret = SUBMIT_RET_HDRS;
	else
		command_fail(EX_USAGE, "-R %s: full or hdrs", text);
}

static void
take_body(struct sendmail_options *o, const char *text)
{
	o->body_is_8bit = strcasecmp(text, "8BITMIME") == 0;
	if (!o->body_is_8bit && strcasecmp(text, "7BIT") != 0)
		command_fail(EX_USAGE, "-B %s: 7BIT or 8BITMIME", text);
}

/* What would be written to a header or to the envelope. RFC 3461, 4.4: at most 100 characters. */
static const char *
checked(char option, const char *text, size_t max)
{
	if (str_has_control(str_of(text)))
		command_fail(EX_USAGE, "-%c: a control character in the argument", option);
	if (strlen(text) > max)
		command_fail(EX_USAGE, "-%c: more than %zu characters", option, max);
	return text;
}

/* name=value of sendmail.cf; those that only tuned that program mean nothing here. */
static void
take_long_option(struct sendmail_options *o, const char *text)
{
	if (strcasecmp(text, "smtputf8=yes") == 0)
		o->utf8 = true;
	else if (strcasecmp(text, "smtputf8=no") == 0)
		o->no_utf8 = true;
	else if (strcasecmp(text, "requiretls=yes") == 0)
		unsupported("REQUIRETLS (-O requiretls)");
}

static void
take_short_option(struct sendmail_options *o, const char *text)
{
	if (strcmp(text, "i") == 0)
		o->dot_is_text = true;
	else if (text[0] == '8')
		o->body_is_8bit = true;
	else if (text[0] == '7')
		o->body_is_8bit = false;
}

static void
take_address_option(struct sendmail_options *o, int option)
{
	if (option == 'F')
		o->full_name = checked('F', optarg, FULL_NAME_MAX);
	else if (option == 'V')
		o->envid = checked('V', optarg, ENVID_MAX);
	else
		o->sender = checked('f', optarg, SENDER_MAX);
}

static bool
take_flag(struct sendmail_options *o, int option)
{
	bool *flags[] = {
		['G'] = &o->gateway,
		['i'] = &o->dot_is_text,
		['t'] = &o->from_header,
		['v'] = &o->verbose,
	};

	if (option < 0 || (size_t)option >= ARRAY_LEN(flags) || flags[option] == NULL)
		return false;
	*flags[option] = true;
	return true;
}

static void
take_option(struct sendmail_options *o, int option, int argc, char **argv)
{
	switch (option) {
	case 'B':
		take_body(o, optarg);
		break;
	case 'C':
		o->directory = optarg;
		break;
	case 'F':
	case 'V':
	case 'f':
	case 'r':
		take_address_option(o, option);
		break;
	case 'I':
		o->mode = SENDMAIL_ALIASES;
		break;
	case 'N':
		take_notify(o, optarg);
		break;
	case 'O':
		take_long_option(o, optarg);
		break;
	case 'R':
		take_ret(o, optarg);
		break;
	case 'X':
		if (optarg[0] == 'V')
			unsupported("VERP (-XV)");
		break;
	case 'b':
		take_mode(o, optarg);
		break;
	case 'o':
		take_short_option(o, optarg);
		break;
	case 'q':
		take_queue(o, optarg, argc, argv);
		break;
	case '?':
		command_fail(
		    EX_USAGE, "usage: sendmail [-i] [-t] [-f sender] [-F name] recipient ...");
	default: /* known, and without a meaning here */
		break;
	}
}

void
sendmail_options_read(struct sendmail_options *o, int argc, char **argv)
{
	const char *slash = strrchr(argv[0], '/');
	const char *name = slash != NULL ? slash + 1 : argv[0];
	int option;

	*o = (struct sendmail_options){ .mode = SENDMAIL_SUBMIT };
	if (strcmp(name, "mailq") == 0)
		o->mode = SENDMAIL_QUEUE;
	else if (strcmp(name, "newaliases") == 0)
		o->mode = SENDMAIL_ALIASES;
	while ((option = getopt(argc, argv, OPTIONS)) >= 0)
		if (!take_flag(o, option))
			take_option(o, option, argc, argv);
	o->recipients = argv + optind;
	if (o->mode == SENDMAIL_SMTP && o->from_header)
		command_fail(EX_USAGE, "-t does not go with -bs");
}
