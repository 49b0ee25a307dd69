/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Two servers that disagree on where data ends let a stranger send mail in another's name ("SMTP
 * smuggling", CVE-2023-51764 and others). So the end is what the RFC says, five octets, and one state
 * machine finds it over every split of the input; there is no other place that looks for it.
 *
 *	state      meaning                                  pending (seen, not given out)
 *	LINE       a line begins, behind CRLF
 *	LINE_LF    a line begins, behind LF alone
 *	BODY       within a line
 *	CR         within a line, behind CR                 CR
 *	DOT        behind a dot that begins a line          .
 *	DOT_LF     the same, but the line is behind LF      .
 *	DOT_CR     behind dot and CR; DOT_LF_CR likewise    . CR
 *
 * A dot that begins a line is dropped (RFC 5321, section 4.5.2), unless it is the whole line and the
 * line has LF alone at one of its ends: then nobody can have meant it as an end, and it stays.
 * Content that comes by length (RFC 3030) has the same line ends, but no dots and no DOT states.
 *
 * Not chosen: searching the buffer for "\r\n.\r\n", which needs the last four octets of what was
 * already used, and does not see what almost matches.
 */
#include "lib/esmtp/dot.h"

#include "lib/base/bug.h"

#define LINE_MAX_OCTETS ((size_t)998)

enum reader_state {
	LINE,
	LINE_LF,
	BODY,
	CR,
	DOT,
	DOT_LF,
	DOT_CR,
	DOT_LF_CR,
	DONE,
};

void
dot_reader_init(struct dot_reader *d, enum dot_newline newline, bool keep_stray_cr)
{
	*d = (struct dot_reader){
		.newline = newline, .keep_stray_cr = keep_stray_cr, .state = LINE
	};
}

void
dot_reader_init_chunks(struct dot_reader *d, enum dot_newline newline, bool keep_stray_cr)
{
	dot_reader_init(d, newline, keep_stray_cr);
	d->dots_are_plain = true;
}

static void
take(struct str *input, size_t n)
{
	*input = str_from(*input, n);
}

static void
see(struct dot_reader *d, enum dot_saw what)
{
	d->saw = (unsigned char)(d->saw | what);
}

/* n more octets in the current line. */
static void
count_line(struct dot_reader *d, size_t n)
{
	d->line_length += n;
	if (d->line_length > LINE_MAX_OCTETS)
		see(d, DOT_SAW_LONG_LINE);
}

static void
begin_line(struct dot_reader *d, enum reader_state state)
{
	d->state = (unsigned char)state;
	d->line_length = 0;
}

/*
 * The longest run of whole, ordinary lines and the text behind them that needs no second look: up to
 * a CR or LF that is not plainly a CRLF, or a CRLF before a dot or at the end of the input. Where it
 * ends behind a CRLF, the state is LINE.
 */
static size_t
plain_run(struct dot_reader *d, struct str s)
{
	size_t at = 0, lf, cr;

	for (;;) {
		lf = at + str_index(str_from(s, at), '\n');
		cr = at + str_index(str_part(s, at, lf - at), '\r');
		count_line(d, cr - at);
		if (cr + 1 != lf || lf == s.n)
			return cr;
		begin_line(d, LINE);
		at = lf + 1;
		if (at == s.n || s.p[at] == '.')
			return at;
		d->state = BODY;
	}
}

static void
look_at_bytes(struct dot_reader *d, struct str s)
{
	if ((d->saw & DOT_SAW_NUL) == 0 && str_index(s, '\0') != s.n)
		see(d, DOT_SAW_NUL);
	if ((d->saw & DOT_SAW_8BIT) == 0 && !str_is_ascii(s))
		see(d, DOT_SAW_8BIT);
}

static enum dot_result
give(struct str *piece, struct str what)
{
	*piece = what;
	return DOT_PIECE;
}

static enum dot_result
bare_lf(struct dot_reader *d, struct str *piece, struct str content)
{
	see(d, DOT_SAW_BARE_LF);
	if (d->newline == DOT_NEWLINE_REJECT) {
		d->state = DONE;
		return DOT_REFUSED;
	}
	begin_line(d, d->newline == DOT_NEWLINE_NO ? LINE : LINE_LF);
	return give(piece, content);
}

static enum dot_result
stray_cr(struct dot_reader *d, struct str *piece)
{
	see(d, DOT_SAW_STRAY_CR);
	d->state = BODY;
	count_line(d, 1);
	return give(piece, d->keep_stray_cr ? STR("\r") : STR(" "));
}

static enum dot_result
end_of_data(struct dot_reader *d)
{
	d->state = DONE;
	return DOT_END;
}

/* In LINE and LINE_LF: only a dot matters. */
static void
read_line_start(struct dot_reader *d, struct str *input)
{
	if (input->p[0] == '.' && !d->dots_are_plain) {
		d->state = (unsigned char)(d->state - LINE + DOT);
		take(input, 1);
	} else {
		d->state = BODY;
	}
}

/* In BODY. A piece, or DOT_MORE where it only moved on. */
static enum dot_result
read_body(struct dot_reader *d, struct str *input, struct str *piece)
{
	size_t n = plain_run(d, *input);

	if (n != 0) {
		*piece = str_part(*input, 0, n);
		look_at_bytes(d, *piece);
		take(input, n);
		return DOT_PIECE;
	}
	if (input->p[0] == '\n') {
		take(input, 1);
		return bare_lf(d, piece, STR("\r\n"));
	}
	take(input, 1);
	d->state = CR;
	return DOT_MORE;
}

static enum dot_result
read_behind_cr(struct dot_reader *d, struct str *input, struct str *piece)
{
	if (input->p[0] != '\n')
		return stray_cr(d, piece);
	take(input, 1);
	begin_line(d, LINE);
	return give(piece, STR("\r\n"));
}

/* In DOT and DOT_LF. */
static enum dot_result
read_behind_dot(struct dot_reader *d, struct str *input, struct str *piece)
{
	if (input->p[0] == '\r') {
		take(input, 1);
		d->state = (unsigned char)(d->state - DOT + DOT_CR);
		return DOT_MORE;
	}
	if (input->p[0] == '\n') {
		take(input, 1);
		if (d->newline != DOT_NEWLINE_NO)
			return bare_lf(d, piece, STR(".\r\n"));
		see(d, DOT_SAW_BARE_LF);
		return end_of_data(d);
	}
	d->state = BODY;
	return DOT_MORE;
}

/* In DOT_CR and DOT_LF_CR. */
static enum dot_result
read_behind_dot_cr(struct dot_reader *d, struct str *input, struct str *piece)
{
	if (input->p[0] != '\n')
		return stray_cr(d, piece);
	take(input, 1);
	if (d->state == DOT_CR)
		return end_of_data(d);
	begin_line(d, LINE);
	return give(piece, STR(".\r\n"));
}

static enum dot_result
step(struct dot_reader *d, struct str *input, struct str *piece)
{
	switch ((enum reader_state)d->state) {
	case LINE:
	case LINE_LF:
		read_line_start(d, input);
		return DOT_MORE;
	case BODY:
		return read_body(d, input, piece);
	case CR:
		return read_behind_cr(d, input, piece);
	case DOT:
	case DOT_LF:
		return read_behind_dot(d, input, piece);
	case DOT_CR:
	case DOT_LF_CR:
		return read_behind_dot_cr(d, input, piece);
	case DONE:
		break;
	}
	bug_abort(__FILE__, __LINE__, "read behind the end of data");
}

enum dot_result
dot_read(struct dot_reader *d, struct str *input, struct str *piece)
{
	enum dot_result result = DOT_MORE;

	while (result == DOT_MORE && input->n != 0)
		result = step(d, input, piece);
	return result;
}

struct str
dot_read_last(struct dot_reader *d)
{
	unsigned char state = d->state;

	d->state = DONE;
	if (state == BODY)
		return STR("\r\n");
	if (state != CR)
		return STR_NONE;
	see(d, DOT_SAW_STRAY_CR);
	return d->keep_stray_cr ? STR("\r\r\n") : STR(" \r\n");
}

enum writer_state {
	AT_LINE,
	IN_LINE,
	AFTER_CR, /* the CR is not sent yet */
};

void
dot_writer_init(struct dot_writer *d)
{
	d->state = AT_LINE;
}

/* As plain_run(), for the way out. */
static size_t
sendable_run(struct dot_writer *d, struct str s)
{
	size_t at = 0, lf, cr;

	for (;;) {
		d->state = IN_LINE;
		lf = at + str_index(str_from(s, at), '\n');
		cr = at + str_index(str_part(s, at, lf - at), '\r');
		if (cr + 1 != lf || lf == s.n)
			return cr;
		d->state = AT_LINE;
		at = lf + 1;
		if (at == s.n || s.p[at] == '.')
			return at;
	}
}

/* At a CR or LF that does not plainly belong to a CRLF, or behind such a CR. True: *piece is set. */
static bool
write_odd(struct dot_writer *d, struct str *input, struct str *piece)
{
	if (input->p[0] == '\n') {
		take(input, 1);
		d->state = AT_LINE;
		*piece = STR("\r\n");
		return true;
	}
	if (d->state == AFTER_CR) {
		d->state = IN_LINE;
		*piece = STR(" ");
		return true;
	}
	take(input, 1);
	d->state = AFTER_CR;
	return false;
}

bool
dot_write(struct dot_writer *d, struct str *input, struct str *piece)
{
	size_t n;

	while (input->n != 0) {
		if (d->state == AT_LINE && input->p[0] == '.') {
			d->state = IN_LINE;
			*piece = STR(".");
			return true;
		}
		n = d->state != AFTER_CR ? sendable_run(d, *input) : 0;
		if (n != 0) {
			*piece = str_part(*input, 0, n);
			take(input, n);
			return true;
		}
		if (write_odd(d, input, piece))
			return true;
	}
	return false;
}

struct str
dot_write_end(struct dot_writer *d)
{
	struct str end = d->state == AT_LINE    ? STR(".\r\n")
	                 : d->state == AFTER_CR ? STR(" \r\n.\r\n")
	                                        : STR("\r\n.\r\n");

	d->state = AT_LINE;
	return end;
}
