/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef LIB_MAIL_CONTENT_TYPE_H
#define LIB_MAIL_CONTENT_TYPE_H

#include <stdbool.h>

#include "lib/base/buf.h"

/* Values of MIME header fields: "multipart/mixed; boundary=x". RFC 2045. */

/* Takes the next token off *s, with the blanks and comments around it; empty: none is there. */
struct str content_type_token(struct str *s);

/* Takes type and subtype off *value; what is left are its parameters. */
struct str content_type_take(struct str *value, struct str *subtype);

/*
 * *value is the first parameter of this name without its quotes, as far as the bound of *value lets it;
 * empty: there is none.
 */
void content_type_parameter(struct str parameters, struct str name, struct buf *value);

#endif
