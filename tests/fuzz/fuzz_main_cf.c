/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * main.cf: whatever the file holds, it is read, each name is expanded within the bounds, and every
 * mistake is told; editing a name gives a file in which that name has the value.
 */
#include "tests/fuzz/fuzz.h"

#include "lib/base/buf.h"
#include "lib/config/check.h"
#include "lib/config/edit.h"

static void
ignore(void *context, bool is_error, const char *text)
{
	(void)context;
	(void)is_error;
	BUG_ON(text[0] == '\0');
}

static void
expand_all(struct settings *s)
{
	struct why why;

	for (size_t i = PARAM_COUNT; i < s->count; i++) {
		struct setting *setting = s->order[i];

		if (settings_expand(s, setting, &why) == 0)
			BUG_ON(setting->text.n > SETTINGS_TEXT_MAX);
		else
			BUG_ON(why.text[0] == '\0');
	}
	BUG_ON(s->depth != 0);
}

static void
read_text(struct str text)
{
	struct config_source source = { .directory = "/d" };
	struct settings s;

	settings_init(&s, &source);
	if (settings_read_text(&s, text, ignore, NULL) == 0)
		check_settings(&s, NULL, ignore, NULL);
	expand_all(&s);
	settings_drop(&s);
}

static void
edit(struct str text)
{
	static const struct edit new = { { "alias_maps", 10 }, { "changed", 7 } };
	AUTO(buf) out = BUF_INIT((size_t)8 * 1024 * 1024);
	struct config_source source = { .directory = "/d" };
	struct settings s;

	BUG_ON(edit_text(text, EDIT_SET, &new, 1, &out) < 0);
	settings_init(&s, &source);
	/* Other lines may be wrong, and count all the same. */
	if (settings_read_text(&s, buf_str(&out), ignore, NULL) <= 0)
		BUG_ON(strcmp(settings_find(&s, STR("alias_maps"))->raw, "changed") != 0);
	settings_drop(&s);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (size > (size_t)64 * 1024)
		return 0;
	read_text(fuzz_str(data, size));
	edit(fuzz_str(data, size));
	return 0;
}
