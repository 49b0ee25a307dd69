/* SPDX-License-Identifier: BSD-2-Clause */
#include "lib/config/master_format.h"

#include "lib/config/item.h"

#define FOLD_AT ((size_t)80)
#define INDENT  "\n    "

/* Where the columns begin, when what is before them leaves room. */
static const size_t column_starts[MASTER_COLUMNS] = { 0, 11, 17, 25, 33, 41, 49, 57 };

struct writer {
	struct buf *out;
	size_t line; /* where the line begins in *out */
	bool folded;
	bool after_override; /* what follows an -o begins a line too */
};

static bool
needs_braces(struct str word)
{
	for (size_t i = 0; i < word.n; i++) {
		if (char_is_space(word.p[i]))
			return true;
	}
	return word.n == 0 || word.p[0] == '{';
}

int
master_format_word(struct str word, struct buf *out)
{
	if (needs_braces(word))
		return buf_addf(out, "{%.*s}", STR_ARG(word));
	return buf_add(out, word);
}

static int
add_word(struct writer *w, struct str word, bool own_line)
{
	size_t length = word.n + (needs_braces(word) ? 2 : 0);
	bool fits = w->out->n - w->line + 1 + length <= FOLD_AT;
	bool breaks = w->folded && (own_line || w->after_override || !fits);
	int result = buf_add(w->out, breaks ? STR(INDENT) : STR(" "));

	w->after_override = false;
	if (breaks)
		w->line = w->out->n - (sizeof(INDENT) - 2);
	return result < 0 ? result : master_format_word(word, w->out);
}

/* -o and its name=value, without blanks around '='. */
static int
add_override(struct writer *w, const struct config_override *o)
{
	AUTO(buf) text = BUF_INIT(w->out->max);
	int result = buf_addf(&text, "%s=%s", o->name, o->value);

	if (result == 0)
		result = add_word(w, STR("-o"), true);
	if (result == 0)
		result = buf_add_byte(w->out, ' ');
	w->after_override = true;
	return result < 0 ? result : master_format_word(buf_str(&text), w->out);
}

static int
add_arguments(struct writer *w, const struct master_entry *e)
{
	size_t overrides = 0;
	bool in_options = true;
	int result = 0;

	for (size_t i = 0; i < e->arg_count && result == 0; i++) {
		struct str arg = str_of(e->args[i]);

		in_options = in_options && arg.n != 0 && arg.p[0] == '-';
		if (in_options && str_starts(arg, STR("-o"))) {
			i += arg.n == 2; /* the text is the next argument */
			result = add_override(w, &e->overrides[overrides++]);
		} else {
			result = add_word(w, arg, false);
		}
	}
	return result;
}

static int
add_command(struct writer *w, const struct master_entry *e)
{
	int result = buf_add(w->out, str_of(e->program));

	return result < 0 ? result : add_arguments(w, e);
}

int
master_format_command(const struct master_entry *e, struct buf *out)
{
	struct writer w = { .out = out, .line = out->n };

	return add_command(&w, e);
}

int
master_format_entry(const struct master_entry *e, bool folded, struct buf *out)
{
	struct writer w = { .out = out, .line = out->n, .folded = folded };
	int result = 0;

	for (size_t i = 0; i < MASTER_COLUMN_PROGRAM && result == 0; i++) {
		result = buf_add(out, str_of(e->columns[i]));
		do {
			if (result == 0)
				result = buf_add_byte(out, ' ');
		} while (result == 0 && out->n - w.line < column_starts[i + 1]);
	}
	return result < 0 ? result : add_command(&w, e);
}
