/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * One task reads the channel and collects; each message that is whole gets a task of its own, which
 * waits for the commit and answers. So a slow disk holds up answers, not the reading of other messages.
 *
 * A message may end before its content has: its verdict is sent at once, and the rest of its frames,
 * which may be on their way, belong to no request and are passed over.
 */
#include "cleanup/session.h"

#include "cleanup/message.h"
#include "lib/base/err.h"
#include "lib/base/map.h"
#include "lib/base/mem.h"
#include "lib/mail/dsn.h"
#include "lib/run/run.h"
#include "lib/sys/fault.h"
#include "lib/sys/log.h"

#define REPLY_DEADLINE (60 * TICKS_SECOND)
#define TEXT_MAX       ((size_t)500) /* of a verdict; message.def has 512 */

struct session {
	struct list in_cleanup;
	struct cleanup *cleanup;
	struct channel *channel;
	const struct submitter *submitter;
	char name[CHANNEL_PEER_MAX + 1]; /* of it, as the log shows it */
	struct log_speaker speaker;
	struct map requests; /* those that are being collected */
	unsigned count;      /* messages on their way: those, and those that are being committed */
	struct group reader;
	struct group commits; /* and the word that we leave */
};

struct request {
	uint32_t number; /* the key */
	struct session *session;
	struct message message;
};

static struct str
key_of(const uint32_t *number)
{
	return str_make((const char *)number, sizeof(*number));
}

/* --- Ends of a message ----------------------------------------------------------------------- */

static void
end_request(struct request *q)
{
	struct session *s = q->session;

	message_drop(&q->message);
	mem_free(q);
	s->count--;
}

/* What the sender hears, with the words of a rule where there are any. */
static int
make_verdict(const struct message *m, enum verdict v, struct buf *text, struct message_verdict *out)
{
	const struct verdict_row *row = verdict_row(v);
	struct str words = m->reason.n != 0 ? m->reason : str_of(row->words);
	struct dsn dsn;
	int result;

	*out = (struct message_verdict){ .code = row->code, .dsn = str_of(row->dsn) };
	if (dsn_take(&words, &dsn))
		out->dsn = arena_str(m->mapping.arena, dsn_str(&dsn));
	if (v == VERDICT_QUEUED) {
		out->queue_id = queue_id_str(&m->id);
		result = buf_addf(text, "%.*s %s", STR_ARG(words), m->id.text);
	} else {
		result = buf_add(text, str_part(words, 0, text->max));
	}
	out->text = buf_str(text);
	return result;
}

/* Checks have logged what they decided. */
static void
log_refusal(const struct message *m, enum verdict v, struct str text)
{
	if (v != VERDICT_QUEUED && m->id.text[0] != '\0' && m->reason.n == 0)
		log_event(
		    EVENT_CLEANUP_REJECT, F_STR(queue_id, queue_id_str(&m->id)), F_STR(text, text));
}

PARKS static void
reply(struct request *q, enum verdict v)
{
	AUTO(buf) text = BUF_INIT(TEXT_MAX);
	struct message_verdict verdict;
	int result = make_verdict(&q->message, v, &text, &verdict);

	log_refusal(&q->message, v, verdict.text);
	if (result == 0)
		result = channel_send_verdict(
		    q->session->channel, q->number, &verdict, run_deadline(REPLY_DEADLINE));
	if (result < 0 && v == VERDICT_QUEUED)
		log_warning("%s: the sender went before it heard that the message is queued",
		    q->message.id.text);
	FAULT_POINT("cleanup.replied");
}

PARKS static void
commit(void *arg)
{
	struct request *q = arg;

	reply(q, message_commit(&q->message));
	end_request(q);
}

/* --- Frames ---------------------------------------------------------------------------------- */

/* Not yet known what becomes of it: go on. Otherwise answer, and forget it. */
PARKS static void
settle(struct request *q, enum verdict v)
{
	if (v == VERDICT_NONE)
		return;
	(void)map_remove(&q->session->requests, key_of(&q->number));
	reply(q, v);
	end_request(q);
}

/* What only processes of the mail system's own account may say. */
#define FLAGS_OF_OURS ((uint32_t)(SUBMIT_INTERNAL | SUBMIT_LOCAL))

PARKS static int
on_submit(struct session *s, const struct frame *f)
{
	uint32_t allowed = s->submitter->is_network ? ~FLAGS_OF_OURS : ~(uint32_t)0;
	struct request *q;
	int result;

	if (s->count >= SESSION_MESSAGES_MAX || map_find(&s->requests, key_of(&f->request)) != NULL)
		return ERR_PROTOCOL;
	q = NEW(struct request);
	q->number = f->request;
	q->session = s;
	message_init(&q->message, s->cleanup, &s->speaker);
	s->count++;
	result = message_take(&q->message, f, allowed);
	if (result < 0) {
		end_request(q);
		return result;
	}
	(void)map_put(&s->requests, key_of(&q->number), q);
	settle(q, message_begin(&q->message));
	return 0;
}

PARKS static int
on_content(struct request *q, const struct frame *f)
{
	struct message_content content;
	int result = message_decode_content(f, NULL, &content);

	if (result == 0)
		settle(q, message_add(&q->message, content.bytes));
	return result;
}

PARKS static int
on_end(struct request *q, const struct frame *f)
{
	AUTO(arena) arena = ARENA_INIT(FRAME_MAX);
	struct session *s = q->session;
	struct message_content_end content_end;
	int result = message_decode_content_end(f, &arena, &content_end);

	if (result < 0)
		return result;
	message_order(&q->message, &content_end);
	(void)map_remove(&s->requests, key_of(&q->number));
	if (task_start(&s->commits, "commit", commit, q) < 0) {
		reply(q, VERDICT_NOT_STORED);
		end_request(q);
	}
	return 0;
}

static int
on_abort(struct request *q)
{
	(void)map_remove(&q->session->requests, key_of(&q->number));
	end_request(q);
	return 0;
}

/* Error: the client broke the rules. */
PARKS static int
on_frame(struct session *s, const struct frame *f)
{
	struct request *q = map_find(&s->requests, key_of(&f->request));

	switch (f->number) {
	case MESSAGE_NUMBER_submit:
		return on_submit(s, f);
	case MESSAGE_NUMBER_content:
		return q != NULL ? on_content(q, f) : 0;
	case MESSAGE_NUMBER_content_end:
		return q != NULL ? on_end(q, f) : 0;
	case MESSAGE_NUMBER_content_abort:
		return q != NULL ? on_abort(q) : 0;
	default:
		return ERR_PROTOCOL;
	}
}

/* --- The session ----------------------------------------------------------------------------- */

PARKS static void
read_frames(void *arg)
{
	struct session *s = arg;
	struct frame f;
	int result;

	do {
		result = channel_receive(s->channel, &f, TICKS_NEVER);
		if (result == 0)
			result = on_frame(s, &f);
	} while (result == 0);
	if (!channel_peer_went(result))
		log_warning("client %s: %s", s->channel->peer, err_text(result));
}

static void
drop_requests(struct session *s)
{
	struct map_cursor c = MAP_START;

	while (map_next(&s->requests, &c)) {
		struct request *q = c.value;

		(void)map_remove(&s->requests, c.key);
		end_request(q);
	}
	map_drop(&s->requests);
}

/* Waits for a group; where the wait itself is cancelled, its members are too. */
PARKS static void
finish_group(struct group *g)
{
	if (group_wait(g, TICKS_NEVER) < 0)
		group_end(g);
}

/* The name stands where log readers look for a program's: it is cut down to what such names hold. */
static void
name_speaker(struct session *s)
{
	size_t n = 0;

	for (const char *p = s->channel->peer; *p != '\0'; p++)
		s->name[n++] = char_is_alnum(*p) || strchr("/-_.", *p) != NULL ? *p : '?';
	s->name[n] = '\0';
	s->speaker = (struct log_speaker){ .program = s->name, .pid = s->submitter->pid };
}

/* What the client has sent meanwhile is served; it ends the channel when it has its answers. */
PARKS static void
leave(void *arg)
{
	const struct session *s = arg;
	static const struct message_leaving leaving;
	int64_t deadline = run_deadline(REPLY_DEADLINE);
	int result = channel_send_leaving(s->channel, 0, &leaving, deadline);

	if (result == 0)
		result = channel_flush(s->channel, deadline);
	(void)result; /* it is gone already */
}

static void
start_leaving(struct session *s)
{
	if (task_start(&s->commits, "leaving", leave, s) < 0)
		group_cancel(&s->reader);
}

void
session_serve(struct cleanup *k, struct channel *c, const struct submitter *who)
{
	struct session s = { .cleanup = k, .channel = c, .submitter = who, .requests = MAP_INIT };

	name_speaker(&s);
	group_init(&s.reader);
	group_init(&s.commits);
	list_append(&k->sessions, &s.in_cleanup);
	if (k->draining)
		start_leaving(&s);
	if (task_start(&s.reader, "reader", read_frames, &s) == 0)
		finish_group(&s.reader);
	drop_requests(&s);
	finish_group(&s.commits);
	(void)!channel_flush(c, run_deadline(REPLY_DEADLINE));
	list_remove(&s.in_cleanup);
}

void
session_drain_all(struct cleanup *k)
{
	k->draining = true;
	LIST_EACH (it, &k->sessions)
		start_leaving(CONTAINER_OF(it, struct session, in_cleanup));
}
