/* SPDX-License-Identifier: BSD-2-Clause */
/*
 *	command = verb [SP argument] CRLF
 * RFC 5321, section 2.4: verbs in any case. Blanks before the line end are taken (section 4.1.1,
 * "SHOULD tolerate trailing white space"), and tabs for blanks.
 */
#include "lib/esmtp/command.h"

#include "lib/base/bug.h"
#include "lib/base/err.h"

static const struct str names[] = {
#define VERB(name) STR_INIT(#name),
#include "lib/esmtp/verb.def"
#undef VERB
	STR_INIT("UNKNOWN"),
};

static enum verb
find_verb(struct str name)
{
	for (size_t i = 0; i < VERB_UNKNOWN; i++) {
		if (str_equal_nocase(name, names[i]))
			return (enum verb)i;
	}
	return VERB_UNKNOWN;
}

const char *
verb_name(enum verb v)
{
	BUG_ON((size_t)v >= VERB_COUNT);
	return names[v].p;
}

struct str
command_chomp(struct str line)
{
	if (line.n != 0 && line.p[line.n - 1] == '\n')
		line.n--;
	if (line.n != 0 && line.p[line.n - 1] == '\r')
		line.n--;
	return line;
}

static bool
has_forbidden(struct str line)
{
	for (size_t i = 0; i < line.n; i++) {
		if (((unsigned char)line.p[i] < ' ' && line.p[i] != '\t') || line.p[i] == 0x7f)
			return true;
	}
	return false;
}

int
command_parse(struct str line, struct command *out)
{
	size_t n = 0;

	line = command_chomp(line);
	if (has_forbidden(line))
		return ERR_SYNTAX;
	while (n < line.n && !char_is_space(line.p[n]))
		n++;
	if (n == 0)
		return ERR_SYNTAX;
	out->name = str_part(line, 0, n);
	out->verb = find_verb(out->name);
	out->argument = str_trim(str_from(line, n));
	return 0;
}
