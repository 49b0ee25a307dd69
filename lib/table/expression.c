/* SPDX-License-Identifier: BSD-2-Clause */
#include "lib/table/expression.h"

#include "lib/base/err.h"

/* --- Patterns ------------------------------------------------------------------------------ */

static bool
is_delimiter(char c)
{
	return c > ' ' && c < 0x7f && !char_is_alnum(c) && c != '\\';
}

/* A backslash takes the next byte with it. */
int
expression_take(struct str *text, struct str *expression, struct str *flags, struct why *why)
{
	size_t i = 1, end;

	if (text->n == 0 || !is_delimiter(text->p[0])) {
		why_set(why, "a pattern between delimiters is expected, as in /pattern/");
		return ERR_SYNTAX;
	}
	while (i < text->n && text->p[i] != text->p[0])
		i += text->p[i] == '\\' ? 2 : 1;
	if (i >= text->n) {
		why_set(why, "the pattern has no closing \"%c\"", text->p[0]);
		return ERR_SYNTAX;
	}
	for (end = i + 1; end < text->n && !char_is_space(text->p[end]);)
		end++;
	*expression = str_part(*text, 1, i - 1);
	*flags = str_part(*text, i + 1, end - i - 1);
	*text = str_from(*text, end);
	return 0;
}

/* --- Results ------------------------------------------------------------------------------- */

struct piece {
	struct str text;
	int group; /* -1: only text */
};

/* "$12", "${12}", "$(12)" off *rest. */
static int
take_group(struct str *rest, int *group)
{
	bool in_braces = str_starts(*rest, STR("${")) || str_starts(*rest, STR("$("));
	size_t start = in_braces ? 2 : 1, i = start;

	*group = 0;
	for (; i < rest->n && char_is_digit(rest->p[i]) && *group < EXPRESSION_GROUPS; i++)
		*group = *group * 10 + (rest->p[i] - '0');
	if (i == start)
		return ERR_SYNTAX;
	if (in_braces && (i >= rest->n || rest->p[i] != (rest->p[1] == '{' ? '}' : ')')))
		return ERR_SYNTAX;
	*rest = str_from(*rest, in_braces ? i + 1 : i);
	return 1;
}

/* Takes text up to the next $, and what it stands for, off *rest: 1, 0 at the end, ERR_SYNTAX. */
static int
take_piece(struct str *rest, struct piece *out)
{
	size_t at = str_index(*rest, '$');

	if (rest->n == 0)
		return 0;
	*out = (struct piece){ .text = str_part(*rest, 0, at), .group = -1 };
	*rest = str_from(*rest, at);
	if (rest->n == 0)
		return 1;
	if (str_starts(*rest, STR("$$"))) {
		out->text.n++; /* the first of both */
		*rest = str_from(*rest, 2);
		return 1;
	}
	return take_group(rest, &out->group);
}

int
expression_check_result(const struct rule *r, size_t groups, size_t *used, struct why *why)
{
	struct str rest = r->result;
	struct piece piece;
	int result;

	*used = 0;
	while ((result = take_piece(&rest, &piece)) > 0) {
		if (piece.group < 0)
			continue;
		if (r->negated) {
			why_set(
			    why, "$%d in the result of a rule that does not match", piece.group);
			return ERR_SYNTAX;
		}
		if (piece.group == 0 || (size_t)piece.group > groups ||
		    piece.group >= EXPRESSION_GROUPS) {
			why_set(why, "$%d in the result, but the pattern has %zu groups",
			    piece.group, groups);
			return ERR_SYNTAX;
		}
		if (*used <= (size_t)piece.group)
			*used = (size_t)piece.group + 1;
	}
	if (result < 0)
		why_set(why, "\"$\" is followed by neither \"$\" nor a digit: \"%.*s\"",
		    (int)rest.n, rest.p);
	return result;
}

int
expression_add_result(const struct rule *r, struct str key, const size_t *spans, struct buf *value)
{
	struct str rest = r->result;
	struct piece piece;
	int result = 0;

	while (result == 0 && take_piece(&rest, &piece) > 0) {
		const size_t *span = piece.group > 0 ? &spans[2 * piece.group] : NULL;

		result = buf_add(value, piece.text);
		if (result == 0 && span != NULL && span[0] != SIZE_MAX)
			result = buf_add(value, str_part(key, span[0], span[1] - span[0]));
	}
	return result;
}
