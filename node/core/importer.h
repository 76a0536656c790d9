/* SPDX-License-Identifier: AGPL-3.0-or-later
 * importer.h - reading other directories' files, as the node asks for it.
 *
 * The readers live in tools/import, which knows the node; the node knows only this
 * struct, which the program hands to it (node->importer).  A node without one imports nothing.
 */
#ifndef NODE_CORE_IMPORTER_H
#define NODE_CORE_IMPORTER_H

#include <stdint.h>
#include <stdio.h>

#include "proto/buf.h"
#include "proto/kind.h"

struct err;
struct node;

/* One file to bring in.  What is NULL or zero is chosen: the format by its content, the node's own author,
 * its language, the kind "initiative". */
struct importer_job {
	FILE *file;			/* at its beginning; borrowed */
	const char *name;		/* the file's or its address: helps to recognise the format */
	const char *source;		/* what the source is called: a second import finds the same records */
	const char *said;		/* where its records say they come from, for everybody to read; NULL: source */
	const char *format, *author, *lang;
	const char *license;		/* stated by the operator: holds whatever the source declares */
	enum kind kind;
	struct span mapping;		/* the text of a mapping file (tools/import/README.md) */
	struct span labels;		/* of a file that says what keys mean: a taxonomy, a form (labels.h) */
	int dry_run;
	int overwrite;			/* what was changed by hand on both sides becomes the source's */
	int partial;			/* the file is not all of the source: only what it calls deleted has vanished */
	int keep_contacts;		/* e-mail addresses and phone numbers stay in texts */
	int brief;			/* the report's rows: only those that an operator must look at */
	size_t rows_max;		/* and no more of them; 0: all */
	void (*progress)(void *ctx, uint64_t items);	/* after each batch; or NULL */
	void *ctx;
};

struct importer_counts {
	uint64_t items, fresh, changed, same, refused, vanished;
};

struct importer {
	/* Writes the report to *report as "essaim import --json" prints it (tools/import/report.h).  Nothing is ever
	 * deleted: what vanished is told.  -1 when the file cannot be read to its end; what was taken in before stays,
	 * and another run goes on from there. */
	int (*run)(struct node *n, const struct importer_job *job, FILE *report, struct importer_counts *counts,
	    struct err *e);
	/* The parameter by which a source of this format at this address is asked only for what changed since a time,
	 * in Unix seconds; NULL: it cannot. */
	const char *(*since)(const char *format, const char *url);
	/* A mapping file for this one, to be looked through and given back. */
	int (*suggest)(const struct importer_job *job, struct buf *out, struct err *e);
};

#endif
