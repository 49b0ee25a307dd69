/* SPDX-License-Identifier: BSD-2-Clause */
/*
 *	status-code = class "." subject "." detail
 *	class = "2"/"4"/"5"
 *	subject = 1*3digit
 *	detail = 1*3digit
 * RFC 3463, section 2. Kept as text: nobody computes with it, and it is written far more often than
 * it is looked into. Leading zeros are refused there ("MUST NOT"), since readers compare as text.
 */
#include "lib/mail/dsn.h"

#include "lib/base/bug.h"
#include "lib/base/err.h"

#define NUMBER_DIGITS_MAX 3

static bool
is_class(char c)
{
	return c == '2' || c == '4' || c == '5';
}

/* Length of "." and a number at the start of s; 0: not there. */
static size_t
dot_number_length(struct str s)
{
	size_t digits = 0;

	if (s.n < 2 || s.p[0] != '.')
		return 0;
	while (1 + digits < s.n && char_is_digit(s.p[1 + digits]))
		digits++;
	if (digits == 0 || digits > NUMBER_DIGITS_MAX || (digits > 1 && s.p[1] == '0'))
		return 0;
	return 1 + digits;
}

/* Length of the code at the start of s; 0: there is none. */
static size_t
code_length(struct str s)
{
	size_t subject, detail;

	if (s.n == 0 || !is_class(s.p[0]))
		return 0;
	subject = dot_number_length(str_from(s, 1));
	detail = subject != 0 ? dot_number_length(str_from(s, 1 + subject)) : 0;
	return detail != 0 ? 1 + subject + detail : 0;
}

static void
set_text(struct dsn *d, struct str text)
{
	BUG_ON(text.n > DSN_LENGTH_MAX);
	memcpy(d->text, text.p, text.n);
	d->text[text.n] = '\0';
}

int
dsn_parse(struct str text, struct dsn *out)
{
	size_t n = code_length(text);

	if (n == 0 || n != text.n)
		return ERR_SYNTAX;
	set_text(out, text);
	return 0;
}

bool
dsn_take(struct str *words, struct dsn *out)
{
	size_t n = code_length(*words), blanks = 0;
	struct str rest = str_from(*words, n);

	if (n == 0 || (rest.n != 0 && rest.p[0] != ' ' && rest.p[0] != '\t'))
		return false;
	while (blanks < rest.n && (rest.p[blanks] == ' ' || rest.p[blanks] == '\t'))
		blanks++;
	set_text(out, str_part(*words, 0, n));
	*words = str_from(rest, blanks);
	return true;
}

int
dsn_class(const struct dsn *d)
{
	return d->text[0] != '\0' ? d->text[0] - '0' : 0;
}

bool
dsn_fits(const struct dsn *d, int reply_code)
{
	return dsn_class(d) != 0 && dsn_class(d) == reply_code / 100;
}

struct dsn
dsn_of_code(int reply_code)
{
	struct dsn d = DSN_NONE;
	char class_ = (char)('0' + reply_code / 100 % 10);

	if (reply_code / 100 < 10 && is_class(class_)) {
		set_text(&d, STR("2.0.0"));
		d.text[0] = class_;
	}
	return d;
}

struct dsn
dsn_with_class(const struct dsn *d, int reply_code)
{
	struct dsn other = dsn_of_code(reply_code);

	if (dsn_class(d) == 0 || dsn_class(&other) == 0)
		return other;
	set_text(&other, dsn_str(d));
	other.text[0] = (char)('0' + reply_code / 100);
	return other;
}
