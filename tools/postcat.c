/* SPDX-License-Identifier: BSD-2-Clause */
/* postcat(1): shows queued messages. It only reads. */
#include "tools/postcat.h"

#include <stdarg.h>
#include <sysexits.h>
#include <unistd.h>

#include "lib/base/calendar.h"
#include "lib/base/err.h"
#include "lib/base/num.h"
#include "lib/ipc/message.h"
#include "lib/mail/header.h"
#include "lib/service/command.h"
#include "lib/sys/clock.h"
#include "lib/sys/file.h"
#include "lib/sys/process.h"

#define ARENA_MAX ((size_t)256 * 1024 * 1024)
#define LINES_MAX ((size_t)1024 * 1024 * 1024)

enum part {
	PART_ENVELOPE = 1 << 0,
	PART_HEADER = 1 << 1,
	PART_BODY = 1 << 2,
	PART_ALL = PART_ENVELOPE | PART_HEADER | PART_BODY,
};

struct view {
	unsigned parts;
	bool file_names; /* -f: before each line */
	bool offsets;    /* -o: before each line of content */
	bool no_names;   /* -n: of envelope records */
	uint64_t skip;   /* -s: bytes of the file */
	const struct found *found;
	struct buf out;
};

/* --- Envelope --------------------------------------------------------------------------------- */

/* Each line of output goes out as it is made: a queue file may be large. */
PRINTF(2, 3)
static void
add(struct view *v, const char *format, ...)
{
	va_list ap;
	int result;

	va_start(ap, format);
	result = buf_addv(&v->out, format, ap);
	va_end(ap);
	if (result < 0)
		command_fail(EX_SOFTWARE, "a message is too long to show");
}

static void
begin_line(struct view *v)
{
	if (v->file_names)
		add(v, "%s: ", v->found->path);
}

static void
show_title(struct view *v, const char *title)
{
	begin_line(v);
	add(v, "*** %s %s ***\n", title, v->found->path);
}

/* "name: value" */
static void
show_value(struct view *v, const char *name, struct str value)
{
	begin_line(v);
	if (!v->no_names)
		add(v, "%s: ", name);
	add(v, "%.*s\n", STR_ARG(value));
}

static void
show_text(struct view *v, const char *name, struct str value)
{
	if (value.n != 0)
		show_value(v, name, value);
}

static void
show_time(struct view *v, const char *name, int64_t wall)
{
	AUTO(buf) text = BUF_INIT(100);
	struct calendar c;

	calendar_from_wall(&c, wall, sys_clock_zone(wall));
	if (buf_addf(&text, "%s %s %2d %02d:%02d:%02d %lld", calendar_weekday_name(c.weekday),
	        calendar_month_name(c.month), c.day, c.hour, c.minute, c.second,
	        (long long)c.year) == 0)
		show_value(v, name, buf_str(&text));
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
show_recipient(struct view *v, uint32_t index)
{
	const struct stored *m = &v->found->message;
	const struct envelope_recipient *r = &m->envelope.recipients[index];
	const struct history_result *h = find_result(&m->history, index);

	show_text(v, "original_recipient", r->original);
	show_value(v, outcome_word(h != NULL ? h->status : 0), r->address);
	if (h != NULL)
		show_text(v, "reason", h->text);
}

static void
show_envelope(struct view *v)
{
	const struct envelope *e = &v->found->message.envelope;
	AUTO(buf) size = BUF_INIT(40);

	show_title(v, "ENVELOPE RECORDS");
	if (buf_addf(&size, "%llu", (unsigned long long)v->found->message.content_length) == 0)
		show_value(v, "message_size", buf_str(&size));
	show_time(v, "message_arrival_time", e->arrival);
	show_value(v, "queue_id", e->queue_id);
	show_text(v, "envelope_id", e->envid);
	show_text(v, "content_filter", e->filter);
	show_text(v, "named_attribute: log_client_name", e->client_name);
	show_text(v, "named_attribute: log_client_address", e->client_address);
	show_text(v, "named_attribute: log_helo_name", e->helo);
	show_text(v, "named_attribute: log_protocol_name", e->protocol);
	show_value(v, "sender", e->sender);
	for (uint32_t i = 0; i < e->recipients_count; i++)
		show_recipient(v, i);
}

/* --- Content ---------------------------------------------------------------------------------- */

/* Lines end in LF here. at: where the bytes stand in the file. */
static void
show_lines(struct view *v, struct str bytes, uint64_t at)
{
	while (bytes.n != 0) {
		size_t end = str_find(bytes, STR("\r\n"));
		bool has_end = end < bytes.n;

		if (at >= v->skip) {
			begin_line(v);
			if (v->offsets)
				add(v, "%9llu ", (unsigned long long)at);
			if (buf_add(&v->out, str_part(bytes, 0, end)) < 0 ||
			    buf_add(&v->out, has_end ? STR("\n") : STR_NONE) < 0)
				command_fail(EX_SOFTWARE, "a message is too long to show");
		}
		at += end + 2;
		bytes = str_from(bytes, end + 2);
	}
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
show_content(struct view *v, struct str content)
{
	uint64_t start = v->found->message.content_offset;
	struct header_iter it;
	struct header_field field;
	size_t header;

	header_iter_init(&it, content);
	while (header_next(&it, &field) > 0)
		;
	header = content.n - it.rest.n;
	if ((v->parts & PART_HEADER) != 0)
		show_lines(v, str_part(content, 0, header), start);
	if ((v->parts & PART_BODY) != 0)
		show_lines(v, it.rest, start + header);
}

static void
show_message(struct view *v, struct arena *arena)
{
	bool with_envelope = (v->parts & PART_ENVELOPE) != 0;
	struct str content = read_content(v->found, arena);

	if (with_envelope) {
		show_envelope(v);
		show_title(v, "MESSAGE CONTENTS");
	}
	show_content(v, content);
	if (with_envelope)
		show_title(v, "MESSAGE FILE END");
	command_print(buf_str(&v->out));
	buf_clear(&v->out);
}

static void
show_named(struct view *v, const char *name, bool by_id)
{
	struct arena arena = ARENA_INIT(ARENA_MAX);
	struct queue_id id;
	struct found f;

	if (by_id && queue_id_parse(str_of(name), &id) < 0)
		command_fail(EX_USAGE, "\"%s\" is no queue id", name);
	if (by_id)
		found_by_id(&id, &arena, &f);
	else
		found_by_path(name, &arena, &f);
	v->found = &f;
	show_message(v, &arena);
	arena_drop(&arena);
}

/* --- The command line ------------------------------------------------------------------------- */

NORETURN static void
usage(void)
{
	command_fail(EX_USAGE,
	    "usage: postcat [-bdefhnorv] [-c directory] [-s offset] -q queue_id ... | file ...");
}

static void
take_option(struct view *v, int option)
{
	switch (option) {
	case 'b':
		v->parts |= PART_BODY;
		break;
	case 'e':
		v->parts |= PART_ENVELOPE;
		break;
	case 'f':
		v->file_names = true;
		break;
	case 'h':
		v->parts |= PART_HEADER;
		break;
	case 'n':
		v->no_names = true;
		break;
	case 'o':
		v->offsets = true;
		break;
	case 's':
		if (num_parse(str_of(optarg), INT64_MAX, &v->skip) < 0)
			command_fail(EX_USAGE, "-s %s: a number of bytes", optarg);
		break;
	case 'd': /* records have no numbers and no pointers here */
	case 'r':
	case 'v':
		break;
	default:
		usage();
	}
}

static void
enter_queue(const struct config *c)
{
	const char *queue = config_text(c, PARAM_queue_directory);
	int result = sys_chdir(queue);

	if (result < 0)
		command_fail(EX_UNAVAILABLE, "cannot enter %s: %s", queue, err_text(result));
}

int
main(int argc, char **argv)
{
	struct view v = { .out = BUF_INIT(LINES_MAX) };
	const char *directory = NULL;
	bool by_id = false;
	struct config *c;
	int option;

	command_open("postcat");
	while ((option = getopt(argc, argv, "bc:defhnoqrs:v")) >= 0) {
		if (option == 'c')
			directory = optarg;
		else if (option == 'q')
			by_id = true;
		else
			take_option(&v, option);
	}
	if (optind == argc)
		usage();
	v.parts = v.parts != 0 ? v.parts : PART_ALL;
	c = command_config(command_directory(directory));
	enter_queue(c);
	for (int i = optind; i < argc; i++)
		show_named(&v, argv[i], by_id);
	config_free(c);
	buf_drop(&v.out);
	return EX_OK;
}
