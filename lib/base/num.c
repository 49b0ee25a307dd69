/* SPDX-License-Identifier: BSD-2-Clause */
#include "lib/base/num.h"

#include "lib/base/err.h"
#include "lib/base/ticks.h"

static int
digit_value(char c)
{
	if (char_is_digit(c))
		return c - '0';
	c = char_lower(c);
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : 99;
}

int
num_parse_base(struct str s, unsigned base, uint64_t max, uint64_t *out)
{
	uint64_t value = 0;
	int digit;

	if (s.n == 0)
		return ERR_SYNTAX;
	for (size_t i = 0; i < s.n; i++) {
		digit = digit_value(s.p[i]);
		if (digit >= (int)base)
			return ERR_SYNTAX;
		if (MUL_OVERFLOWS(value, base, &value) || ADD_OVERFLOWS(value, digit, &value))
			value = UINT64_MAX;
		if (value > max || value == UINT64_MAX)
			return ERR_RANGE;
	}
	*out = value;
	return 0;
}

int
num_parse(struct str s, uint64_t max, uint64_t *out)
{
	return num_parse_base(s, 10, max, out);
}

static int64_t
unit_ticks(char unit)
{
	switch (char_lower(unit)) {
	case 's':
		return TICKS_SECOND;
	case 'm':
		return TICKS_MINUTE;
	case 'h':
		return TICKS_HOUR;
	case 'd':
		return TICKS_DAY;
	case 'w':
		return 7 * TICKS_DAY;
	default:
		return 0;
	}
}

int
num_parse_time(struct str s, char default_unit, int64_t *out)
{
	int64_t unit = unit_ticks(default_unit);
	uint64_t count;
	int result;

	if (s.n != 0 && !char_is_digit(s.p[s.n - 1])) {
		unit = unit_ticks(s.p[s.n - 1]);
		s.n--;
	}
	if (unit == 0)
		return ERR_SYNTAX;
	result = num_parse(s, (uint64_t)(TICKS_MAX / unit), &count);
	if (result < 0)
		return result;
	*out = (int64_t)count * unit;
	return 0;
}
