/* SPDX-License-Identifier: BSD-2-Clause */
/* postqueue(1): shows the queue (mailq), or has it tried at once: all, one message, or one site. */
#include <stdarg.h>
#include <sysexits.h>
#include <unistd.h>

#include "lib/base/calendar.h"
#include "lib/base/err.h"
#include "lib/base/json.h"
#include "lib/mail/address.h"
#include "lib/mail/queue_id.h"
#include "lib/service/command.h"
#include "lib/sys/clock.h"
#include "tools/queue.h"

#define OUTPUT_MAX   ((size_t)256 * 1024 * 1024) /* of one entry */
#define OUTPUT_FLUSH ((size_t)64 * 1024)
#define ARENA_MAX    ((size_t)64 * 1024 * 1024)
#define REASON_END   76 /* column where the reason of a delay ends */

struct listing {
	void (*show)(struct listing *l, const struct message_queue_entry *e);
	struct buf out;
	uint64_t shown;
	struct message_queue_end end;
};

PRINTF(2, 3) static void put(struct listing *l, const char *format, ...)
{
	va_list ap;
	int result;

	va_start(ap, format);
	result = buf_addv(&l->out, format, ap);
	va_end(ap);
	if (result < 0)
		command_fail(EX_SOFTWARE, "an entry of the queue is too long to show");
}

/* As a JSON string, quotes included. */
static void
put_json(struct listing *l, struct str text)
{
	if (json_add_text(text, &l->out) < 0)
		command_fail(EX_SOFTWARE, "an entry of the queue is too long to show");
}

/* Not the controls U+0080 to U+009F either: U+009B begins an escape sequence. */
static bool
is_shown(struct str character)
{
	if (character.n == 2 && character.p[0] == '\xc2')
		return (unsigned char)character.p[1] >= 0xa0;
	return character.n != 0 && !str_has_control(character);
}

/* Controls and bytes that are no UTF-8 may not reach a terminal. */
static void
put_clean(struct listing *l, struct str text)
{
	while (text.n != 0) {
		size_t length = str_utf8_length(text);
		bool shown = is_shown(str_part(text, 0, length));

		put(l, "%.*s", shown ? (int)length : 1, shown ? text.p : "?");
		text = str_from(text, length > 0 ? length : 1);
	}
}

/* --- Text: as Postfix prints it, with room for our longer queue ids --------------------------- */

static char
mark_of(const struct message_queue_entry *e)
{
	if (e->expired)
		return '#';
	if (str_equal(e->queue_name, STR("active")))
		return '*';
	return str_equal(e->queue_name, STR("hold")) ? '!' : ' ';
}

/* "Mon Nov 23 16:05:00" */
static void
put_time(struct listing *l, int64_t wall)
{
	struct calendar c;

	calendar_from_wall(&c, wall, sys_clock_zone(wall));
	put(l, "%s %s %2d %02d:%02d:%02d", calendar_weekday_name(c.weekday),
	    calendar_month_name(c.month), c.day, c.hour, c.minute, c.second);
}

static void
put_reason(struct listing *l, struct str reason)
{
	put(l, "%*s(", reason.n < REASON_END ? REASON_END - (int)reason.n : 0, "");
	put_clean(l, reason);
	put(l, ")\n");
}

/* Recipients that wait for one reason stand together below it. */
static void
show_text(struct listing *l, const struct message_queue_entry *e)
{
	struct str reason = STR_NONE;

	if (l->shown == 0)
		put(l, "%-17s %8s %-20s %s\n", "-Queue ID-", "--Size--", "----Arrival Time----",
		    "-Sender/Recipient-------");
	else
		put(l, "\n");
	put(l, "%.*s%c %8llu ", STR_ARG(e->queue_id), mark_of(e),
	    (unsigned long long)e->size);
	put_time(l, e->arrival);
	put(l, "  ");
	put_clean(l, e->sender.n != 0 ? e->sender : STR("MAILER-DAEMON"));
	put(l, "\n");
	for (uint32_t i = 0; i < e->recipients_count; i++) {
		const struct message_queue_recipient *r = &e->recipients[i];

		if (r->reason.n != 0 && !str_equal(r->reason, reason))
			put_reason(l, r->reason);
		reason = r->reason;
		put(l, "%48s", "");
		put_clean(l, r->address);
		put(l, "\n");
	}
}

static void
show_text_end(struct listing *l)
{
	if (l->shown == 0)
		put(l, "Mail queue is empty\n");
	else
		put(l, "\n-- %llu Kbytes in %llu Request%s.\n",
		    (unsigned long long)(l->end.size + 1023) / 1024, (unsigned long long)l->shown,
		    l->shown == 1 ? "" : "s");
}

/* --- JSON: an object a line ------------------------------------------------------------------- */

static void
put_member(struct listing *l, const char *name, struct str value)
{
	put(l, "\"%s\": ", name);
	put_json(l, value);
}

static void
show_json(struct listing *l, const struct message_queue_entry *e)
{
	put(l, "{");
	put_member(l, "queue_name", e->queue_name);
	put(l, ", ");
	put_member(l, "queue_id", e->queue_id);
	put(l, ", \"arrival_time\": %lld, \"message_size\": %llu, \"forced_expire\": %s, ",
	    (long long)(e->arrival / TICKS_SECOND), (unsigned long long)e->size,
	    e->expired ? "true" : "false");
	put_member(l, "sender", e->sender);
	put(l, ", \"recipients\": [");
	for (uint32_t i = 0; i < e->recipients_count; i++) {
		const struct message_queue_recipient *r = &e->recipients[i];

		put(l, i == 0 ? "{" : ", {");
		put_member(l, "address", r->address);
		if (r->reason.n != 0) {
			put(l, ", ");
			put_member(l, r->failed ? "bounce_reason" : "delay_reason", r->reason);
		}
		put(l, "}");
	}
	put(l, "]}\n");
}

/* --- Talking ---------------------------------------------------------------------------------- */

static void
flush_output(struct listing *l, size_t more_than)
{
	if (l->out.n <= more_than)
		return;
	command_print(buf_str(&l->out));
	buf_clear(&l->out);
}

/* 1: more entries follow; 0: that was the end. Error: of the channel. */
PARKS static int
take_entry(struct channel *qmgr, struct listing *l)
{
	struct arena arena = ARENA_INIT(ARENA_MAX);
	struct message_queue_entry e;
	struct frame frame;
	int result = channel_receive(qmgr, &frame, queue_deadline());

	if (result == 0)
		queue_check_failed(&frame);
	if (result == 0 && frame.number == MESSAGE_NUMBER_queue_end)
		return message_decode_queue_end(&frame, NULL, &l->end);
	if (result == 0)
		result = message_decode_queue_entry(&frame, &arena, &e);
	if (result == 0) {
		l->show(l, &e);
		l->shown++;
		flush_output(l, OUTPUT_FLUSH);
	}
	arena_drop(&arena);
	return result == 0 ? 1 : result;
}

PARKS static void
list_queue(struct channel *qmgr, void *arg)
{
	static const struct message_queue_list request;
	struct listing *l = arg;
	int result = channel_send_queue_list(qmgr, 1, &request, queue_deadline());

	if (result == 0) {
		do
			result = take_entry(qmgr, l);
		while (result > 0);
	}
	if (result < 0)
		command_fail(EX_TEMPFAIL, "the queue manager: %s", err_text(result));
}

static void
show_queue(const struct config *c, bool as_json)
{
	struct listing l = { .show = as_json ? show_json : show_text, .out = BUF_INIT(OUTPUT_MAX) };

	queue_talk(c, list_queue, &l);
	if (!as_json)
		show_text_end(&l);
	flush_output(&l, 0);
	buf_drop(&l.out);
}

struct flush {
	struct message_queue_action action;
	bool done;
};

PARKS static void
flush_queue(struct channel *qmgr, void *arg)
{
	struct flush *f = arg;
	uint64_t count = 0;

	f->done = queue_act(qmgr, &f->action, &count);
}

/* --- The command line ------------------------------------------------------------------------- */

struct order {
	char what; /* p, j, f, i, s; 0: none yet */
	const char *argument;
	const char *directory;
};

NORETURN static void
usage(void)
{
	command_fail(
	    EX_USAGE, "usage: postqueue [-c directory] -p | -j | -f | -i queue_id | -s site");
}

static void
take_option(struct order *o, int option)
{
	switch (option) {
	case 'c':
		o->directory = optarg;
		return;
	case 'v':
		return;
	case 'i':
	case 's':
		o->argument = optarg;
		break;
	case 'f':
	case 'j':
	case 'p':
		break;
	default:
		usage();
	}
	if (o->what != 0)
		command_fail(EX_USAGE, "only one of -f, -i, -j, -p and -s can be given");
	o->what = (char)option;
}

/* site = domain / "[" address "]" */
static void
check_site(const char *site)
{
	struct str text = str_of(site);

	if (!domain_is_valid(text) && !domain_is_literal(text))
		command_fail(EX_USAGE, "\"%s\" is no domain; an address stands in [ ]", site);
}

static bool
flush(const struct order *o, const struct config *c)
{
	struct queue_id id;
	struct message_queue_ref ref;
	struct flush f = { .action = { .action = QUEUE_ACTION_FLUSH }, .done = true };

	if (o->what == 's') {
		check_site(o->argument);
		f.action.site = str_of(o->argument);
	} else if (o->what == 'i') {
		if (queue_id_parse(str_of(o->argument), &id) < 0)
			command_fail(EX_USAGE, "\"%s\" is no queue id", o->argument);
		ref.id = queue_id_str(&id);
		f.action.ids = &ref;
		f.action.ids_count = 1;
	}
	queue_talk(c, flush_queue, &f);
	return f.done;
}

int
main(int argc, char **argv)
{
	struct order o = { .what = 0 };
	struct config *c;
	bool done = true;
	int option;

	command_open("postqueue");
	while ((option = getopt(argc, argv, "c:fi:jps:v")) >= 0)
		take_option(&o, option);
	if (o.what == 0 || optind < argc)
		usage();
	c = command_config(command_directory(o.directory));
	if (o.what == 'p' || o.what == 'j')
		show_queue(c, o.what == 'j');
	else
		done = flush(&o, c);
	config_free(c);
	return done ? EX_OK : EX_UNAVAILABLE;
}
