/* SPDX-License-Identifier: BSD-2-Clause */
/*
 *	bdat-cmd = "BDAT" SP chunk-size [ SP end-marker ] CR LF
 * RFC 3030, section 2. The chunk is there whether we like the command or not, since the client does
 * not wait: what is refused is read all the same, so that content is never taken for commands. Where
 * it is not known how long the chunk is, nothing behind it can be understood, and the session ends.
 *
 * After a refused chunk the message is lost, and so are its further chunks, until one is the last or
 * the client begins anew.
 */
#include "lib/base/bug.h"
#include "lib/base/err.h"
#include "lib/base/mem.h"
#include "lib/esmtp/chunk.h"
#include "lib/sys/log.h"
#include "smtpd/access.h"
#include "smtpd/commands.h"
#include "smtpd/content.h"

static bool
is_too_big(const struct session *s, const struct chunk *k)
{
	int64_t limit = session_config_int(s, message_size_limit);
	uint64_t size = s->content != NULL ? s->content->size : 0;

	return limit > 0 && (size > (uint64_t)limit || k->size > (uint64_t)limit - size);
}

static enum reply_id
check(const struct session *s, const struct chunk *k)
{
	const struct transaction *t = &s->transaction;

	if ((ehlo_extensions(s) & EXTENSION_CHUNKING) == 0)
		return REPLY_BDAT_DISABLED;
	if (t->chunks == CHUNKS_LOST)
		return REPLY_CHUNK_DISCARDED;
	if (t->recipient_count == 0)
		return t->is_open ? REPLY_NO_VALID_RECIPIENTS : REPLY_NEED_RCPT;
	if (k->size == 0 && !k->is_last) /* would let a client go on for ever */
		return REPLY_NULL_CHUNK;
	return is_too_big(s, k) ? REPLY_CHUNK_TOO_BIG : REPLY_NONE;
}

static void
log_refusal(const struct session *s, enum reply_id id)
{
	AUTO(buf) client = BUF_INIT(SESSION_CLIENT_MAX);

	if (id == REPLY_NULL_CHUNK)
		log_warning("null BDAT request from %s", session_client(s, &client));
	else if (id == REPLY_CHUNK_TOO_BIG)
		log_warning(
		    "BDAT request from %s exceeds message size limit", session_client(s, &client));
}

/* No further chunk will do; behind the last one it is as if nothing had been. */
PARKS static void
lose_message(struct session *s, const struct chunk *k)
{
	if (k->is_last) {
		session_reset(s);
		return;
	}
	session_drop_content(s);
	s->transaction.chunks = CHUNKS_LOST;
}

PARKS static void
skip(struct session *s, const struct chunk *k)
{
	int result = content_skip(s, k->size);

	if (result < 0)
		session_fail(s, result);
	lose_message(s, k);
}

PARKS static void
refuse(struct session *s, const struct chunk *k, enum reply_id id, struct reply *r)
{
	AUTO(buf) size = BUF_INIT(32);

	BUG_ON(buf_addf(&size, "%llu", (unsigned long long)k->size) < 0);
	reply_set_about(r, id, buf_str(&size));
	log_refusal(s, id);
	skip(s, k);
}

PARKS static void
receive(struct session *s, const struct chunk *k, struct reply *r)
{
	AUTO(buf) size = BUF_INIT(32);
	int result = content_receive_chunk(s->content, k->size, r);

	if (result < 0) {
		session_fail(s, result);
	} else if (r->code != 0) {
		lose_message(s, k);
	} else if (k->is_last) {
		content_finish(s->content, r);
		session_end_message(s, r);
	} else {
		s->after_bytes = 0;
		BUG_ON(buf_addf(&size, "%llu", (unsigned long long)k->size) < 0);
		reply_fill(r, REPLY_CHUNK_OK, buf_str(&size));
	}
}

void
cmd_bdat(struct session *s, const struct command *c, struct reply *r)
{
	AUTO(buf) client = BUF_INIT(SESSION_CLIENT_MAX);
	struct chunk chunk;
	enum reply_id id;

	if (chunk_parse(c->argument, &chunk) < 0) {
		log_warning("malformed BDAT command syntax from %s: BDAT %.*s",
		    session_client(s, &client), STR_ARG(str_part(c->argument, 0, 100)));
		reply_set(r, REPLY_BDAT_SYNTAX);
		s->end = SESSION_REFUSED;
		return;
	}
	id = check(s, &chunk);
	if (id != REPLY_NONE) {
		refuse(s, &chunk, id, r);
		return;
	}
	if (s->content == NULL && !access_may_bring(s, VERB_BDAT, r)) {
		skip(s, &chunk);
		return;
	}
	if (s->content == NULL) {
		s->content = NEW(struct content);
		content_open_chunks(s->content, s);
		s->transaction.chunks = CHUNKS_COMING;
	}
	receive(s, &chunk, r);
}
