/* SPDX-License-Identifier: BSD-2-Clause */
#include "lib/mail/intake.h"

/* The next line without its end; false at the end of the text. */
static bool
take_line(struct str *rest, bool crlf_ends, struct str *line)
{
	size_t end = str_index(*rest, '\n');

	if (rest->n == 0)
		return false;
	*line = str_part(*rest, 0, end);
	*rest = str_from(*rest, end + 1);
	if (crlf_ends && str_ends(*line, STR("\r")))
		line->n--;
	return true;
}

static bool
first_line_ends_in_crlf(struct str text)
{
	size_t end = str_index(text, '\n');

	return end < text.n && end > 0 && text.p[end - 1] == '\r';
}

/* "From me Mon Nov 23 …", also with '>' before it: of a mailbox file, not of a message. */
static bool
is_from_line(struct str line)
{
	size_t marks = 0;

	while (marks < line.n && line.p[marks] == '>')
		marks++;
	return str_starts(str_from(line, marks), STR("From "));
}

int
intake_text(struct str text, unsigned flags, struct buf *out)
{
	bool crlf_ends = (flags & INTAKE_CRLF_ENDS) != 0 ||
	                 ((flags & INTAKE_CRLF_AS_FIRST) != 0 && first_line_ends_in_crlf(text));
	bool at_start = true;
	struct str line;
	int result = 0;

	while (result == 0 && take_line(&text, crlf_ends, &line)) {
		if (at_start && is_from_line(line))
			continue;
		at_start = false;
		if ((flags & INTAKE_DOT_ENDS) != 0 && str_equal(line, STR(".")))
			break;
		result = buf_add(out, line);
		if (result == 0)
			result = buf_add(out, STR("\r\n"));
	}
	return result;
}
