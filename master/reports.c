/* SPDX-License-Identifier: BSD-2-Clause */
#include "master/reports.h"

#include <stdio.h>

#include "lib/sys/log.h"

#define BYTES_MAX ((size_t)4 * 1024 * 1024)

struct line {
	struct list link;
	bool is_error;
	const char *text;
};

void
reports_init(struct reports *r)
{
	arena_init(&r->arena, BYTES_MAX);
	list_init(&r->lines);
}

void
reports_drop(struct reports *r)
{
	arena_drop(&r->arena);
	list_init(&r->lines);
}

void
reports_add(void *reports, bool is_error, const char *text)
{
	struct reports *r = reports;
	size_t size = sizeof(struct line) + str_of(text).n + 1;
	struct line *line = arena_try(&r->arena, size);

	if (line == NULL)
		return; /* thousands of lines were kept already */
	line->is_error = is_error;
	line->text = memcpy(line + 1, text, size - sizeof(*line));
	list_append(&r->lines, &line->link);
}

void
reports_print(const struct reports *r)
{
	LIST_EACH (it, &r->lines) {
		const struct line *line = CONTAINER_OF(it, struct line, link);

		fprintf(
		    stderr, "postroad: %s: %s\n", line->is_error ? "error" : "warning", line->text);
	}
}

void
reports_log(const struct reports *r)
{
	LIST_EACH (it, &r->lines) {
		const struct line *line = CONTAINER_OF(it, struct line, link);

		if (line->is_error)
			log_error("%s", line->text);
		else
			log_warning("%s", line->text);
	}
}

int
reports_text(const struct reports *r, struct buf *out)
{
	int result = 0;

	LIST_EACH (it, &r->lines) {
		const struct line *line = CONTAINER_OF(it, struct line, link);

		if (result == 0)
			result = buf_addf(
			    out, "%s: %s\n", line->is_error ? "error" : "warning", line->text);
	}
	return result;
}
