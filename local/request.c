/* SPDX-License-Identifier: BSD-2-Clause */
#include "local/request.h"

#include "lib/base/bug.h"
#include "lib/base/mem.h"
#include "lib/run/run.h"
#include "lib/sys/file.h"
#include "lib/sys/log.h"
#include "local/trace_headers.h"

#define ARENA_CAP (FRAME_MAX + (size_t)1024 * 1024)

/* Texts of the message borrow from a copy of the frame, which lives as long as the request. */
static int
decode(struct request *q, const struct frame *f)
{
	struct frame copy = *f;
	int result;

	copy.fields = arena_str(&q->arena, f->fields);
	result = message_decode_deliver(&copy, &q->arena, &q->deliver);
	if (result == 0 && q->deliver.recipients_count != 0)
		q->outcomes = ARENA_ARRAY(&q->arena, struct outcome, q->deliver.recipients_count);
	return result;
}

struct request *
request_new(const struct frame *f, int fd, int64_t now)
{
	struct request *q = NEW(struct request);

	arena_init(&q->arena, ARENA_CAP);
	q->number = f->request;
	q->start = now;
	q->content.fd = fd;
	if (decode(q, f) < 0) {
		request_free(q);
		return NULL;
	}
	q->content.offset = q->deliver.content_offset;
	q->content.length = q->deliver.content_length;
	if (fd < 0) {
		q->content.bytes = q->deliver.content;
		q->content.length = q->deliver.content.n;
	}
	if (q->content.bytes.p == NULL && fd < 0)
		q->content.bytes = STR("");
	return q;
}

void
request_free(struct request *q)
{
	sys_close(q->content.fd);
	arena_drop(&q->arena);
	mem_free(q);
}

/* "a/b/c/d": before the queue manager, in it, connecting, delivering. */
static int
add_delays(const struct request *q, int64_t now, struct buf *out)
{
	int result = event_add_delay(q->deliver.active - q->deliver.arrival, out);

	if (result == 0)
		result = buf_add_byte(out, '/');
	if (result == 0)
		result = event_add_delay(q->start - q->deliver.active, out);
	if (result == 0)
		result = buf_add(out, STR("/0/"));
	if (result == 0)
		result = event_add_delay(now - q->start, out);
	return result;
}

void
request_log(const struct request *q, const char *relay, struct str to, struct str orig_to,
    const struct outcome *o)
{
	AUTO(buf) shown_to = BUF_INIT(TRACE_HEADERS_MAX);
	AUTO(buf) shown_orig = BUF_INIT(TRACE_HEADERS_MAX);
	AUTO(buf) delays = BUF_INIT((size_t)200);
	int64_t now = run_wall();
	struct event_field fields[10];
	size_t n = 0;

	orig_to = trace_headers_original(orig_to);
	BUG_ON(trace_headers_add_address(&shown_to, to) < 0);
	BUG_ON(trace_headers_add_address(&shown_orig, orig_to) < 0);
	BUG_ON(add_delays(q, now, &delays) < 0);
	fields[n++] = F_STR(queue_id, q->deliver.queue_id);
	fields[n++] = F_STR(recipient, buf_str(&shown_to));
	if (orig_to.n != 0 && !str_equal_nocase(orig_to, to))
		fields[n++] = F_STR(orig_to, buf_str(&shown_orig));
	fields[n++] = F_STR(relay, str_of(relay));
	fields[n++] = F_DELAY(delay, now - q->deliver.arrival);
	fields[n++] = F_STR(delays, buf_str(&delays));
	fields[n++] = F_STR(dsn, str_of(o->dsn));
	fields[n++] = F_STR(status, str_of(outcome_status_name(o)));
	fields[n++] = F_STR(text, str_of(o->text));
	fields[n] = F_END;
	log_record(EVENT_DELIVERY, fields);
}
