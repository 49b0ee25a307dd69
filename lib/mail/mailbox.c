/* SPDX-License-Identifier: BSD-2-Clause */
/*
 *	address      = mailbox / group
 *	mailbox      = name-addr / addr-spec
 *	name-addr    = [display-name] [CFWS] "<" [obs-route] addr-spec ">" [CFWS]
 *	group        = display-name ":" [mailbox-list / CFWS] ";" [CFWS]
 *	address-list = *([CFWS] ",") address *("," [address / CFWS])
 *	obs-route    = *(CFWS / ",") "@" domain *("," [CFWS] ["@" domain]) ":"
 *	addr-spec    = local-part "@" domain;  obs-local-part = word *("." word)
 * RFC 5322, sections 3.4 and 4.4. Which of the forms an element has shows only behind its first
 * words, so each element is looked over for the special that decides, then read. Comments nest,
 * and are counted rather than recursed into. Dots may stand anywhere in a phrase or local part.
 */
#include "lib/mail/mailbox.h"

#include "lib/base/err.h"
#include "lib/mail/encoded_word.h"

enum token_kind {
	TOKEN_END,
	TOKEN_ATOM,
	TOKEN_QUOTED,  /* text: between the quotes, backslashes still there */
	TOKEN_LITERAL, /* text: with its brackets */
	TOKEN_SPECIAL, /* one byte of <>,;:@. */
	TOKEN_BAD,     /* unbalanced, or a byte that may not stand there */
};

struct token {
	enum token_kind kind;
	struct str text;
};

static bool
is_atom_byte(char c)
{
	unsigned char u = (unsigned char)c;

	return u > ' ' && u != 0x7f && strchr("()<>[]:;@\\,.\"", c) == NULL;
}

/* Length of a delimited run with backslash pairs: quotes, brackets. 0: it does not end. */
static size_t
delimited_length(struct str s, char end)
{
	for (size_t i = 1; i < s.n; i++) {
		if (s.p[i] == '\\')
			i++;
		else if (s.p[i] == end)
			return i + 1;
	}
	return 0;
}

/* Length of the comment that begins s, nested ones included. 0: it does not end. */
static size_t
comment_length(struct str s)
{
	size_t depth = 0;

	for (size_t i = 0; i < s.n; i++) {
		if (s.p[i] == '\\')
			i++;
		else if (s.p[i] == '(')
			depth++;
		else if (s.p[i] == ')' && --depth == 0)
			return i + 1;
	}
	return 0;
}

/* Skips blanks and comments. False: a comment does not end. */
static bool
skip_cfws(struct str *rest)
{
	size_t n;

	while (rest->n != 0) {
		if (rest->p[0] == '(') {
			n = comment_length(*rest);
			if (n == 0)
				return false;
			*rest = str_from(*rest, n);
		} else if (char_is_space(rest->p[0])) {
			*rest = str_from(*rest, 1);
		} else {
			break;
		}
	}
	return true;
}

static struct token
token_of(enum token_kind kind, struct str *rest, size_t n)
{
	struct token t = { .kind = kind, .text = str_part(*rest, 0, n) };

	*rest = str_from(*rest, n);
	return t;
}

/* A bad token takes all that is left: nothing behind an open quote or comment can be trusted. */
static struct token
next_token(struct str *rest)
{
	struct token t;
	size_t n = 0;

	if (!skip_cfws(rest))
		return token_of(TOKEN_BAD, rest, rest->n);
	if (rest->n == 0)
		return (struct token){ .kind = TOKEN_END };
	if (rest->p[0] == '"') {
		n = delimited_length(*rest, '"');
		if (n == 0)
			return token_of(TOKEN_BAD, rest, rest->n);
		t = token_of(TOKEN_QUOTED, rest, n);
		t.text = str_part(t.text, 1, n - 2);
		return t;
	}
	if (rest->p[0] == '[') {
		n = delimited_length(*rest, ']');
		return n != 0 ? token_of(TOKEN_LITERAL, rest, n)
		              : token_of(TOKEN_BAD, rest, rest->n);
	}
	while (n < rest->n && is_atom_byte(rest->p[n]))
		n++;
	if (n != 0)
		return token_of(TOKEN_ATOM, rest, n);
	if (rest->p[0] != '\0' && strchr("<>,;:@.", rest->p[0]) != NULL)
		return token_of(TOKEN_SPECIAL, rest, 1);
	return token_of(TOKEN_BAD, rest, 1);
}

static struct token
peek_token(struct str rest)
{
	return next_token(&rest);
}

static bool
token_is(const struct token *t, char special)
{
	return t->kind == TOKEN_SPECIAL && t->text.p[0] == special;
}

static bool
token_is_word(const struct token *t)
{
	return t->kind == TOKEN_ATOM || t->kind == TOKEN_QUOTED;
}

/* Semicolons end a group; outside of one they are commas to some writers. */
static bool
ends_element(const struct token *t)
{
	return token_is(t, ',') || token_is(t, ';');
}

/* Adds a word's meaning: quoted-pairs resolved, folds removed. */
static int
add_word(struct buf *out, const struct token *t)
{
	for (size_t i = 0; i < t->text.n; i++) {
		char c = t->text.p[i];

		if (c == '\r' || c == '\n')
			continue;
		if (t->kind == TOKEN_QUOTED && c == '\\' && i + 1 < t->text.n)
			c = t->text.p[++i];
		if (buf_add_byte(out, c) < 0)
			return ERR_TOO_LONG;
	}
	return 0;
}

/* The special that shows which form the element at the start of rest has; '\0': the end. */
static char
deciding_special(struct str rest)
{
	struct token t;

	do {
		t = next_token(&rest);
		if (t.kind == TOKEN_SPECIAL && strchr("<,;:", t.text.p[0]) != NULL)
			return t.text.p[0];
	} while (t.kind != TOKEN_END);
	return '\0';
}

/* Reads the display name up to the '<', which is taken too. A name that is too long is cut. */
static void
read_phrase(struct str *rest, struct buf *name)
{
	bool gap, full = false;
	const char *before;
	struct token t;

	for (;;) {
		before = rest->p;
		(void)skip_cfws(rest);
		gap = rest->p != before;
		t = next_token(rest);
		if (token_is(&t, '<') || t.kind == TOKEN_END)
			return;
		if (gap && name->n != 0 && !full)
			full = buf_add_byte(name, ' ') < 0;
		if (!full)
			full = add_word(name, &t) < 0;
	}
}

/* Words with dots between them. */
static int
read_local(struct str *rest, struct buf *local)
{
	struct token t = peek_token(*rest);
	bool after_word = false;

	for (; token_is_word(&t) || token_is(&t, '.'); t = peek_token(*rest)) {
		if (token_is_word(&t) && after_word)
			return ERR_SYNTAX;
		after_word = token_is_word(&t);
		if (add_word(local, &t) < 0)
			return ERR_TOO_LONG;
		(void)next_token(rest);
	}
	return 0;
}

/* A literal, or atoms with dots between them. */
static int
read_domain(struct str *rest, struct buf *domain)
{
	struct token t = peek_token(*rest);
	bool after_atom = false;

	if (t.kind == TOKEN_LITERAL)
		(void)next_token(rest);
	if (t.kind == TOKEN_LITERAL)
		return add_word(domain, &t);
	for (; t.kind == TOKEN_ATOM || token_is(&t, '.'); t = peek_token(*rest)) {
		if (t.kind == TOKEN_ATOM && after_atom)
			return ERR_SYNTAX;
		after_atom = t.kind == TOKEN_ATOM;
		if (add_word(domain, &t) < 0)
			return ERR_TOO_LONG;
		(void)next_token(rest);
	}
	return domain->n != 0 ? 0 : ERR_SYNTAX;
}

/* addr-spec, or a local part alone, or nothing: the null address. */
static int
read_addr_spec(struct str *rest, struct arena *arena, struct address *out)
{
	AUTO(buf) local = BUF_INIT(ADDRESS_LOCAL_MAX);
	AUTO(buf) domain = BUF_INIT(ADDRESS_DOMAIN_MAX + 1); /* with a final dot */
	struct token t;
	int result;

	result = read_local(rest, &local);
	if (result < 0)
		return result;
	t = peek_token(*rest);
	if (token_is(&t, '@')) {
		(void)next_token(rest);
		result = read_domain(rest, &domain);
	}
	return result < 0 ? result : address_make(buf_str(&local), buf_str(&domain), arena, out);
}

/* Skips obs-route. False: it begins like one, but is none. */
static bool
skip_route(struct str *rest)
{
	struct str look = *rest;
	struct token t = next_token(&look);

	if (!token_is(&t, '@') && !token_is(&t, ','))
		return true;
	while (!token_is(&t, ':')) {
		if (t.kind == TOKEN_END || t.kind == TOKEN_BAD || token_is(&t, '>'))
			return false;
		t = next_token(&look);
	}
	*rest = look;
	return true;
}

static int
read_name_addr(struct str *rest, struct arena *arena, struct mailbox *out, struct str *written)
{
	AUTO(buf) name = BUF_INIT(MAILBOX_NAME_MAX);
	struct token t;
	int result;

	read_phrase(rest, &name);
	(void)skip_cfws(rest);
	*written = *rest;
	if (!skip_route(rest))
		return ERR_SYNTAX;
	result = read_addr_spec(rest, arena, &out->address);
	if (result < 0)
		return result;
	written->n -= rest->n;
	t = next_token(rest);
	if (!token_is(&t, '>'))
		return ERR_SYNTAX;
	out->name = arena_str(arena, buf_str(&name));
	return 0;
}

static int
read_mailbox(struct str *rest, struct arena *arena, struct mailbox *out, struct str *written)
{
	struct token t;
	int result;

	out->name = STR_NONE;
	if (deciding_special(*rest) == '<') {
		result = read_name_addr(rest, arena, out, written);
	} else {
		(void)skip_cfws(rest);
		*written = *rest;
		result = read_addr_spec(rest, arena, &out->address);
		written->n -= rest->n;
	}
	t = peek_token(*rest);
	if (result == 0 && t.kind != TOKEN_END && !ends_element(&t))
		result = ERR_SYNTAX;
	return result;
}

/* Takes what separates elements, and the heads of groups. True: a mailbox should follow. */
static bool
find_element(struct mailbox_iter *it)
{
	struct token t = peek_token(it->rest);

	for (; t.kind != TOKEN_END; t = peek_token(it->rest)) {
		if (ends_element(&t)) {
			it->in_group = it->in_group && !token_is(&t, ';');
			(void)next_token(&it->rest);
		} else if (!it->in_group && deciding_special(it->rest) == ':') {
			do
				t = next_token(&it->rest);
			while (!token_is(&t, ':'));
			it->in_group = true;
		} else {
			return true;
		}
	}
	return false;
}

void
mailbox_iter_init(struct mailbox_iter *it, struct str value, struct arena *arena)
{
	*it = (struct mailbox_iter){ .rest = value, .arena = arena };
}

int
mailbox_next(struct mailbox_iter *it, struct mailbox *out)
{
	struct str rest, written;
	struct mailbox box;
	struct token t;
	int result;

	if (!find_element(it))
		return 0;
	rest = it->rest;
	result = read_mailbox(&rest, it->arena, &box, &written);
	if (result == 0) {
		it->rest = rest;
		it->written = written;
		*out = box;
		return 1;
	}
	t = peek_token(it->rest);
	for (; t.kind != TOKEN_END && !ends_element(&t); t = peek_token(it->rest))
		(void)next_token(&it->rest);
	return result;
}

static bool
is_plain_phrase(struct str name)
{
	for (size_t i = 0; i < name.n; i++) {
		if (name.p[i] != ' ' && !is_atom_byte(name.p[i]))
			return false;
	}
	return true;
}

static int
add_quoted(struct str name, struct buf *out)
{
	int result = buf_add_byte(out, '"');

	for (size_t i = 0; i < name.n && result == 0; i++) {
		char c = name.p[i];

		if ((unsigned char)c < ' ' || c == 0x7f)
			c = '?';
		if (c == '"' || c == '\\')
			result = buf_add_byte(out, '\\');
		if (result == 0)
			result = buf_add_byte(out, c);
	}
	return result == 0 ? buf_add_byte(out, '"') : result;
}

static int
add_name(struct str name, struct buf *out)
{
	if (!str_is_ascii(name))
		return encoded_word_add(name, out);
	if (is_plain_phrase(name))
		return buf_add(out, name);
	return add_quoted(name, out);
}

int
mailbox_add(const struct mailbox *m, struct buf *out)
{
	struct str name = str_trim(m->name);
	size_t before = out->n;
	int result = 0;

	if (name.n != 0) {
		result = add_name(name, out);
		if (result == 0)
			result = buf_add(out, STR(" <"));
	}
	if (result == 0)
		result = address_add_external(&m->address, out);
	if (result == 0 && name.n != 0)
		result = buf_add_byte(out, '>');
	if (result < 0)
		buf_cut(out, before);
	return result;
}
