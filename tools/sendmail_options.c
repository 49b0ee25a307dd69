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
		break;
	case 'd':
	case 'l':
		command_fail(EX_UNAVAILABLE, "the mail system is started with \"postroad start\"");
	case 's':
		unsupported("SMTP on standard input (-bs)");
	case 'v':
		unsupported("address verification (-bv)");
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
		o->full_name = optarg;
		break;
	case 'I':
		o->mode = SENDMAIL_ALIASES;
		break;
	case 'N':
		take_notify(o, optarg);
		break;
	case 'R':
		take_ret(o, optarg);
		break;
	case 'V':
		o->envid = optarg;
		break;
	case 'X':
		if (optarg[0] == 'V')
			unsupported("VERP (-XV)");
		break;
	case 'b':
		take_mode(o, optarg);
		break;
	case 'f':
	case 'r':
		o->sender = optarg;
		break;
	case 'i':
		o->dot_is_text = true;
		break;
	case 'o':
		o->dot_is_text |= strcmp(optarg, "i") == 0;
		break;
	case 'q':
		take_queue(o, optarg, argc, argv);
		break;
	case 't':
		o->from_header = true;
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
		take_option(o, option, argc, argv);
	o->recipients = argv + optind;
}
