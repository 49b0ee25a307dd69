/* SPDX-License-Identifier: BSD-2-Clause */
#include "smtpd/refusal.h"

#include "lib/base/calendar.h"
#include "lib/base/err.h"
#include "lib/config/expand.h"
#include "lib/run/run.h"
#include "lib/sys/clock.h"
#include "lib/sys/log.h"

#define VALUE_MAX ((size_t)2048)

/* --- Values -------------------------------------------------------------------------------------- */

struct lookup {
	const struct session *s;
	struct buf value;
};

static int
add_localtime(struct buf *out)
{
	int64_t wall = sys_clock_wall();
	struct calendar c;

	calendar_from_wall(&c, wall, sys_clock_zone(wall));
	return buf_addf(out, "%s %2d %02d:%02d:%02d", calendar_month_name(c.month), c.day, c.hour,
	    c.minute, c.second);
}

/* 0: added; ERR_UNSUPPORTED: there is no such value. */
static int
add_value(const struct session *s, struct str name, struct buf *out)
{
	const struct smtpd_peer *p = s->peer;

	if (str_equal(name, STR("client")))
		return buf_addf(out, "%s[%s]", p->name, p->address);
	if (str_equal(name, STR("client_address")))
		return buf_add(out, str_of(p->address));
	if (str_equal(name, STR("client_name")))
		return buf_add(out, str_of(p->name));
	if (str_equal(name, STR("client_port")))
		return p->port != 0 ? buf_addf(out, "%u", p->port) : 0;
	if (str_equal(name, STR("helo_name")))
		return buf_add(out, buf_str(&s->helo));
	if (str_equal(name, STR("sender")))
		return buf_add(out, s->transaction.sender);
	if (str_equal(name, STR("server_name")))
		return buf_add(out, str_of(session_config_text(s, myhostname)));
	if (str_equal(name, STR("localtime")))
		return add_localtime(out);
	return ERR_UNSUPPORTED;
}

static int
find(void *context, struct str name, struct str *value, struct why *why)
{
	struct lookup *l = context;
	int result;

	(void)why;
	buf_clear(&l->value);
	result = add_value(l->s, name, &l->value);
	if (result < 0)
		log_warning("smtpd_reject_footer: there is no value \"%.*s\"", STR_ARG(name));
	*value = result == 0 ? expansion_filter_apply(&l->s->smtpd->expansion_filter, &l->value)
	                     : STR_NONE;
	return result == 0 ? 1 : 0;
}

/* --- The footer ---------------------------------------------------------------------------------- */

/* Lines of it end in "\n", two characters; "\c" at its start joins it to the reply's last line. */
static void
add_footer(struct str footer, struct reply *r)
{
	static const struct str join = STR_INIT("\\c"), next = STR_INIT("\\n");
	size_t at;

	if (str_starts(footer, join)) {
		footer = str_from(footer, join.n);
		at = str_find(footer, next);
		reply_add_words(r, str_part(footer, 0, at));
		footer = str_from(footer, at + next.n);
	}
	while (footer.n != 0) {
		at = str_find(footer, next);
		reply_add_line(r, str_part(footer, 0, at));
		footer = str_from(footer, at + next.n);
	}
}

static void
add_expanded(const struct session *s, struct str template, struct reply *r)
{
	struct lookup lookup = { .s = s, .value = BUF_INIT(VALUE_MAX) };
	const struct expand_source source = { .find = find, .context = &lookup };
	AUTO(buf) footer = BUF_INIT(REPLY_TEXT_MAX);
	struct why why = WHY_INIT;

	if (expand(template, &source, &footer, &why) < 0)
		log_warning("smtpd_reject_footer: %s", why.text);
	else
		add_footer(buf_str(&footer), r);
	buf_drop(&lookup.value);
}

/* 1, and what a table has for the reply, or 0. */
PARKS static int
look_up(struct table_list *tables, const char *parameter, const struct reply *r, struct buf *out)
{
	AUTO(buf) key = BUF_INIT(2 * REPLY_TEXT_MAX);
	struct why why = WHY_INIT;
	int result;

	if (tables->count == 0 || reply_words(r, &key) < 0)
		return 0;
	result =
	    table_list_find(tables, buf_str(&key), out, run_deadline(SESSION_LOOKUP_TIME), &why);
	if (result < 0)
		log_warning("%s: %s", parameter, why.text);
	return result > 0;
}

PARKS static void
append(struct session *s, struct reply *r)
{
	AUTO(buf) footer = BUF_INIT(REPLY_TEXT_MAX);

	if (look_up(&s->smtpd->reject_footer_maps, "smtpd_reject_footer_maps", r, &footer) > 0)
		add_expanded(s, buf_str(&footer), r);
	else
		add_expanded(s, str_of(session_config_text(s, smtpd_reject_footer)), r);
}

PARKS static void
replace(struct session *s, struct reply *r)
{
	AUTO(buf) text = BUF_INIT(REPLY_TEXT_MAX);
	struct reply other;

	if (look_up(&s->smtpd->reject_filter_maps, "smtpd_reject_filter_maps", r, &text) == 0)
		return;
	if (reply_parse(buf_str(&text), &other) == 0 && reply_is_error(&other))
		*r = other;
	else
		log_warning("smtpd_reject_filter_maps: \"%s\" is no refusal", buf_text(&text));
}

void
refusal_shape(struct session *s, struct reply *r)
{
	if (!reply_is_error(r))
		return;
	replace(s, r);
	if (r->code >= 500 && session_config_bool(s, soft_bounce)) {
		r->code -= 100;
		r->dsn = dsn_with_class(&r->dsn, r->code);
	}
	append(s, r);
}
