/* SPDX-License-Identifier: BSD-2-Clause */
/*
 *	Reverse-path = Path / "<>"
 *	Path         = "<" [ A-d-l ":" ] Mailbox ">"
 *	A-d-l        = At-domain *( "," At-domain )
 *	At-domain    = "@" Domain
 * RFC 5321, section 4.1.2. First the end of the path is found, which needs only the quoting, then the
 * route is cut off, and what is left is an address.
 */
#include "lib/esmtp/path.h"

#include "lib/base/err.h"

/* Position of the first byte of `set` outside of quotes, from `i` on; s.n: none. */
static size_t
find_unquoted(struct str s, size_t i, const char *set)
{
	bool quoted = false;

	for (; i < s.n; i++) {
		if (quoted && s.p[i] == '\\')
			i++;
		else if (s.p[i] == '"')
			quoted = !quoted;
		else if (!quoted && s.p[i] != '\0' && strchr(set, s.p[i]) != NULL)
			return i;
	}
	return s.n;
}

/* Takes the text of the path off *rest, without angle brackets. */
static int
take_path(struct str *rest, bool strict, struct str *path)
{
	struct str s = *rest;
	size_t end;

	if (!strict)
		s = str_trim(s);
	if (s.n != 0 && s.p[0] == '<') {
		end = find_unquoted(s, 1, ">");
		if (end >= s.n)
			return ERR_SYNTAX;
		*path = str_part(s, 1, end - 1);
		end++;
	} else {
		end = find_unquoted(s, 0, " \t");
		if (strict || end == 0)
			return ERR_SYNTAX;
		*path = str_part(s, 0, end);
	}
	s = str_from(s, end);
	if (s.n != 0 && s.p[0] != ' ' && s.p[0] != '\t')
		return ERR_SYNTAX;
	*rest = s;
	return 0;
}

/* Cuts a source route off the path. Error: ERR_RANGE. */
static int
cut_route(struct str *path)
{
	struct str route, domain;
	size_t colon;

	if (path->n == 0 || path->p[0] != '@')
		return 0;
	colon = find_unquoted(*path, 0, ":");
	if (colon == path->n)
		return ERR_RANGE;
	route = str_part(*path, 0, colon);
	while (str_split(&route, ',', &domain)) {
		if (domain.n == 0 || domain.p[0] != '@' || !domain_is_valid(str_from(domain, 1)))
			return ERR_RANGE;
	}
	*path = str_from(*path, colon + 1);
	return path->n != 0 ? 0 : ERR_RANGE;
}

int
path_parse(struct str *rest, bool strict, struct arena *arena, struct address *out)
{
	struct str path, after = *rest;
	int result = take_path(&after, strict, &path);

	if (result < 0)
		return result;
	result = cut_route(&path);
	if (result == 0)
		result = address_parse(path, arena, out);
	if (result == 0)
		*rest = after;
	return result == ERR_SYNTAX ? ERR_RANGE : result;
}
