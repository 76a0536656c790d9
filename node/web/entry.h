/* SPDX-License-Identifier: AGPL-3.0-or-later
 * entry.h - the content of a record as the fields of a form, and back.
 *
 * Both ways are read from the table of kinds.  A field NAME is the form's "c_NAME"; what is pasted for a
 * reference is "p_NAME".  What a form does not offer (hidden fields, members of newer software) is
 * kept from the content before it.
 */
#ifndef NODE_WEB_ENTRY_H
#define NODE_WEB_ENTRY_H

#include "node/http/request.h"
#include "proto/buf.h"
#include "proto/kind.h"

struct err;

/* Does a form offer this field? */
int	entry_offers(const struct field *f);

/* A field's value as one text: numbers in digits, degrees as decimals, one item of a list a line (or
 * parted by commas).  "" when the content has none. */
const char	*entry_text(const struct field *f, struct span content, struct arena *a);
/* Its values one by one (TERMS, REFS, or a single TERM or REF): up to max into out. */
size_t		 entry_values(const struct field *f, struct span content, const char **out, size_t max,
		    struct arena *a);

/* What was typed, as content: base (a JSON object, or empty) with every offered field replaced.  What
 * cannot be read as its type goes in as text, for kind_check to say so.  -1 only when memory runs
 * out or the text is not UTF-8. */
int	entry_content(enum kind k, struct span base, const struct fields *typed, struct arena *a,
	    struct buf *out, struct err *e);

/* The same object with one member set to a text. */
int	entry_member(struct span base, const char *name, const char *text, struct buf *out, struct err *e);

/* The reference that a text names: itself, or the address of a record's page; else the text. */
const char	*entry_ref(const char *text, struct arena *a);

#endif
