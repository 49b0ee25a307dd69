/* SPDX-License-Identifier: BSD-2-Clause */
#include "lib/base/why.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static void
clean(char *text)
{
	for (; *text != '\0'; text++) {
		if ((unsigned char)*text < 0x20 || *text == 0x7f)
			*text = '?';
	}
}

void
why_set(struct why *why, const char *format, ...)
{
	va_list ap;

	va_start(ap, format);
	vsnprintf(why->text, sizeof(why->text), format, ap);
	va_end(ap);
	clean(why->text);
}

void
why_prefix(struct why *why, const char *format, ...)
{
	char rest[sizeof(why->text)];
	size_t used;
	va_list ap;

	memcpy(rest, why->text, sizeof(rest));
	va_start(ap, format);
	vsnprintf(why->text, sizeof(why->text), format, ap);
	va_end(ap);
	used = strlen(why->text);
	snprintf(why->text + used, sizeof(why->text) - used, "%s", rest);
	clean(why->text);
}
