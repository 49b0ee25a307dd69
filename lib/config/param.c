/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The registry: param.def as a table, and values read by type. Rows are found by going through
 * them all: a thousand short comparisons, asked once for each line of main.cf; who asks more often
 * (settings.c) keeps a map.
 */
#include "lib/config/param.h"

#include "lib/base/bug.h"
#include "lib/base/err.h"
#include "lib/base/nearest.h"
#include "lib/base/num.h"
#include "lib/base/ticks.h"

#define COMPUTED              NULL
#define ANY                   .min = 0, .max = INT64_MAX, .unit = 's'
#define NOT_EMPTY             .min = 1, .max = INT64_MAX
#define AT_LEAST(n)           .min = (n), .max = INT64_MAX
#define BETWEEN(n, m)         .min = (n), .max = (m)
#define SECONDS(n)            .min = (n), .max = INT64_MAX, .unit = 's'
#define BETWEEN_SECONDS(n, m) .min = (n), .max = (m), .unit = 's'
#define HOURS(n)              .min = (n), .max = INT64_MAX, .unit = 'h'
#define DAYS(n)               .min = (n), .max = INT64_MAX, .unit = 'd'
#define ONE_OF(choices)       .words = (choices)

/* The range comes last: it becomes several initialisers. */
#define ROW(name_, type_, initial_, owner_, status_, sentence_, family_, ...) \
	[PARAM_##name_] = {                                                   \
		.name = #name_,                                               \
		.type = PARAM_TYPE_##type_,                                   \
		.initial = initial_,                                          \
		.owner = #owner_,                                             \
		.status = PARAM_STATUS_##status_,                             \
		.sentence = sentence_,                                        \
		.is_family = family_,                                         \
		__VA_ARGS__,                                                  \
	},
#define PARAM(n, t, i, range, o, s, text)      ROW(n, t, i, o, s, text, false, range)
#define PARAM_EACH(n, t, i, range, o, s, text) ROW(n, t, i, o, s, text, true, range)

static const struct param params[PARAM_COUNT] = {
#include "lib/config/param.def"
};
#undef PARAM

const struct param *
param_at(enum param_id id)
{
	BUG_ON(id >= PARAM_COUNT);
	return &params[id];
}

enum param_id
param_find(struct str name)
{
	size_t id = 0;

	while (id < PARAM_COUNT && !str_equal(str_of(params[id].name), name))
		id++;
	return (enum param_id)id;
}

/* "_time_limit" of transport_time_limit. */
static struct str
family_suffix(const struct param *p)
{
	struct str name = str_of(p->name);

	return str_from(name, str_index(name, '_'));
}

enum param_id
param_find_family(struct str name, struct str *member)
{
	enum param_id best = PARAM_COUNT;
	size_t best_length = 0;

	for (size_t id = 0; id < PARAM_COUNT; id++) {
		struct str suffix;

		if (!params[id].is_family)
			continue;
		suffix = family_suffix(&params[id]);
		if (name.n > suffix.n && suffix.n > best_length && str_ends(name, suffix)) {
			best = (enum param_id)id;
			best_length = suffix.n;
		}
	}
	if (best != PARAM_COUNT)
		*member = str_part(name, 0, name.n - best_length);
	return best;
}

/* --- The nearest name ---------------------------------------------------------------------- */

const char *
param_nearest(struct str name)
{
	struct nearest n;

	nearest_init(&n, name);
	for (size_t id = 0; id < PARAM_COUNT; id++)
		nearest_see(&n, params[id].name);
	return n.best;
}

/* --- Values -------------------------------------------------------------------------------- */

#define SHOWN(s) (int)((s).n < 60 ? (s).n : 60), (s).p

static int
parse_bool(struct str text, struct param_value *out, struct why *why)
{
	if (str_equal_nocase(text, STR("yes"))) {
		out->number = 1;
		return 0;
	}
	if (str_equal_nocase(text, STR("no"))) {
		out->number = 0;
		return 0;
	}
	why_set(why, "\"%.*s\" is neither yes nor no", SHOWN(text));
	return ERR_SYNTAX;
}

static int
out_of_range(const struct param *p, struct str text, struct why *why)
{
	const char *unit = p->type == PARAM_TYPE_TIME ? "s" : "";

	if (p->max == INT64_MAX)
		why_set(why, "\"%.*s\" is out of range: at least %lld%s", SHOWN(text),
		    (long long)p->min, unit);
	else
		why_set(why, "\"%.*s\" is out of range: %lld%s to %lld%s", SHOWN(text),
		    (long long)p->min, unit, (long long)p->max, unit);
	return ERR_RANGE;
}

static int
parse_number(const struct param *p, struct str text, struct param_value *out, struct why *why)
{
	uint64_t number;
	int result = num_parse(text, INT64_MAX, &number);

	if (result == ERR_SYNTAX) {
		why_set(why, "\"%.*s\" is not a number%s", SHOWN(text),
		    p->type == PARAM_TYPE_SIZE ? " of bytes" : "");
		return result;
	}
	if (result < 0 || (int64_t)number < p->min || (int64_t)number > p->max)
		return out_of_range(p, text, why);
	out->number = (int64_t)number;
	return 0;
}

static int
parse_time(const struct param *p, struct str text, struct param_value *out, struct why *why)
{
	int64_t ticks;
	int result = num_parse_time(text, p->unit, &ticks);

	if (result == ERR_SYNTAX) {
		why_set(why, "\"%.*s\" is not a time: a number and one of s m h d w", SHOWN(text));
		return result;
	}
	if (result < 0 || ticks / TICKS_SECOND < p->min || ticks / TICKS_SECOND > p->max)
		return out_of_range(p, text, why);
	out->number = ticks;
	return 0;
}

static int
parse_word(const struct param *p, struct str text, struct param_value *out, struct why *why)
{
	struct str rest = str_of(p->words), word;

	while (str_word(&rest, " ", &word)) {
		if (str_equal_nocase(word, text)) {
			out->word = word;
			return 0;
		}
	}
	why_set(why, "\"%.*s\" is not one of: %s", SHOWN(text), p->words);
	return ERR_SYNTAX;
}

static int
check_not_empty(const struct param *p, struct str text, struct why *why)
{
	if (p->min == 0 || text.n != 0)
		return 0;
	why_set(why, "it must not be empty");
	return ERR_RANGE;
}

int
param_parse(const struct param *p, struct str text, struct param_value *out, struct why *why)
{
	switch (p->type) {
	case PARAM_TYPE_BOOL:
		return parse_bool(text, out, why);
	case PARAM_TYPE_INT:
	case PARAM_TYPE_SIZE:
		return parse_number(p, text, out, why);
	case PARAM_TYPE_TIME:
		return parse_time(p, text, out, why);
	case PARAM_TYPE_ENUM:
		return parse_word(p, text, out, why);
	case PARAM_TYPE_TEXT:
	case PARAM_TYPE_RAW:
	case PARAM_TYPE_LIST:
	case PARAM_TYPE_TABLES:
		return check_not_empty(p, text, why);
	}
	BUG_ON(true);
}

const char *
param_type_name(enum param_type type)
{
	static const char *const names[] = {
		[PARAM_TYPE_TEXT] = "text",
		[PARAM_TYPE_RAW] = "text, expanded when used",
		[PARAM_TYPE_BOOL] = "yes or no",
		[PARAM_TYPE_INT] = "number",
		[PARAM_TYPE_SIZE] = "bytes",
		[PARAM_TYPE_TIME] = "time",
		[PARAM_TYPE_ENUM] = "word",
		[PARAM_TYPE_LIST] = "list",
		[PARAM_TYPE_TABLES] = "list of tables",
	};

	BUG_ON(type >= ARRAY_LEN(names));
	return names[type];
}

const char *
param_status_name(enum param_status status)
{
	static const char *const names[] = {
		[PARAM_STATUS_SUPPORTED] = "supported",
		[PARAM_STATUS_OWN] = "supported, not in Postfix",
		[PARAM_STATUS_BUILT_IN] = "built in",
		[PARAM_STATUS_LATER] = "no effect in this release",
		[PARAM_STATUS_REFUSED] = "refused",
	};

	BUG_ON(status >= ARRAY_LEN(names));
	return names[status];
}
