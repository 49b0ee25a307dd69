/* SPDX-License-Identifier: BSD-2-Clause */
/* An envelope or history that was read is within its bounds, and reads back the same when written again. */
#include "tests/fuzz/fuzz.h"

#include "lib/base/err.h"
#include "lib/spool/envelope.h"

#define CAP ((size_t)64 * 1024 * 1024)

/* Written twice: what was dropped (unknown fields) is dropped by the first writing. */
static void
check_envelope(struct str bytes, struct arena *arena)
{
	AUTO(buf) once = BUF_INIT(ENVELOPE_MAX);
	AUTO(buf) twice = BUF_INIT(ENVELOPE_MAX);
	struct envelope e, again;
	int result = envelope_decode(bytes, arena, &e);

	BUG_ON(result != 0 && result != ERR_CORRUPT && result != ERR_UNSUPPORTED);
	if (result < 0)
		return;
	BUG_ON(e.recipients_count > 100000 || e.sender.n > 1024);
	BUG_ON(envelope_encode(&e, &once) < 0);
	BUG_ON(envelope_decode(buf_str(&once), arena, &again) < 0);
	BUG_ON(again.recipients_count != e.recipients_count || again.arrival != e.arrival);
	BUG_ON(envelope_encode(&again, &twice) < 0);
	BUG_ON(!str_equal(buf_str(&once), buf_str(&twice)));
}

static void
check_history(struct str bytes, struct arena *arena)
{
	AUTO(buf) once = BUF_INIT(ENVELOPE_MAX);
	struct history h, merged = { 0 };
	int result = history_decode(bytes, arena, &h);

	BUG_ON(result != 0 && result != ERR_CORRUPT && result != ERR_UNSUPPORTED);
	if (result < 0)
		return;
	BUG_ON(history_encode(&h, &once) < 0);
	BUG_ON(history_merge(&merged, &h, 10, arena) < 0);
	BUG_ON(merged.results_count > 10);
	BUG_ON(history_merge(&merged, &h, 10, arena) < 0);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	AUTO(arena) arena = ARENA_INIT(CAP);

	check_envelope(fuzz_str(data, size), &arena);
	check_history(fuzz_str(data, size), &arena);
	return 0;
}
