/* SPDX-License-Identifier: BSD-2-Clause */
/* What the log says about a session: Postfix's lines, token by token. */
#include "lib/sys/log.h"
#include "smtpd/session.h"

/* The last fields of an event: the port may be none. */
#define CLIENT(s)                                    \
	F_STR(client_name, str_of((s)->peer->name)), \
	    F_STR(client_address, str_of((s)->peer->address)), port(s)

static bool
logs_port(const struct session *s)
{
	return s->peer->port != 0 && session_config_bool(s, smtpd_client_port_logging);
}

static struct event_field
port(const struct session *s)
{
	return logs_port(s) ? F_NUM(client_port, s->peer->port) : F_END;
}

const char *
session_client(const struct session *s, struct buf *words)
{
	int result;

	if (logs_port(s))
		result =
		    buf_addf(words, "%s[%s]:%u", s->peer->name, s->peer->address, s->peer->port);
	else
		result = buf_addf(words, "%s[%s]", s->peer->name, s->peer->address);
	return result == 0 ? buf_text(words) : s->peer->address;
}

void
session_log_connect(const struct session *s)
{
	log_event(EVENT_CONNECT, CLIENT(s));
}

struct str
session_after(const struct session *s, struct buf *words)
{
	if (s->after_bytes != 0 && buf_addf(words, "%s (%zu bytes)", s->after, s->after_bytes) == 0)
		return buf_str(words);
	return str_of(s->after);
}

static void
log_reason(const struct session *s)
{
	AUTO(buf) words = BUF_INIT(SESSION_AFTER_MAX);
	struct str after = session_after(s, &words);

	switch (s->end) {
	case SESSION_GOES_ON:
	case SESSION_CANCELLED:
	case SESSION_ENDED:
	case SESSION_REFUSED:
		break;
	case SESSION_LOST:
		log_event(EVENT_LOST_CONNECTION, F_STR(command, after), CLIENT(s));
		break;
	case SESSION_TIMEOUT:
		log_event(EVENT_SESSION_TIMEOUT, F_STR(command, after), CLIENT(s));
		break;
	case SESSION_ERRORS:
		log_event(EVENT_TOO_MANY_ERRORS, F_STR(command, after), CLIENT(s));
		break;
	}
}

/* " ehlo=1", or " ehlo=1/2" where only some were good. */
static int
add_count(struct buf *out, const char *name, const struct command_count *c)
{
	const char *separator = out->n != 0 ? " " : "";
	size_t at;

	if (buf_addf(out, "%s", separator) < 0)
		return -1;
	at = out->n;
	if (buf_addf(out, "%s=%u", name, c->good) < 0)
		return -1;
	for (; at < out->n; at++)
		out->p[at] = char_lower(out->p[at]);
	return c->good != c->all ? buf_addf(out, "/%u", c->all) : 0;
}

static void
add_counts(const struct session *s, struct buf *out)
{
	struct command_count sum = { .all = 0 };
	int failed = 0;

	for (enum verb v = 0; v < VERB_COUNT && failed == 0; v++) {
		if (s->counts[v].all == 0)
			continue;
		sum.all += s->counts[v].all;
		sum.good += s->counts[v].good;
		failed = add_count(out, verb_name(v), &s->counts[v]);
	}
	if (failed == 0)
		failed = sum.all != 0 ? add_count(out, "commands", &sum)
		                      : buf_add(out, STR("commands=0/0"));
	if (failed == 0 && s->saw_bare_lf && s->newline == DOT_NEWLINE_NOTE)
		failed = buf_add(out, STR(" notes=bare_lf"));
	if (failed < 0) /* cannot be, and is no reason to lose the line */
		buf_clear(out);
}

void
session_log_end(const struct session *s)
{
	AUTO(buf) counts = BUF_INIT(1000);

	log_reason(s);
	add_counts(s, &counts);
	log_event(EVENT_DISCONNECT, F_STR(command_counts, buf_str(&counts)), CLIENT(s));
}

/* What there is to say of the envelope, behind the first fields. */
static void
log_decision(const struct session *s, enum event_id id, struct event_field *fields, size_t n,
    struct str recipient)
{
	fields[n++] = F_STR(client_name, str_of(s->peer->name));
	fields[n++] = F_STR(client_address, str_of(s->peer->address));
	if (s->transaction.is_open)
		fields[n++] = F_STR(sender, s->transaction.sender_given);
	if (recipient.n != 0)
		fields[n++] = F_STR(recipient, recipient);
	fields[n++] = F_STR(protocol, session_protocol(s));
	fields[n++] = port(s);
	fields[n] = F_END;
	log_record(id, fields);
}

#define DECISION_FIELDS 13

void
session_log_reject(
    const struct session *s, enum verb verb, struct str recipient, const struct reply *r)
{
	AUTO(buf) words = BUF_INIT(2 * REPLY_TEXT_MAX);
	struct event_field fields[DECISION_FIELDS];
	size_t n = 0;

	if (reply_words(r, &words) < 0)
		return;
	fields[n++] = F_STR(queue_id, STR("NOQUEUE"));
	fields[n++] = F_STR(command, str_of(verb_name(verb)));
	fields[n++] = F_STR(reply, buf_str(&words));
	if (s->helo.n != 0)
		fields[n++] = F_STR(helo, buf_str(&s->helo));
	log_decision(s, EVENT_REJECT, fields, n, recipient);
}

void
session_log_access(const struct session *s, const char *action, struct str words)
{
	const struct access_facts *f = &s->access.facts;
	enum event_id id = strcmp(action, "reject") == 0 ? EVENT_REJECT : EVENT_ACCESS;
	struct event_field fields[DECISION_FIELDS];
	size_t n = 0;

	fields[n++] = F_STR(queue_id, STR("NOQUEUE"));
	if (id == EVENT_ACCESS)
		fields[n++] = F_STR(action, str_of(action));
	fields[n++] = F_STR(command, str_of(f->command));
	fields[n++] = F_STR(reply, words);
	if (f->helo.n != 0)
		fields[n++] = F_STR(helo, f->helo);
	log_decision(s, id, fields, n, f->has_recipient ? f->recipient_given : STR_NONE);
}
