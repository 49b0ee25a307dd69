/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Whatever a stranger puts into the values of an event: one line, valid UTF-8, no control
 * character, and in JSON no quote that ends its string early; or, within a bound, nothing at all.
 * The first byte chooses the event, the second the bound; the rest is split at NULs into values.
 */
#include "tests/fuzz/fuzz.h"

#include "lib/base/buf.h"
#include "lib/base/event.h"

#define VALUES_MAX 8

static void
check_line(struct str line)
{
	BUG_ON(!str_ends(line, STR("\n")));
	line.n--;
	BUG_ON(str_has_control(line) || !str_is_utf8(line));
}

/* Quotes open and close strings in turn; the object ends where the line does. */
static void
check_json(struct str line)
{
	bool in_string = false;

	BUG_ON(!str_starts(line, STR("{\"time\":\"")) || !str_ends(line, STR("}\n")));
	for (size_t i = 0; i < line.n - 2; i++) {
		if (in_string && line.p[i] == '\\')
			BUG_ON(line.p[++i] != '"' && line.p[i] != '\\');
		else if (line.p[i] == '"')
			in_string = !in_string;
		else
			BUG_ON(!in_string && line.p[i] == '}');
	}
	BUG_ON(in_string);
}

static void
check_event(const struct event *e, size_t max)
{
	static const struct event_origin origin = { "host\n", "postroad/\"fuzz\"", 1 };
	AUTO(buf) text = BUF_INIT(max);
	AUTO(buf) json = BUF_INIT(max);

	if (event_render_text(e, &origin, &text) == 0)
		check_line(buf_str(&text));
	else
		BUG_ON(text.n != 0);
	if (event_render_json(e, &origin, &json) == 0) {
		check_line(buf_str(&json));
		check_json(buf_str(&json));
	} else {
		BUG_ON(json.n != 0);
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct event_field fields[VALUES_MAX + 1] = { { FIELD_NONE } };
	struct str rest = fuzz_str(data, size), value;
	struct event e = { .level = LEVEL_INFO, .fields = fields };
	size_t n = 0, max;

	if (size < 2)
		return 0;
	e.id = data[0] % EVENT_COUNT;
	e.wall = (int64_t)data[1] * 1000000000000;
	max = data[1] < 128 ? (size_t)data[1] * 8 : 100000;
	rest = str_from(rest, 2);
	while (n < VALUES_MAX && str_split(&rest, '\0', &value)) {
		fields[n].id = (enum event_field_id)((data[0] + n * 3) % (FIELD_COUNT - 1) + 1);
		fields[n].kind = value.n % 7 == 6 ? EVENT_KIND_DELAY : EVENT_KIND_STR;
		fields[n].number = value.n != 0 ? value.p[0] * ((int64_t)1 << 40) : 0;
		fields[n++].text = value;
	}
	check_event(&e, max);
	return 0;
}
