/* SPDX-License-Identifier: BSD-2-Clause */
/*
 *	mail = "MAIL FROM:" Reverse-path [SP Mail-parameters]
 *	rcpt = "RCPT TO:" ( "<Postmaster@" Domain ">" / "<Postmaster>" / Forward-path )
 *	       [SP Rcpt-parameters]
 * RFC 5321, sections 4.1.1.2 and 4.1.1.3. Parameters are rows of a table: keyword, extension, reader.
 * One that was not offered, is not known or has a wrong value refuses the command: leaving out what a
 * client asked for could lose what it relies on. Of one that comes twice the last counts: Python's
 * smtplib adds a SIZE to that of its caller.
 */
#include "lib/esmtp/envelope.h"

#include "lib/base/err.h"
#include "lib/base/num.h"
#include "lib/esmtp/parameter.h"
#include "lib/esmtp/path.h"
#include "lib/esmtp/xtext.h"

#define ENVID_MAX       100 /* characters of xtext; RFC 3461, section 5.4 */
#define ORCPT_MAX       500
#define ORCPT_TYPE_MAX  32
#define AUTH_MAX        500
#define SIZE_DIGITS_MAX 20 /* RFC 1870, section 4 */

/* What a reader of a parameter works on. */
struct reading {
	struct str value;
	bool has_value;
	struct arena *arena;
	struct mail_from *mail; /* of MAIL, or NULL */
	struct rcpt_to *rcpt;   /* of RCPT, or NULL */
};

struct parameter_row {
	struct str keyword;
	unsigned extension;
	enum reply_id (*read)(const struct reading *);
};

/* size-value = 1*20DIGIT, RFC 1870, section 4. */
static enum reply_id
read_size(const struct reading *r)
{
	uint64_t size = 0;
	int result = num_parse(r->value, INT64_MAX, &size);

	if (r->value.n > SIZE_DIGITS_MAX || (result < 0 && result != ERR_RANGE))
		return REPLY_BAD_SIZE;
	r->mail->size = result == ERR_RANGE ? UINT64_MAX : size;
	return REPLY_NONE;
}

/* body-value = "7BIT" / "8BITMIME", RFC 6152, section 2. */
static enum reply_id
read_body(const struct reading *r)
{
	if (str_equal_nocase(r->value, STR("7BIT")))
		r->mail->body = BODY_7BIT;
	else if (str_equal_nocase(r->value, STR("8BITMIME")))
		r->mail->body = BODY_8BITMIME;
	else
		return REPLY_BAD_BODY;
	return REPLY_NONE;
}

/* No value, RFC 6531, section 3.1. */
static enum reply_id
read_smtputf8(const struct reading *r)
{
	r->mail->smtputf8 = true;
	return r->has_value ? REPLY_BAD_SMTPUTF8 : REPLY_NONE;
}

/* ret-value = "FULL" / "HDRS", RFC 3461, section 4.3. */
static enum reply_id
read_ret(const struct reading *r)
{
	if (str_equal_nocase(r->value, STR("FULL")))
		r->mail->ret = DSN_RETURN_FULL;
	else if (str_equal_nocase(r->value, STR("HDRS")))
		r->mail->ret = DSN_RETURN_HEADERS;
	else
		return REPLY_BAD_RET;
	return REPLY_NONE;
}

/* Decodes xtext of at most max characters into the arena. False: it is none. */
static bool
decode(struct str xtext, size_t max, struct arena *arena, struct str *out)
{
	AUTO(buf) text = BUF_INIT(max);

	if (xtext.n == 0 || xtext.n > max || xtext_decode(xtext, &text) < 0)
		return false;
	*out = arena_str(arena, buf_str(&text));
	return true;
}

/* envid-parameter = "ENVID=" xtext, RFC 3461, section 4.4. */
static enum reply_id
read_envid(const struct reading *r)
{
	return decode(r->value, ENVID_MAX, r->arena, &r->mail->envid) ? REPLY_NONE
	                                                              : REPLY_BAD_ENVID;
}

/* "AUTH=" xtext, RFC 4954, section 5. */
static enum reply_id
read_auth(const struct reading *r)
{
	return decode(r->value, AUTH_MAX, r->arena, &r->mail->auth) ? REPLY_NONE : REPLY_BAD_AUTH;
}

/* notify-list-element = "SUCCESS" / "FAILURE" / "DELAY"; or "NEVER" alone. RFC 3461, section 4.1. */
static enum reply_id
read_notify(const struct reading *r)
{
	static const struct {
		struct str word;
		unsigned bit;
	} words[] = {
		{ STR_INIT("NEVER"), DSN_NOTIFY_NEVER },
		{ STR_INIT("SUCCESS"), DSN_NOTIFY_SUCCESS },
		{ STR_INIT("FAILURE"), DSN_NOTIFY_FAILURE },
		{ STR_INIT("DELAY"), DSN_NOTIFY_DELAY },
	};
	struct str rest = r->value, word;
	unsigned bit, all = 0;

	while (str_split(&rest, ',', &word)) {
		bit = 0;
		for (size_t i = 0; i < ARRAY_LEN(words); i++)
			bit |= str_equal_nocase(word, words[i].word) ? words[i].bit : 0;
		if (bit == 0)
			return REPLY_BAD_NOTIFY;
		all |= bit;
	}
	if ((all & DSN_NOTIFY_NEVER) != 0 && all != DSN_NOTIFY_NEVER)
		return REPLY_BAD_NOTIFY;
	r->rcpt->notify = all;
	return REPLY_NONE;
}

/* original-recipient-address = addr-type ";" xtext; addr-type = atom. RFC 3461, section 4.2. */
static enum reply_id
read_orcpt(const struct reading *r)
{
	size_t at = str_index(r->value, ';');
	struct str type = str_part(r->value, 0, at);

	if (at == 0 || at == r->value.n || type.n > ORCPT_TYPE_MAX)
		return REPLY_BAD_ORCPT;
	for (size_t i = 0; i < type.n; i++) {
		if (!char_is_alnum(type.p[i]) && type.p[i] != '-')
			return REPLY_BAD_ORCPT;
	}
	if (!decode(str_from(r->value, at + 1), ORCPT_MAX, r->arena, &r->rcpt->original))
		return REPLY_BAD_ORCPT;
	r->rcpt->original_type = arena_str(r->arena, type);
	return REPLY_NONE;
}

static const struct parameter_row mail_rows[] = {
	{ STR_INIT("SIZE"), EXTENSION_SIZE, read_size },
	{ STR_INIT("BODY"), EXTENSION_8BITMIME, read_body },
	{ STR_INIT("SMTPUTF8"), EXTENSION_SMTPUTF8, read_smtputf8 },
	{ STR_INIT("RET"), EXTENSION_DSN, read_ret },
	{ STR_INIT("ENVID"), EXTENSION_DSN, read_envid },
	{ STR_INIT("AUTH"), EXTENSION_AUTH, read_auth },
};

static const struct parameter_row rcpt_rows[] = {
	{ STR_INIT("NOTIFY"), EXTENSION_DSN, read_notify },
	{ STR_INIT("ORCPT"), EXTENSION_DSN, read_orcpt },
};

struct parameter_rows {
	const struct parameter_row *rows;
	size_t count;
	unsigned extensions; /* offered */
};

/* The row of a keyword that was offered; NULL: none. */
static const struct parameter_row *
find_row(const struct parameter_rows *known, struct str keyword)
{
	for (size_t i = 0; i < known->count; i++) {
		const struct parameter_row *row = &known->rows[i];

		if ((row->extension & known->extensions) != 0 &&
		    str_equal_nocase(row->keyword, keyword))
			return row;
	}
	return NULL;
}

static enum reply_id
read_parameters(
    struct str rest, const struct parameter_rows *known, struct reading *r, struct str *culprit)
{
	const struct parameter_row *row;
	struct parameter p;
	enum reply_id id;
	int result;

	*culprit = str_trim(rest);
	while ((result = parameter_next(&rest, &p)) > 0) {
		*culprit = p.keyword;
		row = find_row(known, p.keyword);
		if (row == NULL)
			return REPLY_UNKNOWN_PARAMETER;
		r->value = p.value;
		r->has_value = p.has_value;
		id = row->read(r);
		if (id != REPLY_NONE)
			return id;
		*culprit = str_trim(rest);
	}
	return result < 0 ? REPLY_PARAMETER_SYNTAX : REPLY_NONE;
}

enum reply_id
mail_from_parse(struct str argument, const struct envelope_rules *rules, struct arena *arena,
    struct mail_from *out, struct str *culprit)
{
	static const struct str prefix = STR_INIT("FROM:");
	const struct parameter_rows known = { mail_rows, ARRAY_LEN(mail_rows), rules->extensions };
	struct reading r = { .arena = arena, .mail = out };
	struct str rest = str_from(argument, prefix.n);
	enum reply_id id;
	int result;

	*out = (struct mail_from){ .size = 0 };
	if (!str_starts_nocase(argument, prefix))
		return REPLY_MAIL_SYNTAX;
	result = path_parse(&rest, rules->strict, arena, &out->sender);
	if (result < 0)
		return result == ERR_SYNTAX ? REPLY_MAIL_SYNTAX : REPLY_BAD_SENDER;
	id = read_parameters(rest, &known, &r, culprit);
	if (id == REPLY_NONE && out->sender.utf8 && !out->smtputf8)
		return REPLY_NEED_SMTPUTF8;
	return id;
}

enum reply_id
rcpt_to_parse(struct str argument, const struct envelope_rules *rules, struct arena *arena,
    struct rcpt_to *out, struct str *culprit)
{
	static const struct str prefix = STR_INIT("TO:");
	const struct parameter_rows known = { rcpt_rows, ARRAY_LEN(rcpt_rows), rules->extensions };
	struct reading r = { .arena = arena, .rcpt = out };
	struct str rest = str_from(argument, prefix.n);
	int result;

	*out = (struct rcpt_to){ .notify = 0 };
	if (!str_starts_nocase(argument, prefix))
		return REPLY_RCPT_SYNTAX;
	result = path_parse(&rest, rules->strict, arena, &out->recipient);
	if (result < 0)
		return result == ERR_SYNTAX ? REPLY_RCPT_SYNTAX : REPLY_BAD_RECIPIENT;
	if (address_is_null(&out->recipient))
		return REPLY_BAD_RECIPIENT;
	return read_parameters(rest, &known, &r, culprit);
}
