/* SPDX-License-Identifier: BSD-2-Clause */
/* A frame that decodes is, encoded again, the same bytes. */
#include "tests/fuzz/fuzz.h"

#include "lib/ipc/message.h"

#define DECODED_MAX 4096 /* bytes of the largest struct of message.def */

static void
check_canonical(const struct frame *f, struct str bytes, struct arena *arena)
{
	static _Alignas(max_align_t) char message[DECODED_MAX];
	AUTO(buf) again = BUF_INIT(FRAME_MAX);
	enum message_number number = f->number;

	if (message_decode(f, number, arena, message) < 0)
		return;
	BUG_ON(message_encode(number, message, f->request, &again) < 0);
	if (f->fds == 0)
		BUG_ON(!str_equal(buf_str(&again), bytes));
	else
		BUG_ON(!str_equal(str_from(buf_str(&again), 8), str_from(bytes, 8)));
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena arena = ARENA_INIT((size_t)1024 * 1024);
	struct str bytes = fuzz_str(data, size);
	struct frame f;
	size_t used;
	int n = frame_split(bytes, FRAME_MAX, &f, &used);

	if (n >= 0)
		BUG_ON(used < FRAME_HEAD || used > FRAME_MAX || (n == 1) != (bytes.n >= used));
	if (n == 1)
		check_canonical(&f, str_part(bytes, 0, used), &arena);
	arena_drop(&arena);
	return 0;
}
