/* SPDX-License-Identifier: BSD-2-Clause */
#include "lib/access/trail.h"

#define TRAIL_BYTES ((size_t)8 * 1024 * 1024)
#define TEXT_MAX    ((size_t)1000) /* of one text that is kept */

void
access_trail_init(struct access_trail *t)
{
	*t = (struct access_trail){ .arena = ARENA_INIT(TRAIL_BYTES) };
}

void
access_trail_drop(struct access_trail *t)
{
	arena_drop(&t->arena);
	access_trail_init(t);
}

static const char *
keep(struct access_trail *t, const char *text)
{
	return text == NULL ? NULL : arena_text(&t->arena, str_part(str_of(text), 0, TEXT_MAX));
}

void
access_trail_add(struct access_trail *t, const struct access_step *step)
{
	struct access_step *s;

	if (t == NULL)
		return;
	t->is_cut = t->is_cut || t->count == TRAIL_STEPS_MAX;
	if (t->is_cut)
		return;
	if (t->steps == NULL)
		t->steps = ARENA_ARRAY(&t->arena, struct access_step, TRAIL_STEPS_MAX);
	s = &t->steps[t->count++];
	*s = *step;
	s->list = keep(t, step->list);
	s->rule = keep(t, step->rule);
	s->table = keep(t, step->table);
	s->key = keep(t, step->key);
	s->answer = keep(t, step->answer);
}
