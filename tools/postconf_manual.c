/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * postconf(5), written from the registry, so that the manual cannot differ from what the programs
 * do. The man page is made by the build: postconf --manual.
 */
#include "tools/postconf.h"

#include <stdarg.h>
#include <stdlib.h>
#include <sysexits.h>

#include "lib/service/command.h"

#define MANUAL_MAX ((size_t)4 * 1024 * 1024)
#define COLUMNS    78

static const char head[] =
    ".\\\" Made by postconf --manual from lib/config/param.def; changes belong there.\n"
    ".Dd November 23, 2026\n"
    ".Dt POSTCONF 5\n"
    ".Os\n"
    ".Sh NAME\n"
    ".Nm main.cf\n"
    ".Nd configuration parameters of Postroad\n"
    ".Sh DESCRIPTION\n"
    "The file\n"
    ".Pa main.cf\n"
    "holds lines of the form\n"
    ".Ql name = value .\n"
    "A line that begins with a blank continues the one before it.\n"
    "Empty lines, and lines whose first visible character is\n"
    ".Ql # ,\n"
    "are left out.\n"
    "Where a name is set twice, the later line counts.\n"
    "The files\n"
    ".Pa main.cf.d/*.cf\n"
    "are read after\n"
    ".Pa main.cf ,\n"
    "in the order of their names.\n"
    "What a service is given with\n"
    ".Fl o Ar name=value\n"
    "in\n"
    ".Pa master.cf\n"
    "goes before\n"
    ".Pa main.cf .\n"
    ".Pp\n"
    "In a value, these stand for something else:\n"
    ".Bl -tag -width Ds\n"
    ".It Li $name , ${name} , $(name)\n"
    "The value of that parameter, or nothing.\n"
    ".It Li ${name?text} , ${name?{text}}\n"
    "The text, when the value is not empty.\n"
    ".It Li ${name:text} , ${name:{text}}\n"
    "The text, when it is.\n"
    ".It Li ${name?{text}:{text}}\n"
    "One or the other.\n"
    ".It Li ${{text} == {text} ? {text} : {text}}\n"
    "The same for a comparison:\n"
    ".Li == != < <= >= > ,\n"
    "as numbers where both sides are digits only.\n"
    "With\n"
    ".Li ==level , <level\n"
    "and so on, as compatibility levels.\n"
    ".It Li ${domain_to_ascii{text}}\n"
    "A domain name in its ASCII form.\n"
    ".It Li $$\n"
    "A dollar sign.\n"
    ".El\n"
    ".Pp\n"
    "Names that are in no list below may be used to be referred to in this way.\n"
    "Times are a number with one of the letters s, m, h, d, w.\n"
    "The items of a list stand between commas or blanks; blanks inside\n"
    ".Li { }\n"
    "do not count.\n"
    "A family, as\n"
    ".Va transport_time_limit ,\n"
    "stands for the parameters of all transports:\n"
    ".Va smtp_time_limit\n"
    "and so on.\n"
    ".Pp\n"
    ".Xr postconf 1\n"
    "shows the values that are in use.\n";

static const char tail[] = ".Sh SEE ALSO\n"
                           ".Xr postconf 1\n";

static void
add(struct buf *out, const char *text)
{
	if (buf_add(out, str_of(text)) < 0)
		command_fail(EX_SOFTWARE, "the manual is longer than %zu bytes", MANUAL_MAX);
}

/* Bytes that mean something to the formatter; a line may not begin with '.' or '\''. */
static void
add_escaped(struct buf *out, struct str text)
{
	for (size_t i = 0; i < text.n; i++) {
		char byte[2] = { text.p[i], '\0' };

		if (byte[0] == '\\')
			add(out, "\\e");
		else if (byte[0] == '"')
			add(out, "\\(dq");
		else if (i == 0 && (byte[0] == '.' || byte[0] == '\''))
			add(out, "\\&"), add(out, byte);
		else
			add(out, byte);
	}
}

/* Words on lines of at most COLUMNS bytes; a sentence begins a line. */
static void
add_words(struct buf *out, const char *text)
{
	struct str rest = str_of(text), word;
	bool ended = false; /* a sentence */
	size_t column = 0;

	while (str_word(&rest, " ", &word)) {
		if (column != 0 && (ended || column + 1 + word.n > COLUMNS)) {
			add(out, "\n");
			column = 0;
		}
		ended = word.p[word.n - 1] == '.';
		if (column != 0)
			add(out, " ");
		add_escaped(out, word);
		column += word.n + 1;
	}
	add(out, "\n");
}

static void
add_quoted(struct buf *out, const char *text)
{
	add(out, ".Ql \"");
	add_escaped(out, str_of(text));
	add(out, "\"");
}

static void
add_default(struct buf *out, const struct param *p)
{
	if (p->initial == NULL) {
		add(out, " made out by the program.\n");
	} else if (p->initial[0] == '\0') {
		add(out, " empty.\n");
	} else {
		add(out, "\n");
		add_quoted(out, p->initial);
		add(out, " .\n");
	}
}

PRINTF(2, 3) static void addf(struct buf *out, const char *format, ...)
{
	va_list ap;
	int result;

	va_start(ap, format);
	result = buf_addv(out, format, ap);
	va_end(ap);
	if (result < 0)
		command_fail(EX_SOFTWARE, "the manual is longer than %zu bytes", MANUAL_MAX);
}

static void
add_range(struct buf *out, const struct param *p)
{
	const char *unit = p->type == PARAM_TYPE_TIME ? " seconds" : "";

	if (p->words != NULL) {
		add(out, "One of\n");
		add_quoted(out, p->words);
		add(out, " .\n");
	} else if (p->max != INT64_MAX) {
		addf(out, "From %lld to %lld%s.\n", (long long)p->min, (long long)p->max, unit);
	} else if (p->min > 0) {
		addf(out, "At least %lld%s.\n", (long long)p->min, unit);
	}
}

static void
add_param(struct buf *out, const struct param *p)
{
	addf(out, ".It Va %s\n", p->name);
	add_words(out, p->sentence);
	if (p->status != PARAM_STATUS_SUPPORTED && p->status != PARAM_STATUS_OWN)
		return;
	add_range(out, p);
	addf(out, "Type: %s; default:", param_type_name(p->type));
	add_default(out, p);
	if (p->status == PARAM_STATUS_OWN)
		add(out, "Postfix does not have this parameter.\n");
}

static int
compare_ids(const void *a, const void *b)
{
	const enum param_id *left = a, *right = b;

	return strcmp(param_at(*left)->name, param_at(*right)->name);
}

static void
add_section(struct buf *out, const enum param_id *sorted, const char *title,
    bool (*belongs)(const struct param *p))
{
	add(out, title);
	add(out, ".Bl -tag -width Ds\n");
	for (size_t i = 0; i < PARAM_COUNT; i++) {
		if (belongs(param_at(sorted[i])))
			add_param(out, param_at(sorted[i]));
	}
	add(out, ".El\n");
}

static bool
is_supported(const struct param *p)
{
	return p->status == PARAM_STATUS_SUPPORTED || p->status == PARAM_STATUS_OWN;
}

static bool
is_built_in(const struct param *p)
{
	return p->status == PARAM_STATUS_BUILT_IN;
}

static bool
is_later(const struct param *p)
{
	return p->status == PARAM_STATUS_LATER;
}

static bool
is_refused(const struct param *p)
{
	return p->status == PARAM_STATUS_REFUSED;
}

int
postconf_print_manual(void)
{
	AUTO(buf) out = BUF_INIT(MANUAL_MAX);
	enum param_id sorted[PARAM_COUNT];

	for (size_t i = 0; i < PARAM_COUNT; i++)
		sorted[i] = (enum param_id)i;
	qsort(sorted, PARAM_COUNT, sizeof(sorted[0]), compare_ids);
	add(&out, head);
	add_section(&out, sorted, ".Sh PARAMETERS\n", is_supported);
	add_section(&out, sorted,
	    ".Sh BUILT IN\nThese are accepted and have no effect, since there is no need for "
	    "them.\n",
	    is_built_in);
	add_section(&out, sorted,
	    ".Sh WITHOUT EFFECT IN THIS RELEASE\n"
	    "These are accepted, and have no effect yet;\n"
	    "a check of the configuration names them.\n",
	    is_later);
	add_section(&out, sorted,
	    ".Sh REFUSED\nWith one of these set, the configuration cannot be loaded.\n",
	    is_refused);
	add(&out, tail);
	command_print(buf_str(&out));
	return EX_OK;
}
