/* SPDX-License-Identifier: BSD-2-Clause */
#include "lib/config/item.h"

#include "lib/base/err.h"

#define SHOWN(s) (int)((s).n < 60 ? (s).n : 60), (s).p /* enough to find it by */

/*
 * list  = [sep] [item *(sep item)] [sep]
 * item  = 1*(char / group)           ; char: neither a separator nor a brace
 * group = "{" *(any / group) "}"     ; separators do not count inside
 */
int
item_next(struct str *rest, const char *separators, struct str *item, struct why *why)
{
	size_t start = 0, end, depth = 0;

	while (start < rest->n && strchr(separators, rest->p[start]) != NULL && rest->p[start] != 0)
		start++;
	for (end = start; end < rest->n; end++) {
		char c = rest->p[end];

		if (c == '{') {
			depth++;
		} else if (c == '}') {
			if (depth == 0) {
				why_set(why, "\"}\" without \"{\" in \"%.*s\"", SHOWN(*rest));
				return ERR_SYNTAX;
			}
			depth--;
		} else if (depth == 0 && c != 0 && strchr(separators, c) != NULL) {
			break;
		}
	}
	if (depth != 0) {
		why_set(why, "\"{\" without \"}\" in \"%.*s\"", SHOWN(str_from(*rest, start)));
		return ERR_SYNTAX;
	}
	*item = str_part(*rest, start, end - start);
	*rest = str_from(*rest, end);
	return item->n != 0;
}

int
item_strip_braces(struct str *item, struct why *why)
{
	size_t depth = 0;

	if (item->n == 0 || item->p[0] != '{')
		return 0;
	for (size_t i = 0; i < item->n; i++) {
		depth += item->p[i] == '{';
		depth -= item->p[i] == '}';
		if (depth == 0 && i + 1 < item->n) {
			why_set(
			    why, "blank or comma expected after \"}\" in \"%.*s\"", SHOWN(*item));
			return ERR_SYNTAX;
		}
	}
	if (depth != 0) {
		why_set(why, "\"{\" without \"}\" in \"%.*s\"", SHOWN(*item));
		return ERR_SYNTAX;
	}
	*item = str_trim(str_part(*item, 1, item->n - 2));
	return 0;
}

int
item_split_name(struct str text, struct str *name, struct str *value, struct why *why)
{
	size_t equals = str_index(text, '=');
	struct str before = str_trim(str_part(text, 0, equals));

	if (equals == text.n) {
		why_set(why, "\"=\" expected after the name in \"%.*s\"", SHOWN(text));
		return ERR_SYNTAX;
	}
	if (before.n == 0) {
		why_set(why, "a name expected before \"=\" in \"%.*s\"", SHOWN(text));
		return ERR_SYNTAX;
	}
	for (size_t i = 0; i < before.n; i++) {
		if (char_is_space(before.p[i])) {
			why_set(why, "\"=\" expected after the name in \"%.*s\"", SHOWN(text));
			return ERR_SYNTAX;
		}
	}
	*name = before;
	*value = str_trim(str_from(text, equals + 1));
	return 0;
}
