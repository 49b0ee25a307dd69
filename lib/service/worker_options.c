/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Not getopt(): it keeps statics, prints its own messages, and reorders arguments, where the first
 * word that is no option must begin the program's own. Each option is one letter in an argument of
 * its own ("-v"), its value the next argument.
 */
#include "lib/service/worker_options.h"

#include <string.h>

#include "lib/base/bug.h"
#include "lib/base/err.h"
#include "lib/base/mem.h"
#include "lib/base/num.h"
#include "lib/base/ticks.h"

static int
parse_number(const char *text, uint64_t max, char letter, uint64_t *out, struct why *why)
{
	int result = num_parse(str_of(text), max, out);

	if (result < 0)
		why_set(why, "option -%c: bad number \"%s\"", letter, text);
	return result;
}

/* name=value or name = value. */
static int
parse_override(const char *text, struct config_override *out, struct arena *a, struct why *why)
{
	struct str s = str_of(text);
	size_t at = str_index(s, '=');
	struct str name = str_trim(str_part(s, 0, at));

	if (at == s.n || name.n == 0) {
		why_set(why, "option -o: name=value is wanted, not \"%s\"", text);
		return ERR_SYNTAX;
	}
	out->name = arena_text(a, name);
	out->value = arena_text(a, str_trim(str_from(s, at + 1)));
	return 0;
}

static int
take_flag(char letter, struct worker_options *o, struct why *why)
{
	switch (letter) {
	case 'p':
		o->keep_root = true;
		return 0;
	case 'r':
		o->chroot = true;
		return 0;
	case 'R':
		o->resident = true;
		return 0;
	case 'v':
		o->verbose++;
		return 0;
	default:
		why_set(why, "unknown option -%c", letter);
		return ERR_SYNTAX;
	}
}

/* logs = 1*3(("f" / "s") ("t" / "j")) */
static int
parse_logs(const char *text, struct worker_options *o, struct why *why)
{
	int next = WORKER_FD_LOG;

	for (o->log_count = 0; text[0] != '\0'; text += 2) {
		struct log_sink *sink = &o->logs[o->log_count];

		if (strchr("fs", text[0]) == NULL || text[1] == '\0' ||
		    strchr("tj", text[1]) == NULL || o->log_count++ == LOG_SINKS_MAX) {
			why_set(why, "option -l: bad list of logs");
			return ERR_SYNTAX;
		}
		sink->fd = text[0] == 'f' ? next : -1;
		sink->format = text[1] == 'j' ? LOG_JSON : LOG_TEXT;
		next = text[0] == 'f' ? WORKER_FD_LOG_2 : next;
	}
	return 0;
}

static int
take_value(char letter, const char *value, struct worker_options *o, struct why *why)
{
	uint64_t number = 0;
	int result = 0;

	switch (letter) {
	case 'n':
		o->service = value;
		return 0;
	case 'c':
		o->directory = value;
		return 0;
	case 't':
		o->is_inet = strcmp(value, "inet") == 0;
		o->is_pass = strcmp(value, "pass") == 0;
		return 0;
	case 'l':
		return parse_logs(value, o, why);
	case 's':
		result = parse_number(value, WORKER_SOCKETS_MAX, letter, &number, why);
		o->sockets = (unsigned)number;
		return result;
	case 'm':
		result = parse_number(value, UINT32_MAX, letter, &number, why);
		o->capacity = (uint32_t)number;
		return result;
	case 'e':
		result = parse_number(value, UINT32_MAX, letter, &number, why);
		o->lifetime = (uint32_t)number;
		return result;
	default: /* 'w' */
		result = parse_number(value, TICKS_MAX / TICKS_SECOND, letter, &number, why);
		o->wakeup = (int64_t)number * TICKS_SECOND;
		return result;
	}
}

static bool
has_value(char letter)
{
	return letter != '\0' && strchr("nctlsmewo", letter) != NULL;
}

/* The argument is an option: "-x". "--" ends them, and is not one of the program's own. */
static bool
is_option(const char *arg)
{
	return arg != NULL && arg[0] == '-' && arg[1] != '\0' && arg[2] == '\0' && arg[1] != '-';
}

static size_t
count_args(char **argv)
{
	size_t n = 0;

	while (argv[n] != NULL)
		n++;
	return n;
}

int
worker_options_parse(char **argv, struct worker_options *out, struct arena *a, struct why *why)
{
	struct config_override *overrides =
	    ARENA_ARRAY(a, struct config_override, count_args(argv) + 1);
	struct worker_options o = { .overrides = overrides };
	size_t i = 1;
	int result = 0;

	for (; is_option(argv[i]) && result == 0; i++) {
		char letter = argv[i][1];

		if (!has_value(letter)) {
			result = take_flag(letter, &o, why);
		} else if (argv[++i] == NULL) {
			why_set(why, "option -%c: a value is missing", letter);
			return ERR_SYNTAX;
		} else if (letter == 'o') {
			result = parse_override(argv[i], &overrides[o.override_count++], a, why);
		} else {
			result = take_value(letter, argv[i], &o, why);
		}
	}
	if (result < 0)
		return ERR_SYNTAX;
	if (argv[i] != NULL && strcmp(argv[i], "--") == 0)
		i++;
	o.args = argv + i;
	if (o.service == NULL || o.directory == NULL) {
		why_set(why, "this program is started by master, not by hand");
		return ERR_SYNTAX;
	}
	*out = o;
	return 0;
}

/* Argument lists grow in an arena; the room is counted beforehand. */
struct args {
	char **items;
	size_t n, room;
	struct arena *arena;
};

static void
add(struct args *args, const char *text)
{
	BUG_ON(args->n + 1 >= args->room); /* the last stays NULL */
	args->items[args->n++] = arena_text(args->arena, str_of(text));
}

static void
add_number(struct args *args, const char *option, uint64_t number)
{
	if (number == 0)
		return;
	add(args, option);
	add(args, arena_printf(args->arena, "%llu", (unsigned long long)number));
}

static void
add_flag(struct args *args, const char *option, bool on)
{
	if (on)
		add(args, option);
}

static void
add_logs(struct args *args, const struct worker_options *o)
{
	char text[2 * LOG_SINKS_MAX + 1] = "";

	for (size_t i = 0; i < o->log_count; i++) {
		text[2 * i] = o->logs[i].fd < 0 ? 's' : 'f';
		text[2 * i + 1] = o->logs[i].format == LOG_JSON ? 'j' : 't';
	}
	if (o->log_count == 0)
		return;
	add(args, "-l");
	add(args, text);
}

#define OPTIONS_ROOM 24

char **
worker_options_argv(const struct worker_options *o, const char *program, const char *const *rest,
    size_t rest_count, struct arena *a)
{
	size_t room = OPTIONS_ROOM + rest_count;
	struct args args = { ARENA_ARRAY(a, char *, room), 0, room, a };

	add(&args, program);
	add(&args, "-n");
	add(&args, o->service);
	add(&args, "-t");
	add(&args, o->is_inet ? "inet" : o->is_pass ? "pass" : "unix");
	add(&args, "-c");
	add(&args, o->directory);
	add_number(&args, "-s", o->sockets);
	add_number(&args, "-m", o->capacity);
	add_number(&args, "-e", o->lifetime);
	add_number(&args, "-w", (uint64_t)(o->wakeup / TICKS_SECOND));
	add_logs(&args, o);
	add_flag(&args, "-p", o->keep_root);
	add_flag(&args, "-r", o->chroot);
	add_flag(&args, "-R", o->resident);
	for (size_t i = 0; i < rest_count; i++)
		add(&args, rest[i]);
	return args.items;
}
