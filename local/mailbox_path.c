/* SPDX-License-Identifier: BSD-2-Clause */
#include "local/mailbox_path.h"

#include "lib/base/err.h"
#include "lib/base/mem.h"
#include "lib/base/num.h"

#define SHOWN(s) (int)((s).n < 100 ? (s).n : 100), (s).p

static int
check(struct str base, struct str found, struct why *why)
{
	struct str rest = found, part;

	if (found.n == 0 || str_has_control(found)) {
		why_set(why, "\"%.*s\" is no path", SHOWN(found));
		return ERR_REFUSED;
	}
	if (base.n == 0 && found.p[0] != '/') {
		why_set(why, "\"%.*s\" is no absolute path", SHOWN(found));
		return ERR_REFUSED;
	}
	while (str_split(&rest, '/', &part)) {
		if (str_equal(part, STR(".")) || str_equal(part, STR(".."))) {
			why_set(why, "\"%.*s\" has a part \"%.*s\"", SHOWN(found), STR_ARG(part));
			return ERR_REFUSED;
		}
	}
	return 0;
}

int
mailbox_path_make(struct buf *out, struct str base, struct str found, struct why *why)
{
	int result = check(base, found, why);

	if (result < 0)
		return result;
	result = buf_add(out, base);
	if (result == 0 && base.n != 0)
		result = buf_add_byte(out, '/');
	if (result == 0)
		result = buf_add(out, found);
	if (result == 0)
		return 0;
	buf_clear(out);
	why_set(why, "\"%.*s\" is too long for a path", SHOWN(found));
	return result;
}

char *
mailbox_path_base(const char *base)
{
	char *copy = mem_strdup(base);

	for (size_t n = strlen(copy); n > 0 && copy[n - 1] == '/'; n--)
		copy[n - 1] = '\0';
	return copy;
}

int
mailbox_id_parse(struct str text, uint64_t least, uint32_t *out, struct why *why)
{
	uint64_t id;

	if (num_parse(text, UINT32_MAX - 1, &id) < 0 || id == 0) {
		why_set(why, "\"%.*s\" is no id", SHOWN(text));
		return ERR_REFUSED;
	}
	if (id < least) {
		why_set(why, "%llu is less than %llu", (unsigned long long)id,
		    (unsigned long long)least);
		return ERR_REFUSED;
	}
	*out = (uint32_t)id;
	return 0;
}
