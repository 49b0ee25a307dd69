/* SPDX-License-Identifier: BSD-2-Clause */
#include "cleanup/checks.h"

#include "cleanup/check_action.h"
#include "cleanup/message.h"
#include "lib/base/err.h"
#include "lib/config/param.h"
#include "lib/mail/dsn.h"
#include "lib/mail/header.h"
#include "lib/run/run.h"

#define LOOKUP_DEADLINE (100 * TICKS_SECOND)
#define CONTENT_SHOWN   ((size_t)200)
#define ORIGIN_MAX      ((size_t)600) /* of message.def */

static const enum param_id params[] = {
	[CHECKS_HEADER] = PARAM_header_checks,
	[CHECKS_MIME] = PARAM_mime_header_checks,
	[CHECKS_NESTED] = PARAM_nested_header_checks,
	[CHECKS_BODY] = PARAM_body_checks,
};

int
checks_open(struct checks *c, const struct config *config, struct why *why)
{
	int result = 0;

	*c =
	    (struct checks){ .body_max = (size_t)config_int(config, PARAM_body_checks_size_limit) };
	for (size_t i = 0; i < CHECKS_TABLES && result == 0; i++) {
		result =
		    table_list_open(&c->tables[i], config_text(config, params[i]), TABLE_LATE, why);
		c->any = c->any || c->tables[i].count != 0;
	}
	if (result < 0)
		checks_close(c);
	return result;
}

void
checks_close(struct checks *c)
{
	for (size_t i = 0; i < CHECKS_TABLES; i++)
		table_list_close(&c->tables[i]);
}

/* --- The log --------------------------------------------------------------------------------- */

static struct str
origin_of(const struct message *m, struct buf *text)
{
	const struct message_submit *s = &m->submit;

	if (s->client_address.n == 0)
		return STR("local");
	(void)!buf_addf(text, "%.*s[%.*s]", STR_ARG(s->client_name), STR_ARG(s->client_address));
	return buf_str(text);
}

void
check_log(const struct message *m, const char *action, const char *class_, struct str content,
    struct str text)
{
	AUTO(buf) origin = BUF_INIT(ORIGIN_MAX);
	struct event_field fields[] = {
		F_STR(queue_id, queue_id_str(&m->id)),
		F_STR(action, str_of(action)),
		F_STR(class, str_of(class_)),
		F_STR(content, str_part(content, 0, CONTENT_SHOWN)),
		F_STR(origin, origin_of(m, &origin)),
		F_STR(sender, m->parties.sender),
		F_STR(recipient, m->parties.recipient),
		F_END,
		F_END,
		F_END,
		F_END,
	};
	struct event_field *end = &fields[7];

	if (m->submit.protocol.n != 0)
		*end++ = F_STR(protocol, m->submit.protocol);
	if (m->submit.helo.n != 0)
		*end++ = F_STR(helo, m->submit.helo);
	if (text.n != 0)
		*end = F_STR(text, text);
	log_record(EVENT_CONTENT_CHECK, fields);
}

enum verdict
check_mime_error(struct message *m, const char *words, struct str text)
{
	AUTO(buf) class_ = BUF_INIT((size_t)200);

	(void)!buf_addf(&class_, "mime-error %s:", words);
	m->reason = str_of(arena_printf(&m->arena, "5.6.0 %s", words));
	m->checking = false;
	check_log(m, "reject", buf_text(&class_), text, STR_NONE);
	return VERDICT_REJECTED;
}

/* --- Actions --------------------------------------------------------------------------------- */

/* One text that a table was asked for. */
struct check {
	struct message *m;
	enum check_table table;
	struct str content;
	struct check_action action;
	struct check_change *change;
};

static void
log_action(const struct check *k, struct str text)
{
	check_log(
	    k->m, k->action.word, k->table == CHECKS_BODY ? "body" : "header", k->content, text);
}

/* Wrong use of an action changes nothing but the log. */
static void
complain(const struct check *k, const char *words)
{
	log_warning("%s: %s: %s: \"%.*s\"", k->m->id.text, param_at(params[k->table])->name, words,
	    STR_ARG(k->action.text));
}

static enum verdict
reject(struct check *k)
{
	struct str words = k->action.text;
	struct dsn dsn = DSN_NONE;

	if (!dsn_take(&words, &dsn))
		(void)!dsn_parse(STR("5.7.1"), &dsn);
	if (words.n == 0)
		words = str_of(verdict_row(VERDICT_REJECTED)->words);
	if (dsn_class(&dsn) != 4 && dsn_class(&dsn) != 5) {
		complain(k, "bad status code in REJECT, need 4.x.x or 5.x.x");
		dsn.text[0] = '4';
	}
	k->m->reason = str_of(arena_printf(&k->m->arena, "%s %.*s", dsn.text, STR_ARG(words)));
	log_action(k, k->m->reason);
	return dsn_class(&dsn) == 4 ? VERDICT_DEFERRED : VERDICT_REJECTED;
}

/* An order for the end of the message; the same text as of an access rule. */
static void
order(struct check *k, uint32_t kind)
{
	orders_take(&k->m->orders, &k->m->arena, kind, k->action.text);
	log_action(k, k->action.text);
}

/* For the envelope, where no line may end. */
static void
order_clean(struct check *k, uint32_t kind)
{
	if (str_has_control(k->action.text))
		complain(k, "a control character in the text");
	else
		order(k, kind);
}

static void
order_address(struct check *k, uint32_t kind)
{
	if (str_index(k->action.text, '@') == k->action.text.n)
		complain(k, "bad address, need user@domain");
	else
		order_clean(k, kind);
}

static bool
is_header(struct str text)
{
	struct header_field f;
	struct header_iter it;

	header_iter_init(&it, text);
	return header_next(&it, &f) > 0 && f.whole.n == text.n;
}

/* Tables see the folds of a field as LF, and may give them back. */
static struct str
restore_folds(struct arena *arena, struct str text)
{
	char *copy, *end;

	if (str_index(text, '\n') == text.n)
		return text;
	copy = end = ARENA_ARRAY(arena, char, 2 * text.n);
	for (size_t i = 0; i < text.n; i++) {
		if (text.p[i] == '\n')
			*end++ = '\r';
		*end++ = text.p[i];
	}
	return str_make(copy, (size_t)(end - copy));
}

static void
put(struct check *k, struct str *where)
{
	if (k->action.text.n == 0)
		complain(k, "this action needs a text");
	else if (k->table != CHECKS_BODY && !is_header(k->action.text))
		complain(k, "the text is no header field");
	else {
		log_action(k, k->action.text);
		*where = restore_folds(&k->m->arena, k->action.text);
	}
}

static void
order_filter(struct check *k)
{
	if (str_index(k->action.text, ':') == k->action.text.n)
		complain(k, "bad FILTER, need transport:destination");
	else
		order_clean(k, ACTION_FILTER);
}

/* Those that end the checking of this message. */
static void
end_checks(struct check *k)
{
	struct message *m = k->m;

	if (k->action.kind == CHECK_REDIRECT)
		order_address(k, ACTION_REDIRECT);
	else if (k->action.kind == CHECK_DISCARD)
		order(k, ACTION_DISCARD);
	else
		log_action(k, k->action.text);
	m->checking = k->action.kind == CHECK_REDIRECT && m->orders.redirect.n == 0;
}

static enum verdict
act(struct check *k)
{
	switch (k->action.kind) {
	case CHECK_UNKNOWN:
		complain(k, "unknown action");
		break;
	case CHECK_DUNNO:
		break;
	case CHECK_BCC:
		order_address(k, ACTION_BCC);
		break;
	case CHECK_DISCARD:
	case CHECK_PASS:
	case CHECK_REDIRECT:
		end_checks(k);
		break;
	case CHECK_FILTER:
		order_filter(k);
		break;
	case CHECK_HOLD:
		if (!k->m->orders.hold)
			order(k, ACTION_HOLD);
		break;
	case CHECK_STRIP:
		log_action(k, k->action.text);
		FALLTHROUGH;
	case CHECK_IGNORE:
		k->change->remove = true;
		break;
	case CHECK_INFO:
	case CHECK_WARN:
		log_action(k, k->action.text);
		break;
	case CHECK_PREPEND:
		put(k, &k->change->prepend);
		break;
	case CHECK_REPLACE:
		put(k, &k->change->replace);
		break;
	case CHECK_REJECT:
		return reject(k);
	}
	return VERDICT_NONE;
}

enum verdict
check_text(struct message *m, enum check_table table, struct str text, struct check_change *out)
{
	struct table_list *tables = &m->cleanup->checks.tables[table];
	struct check k = { .m = m, .table = table, .content = text, .change = out };
	struct why why = WHY_INIT;
	int result;

	*out = (struct check_change){ .remove = false };
	if (!m->checking || tables->count == 0)
		return VERDICT_NONE;
	result = table_list_find(tables, text, &m->answer, run_deadline(LOOKUP_DEADLINE), &why);
	if (result < 0) {
		log_warning("%s: %s", m->id.text, why.text);
		log_warning("%s: %s map lookup problem -- message not accepted, try again later",
		    m->id.text, param_at(params[table])->name);
		return VERDICT_TABLE_FAILED;
	}
	if (result == 0)
		return VERDICT_NONE;
	k.action = check_action_parse(buf_str(&m->answer));
	return act(&k);
}

/* A field as tables see it: without its last line end, folds as LF. */
static struct str
fold_lines(struct str whole, struct buf *copy)
{
	struct str line;

	whole.n -= str_ends(whole, STR("\r\n")) ? 2 : str_ends(whole, STR("\n"));
	if (str_index(whole, '\n') == whole.n)
		return whole;
	buf_clear(copy);
	while (str_split(&whole, '\n', &line)) {
		if (str_ends(line, STR("\r")))
			line.n--;
		if ((copy->n != 0 && buf_add_byte(copy, '\n') < 0) || buf_add(copy, line) < 0)
			break; /* cannot be: the copy is shorter, and has the same bound */
	}
	return buf_str(copy);
}

static bool
is_mime_field(struct str field)
{
	static const struct str names[] = {
		STR_INIT("MIME-Version"),
		STR_INIT("Content-Type"),
		STR_INIT("Content-Transfer-Encoding"),
		STR_INIT("Content-Disposition"),
		STR_INIT("Content-Description"),
		STR_INIT("Content-ID"),
	};

	struct header_field f;
	struct header_iter it;

	header_iter_init(&it, field);
	if (header_next(&it, &f) <= 0)
		return false;
	for (size_t i = 0; i < ARRAY_LEN(names); i++) {
		if (header_is(&f, names[i]))
			return true;
	}
	return false;
}

enum verdict
check_field_text(
    struct message *m, enum check_table table, struct str field, struct check_change *out)
{
	AUTO(buf) copy = BUF_INIT(field.n);

	*out = (struct check_change){ .remove = false };
	if (!m->checking || !m->cleanup->checks.any)
		return VERDICT_NONE;
	return check_text(
	    m, is_mime_field(field) ? CHECKS_MIME : table, fold_lines(field, &copy), out);
}
