/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef TESTS_UNIT_TABLE_WITH_CONFIG_H
#define TESTS_UNIT_TABLE_WITH_CONFIG_H

#include "lib/config/config.h"
#include "tests/unit/table/scratch.h"

static inline void
config_trouble(void *context, bool is_error, const char *text)
{
	(void)context;
	if (is_error)
		fail_msg("%s", text);
}

/* The configuration of this main.cf. */
static inline struct config *
with_config(const char *main_cf)
{
	struct config_source source = {
		.directory = scratch_folder, .program = "test", .service = "test"
	};

	scratch_write("main.cf", main_cf);
	return config_load(&source, config_trouble, NULL);
}

#endif
