/* SPDX-License-Identifier: BSD-2-Clause */
/*
 *	entry  = action [blank text] / restrictions
 *	action = word of action.def / 1*DIGIT / ("4" / "5") 2DIGIT blank [enhanced-code] text
 *
 * What a table says about a name. What is to become of the message is noted with it and carried out
 * by cleanup, which has the message; here nothing more is known than its envelope.
 */
#include "lib/access/restrict.h"
#include "lib/base/bug.h"
#include "lib/base/num.h"

#define SCRATCH_MAX ((size_t)1024 * 1024)
#define TEXT_MAX    ((size_t)2048) /* of message.def */

/* An entry being applied. */
struct entry {
	const char *table;
	struct str key;
	struct str word; /* as written */
	struct str text; /* behind it */
};

/* --- Refusals ------------------------------------------------------------------------------ */

/*
 * The same table may serve for senders, recipients and hosts, so a code that speaks of an address is
 * put right: X.1.Y of a recipient becomes what comes nearest of a sender, and the reverse; a host has
 * no address, X.0.0. RFC 3463, section 3.2. Each digit stands where the one it replaces would.
 */
static struct dsn
fit_dsn(const struct dsn *given, const char *kind)
{
	static const char of_sender[] = "0787707780", of_recipient[] = "0123456320";
	struct str code = dsn_str(given);
	struct dsn fitted = *given;
	size_t detail = 9;

	if (code.n < 5 || code.p[2] != '1' || code.p[3] != '.')
		return fitted;
	if (code.n == 5)
		detail = (size_t)(code.p[4] - '0');
	memcpy(fitted.text + 2, "0.0", 4);
	if (strcmp(kind, SUBJECT_SENDER) == 0)
		memcpy(fitted.text + 2, (char[]){ '1', '.', of_sender[detail] }, 3);
	else if (strcmp(kind, SUBJECT_RECIPIENT) == 0)
		memcpy(fitted.text + 2, (char[]){ '1', '.', of_recipient[detail] }, 3);
	return fitted;
}

/* The enhanced code at the start of the text, or the usual one; what is left, or the usual words. */
static struct dsn
take_words(const struct evaluation *e, struct str *text, const char *dsn, const char *words)
{
	struct dsn given = DSN_NONE;

	if (!dsn_take(text, &given))
		BUG_ON(dsn_parse(str_of(dsn), &given) < 0);
	if (text->n == 0)
		*text = str_of(words);
	return fit_dsn(&given, e->subject.kind);
}

static int
code(const struct evaluation *e, enum param_id id)
{
	return (int)config_int(config_of(e), id);
}

PARKS static enum answer
action_permit(struct evaluation *e, const struct entry *n)
{
	char word[16] = "";

	memcpy(word, n->word.p, n->word.n < sizeof(word) ? n->word.n : sizeof(word) - 1);
	return evaluation_permit(e, word, e->subject, n->table);
}

static enum answer
action_nothing(struct evaluation *e, const struct entry *n)
{
	(void)e;
	(void)n;
	return ANSWER_NONE;
}

static enum answer
action_reject(struct evaluation *e, const struct entry *n)
{
	struct str text = n->text;
	struct dsn dsn = take_words(e, &text, "5.7.1", "Access denied");

	return evaluation_reject(e, code(e, PARAM_access_map_reject_code), dsn.text, text);
}

static enum answer
action_defer(struct evaluation *e, const struct entry *n)
{
	struct str text = n->text;
	struct dsn dsn = take_words(e, &text, "4.7.1", "Access denied");

	return evaluation_reject(e, code(e, PARAM_access_map_defer_code), dsn.text, text);
}

static enum answer
action_defer_if_permit(struct evaluation *e, const struct entry *n)
{
	struct str text = n->text;
	struct dsn dsn = take_words(e, &text, "4.7.1", "Service unavailable");

	return evaluation_defer_if_permit(e, code(e, PARAM_access_map_defer_code), dsn.text, text);
}

static enum answer
action_defer_if_reject(struct evaluation *e, const struct entry *n)
{
	struct str text = n->text;
	struct dsn dsn = take_words(e, &text, "4.7.1", "Service unavailable");

	return evaluation_defer_if_reject(e, code(e, PARAM_access_map_defer_code), dsn.text, text);
}

/* "550 5.1.1 no such user": the code is the entry's word. */
static enum answer
refuse_with_code(struct evaluation *e, const struct entry *n)
{
	struct str text = n->text;
	struct dsn dsn =
	    take_words(e, &text, n->word.p[0] == '4' ? "4.7.1" : "5.7.1", "Access denied");
	uint64_t number = 0;

	if (num_parse(n->word, 599, &number) < 0)
		return ANSWER_NONE;
	return evaluation_reject(e, (int)number, dsn.text, text);
}

/* --- Words in the log ---------------------------------------------------------------------- */

static enum answer
action_warn(struct evaluation *e, const struct entry *n)
{
	evaluation_note(e, "warn", "%.*s", STR_ARG(n->text));
	return ANSWER_NONE;
}

static enum answer
action_info(struct evaluation *e, const struct entry *n)
{
	evaluation_note(e, "info", "%.*s", STR_ARG(n->text));
	return ANSWER_NONE;
}

/* --- The fate of the message --------------------------------------------------------------- */

/* Before MAIL there is no message that something could become of, and with ETRN there is none. */
static bool
has_message(struct evaluation *e, const struct entry *n)
{
	if (e->stage == STAGE_ETRN) {
		evaluation_warn(e, "access table %s: action %.*s is unavailable for %s", n->table,
		    STR_ARG(n->word), SUBJECT_ETRN);
		return false;
	}
	if (facts_of(e)->has_sender)
		return true;
	evaluation_warn(e,
	    "access table %s: with smtpd_delay_reject=no, action %.*s is always skipped in "
	    "%s or %s restrictions",
	    n->table, STR_ARG(n->word), SUBJECT_CLIENT, SUBJECT_HELO);
	return false;
}

static bool
is_noted(const struct access *a, enum action_kind kind, struct str text)
{
	for (uint32_t i = 0; i < a->action_count; i++) {
		if (a->actions[i].kind == kind && str_equal(a->actions[i].text, text))
			return true;
	}
	return false;
}

/*
 * What was noted already counts once, since each recipient leads through the same tables. False:
 * there is nothing new to say.
 */
static bool
note_action(struct evaluation *e, enum action_kind kind, struct str text)
{
	struct access *a = e->access;

	text = str_part(text, 0, TEXT_MAX);
	if (is_noted(a, kind, text))
		return false;
	if (a->action_count == ACCESS_ACTIONS_MAX) {
		evaluation_warn(e, "too many actions for one message: %.*s is skipped",
		    STR_ARG(str_part(text, 0, 100)));
		return false;
	}
	if (a->actions == NULL)
		a->actions =
		    ARENA_ARRAY(&a->actions_arena, struct message_action, ACCESS_ACTIONS_MAX);
	a->actions[a->action_count++] =
	    (struct message_action){ .kind = kind, .text = arena_str(&a->actions_arena, text) };
	return true;
}

static bool
refuse_entry(struct evaluation *e, const struct entry *n, const char *words)
{
	evaluation_warn(e, "access table %s entry \"%.*s\" %s", n->table, STR_ARG(n->key), words);
	return false;
}

/* "<a@b>: Sender address triggers FILTER smtp:x" */
static void
trigger(struct evaluation *e, enum action_kind kind, const char *name, const struct entry *n)
{
	(void)note_action(e, kind, n->text);
	evaluation_note(e, name, "<%.*s>: %s triggers %.*s %.*s", STR_ARG(e->subject.name),
	    e->subject.kind, STR_ARG(n->word), STR_ARG(n->text));
}

static enum answer
action_hold(struct evaluation *e, const struct entry *n)
{
	struct str text = n->text.n != 0 ? n->text : STR("triggers HOLD action");

	if (has_message(e, n) && note_action(e, ACTION_HOLD, n->text))
		evaluation_note(e, "hold", "<%.*s>: %s %.*s", STR_ARG(e->subject.name),
		    e->subject.kind, STR_ARG(text));
	return ANSWER_NONE;
}

static bool
is_to_be_discarded(const struct access *a)
{
	for (uint32_t i = 0; i < a->action_count; i++) {
		if (a->actions[i].kind == ACTION_DISCARD)
			return true;
	}
	return false;
}

/* Nothing more is asked of a message that is discarded, so it must be certain that it will be. */
PARKS static enum answer
action_discard(struct evaluation *e, const struct entry *n)
{
	struct str text = n->text.n != 0 ? n->text : STR("triggers DISCARD action");

	if (!has_message(e, n))
		return ANSWER_NONE;
	if (note_action(e, ACTION_DISCARD, n->text))
		evaluation_note(e, "discard", "<%.*s>: %s %.*s", STR_ARG(e->subject.name),
		    e->subject.kind, STR_ARG(text));
	if (!is_to_be_discarded(e->access))
		return evaluation_blame(e, "access table %s: no room for DISCARD", n->table);
	e->access->is_discarded = true;
	return evaluation_permit(e, "DISCARD", e->subject, NULL);
}

static enum answer
action_filter(struct evaluation *e, const struct entry *n)
{
	if (!has_message(e, n))
		return ANSWER_NONE;
	if (n->text.n == 0)
		refuse_entry(e, n, "has FILTER entry without value");
	else if (str_index(n->text, ':') == n->text.n)
		refuse_entry(e, n, "requires transport:destination");
	else
		trigger(e, ACTION_FILTER, "filter", n);
	return ANSWER_NONE;
}

static bool
has_address(struct evaluation *e, const struct entry *n)
{
	if (!has_message(e, n))
		return false;
	if (str_index(n->text, '@') == n->text.n)
		return refuse_entry(e, n, "requires user@domain target");
	return true;
}

static enum answer
action_redirect(struct evaluation *e, const struct entry *n)
{
	if (has_address(e, n))
		trigger(e, ACTION_REDIRECT, "redirect", n);
	return ANSWER_NONE;
}

static enum answer
action_bcc(struct evaluation *e, const struct entry *n)
{
	if (has_address(e, n))
		trigger(e, ACTION_BCC, "bcc", n);
	return ANSWER_NONE;
}

/* field-name = 1*ftext; RFC 5322, section 3.6.8. */
static bool
is_header(struct str text)
{
	size_t colon = str_index(text, ':');

	for (size_t i = 0; i < colon; i++) {
		if (text.p[i] <= ' ' || text.p[i] >= 0x7f)
			return false;
	}
	return colon != 0 && colon < text.n && !str_has_control(text);
}

static enum answer
action_prepend(struct evaluation *e, const struct entry *n)
{
	if (!has_message(e, n))
		return ANSWER_NONE;
	if (e->stage == STAGE_END_OF_DATA)
		evaluation_warn(e,
		    "access table %s: action PREPEND must be used before "
		    "smtpd_end_of_data_restrictions",
		    n->table);
	else if (n->text.n == 0)
		refuse_entry(e, n, "has PREPEND entry without text");
	else if (!is_header(n->text))
		refuse_entry(e, n, "requires header: text");
	else
		(void)note_action(e, ACTION_PREPEND, n->text);
	return ANSWER_NONE;
}

/* --- Restrictions -------------------------------------------------------------------------- */

PARKS static enum answer
apply_restrictions(struct evaluation *e, const struct entry *n, struct str value)
{
	AUTO(arena) scratch = ARENA_INIT(SCRATCH_MAX);
	struct why why = WHY_INIT;
	struct rule_list list;

	if (value.n > TEXT_MAX ||
	    rules_read_value(e->access->rules, value, n->table, &scratch, &list, &why) < 0)
		return evaluation_blame(e, "access table %s entry \"%.*s\": %s", n->table,
		    STR_ARG(n->key), value.n > TEXT_MAX ? "it is too long" : why.text);
	if (list.count == 0)
		return evaluation_blame(
		    e, "access table %s entry \"%.*s\" has empty value", n->table, STR_ARG(n->key));
	return evaluation_run(e, &list);
}

static bool
is_all_digits(struct str text)
{
	for (size_t i = 0; i < text.n; i++) {
		if (!char_is_digit(text.p[i]))
			return false;
	}
	return text.n != 0;
}

static bool
is_refusing_code(struct str word)
{
	return word.n == 3 && (word.p[0] == '4' || word.p[0] == '5') && is_all_digits(word);
}

enum answer
action_apply(struct evaluation *e, const char *table, struct str key, struct str value)
{
	static const struct {
		struct str word;
		PARKS enum answer (*act)(struct evaluation *e, const struct entry *n);
	} rows[] = {
#define ACTION(word, act) { STR_INIT(word), action_##act },
#include "lib/access/action.def"
#undef ACTION
	};
	struct entry n = { .table = table, .key = key };
	struct str rest = str_trim(value);

	value = rest;
	n.word = str_part(rest, 0, 0);
	for (size_t i = 0; i < rest.n && !char_is_space(rest.p[i]); i++)
		n.word.n++;
	n.text = str_trim(str_from(rest, n.word.n));
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		if (str_equal_nocase(n.word, rows[i].word))
			return rows[i].act(e, &n);
	}
	if (is_all_digits(value))
		return action_permit(e, &n);
	if (is_refusing_code(n.word))
		return refuse_with_code(e, &n);
	return apply_restrictions(e, &n, value);
}
