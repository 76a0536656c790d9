/* SPDX-License-Identifier: AGPL-3.0-or-later
 * bundle_file.h - the bytes of a bundle: gzip of lines, one member for the head and one for each piece.
 *
 * Written piece by piece into a file that has no name yet, because the head comes first and is known last;
 * read line by line, with a word on whether the file was cut off or damaged.
 */
#ifndef TOOLS_CLI_BUNDLE_FILE_H
#define TOOLS_CLI_BUNDLE_FILE_H

#include <stdint.h>
#include <stdio.h>

#include "proto/buf.h"

struct err;

/* --- writing --- */

/* Append bytes as a gzip member of its own. */
int	bundle_member_write(FILE *out, struct span bytes, struct err *e);
/* Append all of from, which is read from its start. */
int	bundle_copy(FILE *from, FILE *out, struct err *e);

/* --- reading --- */

struct bundle_file;

/* "-": standard input, copied aside so that it can be read twice.  Plain text is read as it is. */
int	bundle_file_open(const char *path, struct bundle_file **out, struct err *e);
void	bundle_file_close(struct bundle_file *f);	/* NULL is fine */
void	bundle_file_rewind(struct bundle_file *f);

/* 1 and the next line that is not empty, without its newline, until the next call; 0 at the end.  -1: ERR_INPUT, the
 * file ends too early, or is damaged, and says which.  With salvage what is damaged is passed over. */
int	bundle_file_line(struct bundle_file *f, int salvage, struct span *line, struct err *e);

#endif
