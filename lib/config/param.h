/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef LIB_CONFIG_PARAM_H
#define LIB_CONFIG_PARAM_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/base/str.h"
#include "lib/base/why.h"
#include "lib/config/config.h"

/* The rows of param.def, where the words are explained. */
enum param_type {
	PARAM_TYPE_TEXT,
	PARAM_TYPE_RAW,
	PARAM_TYPE_BOOL,
	PARAM_TYPE_INT,
	PARAM_TYPE_SIZE,
	PARAM_TYPE_TIME,
	PARAM_TYPE_ENUM,
	PARAM_TYPE_LIST,
	PARAM_TYPE_TABLES,
};

enum param_status {
	PARAM_STATUS_SUPPORTED,
	PARAM_STATUS_OWN,
	PARAM_STATUS_BUILT_IN,
	PARAM_STATUS_LATER,
	PARAM_STATUS_REFUSED,
};

struct param {
	const char *name;
	enum param_type type;
	const char *initial; /* the default, unexpanded; NULL: computed (default.h) */
	int64_t min, max;    /* INT, SIZE: of the number; TIME: seconds */
	char unit;           /* TIME: of a bare number */
	const char *words;   /* ENUM: the choices, between blanks */
	const char *owner;
	enum param_status status;
	const char *sentence;
	bool is_family; /* transport_X: the row of smtp_X, local_X, … */
};

const struct param *param_at(enum param_id id);

/* PARAM_COUNT: there is no such row. */
enum param_id param_find(struct str name);

/*
 * The family that `name` belongs to, and what stands for "transport" in it: "smtp_time_limit" is
 * of transport_time_limit, member "smtp". PARAM_COUNT: of none.
 */
enum param_id param_find_family(struct str name, struct str *member);

/* The name of a row that is most like `name`; NULL: none is. */
const char *param_nearest(struct str name);

/* A value as its type has it. */
struct param_value {
	int64_t number;  /* BOOL 0 or 1, INT, SIZE; TIME in ticks */
	struct str word; /* ENUM: as in the row, static */
};

/*
 * Reads an expanded value of type BOOL, INT, SIZE, TIME or ENUM; other types take anything. Error,
 * with words: ERR_SYNTAX, ERR_RANGE.
 */
MUST_USE int param_parse(
    const struct param *p, struct str text, struct param_value *out, struct why *why);

const char *param_type_name(enum param_type type);
const char *param_status_name(enum param_status status);

#endif
