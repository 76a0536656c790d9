/* SPDX-License-Identifier: AGPL-3.0-or-later
 * labels.h - what the keys of another directory's lists mean, read from the file that says so: a GoGoCarto
 * taxonomy, a YesWiki form or its lists. */
#ifndef TOOLS_IMPORT_LABELS_H
#define TOOLS_IMPORT_LABELS_H

#include "proto/buf.h"

struct err;
struct labels;

#define LABELS_FILE_BYTES_MAX	((size_t)8 << 20)	/* for whoever reads it */
#define LABELS_MAX		20000

/* Read the text of a file of labels; the caller frees *out.  ERR_INPUT when there are none in it. */
int	labels_read(struct span text, struct labels **out, struct err *e);
void	labels_free(struct labels *l);		/* NULL is fine */

/* What key means in the list that feeds a column ("checkboxListeType"), or anywhere in a taxonomy.  Borrowed;
 * empty when nobody says.  l may be NULL. */
struct span labels_find(const struct labels *l, const char *column, struct span key);

#endif
