/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A client sends one message after another: submit, content …, content_end, and reads a verdict; or asks
 * for a look at the maildrop.
 * When the verdict comes before the content has ended, the rest of that request is passed over.
 */
#include "services/pickup/pickup.h"

#include "lib/base/err.h"
#include "lib/run/run.h"
#include "lib/sys/fault.h"
#include "lib/sys/file.h"
#include "lib/sys/log.h"

#define ENVELOPE_ARENA_MAX ((size_t)256 * 1024 * 1024)

struct session {
	const struct pickup *pickup;
	struct channel *channel;
	uid_t uid;
};

PARKS static int
receive(struct session *s, struct frame *f)
{
	return channel_receive(s->channel, f, run_deadline(s->pickup->timeout));
}

PARKS static int
answer(struct session *s, uint32_t request, const struct message_verdict *v)
{
	return channel_send_verdict(s->channel, request, v, run_deadline(s->pickup->timeout));
}

/*
 * Takes the content of one request, up to its end. 1: it is whole, or the verdict is there; 0: the
 * client has given up. Error: of the channel.
 */
PARKS static int
take_content(struct session *s, uint32_t request, struct relay *r)
{
	while (!r->decided) {
		struct message_content content;
		struct frame f;
		int result = receive(s, &f);

		if (result < 0)
			return result;
		if (f.request != request)
			return ERR_PROTOCOL;
		if (f.number == MESSAGE_NUMBER_content_end)
			return 1;
		if (f.number == MESSAGE_NUMBER_content_abort)
			return 0;
		result = message_decode_content(&f, NULL, &content);
		if (result < 0)
			return result;
		relay_content(r, content.bytes);
	}
	return 1;
}

PARKS static int
take_message(struct session *s, uint32_t request, const struct message_submit *submit)
{
	struct relay r;
	int result;

	relay_begin(&r, s->pickup, submit, s->uid);
	result = take_content(s, request, &r);
	if (result > 0) {
		relay_end(&r);
		FAULT_POINT("pickup.submitted");
		result = answer(s, request, &r.verdict);
		FAULT_POINT("pickup.replied");
	}
	relay_drop(&r);
	return result;
}

/* One frame between two messages. */
PARKS static int
take_request(struct session *s)
{
	struct arena arena = ARENA_INIT(ENVELOPE_ARENA_MAX);
	AUTO(buf) fields = BUF_INIT(FRAME_MAX);
	struct message_submit submit;
	struct frame f;
	int result = receive(s, &f);

	if (result < 0 || f.number == MESSAGE_NUMBER_content ||
	    f.number == MESSAGE_NUMBER_content_end || f.number == MESSAGE_NUMBER_content_abort)
		return result; /* the rest of a message that was decided early */
	if (f.number == MESSAGE_NUMBER_collect) {
		maildrop_collect(s->pickup);
		return 0;
	}
	/* The envelope outlives the frame. */
	result = buf_add(&fields, f.fields);
	f.fields = buf_str(&fields);
	if (result == 0)
		result = message_decode_submit(&f, &arena, &submit);
	if (result == 0)
		result = take_message(s, f.request, &submit);
	arena_drop(&arena);
	return result;
}

int
session_run(const struct pickup *p, struct channel *c, uid_t uid)
{
	struct session s = { .pickup = p, .channel = c, .uid = uid };
	int result;

	do
		result = take_request(&s);
	while (result == 0);
	if (channel_flush(c, run_deadline(p->timeout)) < 0)
		return result; /* the client did not wait for its verdict */
	return result;
}

void
session_serve(const struct pickup *p, struct client *client)
{
	static const struct channel_options options = {
		.protocol = CHANNEL_SUBMIT,
		.program = "pickup",
		.capacity = 1,
	};
	long uid = (long)client->ids.uid;
	struct channel channel;
	struct why why;
	int result;

	if (!client->is_unix || client->ids.uid == (uid_t)-1) {
		log_warning("a client of pickup has no user id");
		sys_close(client->fd);
		return;
	}
	result = channel_open(&channel, client->fd, &options, run_deadline(p->timeout), &why);
	if (result < 0) {
		log_warning("client with user id %ld: %s", uid, why.text);
		return;
	}
	result = session_run(p, &channel, client->ids.uid);
	if (result != ERR_EOF && result != ERR_CANCELLED)
		log_warning("client with user id %ld: %s", uid, err_text(result));
	channel_close(&channel);
}
