/* SPDX-License-Identifier: BSD-2-Clause */
/*
 *	xclient-command = "XCLIENT" 1*( SP attribute-name "=" attribute-value )
 *	attribute-value = xtext / "[UNAVAILABLE]" / "[TEMPUNAVAIL]"
 * and the same for XFORWARD: protocols of Postfix, which proxies and filters speak. Values are xtext;
 * they are decoded first, so that what stands for a control character is refused with it. Nothing is
 * believed of a command that has one bad attribute.
 */
#include "smtpd/attributes.h"

#include <string.h>

#include "lib/base/bug.h"
#include "lib/base/err.h"
#include "lib/base/num.h"
#include "lib/esmtp/xtext.h"
#include "lib/run/run.h"
#include "lib/sys/log.h"

int
attributes_authorized(const struct session *s, struct match_list *authorized)
{
	struct why why = WHY_INIT;
	int result;

	result = match_list_find_client(authorized, str_of(s->peer->name), str_of(s->peer->address),
	    run_deadline(SESSION_LOOKUP_TIME), &why);
	if (result < 0)
		log_warning("client %s: %s", s->peer->address, why.text);
	return result;
}

bool
attributes_allowed(struct session *s, struct match_list *authorized, struct reply *r)
{
	int result;

	if (s->transaction.is_open) {
		reply_set(r, REPLY_IN_TRANSACTION);
		return false;
	}
	result = attributes_authorized(s, authorized);
	if (result <= 0)
		reply_set(r, result == 0 ? REPLY_NOT_AUTHORIZED : REPLY_LOOKUP_FAILED);
	return result > 0;
}

static const struct attribute_row *
find(const struct attribute_row *rows, size_t count, struct str name)
{
	for (size_t i = 0; i < count; i++) {
		if (str_equal_nocase(rows[i].name, name))
			return &rows[i];
	}
	return NULL;
}

/* [TEMPUNAVAIL] is the same to us: what is not known cannot be told from what is not known yet. */
static bool
is_unavailable(struct str value)
{
	return str_equal_nocase(value, STR("[UNAVAILABLE]")) ||
	       str_equal_nocase(value, STR("[TEMPUNAVAIL]"));
}

/* REPLY_NONE, or what is wrong with it. */
static enum reply_id
read_one(const struct attribute_row *row, struct str value, void *out)
{
	AUTO(buf) text = BUF_INIT(ATTRIBUTE_MAX);
	int result;

	if (is_unavailable(value))
		return row->read(STR_NONE, out) ? REPLY_NONE : REPLY_ATTRIBUTE_VALUE;
	result = xtext_decode(value, &text);
	if (result == ERR_TOO_LONG)
		return REPLY_ATTRIBUTE_LONG;
	if (result < 0 || !row->read(buf_str(&text), out))
		return REPLY_ATTRIBUTE_VALUE;
	return REPLY_NONE;
}

/* Sets the reply that refuses it. */
static bool
read_pair(struct str pair, struct str command, const struct attribute_row *rows, size_t count,
    void *out, struct reply *r)
{
	size_t at = str_index(pair, '=');
	struct str name = str_part(pair, 0, at), value = str_from(pair, at + 1);
	const struct attribute_row *row = find(rows, count, name);
	enum reply_id id;

	if (value.n == 0) {
		reply_set(r, REPLY_ATTRIBUTE_EXPECTED);
		return false;
	}
	if (row == NULL) {
		reply_fill(r, REPLY_ATTRIBUTE_NAME, command, name);
		return false;
	}
	id = read_one(row, value, out);
	if (id == REPLY_ATTRIBUTE_VALUE)
		reply_fill(r, id, name, value);
	else if (id != REPLY_NONE)
		reply_set(r, id);
	return id == REPLY_NONE;
}

bool
attributes_read(const struct command *c, const struct attribute_row *rows, size_t count, void *out,
    struct reply *r)
{
	struct str rest = c->argument, command = str_of(verb_name(c->verb)), word;

	if (rest.n == 0) {
		reply_fill(r, REPLY_ATTRIBUTES_SYNTAX, command);
		return false;
	}
	while (str_word(&rest, " \t", &word)) {
		if (!read_pair(word, command, rows, count, out, r))
			return false;
	}
	return true;
}

void
attribute_text(struct str value, char text[ATTRIBUTE_MAX + 1])
{
	BUG_ON(value.n > ATTRIBUTE_MAX);
	if (value.n != 0)
		memcpy(text, value.p, value.n);
	text[value.n] = '\0';
}

bool
attribute_host(struct str value, char name[ATTRIBUTE_MAX + 1])
{
	if (value.n != 0 && !domain_is_valid(value))
		return false;
	attribute_text(value.n != 0 ? value : STR("unknown"), name);
	return true;
}

/* "192.0.2.1", "IPV6:2001:db8::1". RFC 5321, section 4.1.3, without the brackets. */
bool
attribute_address(struct str value, char address[ENDPOINT_TEXT_MAX])
{
	static const struct str tag = STR_INIT("IPV6:");
	struct endpoint e = { .length = 0 };

	if (value.n == 0) {
		smtpd_peer_address(&e, address);
		return true;
	}
	if (str_starts_nocase(value, tag))
		value = str_from(value, tag.n);
	else if (str_index(value, ':') != value.n)
		return false;
	if (endpoint_parse(value, 0, &e) < 0)
		return false;
	smtpd_peer_address(&e, address);
	return true;
}

bool
attribute_port(struct str value, unsigned *port)
{
	uint64_t number = 0;

	if (value.n != 0 && num_parse(value, UINT16_MAX, &number) < 0)
		return false;
	*port = (unsigned)number;
	return true;
}
