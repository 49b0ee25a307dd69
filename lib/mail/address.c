/* SPDX-License-Identifier: BSD-2-Clause */
/*
 *	Mailbox        = Local-part "@" ( Domain / address-literal )
 *	Local-part     = Dot-string / Quoted-string
 *	Dot-string     = Atom *("."  Atom)
 *	Quoted-string  = DQUOTE *QcontentSMTP DQUOTE
 *	QcontentSMTP   = qtextSMTP / quoted-pairSMTP
 *	quoted-pairSMTP = %d92 %d32-126
 *	qtextSMTP      = %d32-33 / %d35-91 / %d93-126
 * RFC 5321, section 4.1.2; with UTF-8-non-ascii in atoms, qtext and labels: RFC 6531, section 3.3.
 *
 * The internal form has no quoting, so that one mailbox has one name in tables and queues; quoting
 * is put back at the borders. Not chosen: keeping the text as it came, which makes "a"@b and a@b two.
 */
#include "lib/mail/address.h"

#include <arpa/inet.h>

#include "lib/base/err.h"

#define LABEL_MAX    63
#define LITERAL_IPV6 STR("IPv6:")
#define LITERAL_MAX  64 /* longer than the brackets and any address */

static bool
is_utf8_byte(char c)
{
	return (unsigned char)c >= 0x80;
}

/* atext of RFC 5322, section 3.2.3, with RFC 6531's addition. */
static bool
is_atext(char c)
{
	return char_is_alnum(c) || is_utf8_byte(c) ||
	       (c != '\0' && strchr("!#$%&'*+-/=?^_`{|}~", c) != NULL);
}

/* Every byte of qtextSMTP or the second one of quoted-pairSMTP. */
static bool
is_printable(char c)
{
	return (c >= 32 && c <= 126) || is_utf8_byte(c);
}

static bool
is_label_byte(char c)
{
	return char_is_alnum(c) || c == '-' || c == '_' || is_utf8_byte(c);
}

static bool
label_is_valid(struct str label)
{
	if (label.n == 0 || label.n > LABEL_MAX || label.p[0] == '-' || label.p[label.n - 1] == '-')
		return false;
	for (size_t i = 0; i < label.n; i++) {
		if (!is_label_byte(label.p[i]))
			return false;
	}
	return true;
}

bool
domain_is_valid(struct str domain)
{
	struct str rest = domain, label;

	if (domain.n == 0 || domain.n > ADDRESS_DOMAIN_MAX || domain.p[domain.n - 1] == '.' ||
	    !str_is_utf8(domain))
		return false;
	while (str_split(&rest, '.', &label)) {
		if (!label_is_valid(label))
			return false;
	}
	return true;
}

/*
 * IPv4-address-literal = Snum 3("." Snum);  IPv6-address-literal = "IPv6:" IPv6-addr
 * RFC 5321, section 4.1.3. Writes the canonical form without brackets, so that one host has one
 * text. Other tags are refused: nobody could deliver to them. False: not a literal.
 */
static bool
canonical_literal(struct str domain, char text[LITERAL_MAX])
{
	char copy[LITERAL_MAX];
	unsigned char bytes[16];
	struct str inner;
	bool is_v6;

	if (domain.n < 2 || domain.n > LITERAL_MAX || domain.p[0] != '[' ||
	    domain.p[domain.n - 1] != ']')
		return false;
	inner = str_part(domain, 1, domain.n - 2);
	is_v6 = str_starts_nocase(inner, LITERAL_IPV6);
	if (is_v6)
		inner = str_from(inner, LITERAL_IPV6.n);
	if (str_index(inner, '\0') != inner.n)
		return false;
	memcpy(copy, inner.p, inner.n);
	copy[inner.n] = '\0';
	if (inet_pton(is_v6 ? AF_INET6 : AF_INET, copy, bytes) != 1)
		return false;
	memcpy(text, LITERAL_IPV6.p, is_v6 ? LITERAL_IPV6.n : 0);
	return inet_ntop(is_v6 ? AF_INET6 : AF_INET, bytes, text + (is_v6 ? LITERAL_IPV6.n : 0),
	           LITERAL_MAX - (socklen_t)LITERAL_IPV6.n) != NULL;
}

bool
domain_is_literal(struct str domain)
{
	char text[LITERAL_MAX];

	return canonical_literal(domain, text);
}

static int
make_domain(struct str domain, struct arena *arena, struct str *out)
{
	char literal[LITERAL_MAX];
	char *copy;

	if (domain.n != 0 && domain.p[0] == '[') {
		if (!canonical_literal(domain, literal))
			return ERR_SYNTAX;
		*out = str_of(arena_printf(arena, "[%s]", literal));
		return 0;
	}
	if (domain.n != 0 && domain.p[domain.n - 1] == '.')
		domain.n--;
	if (domain.n > ADDRESS_DOMAIN_MAX)
		return ERR_TOO_LONG;
	if (!domain_is_valid(domain))
		return ERR_SYNTAX;
	copy = arena_text(arena, domain);
	for (size_t i = 0; i < domain.n; i++)
		copy[i] = char_lower(copy[i]);
	*out = str_make(copy, domain.n);
	return 0;
}

static int
check_local(struct str local)
{
	if (local.n > ADDRESS_LOCAL_MAX)
		return ERR_TOO_LONG;
	for (size_t i = 0; i < local.n; i++) {
		if (!is_printable(local.p[i]))
			return ERR_SYNTAX;
	}
	return str_is_utf8(local) ? 0 : ERR_SYNTAX;
}

int
address_make(struct str local, struct str domain, struct arena *arena, struct address *out)
{
	struct str made = STR_NONE;
	int result = check_local(local);

	if (result < 0)
		return result;
	if (domain.n != 0) {
		if (local.n == 0)
			return ERR_SYNTAX;
		result = make_domain(domain, arena, &made);
		if (result < 0)
			return result;
	}
	out->local = arena_str(arena, local);
	out->domain = made;
	out->utf8 = !str_is_ascii(local) || !str_is_ascii(made);
	return 0;
}

/*
 * Writes the local part at the start of text, unquoted, to `local`. Answers how many bytes of text
 * it took, or a failure.
 */
static int
read_quoted(struct str text, struct buf *local)
{
	size_t i = 1; /* behind the DQUOTE */

	for (; i < text.n && text.p[i] != '"'; i++) {
		if (text.p[i] == '\\' && ++i == text.n)
			return ERR_SYNTAX;
		if (buf_add_byte(local, text.p[i]) < 0)
			return ERR_TOO_LONG;
	}
	if (i >= text.n)
		return ERR_SYNTAX;
	return (int)(i + 1);
}

static int
read_local(struct str text, struct buf *local)
{
	size_t i = 0;

	if (text.n != 0 && text.p[0] == '"')
		return read_quoted(text, local);
	while (i < text.n && (is_atext(text.p[i]) || text.p[i] == '.'))
		i++;
	if (buf_add(local, str_part(text, 0, i)) < 0)
		return ERR_TOO_LONG;
	return (int)i;
}

int
address_parse(struct str text, struct arena *arena, struct address *out)
{
	AUTO(buf) local = BUF_INIT(ADDRESS_LOCAL_MAX);
	struct str rest;
	int n;

	n = read_local(text, &local);
	if (n < 0)
		return n;
	if (local.n == 0 && text.n != 0)
		return ERR_SYNTAX;
	rest = str_from(text, (size_t)n);
	if (rest.n == 0)
		return address_make(buf_str(&local), STR_NONE, arena, out);
	if (rest.n == 1 || rest.p[0] != '@')
		return ERR_SYNTAX;
	return address_make(buf_str(&local), str_from(rest, 1), arena, out);
}

int
address_add_internal(const struct address *a, struct buf *out)
{
	size_t before = out->n;

	if (buf_add(out, a->local) < 0)
		return ERR_TOO_LONG;
	if (a->domain.n != 0 && (buf_add_byte(out, '@') < 0 || buf_add(out, a->domain) < 0)) {
		buf_cut(out, before);
		return ERR_TOO_LONG;
	}
	return 0;
}

struct address
address_from_internal(struct str text)
{
	size_t at = str_rindex(text, '@');

	return (struct address){
		.local = str_part(text, 0, at),
		.domain = at < text.n ? str_from(text, at + 1) : STR_NONE,
		.utf8 = !str_is_ascii(text),
	};
}

static bool
is_dot_string(struct str local)
{
	struct str rest = local, atom;

	while (str_split(&rest, '.', &atom)) {
		if (atom.n == 0)
			return false;
		for (size_t i = 0; i < atom.n; i++) {
			if (!is_atext(atom.p[i]))
				return false;
		}
	}
	return local.n != 0;
}

static int
add_quoted(struct str local, struct buf *out)
{
	if (buf_add_byte(out, '"') < 0)
		return ERR_TOO_LONG;
	for (size_t i = 0; i < local.n; i++) {
		char c = local.p[i];

		if ((c == '"' || c == '\\') && buf_add_byte(out, '\\') < 0)
			return ERR_TOO_LONG;
		if (buf_add_byte(out, c) < 0)
			return ERR_TOO_LONG;
	}
	return buf_add_byte(out, '"');
}

int
address_add_external(const struct address *a, struct buf *out)
{
	size_t before = out->n;
	int result = 0;

	if (a->local.n != 0 || a->domain.n != 0) {
		result =
		    is_dot_string(a->local) ? buf_add(out, a->local) : add_quoted(a->local, out);
		if (result == 0 && a->domain.n != 0)
			result = buf_addf(out, "@%.*s", STR_ARG(a->domain));
	}
	if (result < 0)
		buf_cut(out, before);
	return result;
}

static bool
stays_whole(struct str local, const char *delimiters)
{
	if (str_equal_nocase(local, STR("postmaster")) ||
	    str_equal_nocase(local, STR("mailer-daemon")))
		return true;
	if (strchr(delimiters, '-') == NULL)
		return false;
	return str_starts_nocase(local, STR("owner-")) || str_ends_nocase(local, STR("-request"));
}

bool
address_split_extension(
    struct str local, const char *delimiters, struct str *base, struct str *extension)
{
	if (stays_whole(local, delimiters))
		return false;
	for (size_t i = 0; i < local.n; i++) {
		if (local.p[i] == '\0' || strchr(delimiters, local.p[i]) == NULL)
			continue;
		if (i == 0)
			return false;
		*base = str_part(local, 0, i);
		*extension = str_from(local, i + 1);
		return true;
	}
	return false;
}
