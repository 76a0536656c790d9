/* SPDX-License-Identifier: AGPL-3.0-or-later
 * reading.h - how the node has a file of another directory read, without knowing any format.
 *
 * The readers of formats are in tools/import, above this library; a node that polls sources needs them all
 * the same.  So the node says here what it asks of a reader, and the program that opens it hands one over
 * (struct node: read_rows).  A program that has none still serves; it just cannot look at sources.
 */
#ifndef NODE_CORE_READING_H
#define NODE_CORE_READING_H

#include <stddef.h>
#include <stdio.h>

#include "proto/buf.h"

struct err;

struct reading {
	const char *format;		/* its name, or "": recognise it by its first bytes */
	const char *kind;		/* of rows that do not say, or "": initiative */
	const char *mapping;		/* the text of a mapping file, or "" */
	const char *source_name;	/* put into rows that name none, or "" */
};

struct reading_row {
	size_t number;			/* as its reader would count */
	struct span id;			/* the source's identifier */
	struct span line;		/* what POST /api/v1/import takes, canonical JSON; empty when why says something */
	const char *field, *why;	/* why it cannot be a record; NULL: it can */
};

/* 0 to go on, -1 to stop with e.  What row points to lives until it returns. */
typedef int reading_row_fn(void *ctx, const struct reading_row *row, struct err *e);

/* Read all of in, from where it stands.  -1 when the file is not of the format or ends within it: rows given
 * before that are worth nothing. */
typedef int reading_fn(FILE *in, const struct reading *how, reading_row_fn *each, void *ctx, struct err *e);

/* 0, or -1: there is no such format or kind, or the mapping cannot be read. */
typedef int reading_check_fn(const struct reading *how, struct err *e);

struct reader_of_rows {
	reading_fn *read;
	reading_check_fn *check;
};

#endif
