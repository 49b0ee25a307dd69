/* SPDX-License-Identifier: BSD-2-Clause */
#include "lib/ipc/submit_call.h"

#include "lib/base/err.h"
#include "lib/io/connect.h"

#define CONTENT_PIECE_MAX ((size_t)65536) /* of message.def */

static struct channel_options
options_of(const char *program)
{
	return (struct channel_options){
		.protocol = CHANNEL_SUBMIT,
		.program = program,
		.capacity = 1,
	};
}

int
submit_call_open(
    struct submit_call *c, const char *path, const char *program, int64_t deadline, struct why *why)
{
	struct channel_options options = options_of(program);
	int fd, result = connect_unix(path, &fd, deadline);

	c->is_open = false;
	if (result < 0) {
		why_set(why, "cannot connect to %s: %s", path, err_text(result));
		return result;
	}
	result = caller_open(&c->caller, fd, &options, deadline, why);
	c->is_open = result == 0;
	c->call.caller = NULL;
	return result;
}

int
submit_call_open_stream(
    struct submit_call *c, const char *program, int64_t deadline, struct why *why)
{
	struct channel_options options = options_of(program);
	int result = caller_open_stream(&c->caller, &options, deadline, why);

	c->is_open = result == 0;
	c->call.caller = NULL;
	return result;
}

int
submit_call_begin(struct submit_call *c, const struct message_submit *m, int64_t deadline)
{
	int result = call_open(&c->call, &c->caller, deadline);

	return result < 0 ? result : call_send(&c->call, MESSAGE_NUMBER_submit, m, deadline);
}

int
submit_call_content(struct submit_call *c, struct str bytes, int64_t deadline)
{
	while (bytes.n != 0 && !call_has_answer(&c->call)) {
		struct message_content content = {
			.bytes = str_part(bytes, 0, CONTENT_PIECE_MAX),
		};
		int result = call_send(&c->call, MESSAGE_NUMBER_content, &content, deadline);

		if (result < 0)
			return result;
		bytes = str_from(bytes, content.bytes.n);
	}
	return call_has_answer(&c->call);
}

int
submit_call_end(struct submit_call *c, struct message_verdict *out, int64_t deadline)
{
	static const struct message_content_end end;
	struct frame answer;
	int result = 0;

	if (!call_has_answer(&c->call))
		result = call_send(&c->call, MESSAGE_NUMBER_content_end, &end, deadline);
	if (result == 0)
		result = call_wait(&c->call, &answer, deadline);
	if (result < 0)
		return result;
	if (answer.number != MESSAGE_NUMBER_verdict)
		return ERR_PROTOCOL;
	return message_decode_verdict(&answer, NULL, out);
}

void
submit_call_close(struct submit_call *c)
{
	if (!c->is_open)
		return;
	c->is_open = false;
	call_close(&c->call);
	caller_close(&c->caller);
}
