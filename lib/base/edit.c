/* SPDX-License-Identifier: BSD-2-Clause */
#include "lib/base/edit.h"

#include "lib/base/bug.h"

void
edit_init(struct edit *e, struct str text, struct buf *out)
{
	*e = (struct edit){ .text = text, .out = out, .begin = out->n };
}

int
edit_replace(struct edit *e, size_t at, size_t n, struct str with)
{
	int result;

	BUG_ON(at < e->done || n > e->text.n - at);
	result = buf_add(e->out, str_part(e->text, e->done, at - e->done));
	if (result == 0)
		result = buf_add(e->out, with);
	e->done = at + n;
	e->changed = true;
	return result;
}

int
edit_finish(struct edit *e, struct str *result)
{
	int failed;

	*result = e->text;
	if (!e->changed)
		return 0;
	failed = buf_add(e->out, str_from(e->text, e->done));
	if (failed == 0)
		*result = str_from(buf_str(e->out), e->begin);
	return failed;
}
