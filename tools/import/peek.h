/* SPDX-License-Identifier: AGPL-3.0-or-later
 * peek.h - what the beginning of a JSON file tells of its structure, however much of it is cut off. */
#ifndef TOOLS_IMPORT_PEEK_H
#define TOOLS_IMPORT_PEEK_H

#include "tools/import/import.h"

/* Has some object a member of this name, at most depth brackets deep (the outermost is 1)?  value: the raw text
 * that follows the colon, as far as it was read; NULL: nobody asks. */
int	peek_member(const struct import_input *in, const char *name, int depth, struct span *value);
/* The first character that is not white space, or 0. */
char	peek_first(const struct import_input *in);

#endif
