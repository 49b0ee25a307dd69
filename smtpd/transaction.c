/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The texts are in an arena, which goes as a whole; the recipients are an array that grows, since
 * that is the form in which they leave, in one frame.
 */
#include "smtpd/transaction.h"

#include "lib/base/bug.h"
#include "lib/base/mem.h"

#define ARENA_CAP           (4 * TRANSACTION_BYTES_MAX)
#define FIRST_RECIPIENTS    4
#define BYTES_PER_RECIPIENT sizeof(struct message_recipient)

void
transaction_init(struct transaction *t)
{
	*t = (struct transaction){ .arena = ARENA_INIT(ARENA_CAP) };
}

void
transaction_reset(struct transaction *t)
{
	arena_drop(&t->arena);
	mem_free(t->recipients);
	transaction_init(t);
}

void
transaction_begin(
    struct transaction *t, struct str sender, struct str given, const struct mail_from *mail)
{
	t->is_open = true;
	t->chunks = CHUNKS_NONE;
	t->sender = arena_str(&t->arena, sender);
	t->sender_given = arena_str(&t->arena, given);
	t->declared_size = mail->size;
	t->envid = arena_str(&t->arena, mail->envid);
	if (mail->smtputf8)
		t->flags |= SUBMIT_SMTPUTF8;
	if (mail->body == BODY_8BITMIME)
		t->flags |= SUBMIT_8BITMIME;
	if (mail->ret == DSN_RETURN_FULL)
		t->flags |= SUBMIT_RET_FULL;
	if (mail->ret == DSN_RETURN_HEADERS)
		t->flags |= SUBMIT_RET_HDRS;
}

/* "rfc822;a@b". RFC 3461, section 4.2. */
static struct str
keep_original(struct transaction *t, const struct rcpt_to *rcpt)
{
	AUTO(buf) text = BUF_INIT(ADDRESS_MAX);

	if (rcpt->original_type.n == 0)
		return STR_NONE;
	BUG_ON(buf_addf(&text, "%.*s;%.*s", STR_ARG(rcpt->original_type), STR_ARG(rcpt->original)) <
	       0);
	return arena_str(&t->arena, buf_str(&text));
}

bool
transaction_add(struct transaction *t, struct str address, const struct rcpt_to *rcpt)
{
	size_t bytes = address.n + rcpt->original_type.n + rcpt->original.n + BYTES_PER_RECIPIENT;
	struct message_recipient *r;

	if (t->recipient_count == TRANSACTION_RECIPIENTS_MAX ||
	    bytes > TRANSACTION_BYTES_MAX - t->recipient_bytes)
		return false;
	if (t->recipient_count == t->recipient_room) {
		t->recipient_room =
		    t->recipient_room == 0 ? FIRST_RECIPIENTS : t->recipient_room * 2;
		t->recipients =
		    mem_resize(t->recipients, t->recipient_room, sizeof(*t->recipients));
	}
	r = &t->recipients[t->recipient_count++];
	r->address = arena_str(&t->arena, address);
	r->original = keep_original(t, rcpt);
	r->notify = rcpt->notify;
	t->recipient_bytes += bytes;
	return true;
}
