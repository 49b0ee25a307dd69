/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * 17 bytes a message, sorted by time on a thread. A consistent picture would have to stop the queue, or to
 * copy it.
 */
#include "qmgr/snapshot.h"

#include <stdlib.h>

#include "lib/base/mem.h"
#include "lib/run/offload.h"

#define YIELD_EACH 256u

static int
compare_ids(const void *a, const void *b)
{
	const struct queue_id *x = a, *y = b;

	return str_compare(queue_id_str(x), queue_id_str(y));
}

static int
sort_ids(void *arg)
{
	struct snapshot *s = arg;

	qsort(s->ids, s->count, sizeof(*s->ids), compare_ids);
	return 0;
}

int
snapshot_take(struct snapshot *s, const struct qmgr *q)
{
	struct map_cursor c = MAP_START;
	int result;

	*s = (struct snapshot){ .ids = mem_array(q->queue.by_id.count + 1, sizeof(*s->ids)) };
	while (map_next(&q->queue.by_id, &c)) {
		const struct message *m = c.value;

		if (m->phase != MESSAGE_GONE)
			s->ids[s->count++] = m->id;
	}
	result = offload(sort_ids, s);
	if (result < 0)
		snapshot_drop(s);
	return result;
}

void
snapshot_drop(struct snapshot *s)
{
	mem_free(s->ids);
	*s = (struct snapshot){ .ids = NULL };
}

int
snapshot_next(struct snapshot *s, const struct qmgr *q, struct message **m)
{
	while (s->next < s->count) {
		if (s->next % YIELD_EACH == YIELD_EACH - 1) {
			int result = task_yield();

			if (result < 0)
				return result;
		}
		*m = snapshot_find(q, queue_id_str(&s->ids[s->next++]));
		if (*m != NULL)
			return 1;
	}
	return 0;
}

struct message *
snapshot_find(const struct qmgr *q, struct str id)
{
	struct message *m = queue_find(&q->queue, id);

	return m != NULL && m->phase != MESSAGE_GONE ? m : NULL;
}
