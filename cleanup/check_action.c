/* SPDX-License-Identifier: BSD-2-Clause */
#include "cleanup/check_action.h"

struct check_action
check_action_parse(struct str value)
{
	static const struct {
		struct str name;
		enum check_kind kind;
		const char *word;
	} rows[] = {
		{ STR_INIT("DUNNO"), CHECK_DUNNO, NULL },
		{ STR_INIT("OK"), CHECK_DUNNO, NULL },
		{ STR_INIT("BCC"), CHECK_BCC, "bcc" },
		{ STR_INIT("DISCARD"), CHECK_DISCARD, "discard" },
		{ STR_INIT("FILTER"), CHECK_FILTER, "filter" },
		{ STR_INIT("HOLD"), CHECK_HOLD, "hold" },
		{ STR_INIT("IGNORE"), CHECK_IGNORE, NULL },
		{ STR_INIT("INFO"), CHECK_INFO, "info" },
		{ STR_INIT("PASS"), CHECK_PASS, "pass" },
		{ STR_INIT("PREPEND"), CHECK_PREPEND, "prepend" },
		{ STR_INIT("REDIRECT"), CHECK_REDIRECT, "redirect" },
		{ STR_INIT("REJECT"), CHECK_REJECT, "reject" },
		{ STR_INIT("REPLACE"), CHECK_REPLACE, "replace" },
		{ STR_INIT("STRIP"), CHECK_STRIP, "strip" },
		{ STR_INIT("WARN"), CHECK_WARN, "warning" },
	};
	struct str text = str_trim(value), name;

	if (!str_word(&text, " \t", &name))
		name = STR_NONE;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		if (str_equal_nocase(name, rows[i].name))
			return (struct check_action){ rows[i].kind, rows[i].word, str_trim(text) };
	}
	return (struct check_action){ .kind = CHECK_UNKNOWN, .text = value };
}
