/* SPDX-License-Identifier: BSD-2-Clause */
/* Every element makes progress; a mailbox that was read, written out, reads back the same. */
#include "tests/fuzz/fuzz.h"

#include "lib/mail/mailbox.h"

static void
check_written(const struct mailbox *m, struct arena *arena)
{
	AUTO(buf) text = BUF_INIT((size_t)16 * 1024);
	struct mailbox_iter it;
	struct mailbox again;

	BUG_ON(m->name.n > MAILBOX_NAME_MAX);
	BUG_ON(mailbox_add(m, &text) < 0);
	if (text.n == 0)
		return;
	mailbox_iter_init(&it, buf_str(&text), arena);
	BUG_ON(mailbox_next(&it, &again) != 1);
	BUG_ON(!str_equal(m->address.local, again.address.local));
	BUG_ON(!str_equal(m->address.domain, again.address.domain));
	BUG_ON(mailbox_next(&it, &again) != 0);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena arena = ARENA_INIT((size_t)64 * 1024 * 1024);
	struct mailbox_iter it;
	struct mailbox box;
	size_t count = 0;
	int result;

	mailbox_iter_init(&it, fuzz_str(data, size), &arena);
	while ((result = mailbox_next(&it, &box)) != 0) {
		BUG_ON(++count > size);
		if (result > 0)
			check_written(&box, &arena);
	}
	arena_drop(&arena);
	return 0;
}
