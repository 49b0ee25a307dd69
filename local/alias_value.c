/* SPDX-License-Identifier: BSD-2-Clause */
/*
 *	value	= *( [item] "," ) [item]
 *	item	= "/" path / "|" command / ":include:" path / ["\"] address / quoted
 *	quoted	= DQUOTE 1*( any / "\" any ) DQUOTE	; an item as above, or a local part
 *
 * Commas do not count within quotes, angle brackets and comments. An address may have a name:
 * "Bob <bob@example.com>".
 */
#include "local/alias_value.h"

#include "lib/base/err.h"
#include "lib/mail/mailbox.h"

static const struct str include = { ":include:", 9 };

void
alias_iter_init(struct alias_iter *it, struct str value, struct arena *arena)
{
	*it = (struct alias_iter){ .rest = value, .arena = arena };
}

/* Up to the next comma that counts. */
static size_t
item_length(struct str s)
{
	bool quoted = false;
	size_t depth = 0, i;

	for (i = 0; i < s.n; i++) {
		char c = s.p[i];

		if (c == '\\' && i + 1 < s.n)
			i++;
		else if (c == '"')
			quoted = !quoted;
		else if (!quoted && (c == '<' || c == '('))
			depth++;
		else if (!quoted && (c == '>' || c == ')') && depth > 0)
			depth--;
		else if (!quoted && depth == 0 && c == ',')
			break;
	}
	return i;
}

/* True when the whole item is one quoted text, which is then in *out without its quoting. */
static bool
unquote(struct str item, struct arena *arena, struct str *out)
{
	char *p;
	size_t n = 0;

	if (item.n < 2 || item.p[0] != '"')
		return false;
	p = arena_try(arena, item.n);
	if (p == NULL)
		return false;
	for (size_t i = 1; i < item.n; i++) {
		if (item.p[i] == '"') {
			*out = str_make(p, n);
			return i + 1 == item.n;
		}
		if (item.p[i] == '\\' && i + 1 < item.n)
			i++;
		p[n++] = item.p[i];
	}
	return false;
}

/* 1: it is none of these, but an address. */
static int
take_special(struct str text, struct alias_target *out)
{
	if (text.n == 0)
		return ERR_SYNTAX;
	out->text = text;
	if (text.p[0] == '/') {
		out->kind = ALIAS_FILE;
		return 0;
	}
	if (text.p[0] == '|') {
		out->kind = ALIAS_COMMAND;
		out->text = str_trim(str_from(text, 1));
		return out->text.n != 0 ? 0 : ERR_SYNTAX;
	}
	if (text.p[0] == ':') {
		out->kind = ALIAS_INCLUDE;
		out->text = str_trim(str_from(text, include.n));
		return str_starts_nocase(text, include) && out->text.n != 0 ? 0 : ERR_SYNTAX;
	}
	return 1;
}

static int
take_address(struct str text, struct arena *arena, struct alias_target *out)
{
	struct mailbox_iter it;
	struct mailbox box, more;
	int result;

	out->is_final = text.p[0] == '\\';
	if (out->is_final)
		text = str_from(text, 1);
	mailbox_iter_init(&it, text, arena);
	result = mailbox_next(&it, &box);
	if (result < 0)
		return result;
	if (result == 0 || address_is_null(&box.address) || mailbox_next(&it, &more) != 0)
		return ERR_SYNTAX;
	out->kind = ALIAS_ADDRESS;
	out->address = box.address;
	return 0;
}

static int
take_item(struct str item, struct arena *arena, struct alias_target *out)
{
	struct str text = item;
	bool was_quoted = unquote(item, arena, &text);
	int result = take_special(was_quoted ? text : item, out);

	if (result <= 0)
		return result;
	if (!was_quoted)
		return take_address(item, arena, out);
	out->kind = ALIAS_ADDRESS;
	out->is_final = false;
	return address_make(text, STR_NONE, arena, &out->address);
}

int
alias_next(struct alias_iter *it, struct alias_target *out)
{
	size_t length;
	int result;

	do {
		if (it->rest.n == 0)
			return 0;
		length = item_length(it->rest);
		it->item = str_trim(str_part(it->rest, 0, length));
		it->rest = str_from(it->rest, length + 1);
	} while (it->item.n == 0);
	result = take_item(it->item, it->arena, out);
	return result < 0 ? result : 1;
}
