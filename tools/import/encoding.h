/* SPDX-License-Identifier: AGPL-3.0-or-later
 * encoding.h - text files of people who never chose an encoding: UTF-8, or else what Windows had here. */
#ifndef TOOLS_IMPORT_ENCODING_H
#define TOOLS_IMPORT_ENCODING_H

#include "proto/buf.h"

struct err;

/* Append text as UTF-8: as it is when it is well-formed, else read as Windows-1252. */
int	encoding_add(struct span s, struct buf *out, struct err *e);
/* Append one code point below 0x110000, not a surrogate. */
int	encoding_put(unsigned c, struct buf *out, struct err *e);

#endif
