/* SPDX-License-Identifier: BSD-2-Clause */
#include "smtpd/stdio_stream.h"

#include <errno.h>
#include <string.h>

#include "lib/base/ticks.h"
#include "lib/io/stream_ops.h"
#include "lib/run/offload.h"
#include "lib/sys/file.h"

#define PIECE ((size_t)16 * 1024)

static int
read_input(void *arg)
{
	struct stdio *d = arg;
	char *p = buf_reserve(&d->in, PIECE);
	int n = sys_read(0, p, PIECE);

	if (n > 0)
		buf_grow(&d->in, (size_t)n);
	d->at_end = n == 0;
	return n < 0 ? n : 0;
}

static int
write_output(void *arg)
{
	struct stdio *d = arg;
	int result = sys_write_all(1, buf_str(&d->out));

	buf_clear(&d->out);
	return result;
}

static int
stdio_read(struct stream *s, void *p, size_t size)
{
	struct stdio *d = s->context;
	struct str ready = str_part(buf_str(&d->in), 0, size);

	if (ready.n == 0)
		return d->at_end ? 0 : -EAGAIN;
	memcpy(p, ready.p, ready.n);
	buf_consume(&d->in, ready.n);
	return (int)ready.n;
}

static int
stdio_write(struct stream *s, const struct str *pieces, size_t count)
{
	struct stdio *d = s->context;
	int taken = 0;

	for (size_t i = 0; i < count; i++) {
		if (buf_add(&d->out, pieces[i]) < 0)
			return taken != 0 ? taken : -EAGAIN;
		taken += (int)pieces[i].n;
	}
	return taken;
}

PARKS static int
stdio_wait_out(struct stream *s, int64_t deadline)
{
	struct stdio *d = s->context;

	(void)deadline;
	return d->out.n != 0 ? offload(write_output, d) : 0;
}

PARKS static int
stdio_wait_in(struct stream *s, int64_t deadline)
{
	int result = stdio_wait_out(s, deadline);

	return result == 0 ? offload(read_input, s->context) : result;
}

static void
close_nothing(struct stream *s)
{
	(void)s;
}

static const struct stream_ops ops = {
	.read = stdio_read,
	.write = stdio_write,
	.wait_in = stdio_wait_in,
	.wait_out = stdio_wait_out,
	.close = close_nothing,
};

void
stdio_open(struct stdio *d, struct stream *s)
{
	*d = (struct stdio){ .at_end = false };
	buf_init(&d->in, 2 * PIECE);
	buf_init(&d->out, 2 * STREAM_OUT_MAX);
	stream_prepare(s, &ops, d);
}

void
stdio_close(struct stdio *d, struct stream *s)
{
	if (stream_flush(s, TICKS_NEVER) == 0 && stdio_wait_out(s, TICKS_NEVER) < 0)
		buf_clear(&d->out);
	stream_close(s);
	buf_drop(&d->in);
	buf_drop(&d->out);
}
