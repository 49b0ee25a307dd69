/* SPDX-License-Identifier: BSD-2-Clause */
#include "local/names.h"

#include <string.h>

#include "lib/base/err.h"
#include "lib/config/expand.h"

void
names_of(const struct address *a, struct str recipient, const char *delimiters, struct names *out)
{
	struct str base = a->local, extension = STR_NONE;

	*out = (struct names){
		.user = a->local, .recipient = recipient, .local = a->local, .domain = a->domain
	};
	if (!address_split_extension(a->local, delimiters, &base, &extension))
		return;
	out->user = base;
	out->extension = extension;
	out->delimiter = str_part(a->local, base.n, 1);
}

void
names_filter(char *value, size_t n, const char *allowed)
{
	for (size_t i = 0; i < n; i++) {
		if (value[i] == '\0' || strchr(allowed, value[i]) == NULL)
			value[i] = '_';
	}
}

struct lookup {
	const struct names *names;
	const char *allowed;
	struct buf value;
};

static const struct str *
find_name(const struct names *n, struct str name)
{
	const struct {
		const char *name;
		const struct str *value;
	} rows[] = {
		{ "user", &n->user },
		{ "home", &n->home },
		{ "shell", &n->shell },
		{ "recipient", &n->recipient },
		{ "local", &n->local },
		{ "mailbox", &n->local }, /* an older name */
		{ "domain", &n->domain },
		{ "extension", &n->extension },
		{ "recipient_delimiter", &n->delimiter },
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		if (str_equal(name, str_of(rows[i].name)))
			return rows[i].value;
	}
	return NULL;
}

static int
find(void *context, struct str name, struct str *value, struct why *why)
{
	struct lookup *l = context;
	const struct str *found = find_name(l->names, name);

	if (found == NULL) {
		why_set(why, "there is no \"$%.*s\" here", STR_ARG(name));
		return ERR_UNKNOWN;
	}
	buf_clear(&l->value);
	if (buf_add(&l->value, *found) < 0) {
		why_set(why, "the value of $%.*s is too long", STR_ARG(name));
		return ERR_TOO_LONG;
	}
	if (l->allowed != NULL && l->value.n != 0)
		names_filter(l->value.p, l->value.n, l->allowed);
	*value = buf_str(&l->value);
	return 1;
}

int
names_expand(
    const struct names *n, const char *text, const char *allowed, struct buf *out, struct why *why)
{
	struct lookup l = { .names = n, .allowed = allowed, .value = BUF_INIT((size_t)4096) };
	const struct expand_source source = { .find = find, .context = &l };
	int result = expand(str_of(text), &source, out, why);

	buf_drop(&l.value);
	return result;
}
