/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * postcat(1): shows a queued message. It only reads: a file of its own in incoming, deferred or
 * hold, or else a record in a journal segment, found by looking at the headers of all records.
 * While the mail system runs, a message may move between these places; so they are looked through
 * twice.
 */
#include <errno.h>
#include <stdio.h>
#include <sysexits.h>
#include <unistd.h>

#include "lib/base/calendar.h"
#include "lib/base/err.h"
#include "lib/ipc/message.h"
#include "lib/mail/header.h"
#include "lib/service/command.h"
#include "lib/spool/message_file.h"
#include "lib/spool/record.h"
#include "lib/sys/clock.h"
#include "lib/sys/file.h"
#include "lib/sys/process.h"

#define ARENA_MAX ((size_t)256 * 1024 * 1024)

#define SEGMENT_EXT ".seg"

enum part {
	PART_ENVELOPE = 1 << 0,
	PART_HEADER = 1 << 1,
	PART_BODY = 1 << 2,
	PART_ALL = PART_ENVELOPE | PART_HEADER | PART_BODY,
};

struct found {
	char path[2 * SPOOL_PATH_MAX];
	struct stored message;
};

/* --- Finding ---------------------------------------------------------------------------------- */

/* 1: found; 0: it is not there. Ends the program when it cannot be read. */
static int
find_file(const struct queue_id *id, struct arena *arena, struct found *out)
{
	static const enum spool_queue queues[] = { SPOOL_INCOMING, SPOOL_DEFERRED, SPOOL_HOLD };
	struct why why;

	for (size_t i = 0; i < ARRAY_LEN(queues); i++) {
		int result = message_read(queues[i], id, arena, &out->message, &why);

		if (result == -ENOENT)
			continue;
		if (result < 0)
			command_fail(result == -EACCES ? EX_NOPERM : EX_DATAERR, "%s", why.text);
		spool_message_path(queues[i], id, out->path);
		return 1;
	}
	return 0;
}

struct segment_file {
	char path[2 * SPOOL_PATH_MAX];
	int fd;
	uint64_t owner;
};

/* Is it this message? Its envelope is then in *out. Damaged records are for qmgr to report. */
static bool
is_message(const struct segment_file *f, const struct record *r, const struct queue_id *id,
    struct arena *arena, struct found *out)
{
	char *head = arena_try(arena, r->head_length + (size_t)1);
	struct envelope e;

	if (head == NULL || r->type != RECORD_MESSAGE ||
	    sys_pread_all(f->fd, head, r->head_length, r->position + r->head_offset) < 0 ||
	    record_head_check(r, str_make(head, r->head_length)) < 0 ||
	    envelope_decode(str_make(head, r->head_length), arena, &e) < 0 ||
	    !str_equal(e.queue_id, queue_id_str(id)))
		return false;
	out->message = (struct stored){
		.queue = SPOOL_JOURNAL,
		.id = *id,
		.envelope = e,
		.content_offset = r->position + r->body_offset,
		.content_length = r->body_length,
	};
	snprintf(out->path, sizeof(out->path), "%s", f->path);
	return true;
}

static int
find_in_segment(
    const struct segment_file *f, const struct queue_id *id, struct arena *arena, struct found *out)
{
	uint64_t position = 0;
	struct record r;
	char header[RECORD_HEADER];

	while (sys_pread_all(f->fd, header, sizeof(header), position) >= 0) {
		struct arena scratch = ARENA_INIT(ARENA_MAX);
		bool is_it;

		if (record_decode(str_make(header, sizeof(header)), f->owner, position, &r) < 0)
			break; /* the end, as far as it is written */
		is_it = is_message(f, &r, id, &scratch, out);
		arena_drop(&scratch);
		if (is_it)
			return is_message(f, &r, id, arena, out);
		position += r.length;
	}
	return 0;
}

static int
look_into(const char *name, const struct queue_id *id, struct arena *arena, struct found *out)
{
	struct str stem = str_of(name);
	struct segment_file f;
	int result;

	if (!str_ends(stem, STR(SEGMENT_EXT)))
		return 0;
	stem.n -= sizeof(SEGMENT_EXT) - 1;
	f.owner = record_owner(stem);
	snprintf(f.path, sizeof(f.path), "journal/%s", name);
	f.fd = sys_open(f.path, O_RDONLY | O_NOFOLLOW, 0);
	if (f.fd < 0)
		return 0; /* it was over meanwhile */
	result = find_in_segment(&f, id, arena, out);
	sys_close(f.fd);
	return result;
}

static int
find_in_journal(const struct queue_id *id, struct arena *arena, struct found *out)
{
	struct folder_entry entry;
	struct folder folder;
	int result = folder_open(&folder, AT_FDCWD, "journal");
	int found = 0;

	if (result < 0)
		command_fail(EX_NOPERM, "cannot read journal: %s", err_text(result));
	while (found == 0 && folder_next(&folder, &entry) > 0)
		found = look_into(entry.name, id, arena, out);
	folder_close(&folder);
	return found;
}

static void
find(const struct queue_id *id, struct arena *arena, struct found *out)
{
	for (int i = 0; i < 2; i++) {
		if (find_file(id, arena, out) || find_in_journal(id, arena, out))
			return;
	}
	command_fail(EX_UNAVAILABLE, "%s: no such message in the queue", id->text);
}

/* --- Showing ---------------------------------------------------------------------------------- */

PRINTF(1, 2) static void show(const char *format, ...)
{
	AUTO(buf) line = BUF_INIT(16384);
	va_list ap;
	int result;

	va_start(ap, format);
	result = buf_addv(&line, format, ap);
	va_end(ap);
	if (result < 0)
		command_fail(EX_SOFTWARE, "a line is too long to show");
	command_print(buf_str(&line));
}

static void
show_time(const char *name, int64_t wall)
{
	struct calendar c;

	calendar_from_wall(&c, wall, sys_clock_zone(wall));
	show("%s: %s %s %2d %02d:%02d:%02d %lld\n", name, calendar_weekday_name(c.weekday),
	    calendar_month_name(c.month), c.day, c.hour, c.minute, c.second, (long long)c.year);
}

static void
show_text(const char *name, struct str value)
{
	if (value.n != 0)
		show("%s: %.*s\n", name, STR_ARG(value));
}

static const char *
outcome_word(uint32_t status)
{
	switch (status) {
	case OUTCOME_DELIVERED:
		return "done_recipient";
	case OUTCOME_BOUNCED:
		return "bounced_recipient";
	default:
		return "recipient";
	}
}

static const struct history_result *
find_result(const struct history *h, uint32_t index)
{
	for (uint32_t i = 0; i < h->results_count; i++) {
		if (h->results[i].index == index)
			return &h->results[i];
	}
	return NULL;
}

static void
show_recipient(const struct stored *m, uint32_t index)
{
	const struct envelope_recipient *r = &m->envelope.recipients[index];
	const struct history_result *h = find_result(&m->history, index);

	show_text("original_recipient", r->original);
	show("%s: %.*s\n", outcome_word(h != NULL ? h->status : 0), STR_ARG(r->address));
	if (h != NULL)
		show_text("reason", h->text);
}

static void
show_envelope(const struct found *f)
{
	const struct envelope *e = &f->message.envelope;

	show("*** ENVELOPE RECORDS %s ***\n", f->path);
	show("message_size: %llu\n", (unsigned long long)f->message.content_length);
	show_time("message_arrival_time", e->arrival);
	show("queue_id: %.*s\n", STR_ARG(e->queue_id));
	show_text("envelope_id", e->envid);
	show_text("named_attribute: log_client_name", e->client_name);
	show_text("named_attribute: log_client_address", e->client_address);
	show_text("named_attribute: log_helo_name", e->helo);
	show_text("named_attribute: log_protocol_name", e->protocol);
	show("sender: %.*s\n", STR_ARG(e->sender));
	for (uint32_t i = 0; i < e->recipients_count; i++)
		show_recipient(&f->message, i);
}

/* Lines end in LF here. */
static void
show_lines(struct str bytes)
{
	AUTO(buf) out = BUF_INIT(bytes.n + 1);

	while (bytes.n != 0) {
		size_t at = str_find(bytes, STR("\r\n"));

		if (buf_add(&out, str_part(bytes, 0, at)) < 0 ||
		    (at < bytes.n && buf_add_byte(&out, '\n') < 0))
			command_fail(EX_SOFTWARE, "the content is too long to show");
		bytes = str_from(bytes, at + 2);
	}
	command_print(buf_str(&out));
}

static struct str
read_content(const struct found *f, struct arena *arena)
{
	size_t length = (size_t)f->message.content_length;
	char *p = arena_try(arena, length + 1);
	int fd = sys_open(f->path, O_RDONLY | O_NOFOLLOW, 0);
	int result;

	if (p == NULL)
		command_fail(EX_OSERR, "the message is larger than %zu bytes", ARENA_MAX);
	result = fd < 0 ? fd : sys_pread_all(fd, p, length, f->message.content_offset);
	if (result < 0)
		command_fail(EX_UNAVAILABLE, "cannot read %s: %s", f->path, err_text(result));
	sys_close(fd);
	return str_make(p, length);
}

static void
show_message(const struct found *f, unsigned parts, struct arena *arena)
{
	struct str content = read_content(f, arena);
	struct header_iter it;
	struct header_field field;

	header_iter_init(&it, content);
	while (header_next(&it, &field) > 0)
		;
	if ((parts & PART_ENVELOPE) != 0) {
		show_envelope(f);
		show("*** MESSAGE CONTENTS %s ***\n", f->path);
	}
	if ((parts & PART_HEADER) != 0)
		show_lines(str_part(content, 0, content.n - it.rest.n));
	if ((parts & PART_BODY) != 0)
		show_lines(it.rest);
	if ((parts & PART_ENVELOPE) != 0)
		show("*** MESSAGE FILE END %s ***\n", f->path);
}

static void
show_by_id(const struct config *c, const char *text, unsigned parts)
{
	struct arena arena = ARENA_INIT(ARENA_MAX);
	const char *queue = config_text(c, PARAM_queue_directory);
	struct queue_id id;
	struct found f;
	int result = sys_chdir(queue);

	if (result < 0)
		command_fail(EX_UNAVAILABLE, "cannot enter %s: %s", queue, err_text(result));
	if (queue_id_parse(str_of(text), &id) < 0)
		command_fail(EX_USAGE, "\"%s\" is no queue id", text);
	find(&id, &arena, &f);
	show_message(&f, parts, &arena);
	arena_drop(&arena);
}

/* --- The command line ------------------------------------------------------------------------- */

NORETURN static void
usage(void)
{
	command_fail(EX_USAGE, "usage: postcat [-beh] [-c directory] -q queue_id ...");
}

static unsigned
part_of(int option)
{
	switch (option) {
	case 'b':
		return PART_BODY;
	case 'e':
		return PART_ENVELOPE;
	case 'h':
		return PART_HEADER;
	case 'q':
	case 'v':
		return 0;
	default:
		usage();
	}
}

int
main(int argc, char **argv)
{
	const char *directory = NULL;
	unsigned parts = 0;
	bool by_id = false;
	struct config *c;
	int option;

	command_open("postcat");
	while ((option = getopt(argc, argv, "bc:ehqv")) >= 0) {
		if (option == 'c')
			directory = optarg;
		else
			parts |= part_of(option);
		by_id |= option == 'q';
	}
	if (!by_id || optind == argc)
		usage();
	c = command_config(command_directory(directory));
	for (int i = optind; i < argc; i++)
		show_by_id(c, argv[i], parts != 0 ? parts : PART_ALL);
	config_free(c);
	return EX_OK;
}
