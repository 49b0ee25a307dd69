/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * One text, since that is what master passes to its workers in one descriptor. Between two files stands a
 * line that begins with a byte no file may have there: a comment for who does not know of marks.
 */
#include "lib/config/files.h"

#include <errno.h>
#include <stdlib.h>

#include "lib/base/arena.h"
#include "lib/base/err.h"
#include "lib/base/mem.h"
#include "lib/sys/file.h"
#include "lib/sys/path.h"

#define MARK      "#\x1e"
#define NAMES_MAX 1000
#define ARENA_MAX ((size_t)1024 * 1024)

struct names {
	struct arena arena;
	const char **items;
	size_t count;
};

static bool
is_fragment(struct str name)
{
	return name.p[0] != '.' && str_ends(name, STR(".cf"));
}

static int
compare(const void *a, const void *b)
{
	const char *const *left = a, *const *right = b;

	return strcmp(*left, *right);
}

/* No such folder: no names. */
static int
list(const char *directory, struct names *out, struct why *why)
{
	const char *path = arena_printf(&out->arena, "%s/" FILES_FOLDER, directory);
	struct folder_entry entry;
	struct folder folder;
	int result = folder_open(&folder, AT_FDCWD, path);

	if (result == -ENOENT)
		return 0;
	while (result >= 0 && (result = folder_next(&folder, &entry)) > 0) {
		if (!is_fragment(str_of(entry.name)))
			continue;
		if (out->count == NAMES_MAX) {
			result = ERR_TOO_MANY;
			break;
		}
		out->items[out->count++] = arena_printf(&out->arena, "%s/%s", path, entry.name);
	}
	folder_close(&folder);
	if (result < 0) {
		why_set(why, "cannot read %s: %s", path, err_text(result));
		return result;
	}
	qsort(out->items, out->count, sizeof(out->items[0]), compare);
	return 0;
}

static int
add_file(const char *path, struct buf *out, struct why *why)
{
	size_t before = out->n;
	int result = sys_read_file(path, out);

	if (result == 0 && str_find(str_from(buf_str(out), before), STR(MARK)) < out->n - before)
		result = ERR_SYNTAX;
	if (result < 0)
		why_set(why, "cannot read %s: %s", path, err_text(result));
	return result;
}

static int
add_fragment(const char *path, struct buf *out, struct why *why)
{
	int result = buf_addf(out, "\n" MARK "%s\n", path);

	if (result < 0)
		why_set(why, "cannot read %s: %s", path, err_text(result));
	return result < 0 ? result : add_file(path, out, why);
}

int
files_read(const char *directory, struct buf *out, struct why *why)
{
	struct names names = { .arena = ARENA_INIT(ARENA_MAX) };
	int result;

	names.items = mem_array(NAMES_MAX, sizeof(names.items[0]));
	result = add_file(arena_printf(&names.arena, "%s/main.cf", directory), out, why);
	if (result == 0)
		result = list(directory, &names, why);
	for (size_t i = 0; i < names.count && result == 0; i++)
		result = add_fragment(names.items[i], out, why);
	mem_free(names.items);
	arena_drop(&names.arena);
	return result;
}

bool
files_next(struct str *rest, struct str *path, struct str *lines)
{
	size_t end;

	if (rest->p == NULL || rest->n == 0)
		return false;
	*path = STR_NONE;
	if (str_starts(*rest, STR(MARK))) {
		end = str_index(*rest, '\n');
		*path = str_part(*rest, 2, end - 2);
		*rest = str_from(*rest, end + 1);
	}
	end = str_find(*rest, STR("\n" MARK));
	*lines = str_part(*rest, 0, end);
	*rest = str_from(*rest, end + 1);
	return true;
}
