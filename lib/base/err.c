/* SPDX-License-Identifier: BSD-2-Clause */
#include "lib/base/err.h"

#include <string.h>

const char *
err_text(int code)
{
	const char *text;

	switch (code) {
#define ERR(name, words)                                                                           \
	case ERR_##name:                                                                           \
		return words;
#include "lib/base/err.def"
#undef ERR
	default:
		text = strerrordesc_np(code < 0 ? -code : code);
		return text != NULL ? text : "unknown error";
	}
}
