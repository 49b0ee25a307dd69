/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The window grows only while it is used up: a destination that gets one message an hour shall not
 * collect the right to a hundred connections. It never shrinks below one by failures alone; it
 * is the rounds (cohorts) in a row that failed which say that a destination is dead: with a window of 20,
 * one round is 20 failures and no success between them.
 */
#include "qmgr/feedback.h"

#include "lib/base/err.h"
#include "lib/base/num.h"

#define DECIMALS_MAX 6

/* number = 1*DIGIT [ "." *6DIGIT ] */
static int
parse_number(struct str text, double *out)
{
	size_t dot = str_index(text, '.');
	struct str decimals = str_from(text, dot + 1);
	uint64_t whole, fraction = 0;
	double scale = 1;
	int result = num_parse(str_part(text, 0, dot), 1000000, &whole);

	if (result < 0)
		return result;
	if (decimals.n > DECIMALS_MAX || (dot < text.n && decimals.n == 0))
		return ERR_SYNTAX;
	if (decimals.n > 0) {
		result = num_parse(decimals, 999999, &fraction);
		for (size_t i = 0; i < decimals.n; i++)
			scale *= 10;
	}
	if (result == 0)
		*out = (double)whole + (double)fraction / scale;
	return result;
}

static int
parse_divisor(struct str text, struct feedback *f)
{
	double divisor;
	int result;

	if (str_equal_nocase(text, STR("concurrency"))) {
		f->per = FEEDBACK_PER_CONCURRENCY;
		return 0;
	}
	result = parse_number(text, &divisor);
	if (result < 0)
		return result;
	if (divisor < 1)
		return ERR_RANGE;
	f->amount /= divisor;
	return 0;
}

int
feedback_parse(struct str text, struct feedback *out)
{
	size_t slash = str_index(text, '/');
	struct feedback f = { .per = FEEDBACK_PLAIN };
	int result = parse_number(str_trim(str_part(text, 0, slash)), &f.amount);

	if (result == 0 && slash < text.n)
		result = parse_divisor(str_trim(str_from(text, slash + 1)), &f);
	if (result == 0 && f.amount > 1)
		result = ERR_RANGE;
	if (result == 0)
		*out = f;
	return result;
}

static double
amount_at(const struct feedback *f, uint32_t size)
{
	return f->per == FEEDBACK_PER_CONCURRENCY ? f->amount / size : f->amount;
}

void
window_init(struct window *w, uint32_t initial, uint32_t most)
{
	*w = (struct window){ .size = initial };
	if (most != 0 && w->size > most)
		w->size = most;
	if (w->size == 0)
		w->size = 1;
}

void
window_grow(struct window *w, const struct feedback *f, uint32_t in_flight, uint32_t most)
{
	w->cohorts = 0;
	if (in_flight < w->size)
		return;
	w->credit += amount_at(f, w->size);
	while (w->credit >= 1) {
		w->credit -= 1;
		if (most == 0 || w->size < most)
			w->size++;
	}
}

bool
window_shrink(struct window *w, const struct feedback *f, uint32_t cohorts_most)
{
	w->cohorts += 1.0 / w->size;
	w->credit -= amount_at(f, w->size);
	while (w->credit < 0) {
		w->credit += 1;
		if (w->size > 1)
			w->size--;
	}
	/* A sum of n times 1/n may fall short of 1. */
	return cohorts_most != 0 && w->cohorts + 1e-9 >= cohorts_most;
}
