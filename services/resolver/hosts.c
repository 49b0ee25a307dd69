/* SPDX-License-Identifier: BSD-2-Clause */
#include "services/resolver/hosts.h"

#include "lib/dns/record.h"

#define BLANKS " \t\r"

void
hosts_init(struct hosts *h, struct str text)
{
	*h = (struct hosts){ .rest = text };
}

/* The next line with an address; its names are then left in h->line. */
static bool
next_line(struct hosts *h)
{
	struct str word;

	while (str_split(&h->rest, '\n', &h->line)) {
		h->line = str_part(h->line, 0, str_index(h->line, '#'));
		if (str_word(&h->line, BLANKS, &word) && endpoint_parse(word, 0, &h->address) == 0)
			return true;
	}
	return false;
}

bool
hosts_next(struct hosts *h)
{
	h->is_first = false;
	for (;;) {
		while (str_word(&h->line, BLANKS, &h->name)) {
			if (dns_name_is_valid(h->name) && !str_ends(h->name, STR(".")))
				return true;
		}
		if (!next_line(h))
			return false;
		h->is_first = true;
	}
}

int
hosts_forward(const struct hosts *h, struct buf *out)
{
	char text[ENDPOINT_TEXT_MAX];
	const char *address = endpoint_text(&h->address, text);

	buf_clear(out);
	return buf_addf(out, "%.*s. %s %s", STR_ARG(h->name),
	    strchr(address, ':') != NULL ? "AAAA" : "A", address);
}

int
hosts_reverse(const struct hosts *h, struct buf *out)
{
	int result;

	buf_clear(out);
	result = dns_add_reverse_name(&h->address, out);
	return result < 0 ? result : buf_addf(out, ". PTR %.*s.", STR_ARG(h->name));
}
