/* SPDX-License-Identifier: BSD-2-Clause */
/* texthash:/file: the source of a hash: table, without the index. */
#include "lib/base/err.h"
#include "lib/base/mem.h"
#include "lib/sys/file.h"
#include "lib/table/source.h"
#include "lib/table/table_type.h"
#include "lib/table/text_map.h"

struct texthash_table {
	struct table table;
	struct text_map map;
};

static int
add_entries(struct texthash_table *t, struct source *in, unsigned flags, struct why *why)
{
	struct str key, value;
	int result;

	while ((result = source_next(in, &key, &value, why)) > 0) {
		result = text_map_add(&t->map, key, value, (flags & TABLE_FOLD) != 0);
		if (result == 0 && t->table.notice.text[0] == '\0')
			why_set(&t->table.notice,
			    "line %d: the key \"%.*s\" is there twice; the first counts", in->line,
			    STR_ARG(key));
		if (result < 0) {
			why_set(why, "too large");
			return result;
		}
	}
	if (result < 0)
		why_prefix(why, "line %d: ", in->line);
	return result;
}

static int
load(struct texthash_table *t, const char *path, unsigned flags, struct why *why)
{
	AUTO(buf) text = BUF_INIT(SOURCE_MAX);
	struct source in;
	int result = sys_read_file(path, &text);

	if (result < 0) {
		why_set(why, "%s", err_text(result));
		return result;
	}
	text_map_init(&t->map, text.n * 16 + 4096);
	source_init(&in, SOURCE_MAP, buf_str(&text));
	result = add_entries(t, &in, flags, why);
	source_drop(&in);
	return result;
}

static void
close_texthash(struct table *t)
{
	struct texthash_table *h = CONTAINER_OF(t, struct texthash_table, table);

	text_map_drop(&h->map);
	mem_free(h);
}

static struct table *
open_texthash(const char *rest, unsigned flags, struct why *why)
{
	struct texthash_table *t = NEW(struct texthash_table);

	if (load(t, rest, flags, why) < 0) {
		close_texthash(&t->table);
		return NULL;
	}
	return &t->table;
}

static int
find_texthash(struct table *t, struct str key, struct buf *value, int64_t deadline, struct why *why)
{
	struct texthash_table *h = CONTAINER_OF(t, struct texthash_table, table);

	(void)deadline;
	return text_map_find(&h->map, key, value, why);
}

const struct table_type table_type_texthash = {
	.name = "texthash",
	.is_text = true,
	.open = open_texthash,
	.find = find_texthash,
	.close = close_texthash,
};
